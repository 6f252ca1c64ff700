package main

import (
	"fmt"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/temporal"
)

// runningServer is Temporal and, unless switched off, its Web UI.
type runningServer struct {
	temporal temporal.Server
	ui       *uiserver.Server // nil: no Web UI
	log      *serverLog
}

// startServer prepares the database and starts everything. It returns as soon
// as the services listen; see waitUntilReady.
func startServer(o options) (*runningServer, error) {
	if err := prepareDatabase(o.databaseFile, o.namespace, clusterName); err != nil {
		return nil, err
	}
	serverLog, err := openLog(o.logLevel, o.logFile)
	if err != nil {
		return nil, err
	}
	server, err := newTemporalServer(o, serverLog)
	if err != nil {
		return nil, fmt.Errorf("configure the Temporal server: %w", err)
	}
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("start the Temporal server: %w", err)
	}
	return &runningServer{temporal: server, ui: startUI(o), log: serverLog}, nil
}

func newTemporalServer(o options, serverLog *serverLog) (temporal.Server, error) {
	ports, err := servicePorts(o)
	if err != nil {
		return nil, err
	}
	return temporal.NewServer(
		temporal.WithConfig(serverConfig(o, ports)),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(staticHosts(ports)),
		temporal.WithLogger(serverLog.logger),
		temporal.WithDynamicConfigClient(o.dynamicConfig),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper {
			return authorization.NewNoopClaimMapper()
		}),
	)
}

// stop ends the Web UI and Temporal, waiting at most timeout.
func (s *runningServer) stop(timeout time.Duration) error {
	s.log.quietStop()
	if s.ui != nil {
		s.ui.Stop()
	}
	stopped := make(chan error, 1)
	go func() { stopped <- s.temporal.Stop() }()
	select {
	case err := <-stopped:
		return err
	case <-time.After(timeout):
		return nil // the file is consistent at any moment
	}
}
