package cli

import (
	"context"
	"strings"

	"db-migrate/database"
)

// workerFor is how a worker is started for the run that there is of the migration, or was
// the last one: on its database, which Temporal knows without a worker. What the command
// line cannot have of it follows in lines of their own.
func (f *flags) workerFor(ctx context.Context, temporal *connection) string {
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), queryTime)
	defer cancel()
	lines := []string{f.worker()}
	if input, err := temporal.input(asking, f.subject.ID(f.dryRun), ""); err == nil {
		words, note := f.missingPlace(expectedBy(input).Target)
		lines = append([]string{strings.Join(append(lines, words...), " ")}, note...)
	}
	return strings.Join(append(lines, f.missingFolder()...), "\n")
}

// missingPlace is what a worker has to be given so that it works there, as far as neither
// the command line nor a file has it, and a line about what is not known here.
func (f *flags) missingPlace(there database.Target) (words, note []string) {
	add := func(key, value string) {
		if value != "" && !f.said(key) {
			words = append(words, inShell(key+"="+value))
		}
	}
	switch {
	case there.Driver == "sqlite":
		add("connection/url", there.Database)
		return words, nil
	case !f.said("connection/url"):
		note = []string{"give it the connection/url, too, that leads to " + strings.TrimPrefix(there.Host+"/"+there.Database, "/")}
	}
	add("connection/driver", there.Driver)
	if there.Books != there.Database && !strings.HasPrefix(there.Table, there.Books+".") {
		add("connection/schema", there.Books)
	}
	return words, note
}

// said reports whether the command line or a file says a key.
func (f *flags) said(key string) bool { return f.configured != nil && f.configured.Said(key) }

// missingFolder says that the worker may need a folder with the migration: one that was
// named, or of which a run was found, and that nothing here knows.
func (f *flags) missingFolder() []string {
	if f.directory != "" || f.configured == nil || !f.inferred && !f.said("customer-migrator/migration") {
		return nil
	}
	here, err := f.ownDefinition(f.configured)
	if err != nil || here.known {
		return nil
	}
	return []string{"migration " + migrationName(f.configured) + " is not known here: if its worker was started with --config FOLDER, give it that, too"}
}
