package service

import (
	"context"
	"fmt"
	"io"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"

	"db-migrate/siteguard"
	"db-migrate/worker/metrics"
)

// watched is what looks at a worker from outside.
type watched struct {
	interceptors []interceptor.WorkerInterceptor
	sdk          client.MetricsHandler
}

// guards are the site-guards by the migrations that they guard against; that of a single
// one needs no name.
func (all services) guards() map[string]*siteguard.Guard {
	found := map[string]*siteguard.Guard{}
	for _, one := range all {
		found[one.subject.Name()] = one.Guard
	}
	return found
}

// watch serves metrics, if that is asked for, and lets the site-guard write into the log:
// work that waits must be explained there, too.
func watch(ctx context.Context, address string, all services, logger log.Logger, stdout io.Writer) (watched, error) {
	for _, one := range all {
		one.Guard.Log = func(line string) { logger.Warn(line, "migration", one.subject.Name()) }
	}
	if address == "" {
		return watched{}, nil
	}
	made := metrics.New(all.guards())
	for _, one := range all {
		one.Migrator.OnSet = made.OnSet
	}
	listening, err := made.Serve(ctx, address)
	if err != nil {
		return watched{}, &exitError{exitUsage, fmt.Errorf("--metrics %s: %w; it must be an address of this machine that is free, such as 127.0.0.1:9464", address, err)}
	}
	fmt.Fprintf(stdout, "metrics: http://%s/metrics\n", listening)
	return watched{[]interceptor.WorkerInterceptor{made.Interceptor()}, made.SDK()}, nil
}
