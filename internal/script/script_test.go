package script_test

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"db-migrate/migration"
	"db-migrate/migration/contact"
	"db-migrate/starter/cli"
	"db-migrate/worker/service"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"starter": func() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
		"worker": func() {
			os.Exit(service.Main(os.Args[1:], os.Stdout, os.Stderr,
				service.Program{Migrations: []migration.Migration{contact.Migration()}}))
		},
	})
}

var update = flag.Bool("update", false, "write what is seen into the scripts")

// TestScripts runs them without a Temporal: what they show happens before.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(environment *testscript.Env) error {
			environment.Setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
			sources, err := filepath.Abs("../..")
			environment.Setenv("SOURCES", sources)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits runs a command and holds it to its exit code: «exits 2 starter …».
func exits(script *testscript.TestScript, negated bool, arguments []string) {
	if negated || len(arguments) < 2 {
		script.Fatalf("usage: exits CODE command [argument …]")
	}
	code, err := strconv.Atoi(arguments[0])
	script.Check(err)
	err = script.Exec(arguments[1], arguments[2:]...)
	got := 0
	if ended, ok := err.(interface{ ExitCode() int }); ok {
		got = ended.ExitCode()
	} else {
		script.Check(err)
	}
	if got != code {
		script.Fatalf("%s ends with %d, not with %d", arguments[1], got, code)
	}
}
