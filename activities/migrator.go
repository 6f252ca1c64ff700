package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"

	"db-migrate/activities/settle"
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
	Log        *settle.MigrationLog
	// Files is where files of customer ids are read from.
	Files *idfile.Folder
	// Guard says how much of the database the work may have; nil: all.
	Guard *siteguard.Guard `component:",optional"`
	// OnSet is told of each set of rows how long it was at work; nil: nobody is.
	OnSet func(rows int, took time.Duration)

	tools
}

// pieceTime is how long a piece of several transactions may take: a batch stops
// only between pieces.
const pieceTime = time.Second

// NewCustomerMigrator wires the component; log may be nil.
func NewCustomerMigrator(connection *Connection, chosen migration.Migration, log *settle.MigrationLog, files *idfile.Folder) *CustomerMigrator {
	return &CustomerMigrator{Connection: connection, Migration: chosen, Log: log, Files: files,
		tools: tools{settler: &settle.Settler{Migration: chosen, Log: log, Sizer: throttle.NewSizer(connection.Options.LockTime),
			Memory: throttle.NewMemory(connection.Memory, connection.Options.Processes)},
			pieces: throttle.NewSizer(pieceTime), gate: throttle.NewGate(), attempts: newAttempts()}}
}

// ShareGate makes the batches take turns with those of another migration on the same
// database.
func (m *CustomerMigrator) ShareGate(other *CustomerMigrator) { m.gate = other.gate }

// MigrateCustomers migrates a batch. What it doesn't reach (its time is over,
// the worker stops, rows are locked) comes back as the rest.
func (m *CustomerMigrator) MigrateCustomers(ctx context.Context, batch Batch) (BatchResult, error) {
	table, err := m.Connection.tableFor(ctx, batch.Order)
	if err != nil {
		return BatchResult{}, lasting(ctx, err)
	}
	if err := m.Connection.savePagingState(ctx, table, batch.Order, batch.LowWater); err != nil {
		return BatchResult{}, lasting(ctx, err)
	}
	obey(ctx, m.Guard, batch.Order)
	shared := m.tools
	shared.guard, shared.onSet = m.Guard, m.OnSet
	run := newBatchRun(ctx, shared, table, batch)
	if batch.File != nil {
		if run.file, err = m.Files.Open(*batch.File); err != nil {
			return BatchResult{}, failure(err)
		}
		defer func() { _ = run.file.Close() }() // it is only read
	}
	defer m.Log.Flush()
	result, err := run.run(ctx)
	var over *database.RunOverError
	if (err != nil || result.RestReason != "") && !batch.DryRun && !errors.As(err, &over) {
		tellIfOver(ctx, table, batch.Run)
	}
	return result, failure(m.Connection.doubt(err))
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

// MigrateCustomer migrates one troubled row. Its own error fails the activity, so that
// the Web UI shows it; the overseer counts the attempts.
func (m *CustomerMigrator) MigrateCustomer(ctx context.Context, single Single) (string, error) {
	table, err := m.Connection.tableToWrite(ctx, single.Order)
	if err != nil {
		return "", lasting(ctx, err)
	}
	defer m.Log.Flush()
	obey(ctx, m.Guard, single.Order)
	beating := startHeart(ctx, Progress{Process: single.Process, Key: single.Key, Of: 1}, m.Guard)
	defer beating.stop()
	if (&pausing{guard: m.Guard}).await(ctx); stopping(ctx) != "" {
		return settle.OutcomeLocked, nil // no attempt was made
	}
	job := single.job(single.Sequence, activity.GetInfo(ctx).Attempt, beating)
	outcome, err := m.settler.Single(ctx, table, job, single.Key)
	var locked *settle.RefusedError
	if errors.As(err, &locked) && !single.TellLocks {
		return outcome, nil
	}
	return outcome, failure(err)
}

// BuryCustomer writes a row's dead letter, unless the row turns out to have been
// migrated, or is gone.
func (m *CustomerMigrator) BuryCustomer(ctx context.Context, burial Burial) (string, error) {
	table, err := m.Connection.tableToWrite(ctx, burial.Order)
	if err != nil {
		return "", lasting(ctx, err)
	}
	outcome, err := settle.Bury(ctx, table, burial.Run, burial.Letter)
	return outcome, lasting(ctx, err)
}

// job says for which run and range rows are settled by this attempt.
func (o Order) job(sequence int64, attempt int32, beating *heart) settle.Job {
	return settle.Job{Mark: database.Mark{Run: o.Run, Sequence: sequence}, Again: o.Again, Since: o.Since, Attempt: int(attempt),
		Doing: func(what string, key database.Key) {
			beating.update(func(p *Progress) { p.Doing, p.Key = what, key })
		}}
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
