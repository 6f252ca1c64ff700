package activities

import (
	"context"
	"math"
	"strings"
	"time"

	"db-migrate/database"
)

// LedgerDescription is what a worker answers about the tables of our own.
type LedgerDescription struct {
	Fingerprint Fingerprint        `json:"fingerprint"`
	Worker      string             `json:"worker"`
	DDL         database.LedgerDDL `json:"ddl"`
}

// DescribeLedger says how the tables of our own are created; it writes nothing.
func (s *CustomerScanner) DescribeLedger(ctx context.Context) (LedgerDescription, error) {
	own, err := s.Connection.Fingerprint()
	if err != nil {
		return LedgerDescription{}, administrationFailure(err)
	}
	table, err := s.Connection.opened()
	if err != nil {
		return LedgerDescription{}, administrationFailure(err)
	}
	ddl, err := table.LedgerDDL(ctx)
	return LedgerDescription{Fingerprint: own, Worker: workerName(), DDL: ddl}, administrationFailure(err)
}

// LedgerDrop asks for a migration's ledger to be dropped.
type LedgerDrop struct {
	Expected Fingerprint `json:"expected"`
	TakeOver bool        `json:"take_over,omitempty"`
	// Cluster is the Temporal that is asked whether an owner's run is over.
	Cluster string `json:"cluster,omitempty"`
}

// DropLedger drops the migration's ledger and its rows in the shared tables.
func (s *CustomerScanner) DropLedger(ctx context.Context, asked LedgerDrop) ([]database.DroppedTable, error) {
	table, err := s.Connection.served(asked.Expected)
	if err != nil {
		return nil, administrationFailure(err)
	}
	dropped, err := drop(ctx, table, asked.Cluster, database.DropRequest{TakeOver: asked.TakeOver})
	return dropped, administrationFailure(err)
}

// FailureRequest asks for customers that failed, after a key (nil: from the first),
// at most limit of them.
type FailureRequest struct {
	After database.Key `json:"after,omitempty"`
	Limit int          `json:"limit"`
	// Error is a text that a row's error contains, in any case of its letters, and Since
	// when it failed at the earliest; neither need be given.
	Error string    `json:"error,omitempty"`
	Since time.Time `json:"since,omitzero"`
}

// wants reports whether a letter is asked for.
func (r FailureRequest) wants(letter database.DeadLetter) bool {
	return !letter.FailedAt.Before(r.Since) && strings.Contains(strings.ToLower(letter.Error), strings.ToLower(r.Error))
}

// FailureList is what a worker answers about customers that failed.
type FailureList struct {
	Fingerprint Fingerprint           `json:"fingerprint"`
	Worker      string                `json:"worker"`
	Letters     []database.DeadLetter `json:"letters"`
	// Next is where to go on; nil: there are no more.
	Next database.Key `json:"next,omitempty"`
}

// afterEveryRun comes after all runs: ledgers count no further than this.
func afterEveryRun() database.Run { return database.Run{Number: math.MaxInt32} }

// ListFailures returns the dead letters of all runs; it writes nothing.
func (s *CustomerScanner) ListFailures(ctx context.Context, request FailureRequest) (FailureList, error) {
	own, err := s.Connection.Fingerprint()
	if err != nil {
		return FailureList{}, administrationFailure(err)
	}
	table, err := s.Connection.opened()
	if err != nil {
		return FailureList{}, administrationFailure(err)
	}
	list := FailureList{Fingerprint: own, Worker: workerName()}
	letters, err := table.DeadLetters(ctx, afterEveryRun(), request.After, request.Limit)
	if len(letters) == request.Limit && request.Limit > 0 {
		list.Next = letters[len(letters)-1].Key
	}
	for _, letter := range letters {
		if request.wants(letter) {
			list.Letters = append(list.Letters, letter)
		}
	}
	return list, administrationFailure(err)
}
