package activities

import (
	"fmt"
	"os"
	"strings"

	"db-migrate/database"
	"db-migrate/internal/noun"
)

// Fingerprint says which table a run is about and which definition it applies.
// It travels with every activity, since a worker may join later.
type Fingerprint struct {
	Target     database.Target `json:"target"`
	Migration  string          `json:"migration"`
	Definition string          `json:"definition"`
	// Build is the hash of the worker's program, for a migration in Go.
	Build string `json:"build,omitempty"`
}

// String is the fingerprint as people read it.
func (f Fingerprint) String() string {
	return fmt.Sprintf("migration %s (definition %s) on %s", f.Migration, f.Definition, f.Target)
}

// WrongWorkerError says that a worker serves another table or definition than
// the run is about.
type WrongWorkerError struct{ Run, Worker Fingerprint }

func (e *WrongWorkerError) Error() string {
	return fmt.Sprintf("this run is about %s; the worker has %s%s", e.Run, e.Worker, e.Run.differences(e.Worker))
}

// remade reports whether the worker has the run's table by its name, and in the same
// database: then another table has the name.
func (e *WrongWorkerError) remade() bool {
	worker := e.Worker
	worker.Target.Identity = e.Run.Target.Identity
	database := func(identity string) string { return identity[:max(0, strings.LastIndex(identity, "/"))] }
	ours := database(e.Run.Target.Identity)
	return e.Run.Same(worker) && ours != "" && ours == database(e.Worker.Target.Identity)
}

// differences names what the texts of both do not show.
func (f Fingerprint) differences(other Fingerprint) string {
	var parts []string
	for _, part := range []struct{ what, ours, theirs string }{
		{"database and table", f.Target.Identity, other.Target.Identity},
		{"key", f.Target.Key, other.Target.Key},
		{"connection/schema", f.Target.Books, other.Target.Books},
		{"build of the program", f.Build, other.Build},
	} {
		if part.ours != part.theirs {
			parts = append(parts, fmt.Sprintf("%s: %s, and here %s", part.what, part.ours, part.theirs))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "; they differ in " + strings.Join(parts, "; ")
}

// Rows is what the table's rows are called to people.
func (f Fingerprint) Rows() noun.Noun { return noun.Of(f.Target.Table, f.Target.RowName) }

// Same reports whether both are about the same work, whatever its rows are called.
func (f Fingerprint) Same(other Fingerprint) bool {
	f.Target.RowName = other.Target.RowName
	return f == other
}

// ComparePlace returns a WrongWorkerError if the worker's books are not those of the run:
// in another database, whatever it is reached by, or elsewhere in it.
func (f Fingerprint) ComparePlace(worker Fingerprint) error {
	ours, its := f.Target, worker.Target
	if ours.Driver == its.Driver && ours.Database == its.Database && ours.Books == its.Books && databaseIn(ours.Identity) == databaseIn(its.Identity) {
		return nil
	}
	return &WrongWorkerError{f, worker}
}

// databaseIn is the database's part of an identity, which may have the table's behind it.
func databaseIn(identity string) string {
	if end := strings.LastIndex(identity, "/"); end >= 0 {
		return identity[:end]
	}
	return identity
}

func (f Fingerprint) compare(worker Fingerprint) error {
	if !f.Same(worker) {
		return &WrongWorkerError{f, worker}
	}
	return nil
}

// workerName is the worker by its host and process.
func workerName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("%s, process %d", host, os.Getpid())
}
