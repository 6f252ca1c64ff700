// Command service stands in for a geocoder, to try the example with: it makes a
// position up for each address that ends in a city, after 20 ms. End it in
// mid-run, and start it again.
package main

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"os"
	"strings"
	"time"

	"db-migrate/examples/callservice"
	"db-migrate/examples/shop/addresses"
)

const address = "127.0.0.1:8099"

func main() {
	http.HandleFunc("GET /locate", locate)
	fmt.Println("the geocoder listens on", address)
	if err := http.ListenAndServe(address, nil); err != nil {
		fmt.Fprintln(os.Stderr, "service:", err)
		os.Exit(1)
	}
}

func locate(answer http.ResponseWriter, request *http.Request) {
	time.Sleep(20 * time.Millisecond)
	parts, err := addresses.Split(request.FormValue("address"))
	if err != nil {
		http.Error(answer, err.Error(), http.StatusNotFound)
		return
	}
	sum := fnv.New32a()
	sum.Write([]byte(strings.ToLower(parts.Street + parts.City)))
	number := float64(sum.Sum32())
	_ = json.NewEncoder(answer).Encode(callservice.Position{Latitude: number/(1<<32)*180 - 90, Longitude: number/(1<<32)*360 - 180})
}
