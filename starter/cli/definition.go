package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"db-migrate/activities"
	"db-migrate/config"
	"db-migrate/database"
	migrations "db-migrate/migration"
	"db-migrate/workflows"
)

// own is the migration as the starter's own configuration has it.
type own struct {
	migrations.Migration
	// driver, table and url are those that the command line or a file says; empty: none
	// does.
	driver, table, url string
	// known: there is such a migration here; else only where may be compared.
	known bool
}

// ownDefinition finds the migration in the folder of --config, among those written in
// Go that the starter brings along, and the embedded ones.
func (f *flags) ownDefinition(configuration *config.Configuration) (own, error) {
	catalog, err := migrations.NewCatalog(f.written, configuration.Directory)
	if err != nil {
		return own{}, usage("nothing was started: %w", err)
	}
	found, err := catalog.Named(migrationName(configuration))
	known := err == nil // a migration that only the worker has is its own affair
	found.Where = configuration.CustomerScanner.Where
	here := own{Migration: found, known: known}
	if configuration.Said("connection/driver") {
		here.driver = configuration.Connection.Driver
	}
	if configuration.Said("connection/table") {
		here.table = configuration.Connection.Table
	}
	if configuration.Said("connection/url") {
		here.url = configuration.Connection.URL
	}
	return here, nil
}

// sameDefinition refuses a worker that would run something else than what stands in
// the starter's configuration.
func (f *flags) sameDefinition(configuration *config.Configuration, worker activities.Inspection) error {
	here, err := f.ownDefinition(configuration)
	if err != nil {
		return err
	}
	differences := here.differences(worker)
	if len(differences) == 0 {
		return nil
	}
	return usage("nothing was started: the worker would not run what this configuration says of migration %s\n%s\nrestart the worker if it should run what stands here, else give the starter the worker's configuration (--config, component/key=value)",
		worker.Fingerprint.Migration, strings.Join(differences, "\n"))
}

// differences are those between the migration here and the worker's, a line each.
func (o own) differences(worker activities.Inspection) []string {
	var lines []string
	differ := func(what, here, there string) {
		if strings.TrimSpace(here) != strings.TrimSpace(there) {
			lines = append(lines, "  "+what, "    here:   "+orNone(shortLine(here)), "    worker: "+orNone(shortLine(there)))
		}
	}
	lines = append(lines, o.places("worker: ", worker.Fingerprint.Target)...)
	differ("customer-scanner/where", o.Where, worker.Where)
	o.Where = worker.Where // as far as it differs, that is told
	if !o.known || o.Definition() == worker.Fingerprint.Definition {
		return lines
	}
	there := worker.Source
	if there == nil {
		there = &activities.Source{Version: "unknown"}
	}
	written := o.Change != nil && there.Statements == nil
	if written {
		differ("columns that are read", strings.Join(o.Reads, ", "), strings.Join(there.Reads, ", "))
		differ("columns that are written", strings.Join(o.Writes, ", "), strings.Join(there.Writes, ", "))
	} else {
		lines = append(lines, o.statements(there)...)
	}
	differ("version", o.Version, there.Version)
	if written && len(lines) == 0 {
		return nil // of a Change function its name, version and columns are all that can be compared
	}
	if len(lines) == 0 {
		lines = []string{"  the statements differ after the part that the worker shows of them"}
	}
	return append(o.origins(worker, there), lines...)
}

// places are the differences between where it is meant here and where it is there, a
// line each.
func (o own) places(there string, target database.Target) []string {
	var lines []string
	differ := func(key, mine, its string) {
		lines = append(lines, "  "+key, "    here:   "+shortLine(mine), "    "+there+shortLine(its))
	}
	if o.driver != "" && o.driver != target.Driver {
		differ("connection/driver", o.driver, target.Driver)
	}
	if o.table != "" && !sameTable(o.table, target.Table) {
		differ("connection/table", o.table, target.Table)
	}
	if o.url != "" && !leadsTo(o.url, target) {
		differ("connection/url", config.Mask(o.url), strings.TrimPrefix(target.Host+"/"+target.Database, "/"))
	}
	return lines
}

// sameTable compares a table's name as somebody writes it with that of the worker's,
// which may have its schema before it; databases fold letters in their own ways.
func sameTable(written, table string) bool {
	bare := func(name string) string { return strings.ToLower(strings.NewReplacer(`"`, "", "`", "").Replace(name)) }
	return bare(written) == bare(table) || strings.HasSuffix(bare(table), "."+bare(written))
}

// origins are where both definitions come from.
func (o own) origins(worker activities.Inspection, there *activities.Source) []string {
	return []string{
		fmt.Sprintf("  here:   %s, version %q, definition %s", origin(o.File, o.Change != nil), o.Version, o.Definition()),
		fmt.Sprintf("  worker: %s, version %q, definition %s (%s)", origin(there.File, there.Statements == nil), shortLine(there.Version), worker.Fingerprint.Definition, worker.Worker),
	}
}

// origin says where a definition stands.
func origin(file string, inGo bool) string {
	switch {
	case file != "":
		if path, err := filepath.Abs(file); err == nil {
			return path
		}
		return file
	case inGo:
		return "in Go"
	}
	return "built-in"
}

// statements are the lines by which the statements differ.
func (o own) statements(there *activities.Source) []string {
	if o.Statements == nil || there.Statements == nil {
		return nil
	}
	lines := differingLines("check", o.Statements.Check, there.Statements.Check)
	mine, theirs := o.Statements.Migrate, there.Statements.Migrate
	for i := range max(len(mine), len(theirs)) {
		lines = append(lines, differingLines(fmt.Sprintf("migrate, statement %d", i+1), at(mine, i), at(theirs, i))...)
	}
	return lines
}

// sameAsRunning refuses to attach to a run of another table or definition than those
// here. How it was started is known without any worker.
func (f *flags) sameAsRunning(ctx context.Context, temporal *connection, id, runID string, configuration *config.Configuration) error {
	here, err := f.ownDefinition(configuration)
	if err != nil {
		return err
	}
	running, err := temporal.expected(ctx, id, runID)
	if err != nil {
		return &exitError{exitUnreachable, fmt.Errorf("workflow %s: %w", id, err)}
	}
	if lines := here.places("it runs on: ", running.Target); len(lines) > 0 {
		return usage("the migration runs already, but not where this configuration says:\n%s\ngive the starter the configuration that the run was started with, or look at it without one: %s", strings.Join(lines, "\n"), f.again("status"))
	}
	if !here.known || here.Change != nil || running.Definition == here.Definition() {
		return nil
	}
	return usage("the migration runs already, but with definition %s; this configuration has another one: %s, version %q, definition %s\nlook at it with: %s\ncancel it first (%s), restart the worker, and start with a new name, or with --same-ledger if it means the same",
		running.Definition, origin(here.File, false), here.Version, here.Definition(), f.again("status"), f.again("cancel"))
}

// expected is what a run works on: as its overseer says, since it may have been resumed
// with a mended definition, or, if no worker answers, as it was started.
func (t *connection) expected(ctx context.Context, id, runID string) (activities.Fingerprint, error) {
	if seen := (&observer{temporal: t, id: id}).observe(ctx); seen.known {
		return seen.status.Expected, nil
	}
	input, err := t.input(ctx, id, runID)
	return expectedBy(input), err
}

// expectedBy is what a run works on, by its input.
func expectedBy(input workflows.Input) activities.Fingerprint {
	if input.State != nil {
		return input.State.Expected
	}
	return input.Settings.Expected
}
