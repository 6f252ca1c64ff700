package service

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHealthFollowsTemporalAndTheStop(t *testing.T) {
	serving, stop := context.WithCancel(t.Context())
	var trouble error
	h, err := startHealth(serving, "127.0.0.1:0", func(context.Context) error { return trouble })
	require.NoError(t, err)
	defer h.close()
	address := h.listener.Addr().String()
	requireAnswer(t, address, "/livez", http.StatusOK, "alive")
	requireAnswer(t, address, "/readyz", http.StatusOK, "ready")
	requireAnswer(t, address, "/", http.StatusNotFound, "")

	trouble = errors.New("connection refused")
	requireAnswer(t, address, "/readyz", http.StatusServiceUnavailable, "temporal does not answer: connection refused")
	requireAnswer(t, address, "/livez", http.StatusOK, "alive")

	trouble = nil
	stop()
	requireAnswer(t, address, "/readyz", http.StatusServiceUnavailable, "the worker stops")
	requireAnswer(t, address, "/livez", http.StatusOK, "alive")
}

func requireAnswer(t *testing.T, address, path string, status int, text string) {
	t.Helper()
	answer, err := http.Get("http://" + address + path)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, status, answer.StatusCode)
	require.Contains(t, string(body), text)
}

// TestAskHealth is what a container's health check runs.
func TestAskHealth(t *testing.T) {
	var trouble error
	h, err := startHealth(t.Context(), "127.0.0.1:0", func(context.Context) error { return trouble })
	require.NoError(t, err)
	address := h.listener.Addr().String()
	ask := func(address string) (int, string) {
		var stderr bytes.Buffer
		code := Main([]string{"--ask-health", address}, io.Discard, &stderr, Program{})
		return code, stderr.String()
	}
	code, _ := ask(address)
	require.Equal(t, exitStopped, code)
	trouble = errors.New("away")
	code, said := ask(address)
	require.Equal(t, exitFailed, code)
	require.Contains(t, said, "not ready: 503")
	h.close()
	code, _ = ask(address)
	require.Equal(t, exitFailed, code)
	code, said = ask("8086")
	require.Equal(t, exitUsage, code)
	require.Contains(t, said, "write host:port, or :port")
}

func TestHealthNeedsAFreePort(t *testing.T) {
	first, err := startHealth(t.Context(), "127.0.0.1:0", nil)
	require.NoError(t, err)
	defer first.close()
	_, err = startHealth(t.Context(), first.listener.Addr().String(), nil)
	require.ErrorContains(t, err, "--health "+first.listener.Addr().String())
	require.ErrorContains(t, err, "name an address of this machine and a free port")
}
