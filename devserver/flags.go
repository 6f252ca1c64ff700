package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"go.temporal.io/server/common/dynamicconfig"
)

// options is what the command line asks for.
type options struct {
	ip            string // what the frontend, the Web UI and pprof are bound to
	port          int    // the frontend's gRPC port
	uiPort        int    // 0: no Web UI
	pprofPort     int    // 0: no pprof
	databaseFile  string
	namespace     string
	logLevel      string
	logFile       string // empty: stderr
	check         bool   // ask a server that runs, and end
	dynamicConfig dynamicconfig.StaticClient
}

// usageError is a mistake in the command line or a port that is taken: the
// operator can mend it, and hint says how.
type usageError struct {
	message string
	hint    string
}

func (e *usageError) Error() string { return e.message }

const seeHelp = "devserver --help lists the options"

const helpHeader = `devserver runs a Temporal server and its Web UI on a SQLite file.

All ports are bound to 127.0.0.1, unless --ip says otherwise. Started again on the same file, even after
kill -9, it goes on with every workflow. It prints "ready" when it is.

Usage: devserver [options]

Options:
`

// logLevels are the values of --log-level.
func logLevels() []string { return []string{"debug", "info", "warn", "error"} }

// parseOptions reads the command line. Its error is pflag.ErrHelp or a usageError.
func parseOptions(args []string) (options, error) {
	var parsed options
	flags, dynamicValues := newFlagSet(&parsed)
	if err := flags.Parse(args); err == pflag.ErrHelp {
		return options{}, err
	} else if err != nil {
		return options{}, &usageError{err.Error(), seeHelp}
	}
	if flags.NArg() > 0 {
		return options{}, &usageError{fmt.Sprintf("unexpected argument %q", flags.Arg(0)), seeHelp}
	}
	if err := parsed.validate(); err != nil {
		return options{}, err
	}
	var err error
	parsed.dynamicConfig, err = buildDynamicConfig(*dynamicValues)
	return parsed, err
}

func newFlagSet(into *options) (*pflag.FlagSet, *[]string) {
	flags := pflag.NewFlagSet("devserver", pflag.ContinueOnError)
	flags.SortFlags = false
	flags.Usage = func() {} // run prints the help
	flags.StringVar(&into.ip, "ip", loopbackIP, "address that the ports are bound to; "+everyIP+" is for the inside of a container")
	flags.IntVar(&into.port, "port", 7233, "port of the Temporal server")
	flags.IntVar(&into.uiPort, "ui-port", 8233, "port of the Web UI; 0: no Web UI")
	flags.StringVar(&into.databaseFile, "db", "var/temporal.db", "SQLite `file`, created with its folder if missing")
	flags.StringVar(&into.namespace, "namespace", "default", "namespace, registered if missing")
	dynamicValues := flags.StringArray("dynamic-config-value", nil, "dynamic configuration as `KEY=JSON`, repeatable")
	flags.StringVar(&into.logLevel, "log-level", "error", strings.Join(logLevels(), ", "))
	flags.StringVar(&into.logFile, "log-file", "", "`file` that the log is appended to (default stderr)")
	flags.BoolVar(&into.check, "check", false, "start nothing: exit code 0 if a server with these ports is ready, 1 if not")
	flags.IntVar(&into.pprofPort, "pprof-port", 0, "port of net/http/pprof; 0: off")
	return flags, dynamicValues
}

func helpText() string {
	flags, _ := newFlagSet(&options{})
	return helpHeader + flags.FlagUsages()
}

func (o options) validate() error {
	if err := o.validatePorts(); err != nil {
		return err
	}
	if o.ip != loopbackIP && o.ip != everyIP {
		return &usageError{fmt.Sprintf("--ip %q is neither %s nor %s", o.ip, loopbackIP, everyIP), everyIP + " is for the inside of a container: nobody is asked for a password"}
	}
	if !slices.Contains(logLevels(), o.logLevel) {
		return &usageError{fmt.Sprintf("--log-level %q is unknown", o.logLevel), "valid are " + strings.Join(logLevels(), ", ")}
	}
	if o.databaseFile == "" {
		return &usageError{"--db is empty", "name a file, such as --db var/temporal.db"}
	}
	if o.namespace == "" {
		return &usageError{"--namespace is empty", "name a namespace, such as --namespace default"}
	}
	return nil
}
