package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/primitives"
)

func TestEveryServiceIsBoundToLoopback(t *testing.T) {
	o := options{ip: loopbackIP, port: 7233}
	ports, err := servicePorts(o)
	require.NoError(t, err)
	config := serverConfig(o, ports)
	require.Len(t, config.Services, 4)
	for name, service := range config.Services {
		require.Equal(t, "127.0.0.1", service.RPC.BindOnIP, name)
		require.Zero(t, service.RPC.HTTPPort, name)
	}
	require.Equal(t, "127.0.0.1", config.Global.PProf.Host)
	require.Equal(t, "127.0.0.1", uiConfig(o).Host)
}

// Inside of a container others must reach the frontend and the Web UI, nothing else.
func TestAnotherAddressIsForTheFrontendAlone(t *testing.T) {
	o := options{ip: everyIP, port: 7233}
	ports, err := servicePorts(o)
	require.NoError(t, err)
	for name, service := range serverConfig(o, ports).Services {
		want := loopbackIP
		if name == string(primitives.FrontendService) {
			want = o.ip
		}
		require.Equal(t, want, service.RPC.BindOnIP, name)
	}
	require.Equal(t, o.ip, uiConfig(o).Host)
}

func TestDynamicValuesOverrideDefaults(t *testing.T) {
	values, err := buildDynamicConfig([]string{
		"matching.numTaskqueueReadPartitions=2",
		"limit.historyCount.suggestContinueAsNew=60",
		"frontend.enableBatcher=false",
		`history.cacheTTL="10s"`,
	})
	require.NoError(t, err)
	collection := dynamicconfig.NewCollection(values, nil)
	require.Equal(t, 2, dynamicconfig.MatchingNumTaskqueueReadPartitions.Get(collection)("default", "q", 1))
	require.Equal(t, 1, dynamicconfig.MatchingNumTaskqueueWritePartitions.Get(collection)("default", "q", 1))
	require.Equal(t, 60, dynamicconfig.HistoryCountSuggestContinueAsNew.Get(collection)("default"))
	require.False(t, dynamicconfig.FrontendEnableBatcher.Get(collection)("default"))
	require.Equal(t, "10s", dynamicconfig.HistoryCacheTTL.Get(collection)().String())
	require.False(t, dynamicconfig.EnableServerVersionCheck.Get(collection)())
}

func TestCreateIfMissing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "temporal.db")
	leftover := file + ".new"
	require.NoError(t, os.WriteFile(leftover, []byte("half of a schema"), 0o600))

	require.NoError(t, createIfMissing(file))
	require.NoFileExists(t, leftover)
	created, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NotEmpty(t, created)

	require.NoError(t, createIfMissing(file), "an existing file is left alone")
	unchanged, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, created, unchanged)
}

func TestLogFileThatCannotBeOpened(t *testing.T) {
	_, err := openLog("error", t.TempDir())
	require.ErrorContains(t, err, "--log-file")
}

func TestForeignFileIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "notes.txt")
	require.NoError(t, os.WriteFile(file, []byte("this is no database, but long enough to be looked at as one, or so one hopes"), 0o600))
	err := prepareDatabase(file, "default", clusterName)
	require.ErrorContains(t, err, file)
	require.ErrorContains(t, err, "not a database")
}
