package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/temporal"

	"db-migrate/database"
)

// Check is what a worker answers about its table before a migration.
type Check struct {
	Inspection
	Examination database.Examination `json:"examination"`
}

// ExamineTable looks at the live table as it is now; it writes nothing.
func (s *CustomerScanner) ExamineTable(ctx context.Context) (Check, error) {
	own, err := s.Connection.Fingerprint()
	if err != nil {
		return Check{}, administrationFailure(err)
	}
	seen, err := s.Connection.examine(ctx)
	if err != nil {
		return Check{}, administrationFailure(err)
	}
	check := Check{Examination: seen, Inspection: s.Connection.introduce(own)}
	if seen.Key == nil {
		return check, nil // not even the table is as it should be
	}
	table, err := s.Connection.opened()
	if err != nil {
		return Check{}, administrationFailure(err)
	}
	bound, err := table.Bound(ctx, nil)
	check.Estimate = bound.Estimate
	return check, administrationFailure(err)
}

// examine prepares the migration anew, since the table may have changed after the
// worker was started, and examines it. What Prepare refuses are problems, too.
func (c *Connection) examine(ctx context.Context) (database.Examination, error) {
	c.mutex.Lock()
	open := c.open
	c.mutex.Unlock()
	if open == nil {
		return database.Examination{}, errNotOpen
	}
	table, err := open.Prepare(ctx, c.Migration.Plan())
	switch {
	case err != nil && database.ClassOf(err) == database.Broken:
		return database.Examination{Problems: texts(err), Notices: c.outdatedNotice()}, nil
	case err != nil:
		return database.Examination{}, err
	}
	seen, err := table.Examine(ctx)
	seen.Notices = append(c.outdatedNotice(), seen.Notices...)
	return seen, err
}

// texts are the errors that were joined, one by one.
func texts(err error) []string {
	joined, isJoined := err.(interface{ Unwrap() []error })
	if !isJoined {
		return []string{err.Error()}
	}
	var list []string
	for _, one := range joined.Unwrap() {
		list = append(list, texts(one)...)
	}
	return list
}

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
}

// DropLedger drops the migration's ledger and its rows in the shared tables.
func (s *CustomerScanner) DropLedger(ctx context.Context, drop LedgerDrop) ([]database.DroppedTable, error) {
	table, err := s.Connection.served(drop.Expected)
	if err != nil {
		return nil, administrationFailure(err)
	}
	dropped, err := table.DropLedger(ctx, drop.TakeOver)
	return dropped, administrationFailure(err)
}

// administrationFailure is failure for somebody who waits for the answer: what
// has to be mended first is not tried again.
func administrationFailure(err error) error {
	var wrongWorker *WrongWorkerError
	broken := err != nil && database.ClassOf(err) == database.Broken
	if broken && !errors.As(err, &wrongWorker) && !errors.Is(err, context.Canceled) {
		return temporal.NewNonRetryableApplicationError(reason(err), TypeRefused, nil)
	}
	return failure(err)
}
