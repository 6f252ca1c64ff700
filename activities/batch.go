package activities

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.temporal.io/sdk/activity"

	"db-migrate/activities/settle"
	"db-migrate/activities/throttle"
	"db-migrate/database"
	"db-migrate/idfile"
	"db-migrate/siteguard"
)

// troubledLimit is how many troubled customers a batch may find before it
// returns early: they travel in every heartbeat.
const troubledLimit = 50

// neededOfBatch is how many rows a dry run's batch names that need it, and half as many
// more: they travel in its result.
const neededOfBatch = 4

// tools are what the batches of a worker share.
type tools struct {
	settler *settle.Settler
	// pieces finds the size of what is read at a time where transactions are smaller.
	pieces *throttle.Sizer
	gate   *throttle.Gate
	// attempts lets those at one batch follow each other.
	attempts *attempts
	// guard says how much of the database the work may have; nil: all. onSet is told of
	// each set how many rows it had and how long it was at work; nil: nobody is.
	guard *siteguard.Guard
	onSet func(rows int, took time.Duration)
}

// lockedTold is of how many rows a batch tells that they are locked, and why.
const lockedTold = 5

// batchRun is one attempt at a batch.
type batchRun struct {
	tools
	table   database.Table
	batch   Batch
	attempt int32
	started time.Time
	// waited is how much of the time since then the batch was at the gate.
	waited  time.Duration
	beating *heart
	// progress is written by this goroutine only; before is what earlier
	// attempts had accounted for.
	progress Progress
	before   int
	rest     []database.Range
	// writing is set while a set is written: what is left of its range may have
	// been worked on.
	writing bool
	// file names the customers, if the run has one.
	file   *idfile.File
	needed settle.Spread
	// locked are some of the rows that were refused for others' sake, and lastLocked those
	// of the last set.
	locked, lastLocked []Refusal
	// pausing is how work rests that does not wait at the gate.
	pausing pausing
	// cadence spreads the rows over the batch's time, where the run has a rate.
	cadence cadence
}

func newBatchRun(ctx context.Context, shared tools, table database.Table, batch Batch) *batchRun {
	run := &batchRun{tools: shared, table: table, batch: batch, pausing: pausing{guard: shared.guard}, started: time.Now(), attempt: activity.GetInfo(ctx).Attempt}
	if activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &run.progress); err != nil {
			run.progress = Progress{} // unreadable: begin again, the ledger knows
		}
	}
	run.progress.Process = batch.Process
	run.progress.Of = customersIn(batch.Ranges)
	run.before = run.progress.Customers
	run.cadence = newCadence(batch.Rate, run.written())
	return run
}

func (b *batchRun) run(ctx context.Context) (BatchResult, error) {
	b.beating = startHeart(ctx, b.progress, b.guard)
	defer b.beating.stop()
	defer b.attempts.begin(ctx, activity.GetWorkerStopChannel(ctx), attemptedBy(ctx))()
	for b.progress.Index < len(b.batch.Ranges) {
		stopped, err := b.migrateRange(ctx, b.batch.Ranges[b.progress.Index])
		if err != nil && database.ClassOf(err) == database.Contention && ctx.Err() == nil {
			return b.contended(err), nil
		}
		if err != nil && stopping(ctx) != "" {
			return b.result(stopping(ctx)), nil // interrupted, not broken
		}
		if err != nil && b.hopeless(err) {
			result := b.result(RestBroken)
			result.Failure = reason(err)
			return result, nil
		}
		if err != nil {
			return BatchResult{}, err
		}
		if stopped != "" {
			return b.result(stopped), nil
		}
		b.finishRange()
	}
	b.cadence.await(ctx, b.written) // the next batch begins then
	return b.result(""), nil
}

// contended is what a batch came to whose rows are locked.
func (b *batchRun) contended(err error) BatchResult {
	result := b.result(RestContention)
	result.Failure = reason(err)
	result.Alone = len(b.lastLocked) > 0 && !slices.ContainsFunc(b.lastLocked, func(one Refusal) bool { return !one.Alone })
	return result
}

// hopeless reports whether the batch fails for a cause that somebody has to mend.
func (b *batchRun) hopeless(err error) bool {
	return b.attempt >= hopeless(err) && database.ClassOf(err) == database.Broken && !settle.Foreign(err)
}

