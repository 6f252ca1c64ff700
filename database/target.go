package database

import (
	"strings"
	"time"
)

// Target says which table of which database it is about. It holds no secret and
// travels through Temporal, so that every worker can compare it with its own.
type Target struct {
	Driver   string `json:"driver"`
	Host     string `json:"host"`
	Database string `json:"database"`
	Table    string `json:"table"`
	// Key are the key's columns, Books where our own tables lie, and Identity what the
	// database calls itself and the table, where it does.
	Key      string `json:"key,omitempty"`
	Books    string `json:"books,omitempty"`
	Identity string `json:"identity,omitempty"`
	// RowName is what one row is called to people (connection/row-name). It is no part of
	// what the table is, and may differ.
	RowName string `json:"row_name,omitempty"`
}

// String is the target as people read it.
func (t Target) String() string {
	return t.Driver + " " + strings.TrimPrefix(t.Host+"/"+t.Database, "/") + ", table " + t.Table
}

// Run is one run of a migration, from its start to its end.
type Run struct {
	// Number is the run in our tables, counted by the database from 1.
	Number int64 `json:"number"`
	// ID is Temporal's id of the overseer's first run.
	ID string `json:"id"`
}

// RunRequest asks for a run to be begun.
type RunRequest struct {
	ID          string
	Migration   string
	Environment string
	// Cluster is the Temporal cluster and namespace that the overseer lives in.
	Cluster string
	// Workflow is the overseer's workflow id there.
	Workflow string
	// Reset discards the paging state of a prior run.
	Reset bool
	// TakeOver makes the run the table's owner, whoever owned it before.
	TakeOver bool
	// Over is the first run's id of an owner whose run is known to be over although its
	// end did not reach the database: the table is taken over from that one alone.
	Over string
	// Definition is the hash of the migration's definition; SameLedger accepts
	// another one than that of the runs before.
	Definition string
	SameLedger bool
	// Again migrates rows once more that stand in the ledger of earlier runs.
	Again bool
}

// BegunRun is a run that has been begun.
type BegunRun struct {
	Run Run
	// Position is the paging state of a prior run that did not finish: every
	// customer up to this key is done. Nil: from the beginning.
	Position Key
	// Failed is how many dead letters the prior run has left behind Position.
	Failed int
	// Since is the first of the runs that this one goes on with: those after it were all
	// cut short. Without any, it is the run's own number.
	Since int64
	// Emptied: all rows of the table may have been thrown away since the last run.
	Emptied bool
}

// PagingState is how far a run has come: every range up to Sequence is done.
type PagingState struct {
	Sequence int64 `json:"sequence"`
	Position Key   `json:"position"`
}

// OutcomeUnsure is that of a run which is complete, and whose ledger has lost rows of which
// nobody can tell whether they are migrated.
const OutcomeUnsure = "unsure"

// Ending says how a run ended.
type Ending struct {
	// Outcome is completed, cancelled, failed, or OutcomeUnsure.
	Outcome string
	// State is the last paging state; nil: none was reached.
	State *PagingState
	// Discard leaves a tombstone instead of the paging state: nothing is left
	// to go on from.
	Discard bool
}

// DeadLetter is a customer that could not be migrated.
type DeadLetter struct {
	Key      Key    `json:"key"`
	Sequence int64  `json:"sequence"`
	Error    string `json:"error"`
	Attempts int    `json:"attempts"`
	// Run is the number of the run in which the row failed, and FailedAt when; neither is
	// asked for where a letter is written.
	Run      int64     `json:"run,omitempty"`
	FailedAt time.Time `json:"failed_at,omitzero"`
}

// KeysOf are the customers that dead letters are about.
func KeysOf(letters []DeadLetter) []Key {
	keys := make([]Key, len(letters))
	for i, letter := range letters {
		keys[i] = letter.Key
	}
	return keys
}
