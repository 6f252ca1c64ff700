package callservice

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"db-migrate/migration"
)

// Position is a place on the map.
type Position struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// Geocoder asks a service for positions: GET <URL>/locate?address=…
type Geocoder struct {
	// URL is the service's address.
	URL string
	// Timeout bounds each call: one that never ended would hold up its batch.
	Timeout time.Duration
	// Tries is how often a call is tried before the service counts as down, and
	// Pause what lies between the first two; it doubles.
	Tries int
	Pause time.Duration

	client *http.Client
}

// NewGeocoder makes one with as many idle connections as there may be calls: Go's
// own client would keep two, and open a new one for nearly every customer.
func NewGeocoder(address string) *Geocoder {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost, transport.MaxIdleConns = 1000, 1000
	return &Geocoder{URL: address, Timeout: 2 * time.Second, Tries: 3, Pause: 100 * time.Millisecond, client: &http.Client{Transport: transport}}
}

// Locate asks where an address is. An error of migration.Later's means that the
// service is down, any other is about this address.
func (g *Geocoder) Locate(ctx context.Context, address string) (Position, error) {
	pause := g.Pause
	for try := 1; ; try++ {
		found, passing, err := g.ask(ctx, address)
		if err == nil || !passing {
			return found, err
		}
		if try >= g.Tries || !sleep(ctx, pause) {
			return Position{}, migration.Later(err)
		}
		pause *= 2
	}
}

func sleep(ctx context.Context, pause time.Duration) bool {
	select {
	case <-time.After(pause):
		return true
	case <-ctx.Done():
		return false
	}
}

// withoutAddress takes the URL out of an error, since it holds the customer's
// address: the error is told to Temporal and to the log.
func withoutAddress(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// ask calls the service once, and reports whether an error has nothing to do with
// the address.
func (g *Geocoder) ask(ctx context.Context, address string) (found Position, passing bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, g.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, g.URL+"/locate?address="+url.QueryEscape(address), nil)
	if err != nil {
		return found, true, err
	}
	answer, err := g.client.Do(request)
	if err != nil {
		return found, true, fmt.Errorf("geocoder: %w", withoutAddress(err))
	}
	defer func() { _ = answer.Body.Close() }()                  // it is only read
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16)) // read to its end, so that the connection is used again
	if err != nil {
		return found, true, fmt.Errorf("geocoder: %w", err)
	}
	switch answer.StatusCode {
	case http.StatusOK:
		if err := json.Unmarshal(body, &found); err != nil {
			return found, true, fmt.Errorf("geocoder: its answer is no position: %w", err)
		}
		return found, false, nil
	case http.StatusNotFound, http.StatusUnprocessableEntity:
		return found, false, fmt.Errorf("geocoder: there is no place %q", address)
	}
	return found, true, fmt.Errorf("geocoder: %s", answer.Status)
}
