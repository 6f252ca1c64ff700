package activities

import (
	"fmt"

	"db-migrate/database"
)

// Fingerprint says which table a run is about and which definition it applies.
// It travels with every activity, since a worker may join later.
type Fingerprint struct {
	Target     database.Target `json:"target"`
	Migration  string          `json:"migration"`
	Definition string          `json:"definition"`
}

// String is the fingerprint as people read it.
func (f Fingerprint) String() string {
	return fmt.Sprintf("migration %s (definition %s) on %s", f.Migration, f.Definition, f.Target)
}

// WrongWorkerError says that a worker serves another table or definition than
// the run is about.
type WrongWorkerError struct{ Run, Worker Fingerprint }

func (e *WrongWorkerError) Error() string {
	return fmt.Sprintf("this run is about %s; the worker has %s", e.Run, e.Worker)
}

func (f Fingerprint) compare(worker Fingerprint) error {
	if f != worker {
		return &WrongWorkerError{f, worker}
	}
	return nil
}
