package activities

import (
	"context"
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
}

func newBatchRun(ctx context.Context, m *CustomerMigrator, table database.Table, batch Batch) *batchRun {
	run := &batchRun{migrator: m, table: table, batch: batch, started: time.Now(), attempt: activity.GetInfo(ctx).Attempt}
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
	b.beating = startHeart(ctx, b.progress)
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
		return b.migrateNext(ctx, part)
	}
	turn := b.migrator.gate.enter(ctx, activity.GetWorkerStopChannel(ctx), b.batch.SetsAtOnce)
	if turn == nil {
		return false, nil // to be asked why before anything else is begun
	}
	b.waited += turn.waited
	before := b.progress.Customers
	defer func() { turn.leave(b.progress.Customers - before) }()
	return b.migrateNext(ctx, part)
}

// takesTurns tells whether the batch's sets wait at the gate. By themselves only
// those do that keep the database at work: a transaction per customer, or of a size
// that was asked for, customers in flight, and calls of a service wait as a rule.
func (b *batchRun) takesTurns() bool {
	if b.batch.SetsAtOnce > 0 {
		return true
	}
	_, inFlight := b.table.(database.InFlight)
	return !inFlight && b.batch.TransactionSize == 0 && b.table.TransactionLimit() > 1 && b.migrator.Migration.Parallel <= 1
}

// migrateNext migrates the range's next customers, and tells whether they were
// the last.
func (b *batchRun) migrateNext(ctx context.Context, part database.Range) (bool, error) {
	if stretches, ok := b.stretches(part); ok {
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

// piece is what one chunk works on.
type piece struct {
	rows []database.Row
	// known are the customers of the piece in this run's ledger.
	known []database.LedgerRow
	// after and taken are the position once the piece is done.
	after  database.Key
	taken  int
	offset int64
	last   bool
	// named is how many customers a list names, those that are gone among
	// them, and repeated the keys that stand in it twice.
	named, repeated int
}

// read reads the next piece. The rows come before the ledger: a row that is
// seen with its change in it then has its ledger row seen, too.
func (b *batchRun) read(ctx context.Context, part database.Range) (piece, error) {
	if part.Bytes != nil {
		return b.readFile(ctx, part)
	}
	if part.Explicit() {
		return b.readList(ctx, part)
	}
	limit := b.pieceSize()
	part.Fresh = b.batch.FirstPass && !b.worked(part)
	rows, err := b.table.Read(ctx, part, b.progress.After, limit)
	if err != nil {
		return piece{}, err
	}
	next := piece{rows: rows, last: len(rows) < limit, after: part.UpTo}
	if !next.last {
		next.after = rows[len(rows)-1].Key
	}
	if b.worked(part) {
		mark := database.Mark{Run: b.batch.Run, Sequence: part.Sequence}
		next.known, err = b.table.LedgerOfRange(ctx, mark, part, b.progress.After, next.after)
	}
	return next, err
}

func (b *batchRun) readList(ctx context.Context, part database.Range) (piece, error) {
	end := min(len(part.Keys), b.progress.Taken+b.pieceSize())
	return b.readKeys(ctx, part, part.Keys[b.progress.Taken:end], piece{taken: end, last: end == len(part.Keys)})
}

// readKeys reads the rows of a piece whose customers are named one by one.
func (b *batchRun) readKeys(ctx context.Context, part database.Range, keys []database.Key, next piece) (piece, error) {
	keys, next.repeated = unique(keys)
	next.named = len(keys)
	rows, err := b.table.ReadKeys(ctx, keys)
	if err != nil {
		return piece{}, err
	}
	next.rows = rows
	if b.worked(part) {
		next.known, err = b.table.Ledger(ctx, keys)
		next.known = ofRun(next.known, b.batch.Run)
	}
	return next, err
}

func unique(keys []database.Key) (once []database.Key, repeated int) {
	seen := map[string]bool{}
	for _, key := range keys {
		if seen[key.Text()] {
			repeated++
			continue
		}
		seen[key.Text()] = true
		once = append(once, key)
	}
	return once, repeated
}

func ofRun(rows []database.LedgerRow, run database.Run) []database.LedgerRow {
	var found []database.LedgerRow
	for _, row := range rows {
		if row.Run == run.Number {
			found = append(found, row)
		}
	}
	return found
}

// worked tells whether an attempt may have written to the range before.
func (b *batchRun) worked(part database.Range) bool {
	return !b.batch.DryRun && (part.Worked || b.attempt > 1)
}

// pieceSize is how many customers are read at a time: a transaction's worth, or
// several, where these were asked to be small.
func (b *batchRun) pieceSize() int {
	if b.batch.TransactionSize == 0 {
		return max(1, min(b.migrator.sizer.next(), b.table.TransactionLimit()))
	}
	return max(b.transaction(), b.migrator.pieces.next())
}

// transaction is how many customers commit together; 0: a piece.
func (b *batchRun) transaction() int {
	return min(b.batch.TransactionSize, b.table.TransactionLimit())
}

func (b *batchRun) migrateChunk(ctx context.Context, part database.Range, next piece) error {
	work := b.migrator.chunk(b.table, b.batch.Order, part.Sequence, b.beating)
	work.counts.Skipped += next.repeated
	work.transaction = b.transaction()
	started := time.Now()
	var err error
	if b.batch.DryRun {
		work.samples = b.batch.Samples - len(b.samples)
		err = work.rehearse(ctx, next.rows)
		b.samples = append(b.samples, work.sampled...)
	} else {
		err = work.migrate(ctx, next.rows, next.known)
	}
	if err != nil {
		return err
	}
	if work.transaction > 0 {
		b.migrator.pieces.observe(len(next.rows), time.Since(started))
	}
	b.advance(part, next, work)
	return nil
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

func (b *batchRun) result(reason string) BatchResult {
	result := BatchResult{Ranges: b.progress.Ranges, Troubled: b.progress.Troubled, Refused: b.progress.Refused,
		Samples: b.samples, Rest: b.rest, RestReason: reason, Attempt: b.attempt,
		Customers: b.progress.Customers - b.before, Elapsed: time.Since(b.started), Waited: b.waited}
	if len(b.rest) > 0 && reason == "" {
		result.RestReason = RestContention
	}
	if b.progress.Index < len(b.batch.Ranges) {
		current := b.batch.Ranges[b.progress.Index]
		result.Ranges = append(result.Ranges, RangeCounts{current.Sequence, b.progress.Current})
		result.Rest = append(result.Rest, b.remainder(current))
		for _, part := range b.batch.Ranges[b.progress.Index+1:] {
			part.Worked = part.Worked || b.attempt > 1
			result.Rest = append(result.Rest, part)
		}
	}
	return result
}

// remainder is what is left of the range in hand.
func (b *batchRun) remainder(current database.Range) database.Range {
	left := current
	left.Worked = left.Worked || b.attempt > 1 || b.writing
	left.Customers = max(1, current.Customers-b.progress.Current.Total())
	if current.Bytes != nil {
		left.Bytes = &database.ByteRange{From: b.offset(current), To: current.Bytes.To}
	} else if current.Explicit() {
		left.Keys = current.Keys[b.progress.Taken:]
		left.Customers = len(left.Keys)
	} else if b.progress.After != nil {
		left.After = b.progress.After
	}
	return left
}
