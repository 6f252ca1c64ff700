package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"go.temporal.io/server/common/dynamicconfig"
)

// plenty stands for «no limit»: one machine never asks for that many a second.
const plenty = 1_000_000

// defaultDynamicConfig tunes the server for one machine with few cores and few,
// but busy workflows. Eager activities, eager workflow start and updates are on
// by default.
func defaultDynamicConfig() dynamicconfig.StaticClient {
	values := dynamicconfig.StaticClient{
		// One partition: no forwarding between partitions, order as it came.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
		// A worker that stops ends its polls by the server's answer: else a task
		// that is on its way to it is lost until its heartbeat timeout.
		dynamicconfig.EnableCancelWorkerPollsOnShutdown.Key(): true,
		// A development server never phones home.
		dynamicconfig.EnableServerVersionCheck.Key(): false,
		// Scavengers look for orphans that a crash between two stores leaves;
		// here all is one store.
		dynamicconfig.TaskQueueScannerEnabled.Key(): false,
		dynamicconfig.HistoryScannerEnabled.Key():   false,
		// Caches sized for a laptop (defaults: 128,000 workflows, 128 MiB).
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key():     8_192,
		dynamicconfig.EventsHostLevelCacheMaxSizeBytes.Key(): 32 << 20,
		// As in the temporal CLI; the server's default is 10.
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 100,
	}
	maps.Copy(values, unlimitedRates())
	return values
}

// unlimitedRates lifts the request and storage limits that protect a shared
// cluster: 800 activities a second are above several of them.
func unlimitedRates() dynamicconfig.StaticClient {
	values := dynamicconfig.StaticClient{}
	for _, setting := range []dynamicconfig.GenericSetting{
		dynamicconfig.FrontendRPS,
		dynamicconfig.FrontendMaxNamespaceRPSPerInstance,
		dynamicconfig.HistoryRPS,
		dynamicconfig.MatchingRPS,
		dynamicconfig.FrontendPersistenceMaxQPS,
		dynamicconfig.HistoryPersistenceMaxQPS,
		dynamicconfig.MatchingPersistenceMaxQPS,
		dynamicconfig.WorkerPersistenceMaxQPS,
	} {
		values[setting.Key()] = plenty
	}
	return values
}

// buildDynamicConfig lays KEY=JSON assignments over the defaults.
func buildDynamicConfig(assignments []string) (dynamicconfig.StaticClient, error) {
	values := defaultDynamicConfig()
	for _, assignment := range assignments {
		key, value, err := parseDynamicValue(assignment)
		if err != nil {
			return nil, &usageError{
				fmt.Sprintf("--dynamic-config-value %q: %v", assignment, err),
				"KEY=JSON, such as limit.historyCount.suggestContinueAsNew=60 or frontend.enableBatcher=false",
			}
		}
		values[key] = value
	}
	return values, nil
}

// parseDynamicValue checks the key and the value's type against the settings
// that the server knows. Durations are strings: "10s".
func parseDynamicValue(assignment string) (dynamicconfig.Key, any, error) {
	name, text, found := strings.Cut(assignment, "=")
	key := dynamicconfig.MakeKey(name)
	if !found || name == "" {
		return key, nil, errors.New("no KEY=")
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(text)); err != nil {
		return key, nil, fmt.Errorf("the value is not JSON: %w", err)
	}
	// JSON is YAML, and the server's own loader knows every key and type.
	var loader dynamicconfig.YamlLoader
	loader.LoadValue(key, fmt.Appendf(nil, `[{"value": %s}]`, compact.String()))
	if err := errors.Join(append(loader.Errors, loader.Warnings...)...); err != nil {
		return key, nil, err
	}
	return key, loader.Map[key], nil
}
