package codec

import (
	"net/http"

	"go.temporal.io/sdk/converter"
)

// Handler is a codec server: by it Temporal's Web UI, in the browser of somebody who
// may reach it, shows what is encrypted. Origin is the Web UI's address, the only page
// that may ask, such as http://127.0.0.1:8233.
func (k *Keys) Handler(origin string) http.Handler {
	decoding := converter.NewPayloadCodecHTTPHandler(k)
	return http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		header := answer.Header()
		header.Set("Access-Control-Allow-Origin", origin)
		header.Set("Access-Control-Allow-Methods", "POST, OPTIONS")
		header.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Namespace")
		header.Set("Access-Control-Allow-Credentials", "true")
		if request.Method == http.MethodOptions {
			return
		}
		// A browser names the page that asks: another one must not read what is decrypted.
		if from := request.Header.Get("Origin"); from != "" && from != origin {
			http.Error(answer, "the codec server answers "+origin+" alone", http.StatusForbidden)
			return
		}
		decoding.ServeHTTP(answer, request)
	})
}
