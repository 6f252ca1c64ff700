package main

import (
	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// startUI starts the Web UI, or returns nil if it is switched off. If its port
// is lost to another process meanwhile, the library ends the process with the
// message.
func startUI(o options) *uiserver.Server {
	if o.uiPort == 0 {
		return nil
	}
	ui := uiserver.NewServer(server_options.WithConfigProvider(uiConfig(o)))
	go func() { _ = ui.Start() }() // never returns an error, see above
	return ui
}

func uiConfig(o options) *uiconfig.Config {
	return &uiconfig.Config{
		Host:                o.ip,
		Port:                o.uiPort,
		TemporalGRPCAddress: loopback(o.port),
		DefaultNamespace:    o.namespace,
		EnableUI:            true,
		DisableNewsFetch:    true,
		HideLogs:            true,
		// Plain HTTP on loopback: the browser must accept the CSRF cookie.
		CORS: uiconfig.CORS{CookieInsecure: true},
	}
}
