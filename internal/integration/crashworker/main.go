// Command crashworker is the worker, but kills itself once, at the step that
// CRASH_AT names; CRASH_MARK is the file that says it has done so.
package main

import (
	"os"

	"db-migrate/migration"
	"db-migrate/worker/service"
)

func main() {
	crash := newCrash(os.Getenv("CRASH_AT"), os.Getenv("CRASH_MARK"))
	os.Exit(service.Main(os.Args[1:], os.Stdout, os.Stderr, service.Program{
		Migrations:   []migration.Migration{crash.migration()},
		Interceptors: crash.interceptors(),
	}))
}
