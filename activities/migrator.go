package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"db-migrate/activities/throttle"
	"db-migrate/database"
	"db-migrate/idfile"
	"db-migrate/migration"
	"db-migrate/siteguard"
)

// CustomerMigrator checks customers and migrates them.
type CustomerMigrator struct {
	Connection *Connection
	Migration  migration.Migration
	Log        *MigrationLog
	// Files is where files of customer ids are read from.
	Files *idfile.Folder
	// Guard says how much of the database the work may have; nil: all.
	Guard *siteguard.Guard `component:",optional"`

	// sizer finds the size of transactions, pieces that of what is read at a
	// time where transactions are smaller.
	sizer, pieces *throttle.Sizer
	gate          *throttle.Gate
}

// pieceTime is how long a piece of several transactions may take: a batch stops
// only between pieces.
const pieceTime = time.Second

// NewCustomerMigrator wires the component; log may be nil.
func NewCustomerMigrator(connection *Connection, chosen migration.Migration, log *MigrationLog, files *idfile.Folder) *CustomerMigrator {
	migrator := &CustomerMigrator{Connection: connection, Migration: chosen, Log: log, Files: files,
		sizer: throttle.NewSizer(connection.Options.LockTime), pieces: throttle.NewSizer(pieceTime)}
	migrator.gate = throttle.NewGateWithin(func() throttle.Room { return room(migrator.Guard) })
	return migrator
}

// MigrateCustomers migrates a batch. What it doesn't reach (its time is over,
// the worker stops, rows are locked) comes back as the rest.
func (m *CustomerMigrator) MigrateCustomers(ctx context.Context, batch Batch) (BatchResult, error) {
	table, err := m.Connection.tableFor(ctx, batch.Order)
	if err != nil {
		return BatchResult{}, failure(err)
	}
	if err := m.Connection.savePagingState(ctx, table, batch.Order, batch.LowWater); err != nil {
		return BatchResult{}, failure(err)
	}
	obey(ctx, m.Guard, batch.Order)
	run := newBatchRun(ctx, m, table, batch)
	if batch.File != nil {
		if run.file, err = m.Files.Open(*batch.File); err != nil {
			return BatchResult{}, failure(err)
		}
		defer run.file.Close()
	}
	defer m.Log.flush()
	result, err := run.run(ctx)
	var over *database.RunOverError
	if (err != nil || result.RestReason != "") && !batch.DryRun && !errors.As(err, &over) {
		tellIfOver(ctx, table, batch.Run)
	}
	return result, failure(err)
}

// overPatience bounds the look whether a run is over whose batch was called back.
const overPatience = 5 * time.Second

// tellIfOver says in the worker's log that a batch's run is over, if it is: a worker
// that was frozen finds its batch called back, over its time, or without a connection,
// and Temporal takes no result for a run that it has ended.
func tellIfOver(ctx context.Context, table database.Table, run database.Run) {
	looking, cancel := context.WithTimeout(context.WithoutCancel(ctx), overPatience)
	defer cancel()
	if alive, err := table.Alive(looking, run); err == nil && !alive {
		activity.GetLogger(ctx).Warn("a batch ends: " + (&database.RunOverError{Run: run}).Error())
	}
}

// Single is one troubled customer, to be migrated on his own.
type Single struct {
	Order
	Process  int          `json:"process"`
	Key      database.Key `json:"key"`
	Sequence int64        `json:"sequence"`
}

// What became of a single customer.
const (
	OutcomeMigrated = "migrated"
	OutcomeSkipped  = "skipped"
	// OutcomeNeededAgain: an earlier run has migrated the row, and it needs it again.
	OutcomeNeededAgain = "needed again"
	OutcomeVanished    = "vanished"
	OutcomeFailed      = "failed"
	// OutcomeLocked: the row stayed locked; that is no attempt.
	OutcomeLocked = "locked"
)

// MigrateCustomer migrates one troubled customer. His own error fails the
// activity, so that the Web UI shows it; the overseer counts the attempts.
func (m *CustomerMigrator) MigrateCustomer(ctx context.Context, single Single) (string, error) {
	table, err := m.Connection.tableToWrite(ctx, single.Order)
	if err != nil {
		return "", failure(err)
	}
	defer m.Log.flush()
	obey(ctx, m.Guard, single.Order)
	beating := startHeart(ctx, Progress{Process: single.Process, Key: single.Key, Of: 1}, m.Guard)
	defer beating.stop()
	if (&pausing{guard: m.Guard}).await(ctx); stopping(ctx) != "" {
		return OutcomeLocked, nil // no attempt was made
	}
	work := m.chunk(table, single.Order, single.Sequence, beating)
	return settleSingle(ctx, work, single.Key)
}

