package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"

	"db-migrate/database"
	"db-migrate/idfile"
)

// troubledLimit is how many troubled customers a batch may find before it
// returns early: they travel in every heartbeat.
const troubledLimit = 50

// batchRun is one attempt at a batch.
type batchRun struct {
	migrator *CustomerMigrator
	table    database.Table
	batch    Batch
	attempt  int32
	started  time.Time
	// waited is how much of the time since then the batch was at the gate.
	waited  time.Duration
	beating *heart
	// progress is written by this goroutine only; before is what earlier
	// attempts had accounted for.
	progress Progress
	before   int
	rest     []database.Range
	// writing is set while a chunk is written: what is left of its range may have
	// been worked on.
	writing bool
	// file names the customers, if the run has one.
	file    *idfile.File
	samples []Sample
	// pausing is how work rests that does not wait at the gate.
	pausing pausing
}

func newBatchRun(ctx context.Context, m *CustomerMigrator, table database.Table, batch Batch) *batchRun {
	run := &batchRun{migrator: m, table: table, batch: batch, pausing: pausing{guard: m.Guard}, started: time.Now(), attempt: activity.GetInfo(ctx).Attempt}
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &run.progress); err != nil {
			run.progress = Progress{} // unreadable: begin again, the ledger knows
		}
	}
	run.progress.Process = batch.Process
	run.progress.Of = 0
	for _, part := range batch.Ranges {
		run.progress.Of += part.Customers
	}
	run.before = run.progress.Customers
	return run
}

func (b *batchRun) run(ctx context.Context) (BatchResult, error) {
	b.beating = startHeart(ctx, b.progress, b.migrator.Guard)
	defer b.beating.stop()
	for b.progress.Index < len(b.batch.Ranges) {
		reason, err := b.migrateRange(ctx, b.batch.Ranges[b.progress.Index])
		if err != nil && database.ClassOf(err) == database.Contention && ctx.Err() == nil {
			return b.result(RestContention), nil
		}
		if err != nil && stopping(ctx) != "" {
			return b.result(stopping(ctx)), nil // interrupted, not broken
		}
		if err != nil {
			return BatchResult{}, err
		}
		if reason != "" {
			return b.result(reason), nil
		}
		b.finishRange()
	}
	return b.result(""), nil
}

// migrateRange works through one range, a chunk at a time, and returns why it
// stopped before the range's end, if it did.
func (b *batchRun) migrateRange(ctx context.Context, part database.Range) (string, error) {
	for {
		if reason := b.stop(ctx); reason != "" {
			return reason, nil
		}
		if last, err := b.migrateInTurn(ctx, part); last || err != nil {
			return "", err
		}
	}
}

// migrateInTurn migrates the range's next customers when it is their turn.
func (b *batchRun) migrateInTurn(ctx context.Context, part database.Range) (bool, error) {
	if !b.takesTurns() {
		return b.migratePausing(ctx, part)
	}
	turn := b.migrator.gate.Enter(ctx, activity.GetWorkerStopChannel(ctx), b.batch.SetsAtOnce)
	if turn == nil {
		return false, nil // to be asked why before anything else is begun
	}
	b.waited += turn.Waited
	before := b.progress.Customers
	defer func() { turn.Leave(b.progress.Customers - before) }()
	return b.migrateNext(ctx, part)
}

// migratePausing migrates the range's next customers once the site leaves room for it.
func (b *batchRun) migratePausing(ctx context.Context, part database.Range) (last bool, err error) {
	began := time.Now()
	b.pausing.await(ctx)
	b.waited += time.Since(began)
	if stopping(ctx) != "" {
		return false, nil
	}
	err = b.pausing.work(func() error {
		last, err = b.migrateNext(ctx, part)
		return err
	})
	return last, err
}

// takesTurns tells whether the batch's sets wait at the gate. By themselves only
// those do that keep the database at work: a transaction per customer, or of a size
// that was asked for, customers in flight, and calls of a service wait as a rule.
func (b *batchRun) takesTurns() bool {
	if b.batch.SetsAtOnce > 0 {
		return true
	}
	return b.table.Traits().InFlight == 0 && b.batch.TransactionSize == 0 && b.table.TransactionLimit() > 1 && b.migrator.Migration.Parallel <= 1
}

