package main

import (
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
)

const (
	clusterName = "active"
	storeName   = "sqlite"
	off         = "disabled"
	// historyShards is written into a new file and can't change later. One is
	// enough: there is one writer.
	historyShards = 1
)

// servicePorts finds a port for each of Temporal's services. Only the
// frontend's is for others; the rest talk to each other.
func servicePorts(o options) (map[primitives.ServiceName]int, error) {
	free, err := freePorts(3, o.port, o.uiPort, o.pprofPort)
	if err != nil {
		return nil, err
	}
	return map[primitives.ServiceName]int{
		primitives.FrontendService: o.port,
		primitives.HistoryService:  free[0],
		primitives.MatchingService: free[1],
		primitives.WorkerService:   free[2],
	}, nil
}

// staticHosts tells the services where each other are, so that no membership
// protocol, with ports of its own, is needed.
func staticHosts(ports map[primitives.ServiceName]int) map[primitives.ServiceName]static.Hosts {
	hosts := map[primitives.ServiceName]static.Hosts{}
	for service, port := range ports {
		hosts[service] = static.SingleLocalHost(loopback(port))
	}
	return hosts
}

// serverConfig is Temporal's static configuration.
func serverConfig(o options, ports map[primitives.ServiceName]int) *config.Config {
	return &config.Config{
		Global: config.Global{
			Membership: config.Membership{BroadcastAddress: loopbackIP},
			PProf:      config.PProf{Host: o.ip, Port: o.pprofPort},
		},
		Persistence: config.Persistence{
			DefaultStore:     storeName,
			VisibilityStore:  storeName,
			NumHistoryShards: historyShards,
			DataStores:       map[string]config.DataStore{storeName: {SQL: sqlConfig(o.databaseFile)}},
		},
		ClusterMetadata:     clusterMetadata(o.port),
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            services(o, ports),
		Archival: config.Archival{
			History:    config.HistoryArchival{State: off},
			Visibility: config.VisibilityArchival{State: off},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: off},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: off},
		}},
		PublicClient: config.PublicClient{HostPort: loopback(o.port)},
	}
}

func clusterMetadata(port int) *cluster.Config {
	return &cluster.Config{
		FailoverVersionIncrement: 10,
		MasterClusterName:        clusterName,
		CurrentClusterName:       clusterName,
		ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
			Enabled:                true,
			InitialFailoverVersion: 1,
			RPCAddress:             loopback(port),
		}},
	}
}

// services binds every service to the loopback interface, but for the frontend
// where --ip says so. No HTTP port: the Web UI and the SDKs speak gRPC.
func services(o options, ports map[primitives.ServiceName]int) map[string]config.Service {
	services := map[string]config.Service{}
	for name, port := range ports {
		services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: loopbackIP}}
		if name == primitives.FrontendService {
			services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: o.ip}}
		}
	}
	return services
}
