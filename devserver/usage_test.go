package main

import (
	"bytes"
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWrongUsage(t *testing.T) {
	cases := []struct {
		name string
		args []string
		says string
	}{
		{"unknown flag", []string{"--prot", "7233"}, "unknown flag: --prot"},
		{"argument", []string{"start"}, `unexpected argument "start"`},
		{"port not a number", []string{"--port", "x"}, `invalid argument "x" for "--port"`},
		{"port 0", []string{"--port", "0"}, "--port 0 is out of range"},
		{"port too high", []string{"--ui-port", "65536"}, "--ui-port 65536 is out of range"},
		{"port negative", []string{"--pprof-port=-1"}, "--pprof-port -1 is out of range"},
		{"same port twice", []string{"--port", "8000", "--ui-port", "8000"}, "--port and --ui-port are both 8000"},
		{"log level", []string{"--log-level", "loud"}, "valid are debug, info, warn, error"},
		{"no address", []string{"--ip", "here"}, `--ip "here" is neither 127.0.0.1 nor 0.0.0.0`},
		{"no file", []string{"--db", ""}, "--db is empty"},
		{"no namespace", []string{"--namespace", ""}, "--namespace is empty"},
		{"no value", []string{"--dynamic-config-value", "frontend.rps"}, "no KEY="},
		{"not JSON", []string{"--dynamic-config-value", "frontend.rps=many"}, "the value is not JSON"},
		{"unknown key", []string{"--dynamic-config-value", "frontend.speed=1"}, `unregistered key "frontend.speed"`},
		{"wrong type", []string{"--dynamic-config-value", `frontend.rps=[]`}, "validation failed"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			require.Equal(t, exitUsage, run(t.Context(), c.args, &stdout, &stderr))
			require.Contains(t, stderr.String(), c.says)
			require.Contains(t, stderr.String(), "hint: ")
			require.Empty(t, stdout.String())
		})
	}
}

func TestPortTaken(t *testing.T) {
	for _, flag := range []string{"--port", "--ui-port", "--pprof-port"} {
		t.Run(flag, func(t *testing.T) {
			listener, err := net.Listen("tcp", loopback(0))
			require.NoError(t, err)
			defer listener.Close()
			taken := listener.Addr().(*net.TCPAddr).Port

			var stdout, stderr bytes.Buffer
			args := append(testOptions(t).args(), flag, fmt.Sprint(taken))
			require.Equal(t, exitUsage, run(t.Context(), args, &stdout, &stderr))
			require.Contains(t, stderr.String(), fmt.Sprintf("port %d (%s) is taken", taken, flag))
			require.Contains(t, stderr.String(), "choose another port: "+flag)
		})
	}
}

func TestHelp(t *testing.T) {
	var stdout, stderr bytes.Buffer
	require.Equal(t, exitOK, run(t.Context(), []string{"--help"}, &stdout, &stderr))
	for _, flag := range []string{"--port", "--ui-port", "--db", "--namespace", "--dynamic-config-value", "--log-level", "--log-file", "--pprof-port"} {
		require.Contains(t, stdout.String(), flag)
	}
	require.Empty(t, stderr.String())
}