func settleSingle(ctx context.Context, work *chunk, key database.Key) (string, error) {
	work.worked, work.listed, work.letters = true, true, true
	rows, err := work.readAgain(ctx, []database.Key{key})
	if err != nil {
		return "", failure(err)
	}
	if len(rows) == 0 && work.counts.Total() == 0 {
		return OutcomeVanished, failure(work.table.Settle(ctx, work.mark.Run, []database.Key{key}))
	}
	err = work.migrate(ctx, rows, nil)
	switch {
	case err != nil && database.ClassOf(err) == database.Contention && ctx.Err() == nil:
		return OutcomeLocked, nil
	case err != nil:
		return "", failure(err)
	case len(work.troubled) > 0:
		return "", temporal.NewNonRetryableApplicationError(work.troubled[0].Error, TypeCustomer, nil)
	}
	return work.outcome(), nil
}

func (c *chunk) outcome() string {
	switch {
	case len(c.locked) > 0:
		return OutcomeLocked
	case c.counts.Migrated > 0:
		return OutcomeMigrated
	case c.counts.NeededAgain > 0:
		return OutcomeNeededAgain
	case c.counts.Skipped > 0:
		return OutcomeSkipped
	}
	return OutcomeVanished
}

// Burial is a customer whose attempts are used up.
type Burial struct {
	Order
	Letter database.DeadLetter `json:"letter"`
}

// BuryCustomer writes a customer's dead letter, unless he turns out to have
// been migrated, or is gone.
func (m *CustomerMigrator) BuryCustomer(ctx context.Context, burial Burial) (string, error) {
	table, err := m.Connection.tableToWrite(ctx, burial.Order)
	if err != nil {
		return "", failure(err)
	}
	burial.Letter.Error = shorten(burial.Letter.Error)
	buried, err := table.Bury(ctx, burial.Run, burial.Letter)
	if errors.Is(err, database.ErrLedgerConflict) {
		return m.buriedBefore(ctx, table, burial)
	}
	if err != nil {
		return "", failure(err)
	}
	if !buried { // nor is what an earlier run has left for it of any use
		return OutcomeVanished, failure(table.Settle(ctx, burial.Run, []database.Key{burial.Letter.Key}))
	}
	return OutcomeFailed, nil
}

// buriedBefore finds out whose ledger row stands in a dead letter's way: that of
// an attempt before this one, or that of a migration that did succeed.
func (m *CustomerMigrator) buriedBefore(ctx context.Context, table database.Table, burial Burial) (string, error) {
	rows, err := table.Ledger(ctx, []database.Key{burial.Letter.Key})
	if err != nil {
		return "", failure(err)
	}
	for _, row := range rows {
		ours := row.Run == burial.Run.Number && row.Sequence == burial.Letter.Sequence
		switch {
		case row.Failed && row.Run == burial.Run.Number && ours:
			return OutcomeFailed, nil
		case ours:
			return OutcomeMigrated, nil
		default:
			return OutcomeSkipped, nil
		}
	}
	return "", failure(&database.Error{Class: database.Contention, Err: errNobodyInTheWay})
}

func (m *CustomerMigrator) chunk(table database.Table, order Order, sequence int64, beating *heart) *chunk {
	return &chunk{
		table:  table,
		decide: newDecider(table, m.Migration),
		mark:   database.Mark{Run: order.Run, Sequence: sequence},
		again:  order.Again,
		since:  order.Since,
		log:    m.Log,
		sizer:  m.sizer,
		doing: func(what string, key database.Key) {
			beating.update(func(p *Progress) { p.Doing, p.Key = what, key })
		},
	}
}

// stopping tells why an activity should stop between two transactions, if it
// should.
func stopping(ctx context.Context) string {
	select {
	case <-activity.GetWorkerStopChannel(ctx):
		return RestStopping
	case <-ctx.Done():
		return RestCancelled
	default:
		return ""
	}
}
