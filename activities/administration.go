package activities

import (
	"context"
	"math"

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
}

// FailureList is what a worker answers about customers that failed.
type FailureList struct {
	Fingerprint Fingerprint           `json:"fingerprint"`
	Worker      string                `json:"worker"`
	Letters     []database.DeadLetter `json:"letters"`
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
	letters, err := table.DeadLetters(ctx, afterEveryRun(), request.After, request.Limit)
	return FailureList{Fingerprint: own, Worker: workerName(), Letters: letters}, administrationFailure(err)
}
