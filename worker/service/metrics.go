package service

import (
	"context"
	"fmt"
	"io"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"

	"db-migrate/system"
	"db-migrate/worker/metrics"
)

// watched is what looks at a worker from outside.
type watched struct {
	interceptors []interceptor.WorkerInterceptor
	sdk          client.MetricsHandler
}

// watch serves metrics, if that is asked for, and lets the site-guard write into the log:
// work that waits must be explained there, too.
func watch(ctx context.Context, address string, built *system.System, logger log.Logger, stdout io.Writer) (watched, error) {
	built.Guard.Log = func(line string) { logger.Warn(line) }
	if address == "" {
		return watched{}, nil
	}
	made := metrics.New(built.Guard)
	built.Migrator.OnSet = made.OnSet
	listening, err := made.Serve(ctx, address)
	if err != nil {
		return watched{}, &exitError{exitUsage, fmt.Errorf("--metrics %s: %w; it must be an address of this machine that is free, such as 127.0.0.1:9464", address, err)}
	}
	fmt.Fprintf(stdout, "metrics: http://%s/metrics\n", listening)
	return watched{[]interceptor.WorkerInterceptor{made.Interceptor()}, made.SDK()}, nil
}