// migrateRange works through one range, a set at a time, and returns why it
// stopped before the range's end, if it did.
func (b *batchRun) migrateRange(ctx context.Context, part database.Range) (string, error) {
	for {
		b.cadence.await(ctx, b.written)
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
	turn := b.gate.Enter(ctx, activity.GetWorkerStopChannel(ctx), b.batch.SetsAtOnce, func() throttle.Room { return room(b.guard) })
	if turn == nil {
		return false, nil // to be asked why before anything else is begun
	}
	b.waited += turn.Waited
	before, began := b.progress.Customers, time.Now()
	defer func() {
		turn.Leave(b.progress.Customers - before)
		b.tellSet(before, time.Since(began))
	}()
	return b.migrateNext(ctx, part)
}

// tellSet tells of a set, where somebody wants to know.
func (b *batchRun) tellSet(before int, took time.Duration) {
	if b.onSet != nil {
		b.onSet(b.progress.Customers-before, took)
	}
}

// migratePausing migrates the range's next customers once the site leaves room for it.
func (b *batchRun) migratePausing(ctx context.Context, part database.Range) (last bool, err error) {
	began := time.Now()
	b.pausing.await(ctx)
	b.waited += time.Since(began)
	if stopping(ctx) != "" {
		return false, nil
	}
	before := b.progress.Customers
	err = b.pausing.work(func() error {
		last, err = b.migrateNext(ctx, part)
		return err
	})
	b.tellSet(before, b.pausing.worked)
	return last, err
}

// takesTurns reports whether the batch's sets wait at the gate. By themselves only
// those do that keep the database at work: a transaction per customer, or of a size
// that was asked for, customers in flight, and calls of a service wait as a rule.
func (b *batchRun) takesTurns() bool {
	if b.batch.SetsAtOnce > 0 {
		return true
	}
	return b.table.Traits().InFlight == 0 && b.batch.TransactionSize == 0 && b.table.TransactionLimit() > 1 && b.settler.Migration.Parallel <= 1
}

// migrateNext migrates the range's next rows, and reports whether they were the last.
func (b *batchRun) migrateNext(ctx context.Context, part database.Range) (bool, error) {
	job := b.job(part)
	b.lastLocked = nil
	if b.stretches(part) {
		b.writing = true
		next, outcome, err := b.settler.Stretch(ctx, b.table, job, part, b.progress.After, b.stretchSize())
		if next != nil {
			b.advance(part, *next, outcome)
		}
		if next != nil || err != nil {
			return next != nil && next.Last, err
		}
	}
	next, err := b.read(ctx, part)
	if err != nil {
		return false, err
	}
	started := time.Now()
	outcome, err := b.settleNext(ctx, job, next)
	b.noteLocked(outcome.Refused)
	if err != nil {
		return false, err
	}
	if job.Transaction > 0 {
		b.pieces.Observe(len(next.Rows), time.Since(started))
	}
	b.advance(part, next, outcome)
	return next.Last, nil
}

// noteLocked keeps the rows of a set that were refused for others' sake.
func (b *batchRun) noteLocked(found []Refusal) {
	b.lastLocked = found
	b.locked = append(b.locked, found[:min(len(found), lockedTold-len(b.locked))]...)
}

// stretches reports whether the range's rows are migrated without handing out their keys.
func (b *batchRun) stretches(part database.Range) bool {
	if part.Bytes != nil || part.Explicit() || b.worked(part) || b.batch.DryRun || b.batch.TransactionSize == 1 {
		return false
	}
	return b.table.Traits().Stretches != nil
}

// read reads the range's next rows. Where that takes too long, fewer are read from then
// on.
func (b *batchRun) read(ctx context.Context, part database.Range) (settle.Set, error) {
	reading := settle.Reading{Table: b.table, Run: b.batch.Run, Part: part, From: b.progress.Position, File: b.file, Worked: b.worked(part)}
	limit := b.settler.Memory.Rows(b.pieceSize())
	next, err := reading.Source().Next(ctx, limit)
	b.settler.Memory.Observe(len(next.Rows), bytesOf(next.Rows))
	if errors.Is(err, database.ErrStatementTimeout) {
		b.sizer().Interrupted(limit)
	}
	return next, err
}

func bytesOf(rows []database.Row) int {
	bytes := 0
	for _, row := range rows {
		bytes += row.Bytes()
	}
	return bytes
}

func (b *batchRun) settleNext(ctx context.Context, job settle.Job, next settle.Set) (settle.Outcome, error) {
	if b.batch.DryRun {
		return b.settler.Rehearse(ctx, b.table, job, next)
	}
	b.writing = true
	return b.settler.Migrate(ctx, b.table, job, next)
}

// job says for which range rows are settled, and how.
func (b *batchRun) job(part database.Range) settle.Job {
	job := b.batch.job(part.Sequence, b.attempt, b.beating)
	job.Transaction = b.transaction()
	job.Worked, job.Listed, job.Letters = b.worked(part), part.Listed() && !b.batch.DryRun, part.Explicit()
	return job
}

// worked reports whether an attempt may have written to the range before.
func (b *batchRun) worked(part database.Range) bool {
	return !b.batch.DryRun && (part.Worked || b.attempt > 1)
}

// pieceSize is how many rows are read at a time: a transaction's worth, or several,
// where these were asked to be small.
func (b *batchRun) pieceSize() int {
	if b.batch.TransactionSize == 0 {
		return max(1, b.setLimit(min(b.sizer().Next(), b.table.TransactionLimit())))
	}
	return max(b.transaction(), b.cadence.limit(b.sizer().Next()))
}

func (b *batchRun) sizer() *throttle.Sizer {
	if b.batch.TransactionSize == 0 {
		return b.settler.Sizer
	}
	return b.pieces
}

func (b *batchRun) stretchSize() int {
	if size := b.transaction(); size > 0 {
		return size
	}
	return b.pieceSize()
}

// transaction is how many rows commit together; 0: a piece.
func (b *batchRun) transaction() int {
	return b.setLimit(min(b.batch.TransactionSize, b.table.TransactionLimit()))
}

// setLimit is a size of sets, made smaller where the rate is low, or somebody else needs
// the rows or the database.
func (b *batchRun) setLimit(size int) int {
	size = b.cadence.limit(size)
	if most := b.guard.Decision().SetLimit; most > 0 {
		return min(size, most)
	}
	return size
}

// written is how many rows have been worked on, those that are troubled or locked among
// them. What was left as it is, is gone, or stood in the ledger already does not count
// against the rate: the site has felt nothing of it, or has felt it before.
func (b *batchRun) written() int {
	rows := b.progress.Current.Written() + len(b.progress.Troubled)
	for _, part := range b.progress.Ranges {
		rows += part.Written()
	}
	return rows + customersIn(b.rest)
}

// stop reports whether the batch should return before its next transaction.
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

// advance makes a set that is settled part of the progress.
func (b *batchRun) advance(part database.Range, next settle.Set, outcome settle.Outcome) {
	b.writing = false
	for _, key := range outcome.Needed {
		b.needed.Add(settle.Placed{Key: key, Place: part.Sequence}, neededOfBatch)
	}
	if locked := outcome.Locked; len(locked) > 0 {
		b.rest = append(b.rest, database.Range{Sequence: part.Sequence, Keys: locked, Customers: len(locked), Worked: true})
	}
	outcome.Counts.Skipped += next.Repeated
	b.change(func(p *Progress) {
		p.Current.Add(outcome.Counts)
		p.Position = next.Position
		p.Customers += max(len(next.Rows), next.Named)
		if b.batch.DryRun {
			p.Refused = append(p.Refused, outcome.Troubled[:min(len(outcome.Troubled), troubledLimit-min(troubledLimit, len(p.Refused)))]...)
			return
		}
		p.Troubled = append(p.Troubled, outcome.Troubled...)
	})
}

// finishRange goes on to the next range.
func (b *batchRun) finishRange() {
	sequence := b.batch.Ranges[b.progress.Index].Sequence
	b.change(func(p *Progress) {
		p.Ranges = append(p.Ranges, RangeCounts{sequence, p.Current})
		p.Current, p.Position = Counts{}, settle.Position{}
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

func (b *batchRun) result(reason string) BatchResult {
	again := b.attempt > 1
	done, rest := b.progress.split(b.batch.Ranges, again || b.writing, again)
	result := BatchResult{Ranges: done, Troubled: b.progress.Troubled, Refused: b.progress.Refused,
		Needed: b.needed.Placed(), Locked: b.locked, Rest: append(b.rest, rest...), RestReason: reason, Attempt: b.attempt,
		Customers: b.progress.Customers - b.before, Elapsed: time.Since(b.started) - b.cadence.waited, Waited: b.waited, Beside: besideOf(b.guard)}
	if len(b.rest) > 0 && reason == "" {
		result.RestReason = RestContention
	}
	return result
}
