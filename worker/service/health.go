package service

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.temporal.io/sdk/client"
)

const (
	// healthTime bounds one look at Temporal, and one question to another worker.
	healthTime = 2 * time.Second
	// headerTime bounds how long a client of ours may take to ask.
	headerTime = 5 * time.Second
)

// health tells machines how the worker is: /livez as long as the process serves,
// /readyz while Temporal answers it and it has not been told to stop.
type health struct {
	server   *http.Server
	listener net.Listener
}

// startHealth listens on an address such as :8086; without one it does nothing.
// Asking is whether Temporal answers.
func startHealth(ctx context.Context, address string, asking func(context.Context) error) (*health, error) {
	if address == "" {
		return &health{}, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--health %s: %w; name an address of this machine and a free port, such as :8086", address, err)
	}
	paths := http.NewServeMux()
	paths.HandleFunc("GET /livez", func(answer http.ResponseWriter, _ *http.Request) { fmt.Fprintln(answer, "alive") })
	paths.HandleFunc("GET /readyz", func(answer http.ResponseWriter, request *http.Request) {
		if err := ready(ctx, request.Context(), asking); err != nil {
			http.Error(answer, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(answer, "ready")
	})
	h := &health{&http.Server{Handler: paths, ReadHeaderTimeout: headerTime}, listener}
	go func() { _ = h.server.Serve(listener) }() // ends when it is closed
	return h, nil
}

func ready(serving, asked context.Context, asking func(context.Context) error) error {
	if serving.Err() != nil {
		return errors.New("the worker stops")
	}
	asked, cancel := context.WithTimeout(asked, healthTime)
	defer cancel()
	if err := asking(asked); err != nil {
		return fmt.Errorf("temporal does not answer: %w", err)
	}
	return nil
}

// close ends the answers. It comes last: a worker that stops is alive until then.
func (h *health) close() {
	if h.server != nil {
		_ = h.server.Close()
	}
}

// asksTemporal asks the server that the worker is connected to.
func asksTemporal(temporal client.Client) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := temporal.CheckHealth(ctx, &client.CheckHealthRequest{})
		return err
	}
}

// askHealth asks a worker that serves --health at the address, for container engines
// that can only run a program.
func askHealth(ctx context.Context, address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return &exitError{exitUsage, fmt.Errorf("--ask-health %s: %w; write host:port, or :port for this machine", address, err)}
	}
	if host == "" {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 2*healthTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return &exitError{exitFailed, err}
	}
	defer func() { _ = answer.Body.Close() }() // only its status counts
	if answer.StatusCode != http.StatusOK {
		return &exitError{exitFailed, fmt.Errorf("the worker at %s is not ready: %s", address, answer.Status)}
	}
	return nil
}
