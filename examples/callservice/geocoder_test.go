package callservice_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/examples/callservice"
)

// answers is a service that gives one answer after the other, and the last one
// from then on.
func answers(t *testing.T, list ...func(http.ResponseWriter)) (*callservice.Geocoder, *atomic.Int64) {
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		list[min(int(calls.Add(1)), len(list))-1](answer)
	}))
	t.Cleanup(server.Close)
	geocoder := callservice.NewGeocoder(server.URL)
	geocoder.Pause = time.Millisecond
	return geocoder, &calls
}

func status(code int) func(http.ResponseWriter) {
	return func(answer http.ResponseWriter) { answer.WriteHeader(code) }
}

func text(body string) func(http.ResponseWriter) {
	return func(answer http.ResponseWriter) { fmt.Fprint(answer, body) }
}

const here = `{"latitude": 33.1, "longitude": 129.7}`

// TestWhoseErrorItIs: of all that can go wrong, only what the service says about
// the address is the customer's own.
func TestWhoseErrorItIs(t *testing.T) {
	for name, test := range map[string]struct {
		answers []func(http.ResponseWriter)
		calls   int64
		says    string
		own     bool
	}{
		"found":              {answers: []func(http.ResponseWriter){text(here)}, calls: 1},
		"found the 2nd time": {answers: []func(http.ResponseWriter){status(503), text(here)}, calls: 2},
		"found the 3rd time": {answers: []func(http.ResponseWriter){status(429), status(500), text(here)}, calls: 3},
		"no such place":      {answers: []func(http.ResponseWriter){status(404)}, calls: 1, says: `there is no place "the moon"`, own: true},
		"no address":         {answers: []func(http.ResponseWriter){status(422)}, calls: 1, says: "there is no place", own: true},
		"down":               {answers: []func(http.ResponseWriter){status(503)}, calls: 3, says: "503 Service Unavailable"},
		"too many calls":     {answers: []func(http.ResponseWriter){status(429)}, calls: 3, says: "429 Too Many Requests"},
		"wrong password":     {answers: []func(http.ResponseWriter){status(401)}, calls: 3, says: "401 Unauthorized"},
		"nonsense":           {answers: []func(http.ResponseWriter){text("<html>")}, calls: 3, says: "its answer is no position"},
	} {
		t.Run(name, func(t *testing.T) {
			geocoder, calls := answers(t, test.answers...)
			found, err := geocoder.Locate(t.Context(), "the moon")
			require.Equal(t, test.calls, calls.Load())
			if test.says == "" {
				require.NoError(t, err)
				require.Equal(t, callservice.Position{Latitude: 33.1, Longitude: 129.7}, found)
				return
			}
			require.ErrorContains(t, err, test.says)
			require.Equal(t, test.own, !later(err))
		})
	}
}

// later reports whether an error is one of migration.Later's.
func later(err error) bool {
	var classified *database.Error
	return errors.As(err, &classified) && classified.Class == database.Disconnected
}

func TestNobodyListens(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	geocoder := callservice.NewGeocoder(server.URL)
	geocoder.Pause = time.Millisecond
	_, err := geocoder.Locate(t.Context(), "the moon")
	require.True(t, later(err), err)
	require.ErrorContains(t, err, "connection refused")
	require.NotContains(t, err.Error(), "moon", "a customer's address in an error that is nobody's")
}

// TestAServiceThatDoesNotAnswerIsDown: its timeout is not taken for the
// customer's, nor for that of the activity.
func TestAServiceThatDoesNotAnswerIsDown(t *testing.T) {
	over := make(chan struct{})
	geocoder, _ := answers(t, func(http.ResponseWriter) { <-over })
	t.Cleanup(func() { close(over) })
	geocoder.Timeout, geocoder.Tries = 20*time.Millisecond, 2
	_, err := geocoder.Locate(t.Context(), "the moon")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.True(t, later(err), err)
}

func TestAnInterruptedCallEndsAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	geocoder, calls := answers(t, func(answer http.ResponseWriter) { cancel(); answer.WriteHeader(503) })
	geocoder.Pause = time.Hour
	_, err := geocoder.Locate(ctx, "the moon")
	require.Error(t, err)
	require.EqualValues(t, 1, calls.Load())
}

func TestMigration(t *testing.T) {
	geocoder, calls := answers(t, text(here))
	migration := callservice.Migration(geocoder)
	require.NoError(t, migration.Validate())
	row := database.Row{Columns: []string{"billing_address", "latitude", "longitude"}, Values: []any{"the moon", nil, nil}}
	change, err := migration.Change(t.Context(), row)
	require.NoError(t, err)
	latitude, _ := change.Assigned("latitude")
	require.Equal(t, 33.1, latitude)
	row.Values = []any{"the moon", 33.1, 129.7}
	change, err = migration.Change(t.Context(), row)
	require.NoError(t, err)
	require.True(t, change.PreviouslyMigrated)
	require.EqualValues(t, 1, calls.Load())
}
