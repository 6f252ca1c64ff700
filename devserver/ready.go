package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
)

// probeInterval is the pause between two looks; probeTimeout bounds one look.
const (
	probeInterval = 50 * time.Millisecond
	probeTimeout  = 2 * time.Second
)

// waitUntilReady returns when workflows can be started and the Web UI answers,
// or says what is still missing after timeout.
func waitUntilReady(ctx context.Context, o options, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	temporalClient, err := client.NewLazyClient(client.Options{HostPort: loopback(o.port), Namespace: o.namespace, Logger: silentLogger{}})
	if err != nil {
		return fmt.Errorf("connect to the Temporal server: %w", err)
	}
	defer temporalClient.Close()
	if err := poll(ctx, func(ctx context.Context) error { return probeTemporal(ctx, temporalClient) }); err != nil {
		return fmt.Errorf("the Temporal server is not ready: %w", err)
	}
	if o.uiPort == 0 {
		return nil
	}
	if err := poll(ctx, func(ctx context.Context) error { return probeUI(ctx, o.uiPort) }); err != nil {
		return fmt.Errorf("the Web UI is not ready: %w", err)
	}
	return nil
}

// poll repeats probe until it succeeds; when ctx ends, it returns the probe's
// last error.
func poll(ctx context.Context, probe func(context.Context) error) error {
	for {
		probeCtx, cancel := context.WithTimeout(ctx, probeTimeout)
		err := probe(probeCtx)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(probeInterval):
		}
	}
}

// probeTemporal asks the frontend for its health and then for a workflow that
// doesn't exist: «not found» takes the namespace and the history shard, so both
// are there.
func probeTemporal(ctx context.Context, temporalClient client.Client) error {
	if _, err := temporalClient.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return err
	}
	_, err := temporalClient.DescribeWorkflowExecution(ctx, "devserver-readiness-probe", "")
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return nil
	}
	return err
}

func probeUI(ctx context.Context, port int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+loopback(port)+"/healthz", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", request.URL, response.Status)
	}
	return nil
}

// silentLogger keeps the probe's retries out of the output.
type silentLogger struct{}

func (silentLogger) Debug(string, ...any) {}
func (silentLogger) Info(string, ...any)  {}
func (silentLogger) Warn(string, ...any)  {}
func (silentLogger) Error(string, ...any) {}