// migrateNext migrates the range's next customers, and tells whether they were
// the last.
func (b *batchRun) migrateNext(ctx context.Context, part database.Range) (bool, error) {
	if stretches := b.stretches(part); stretches != nil {
		if done, err := b.migrateStretch(ctx, stretches, part); done != nil || err != nil {
			return done != nil && done.last, err
		}
	}
	next, err := b.read(ctx, part)
	if err != nil {
		return false, err
	}
	b.writing = true
	if err := b.migrateChunk(ctx, part, next); err != nil {
		return false, err
	}
	b.writing = false
	return next.last, nil
}

// stop tells whether the batch should return before its next transaction.
func (b *batchRun) stop(ctx context.Context) string {
	if reason := stopping(ctx); reason != "" {
		return reason
	}
	if len(b.progress.Troubled) >= troubledLimit {
		return RestTroubled
	}
	over := b.batch.BatchTime + b.batch.BatchTime/2
	if b.progress.Customers > b.before && time.Since(b.started) > over {
		return RestOverTime
	}
	return ""
}

func (b *batchRun) migrateChunk(ctx context.Context, part database.Range, next piece) error {
	work := b.migrator.chunk(b.table, b.batch.Order, part.Sequence, b.beating)
	work.counts.Skipped += next.repeated
	work.transaction = b.transaction()
	work.worked, work.listed, work.letters = b.worked(part), part.Listed() && !b.batch.DryRun, part.Explicit()
	started := time.Now()
	var err error
	if b.batch.DryRun {
		work.samples = b.batch.Samples - len(b.samples)
		err = work.rehearse(ctx, next.rows)
		b.samples = append(b.samples, work.sampled...)
	} else {
		err = errors.Join(work.migrate(ctx, next.rows, next.known), work.settleGone(ctx, next.gone))
	}
	if err != nil {
		return err
	}
	if work.transaction > 0 {
		b.migrator.pieces.Observe(len(next.rows), time.Since(started))
	}
	b.advance(part, next, work)
	return nil
}

// settleGone forgets the dead letters of listed rows that are gone.
func (c *chunk) settleGone(ctx context.Context, gone []database.Key) error {
	if !c.listed || len(gone) == 0 {
		return nil
	}
	known, err := c.ledgerOf(ctx, gone)
	if err != nil {
		return err
	}
	return c.settle(ctx, gone, known)
}

// advance makes a finished chunk part of the progress.
func (b *batchRun) advance(part database.Range, next piece, work *chunk) {
	if len(work.locked) > 0 {
		b.rest = append(b.rest, database.Range{Sequence: part.Sequence, Keys: work.locked, Customers: len(work.locked), Worked: true})
	}
	b.change(func(p *Progress) {
		p.Current.Add(work.counts)
		p.After, p.Taken, p.Offset = next.after, next.taken, next.offset
		p.Customers += max(len(next.rows), next.named)
		if b.batch.DryRun {
			p.Refused = append(p.Refused, work.troubled[:min(len(work.troubled), troubledLimit-min(troubledLimit, len(p.Refused)))]...)
			return
		}
		p.Troubled = append(p.Troubled, work.troubled...)
	})
}

// finishRange goes on to the next range.
func (b *batchRun) finishRange() {
	sequence := b.batch.Ranges[b.progress.Index].Sequence
	b.change(func(p *Progress) {
		p.Ranges = append(p.Ranges, RangeCounts{sequence, p.Current})
		p.Current, p.After, p.Taken, p.Offset = Counts{}, nil, 0, 0
		p.Index++
	})
}

// change changes the progress here and in the heart. A locked rest is not part
// of it: an attempt that is killed leaves such customers to the ledger.
func (b *batchRun) change(change func(*Progress)) {
	change(&b.progress)
	if len(b.rest) == 0 {
		b.beating.update(func(p *Progress) {
			doing, key := p.Doing, p.Key
			*p = b.progress
			p.Doing, p.Key = doing, key
		})
	}
}
