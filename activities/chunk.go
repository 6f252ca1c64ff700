package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"db-migrate/database"
)

// chunk migrates a few customers of one range, as many as commit together. It
// is the part of db-migrate that must be right: docs/exactly-once.md tells why
// each step is as it is.
type chunk struct {
	table  database.Table
	decide decider
	mark   database.Mark
	log    *MigrationLog
	sizer  *transactionSizer
	doing  func(what string, key database.Key)
	// transaction is how many customers commit together; 0: all of them.
	transaction int

	counts   Counts
	troubled []Troubled
	// locked are customers whose rows stayed locked, waited how long the chunk
	// has been kept from writing.
	locked []database.Key
	waited time.Duration
	slow   slowness
	// samples is how many customers a dry run still wants to show, sampled
	// those that it found.
	samples int
	sampled []Sample
}

// Bounds of a chunk's patience with locked rows. Beyond the first it writes no
// more; beyond the second, listing the customers costs more than reading again.
const (
	lockPatience = 3 * time.Second
	lockedListed = 100
)

// lockedRound is the round in which a customer who keeps changing between read
// and write is migrated under a row lock.
const lockedRound = 3

// migrate accounts for every row: migrated, skipped, vanished, troubled or
// locked. On an error nothing is known of the chunk, and it must be repeated as
// worked.
func (c *chunk) migrate(ctx context.Context, rows []database.Row, known []database.LedgerRow) error {
	if err := c.rounds(ctx, rows, known); err != nil {
		return err
	}
	c.settleSuspects(len(rows))
	if len(c.locked) > min(lockedListed, len(rows)/2) {
		return &database.Error{Class: database.Contention, Err: fmt.Errorf("%d of %d rows are locked", len(c.locked), len(rows))}
	}
	return nil
}

func (c *chunk) rounds(ctx context.Context, rows []database.Row, known []database.LedgerRow) error {
	pending := c.withoutKnown(rows, known)
	for round := 1; len(pending) > 0; round++ {
		writes, err := c.decideAll(ctx, pending)
		if err != nil {
			return err
		}
		if round >= lockedRound {
			return c.writeLocked(ctx, writes)
		}
		unwritten, err := c.writeAll(ctx, writes)
		if err != nil {
			return err
		}
		if pending, err = c.readAgain(ctx, unwritten); err != nil {
			return err
		}
	}
	return nil
}

// withoutKnown counts the customers that this run's ledger knows already, those
// among them that the site has deleted since as well.
func (c *chunk) withoutKnown(rows []database.Row, known []database.LedgerRow) []database.Row {
	if len(known) == 0 {
		return rows
	}
	inLedger := map[string]bool{}
	for _, row := range known {
		inLedger[row.Key.Text()] = true
		c.countLedger(row)
	}
	var pending []database.Row
	for _, row := range rows {
		if !inLedger[row.Key.Text()] {
			pending = append(pending, row)
		}
	}
	return pending
}

// countLedger counts a customer by its ledger row: this run and range is ours
// (an attempt before this one), anything else was accounted for elsewhere.
func (c *chunk) countLedger(row database.LedgerRow) {
	if row.Run == c.mark.Run.Number && row.Sequence == c.mark.Sequence && !row.Failed {
		c.counts.Migrated++
		return
	}
	c.counts.Skipped++
}

// decideAll counts those who need nothing and those with an error of their own,
// and returns what is to be written.
func (c *chunk) decideAll(ctx context.Context, rows []database.Row) ([]database.Write, error) {
	c.doing(DoingChecking, rows[0].Key)
	verdicts, err := c.decide.decide(ctx, rows)
	switch {
	case err != nil && database.ClassOf(err) == database.Own:
		return c.decideHalves(ctx, rows, err)
	case err != nil:
		return nil, err
	}
	writes := make([]database.Write, 0, len(rows))
	for i, verdict := range verdicts {
		switch {
		case verdict.err != nil:
			c.trouble(rows[i].Key, verdict.err)
		case verdict.unneeded:
			c.counts.Skipped++
		default:
			writes = append(writes, database.Write{Row: rows[i], Change: verdict.change})
		}
	}
	return writes, nil
}

// decideHalves divides rows that a check statement failed on for the data of one
// of them, down to the one who is to blame.
func (c *chunk) decideHalves(ctx context.Context, rows []database.Row, err error) ([]database.Write, error) {
	if len(rows) == 1 {
		c.trouble(rows[0].Key, err)
		return nil, nil
	}
	first, err := c.decideAll(ctx, rows[:len(rows)/2])
	if err != nil {
		return nil, err
	}
	second, err := c.decideAll(ctx, rows[len(rows)/2:])
	return append(first, second...), err
}

func (c *chunk) trouble(key database.Key, err error) {
	c.troubled = append(c.troubled, Troubled{Key: key, Sequence: c.mark.Sequence, Error: shorten(err.Error())})
}

// errorLength bounds an error's text: it travels in heartbeats and histories.
const errorLength = 500

func shorten(text string) string {
	if runes := []rune(text); len(runes) > errorLength {
		return string(runes[:errorLength-1]) + "…"
	}
	return text
}

// writeAll writes what it can, a transaction at a time, and returns the keys that
// were not written: rows that changed since they were read, or that are gone.
func (c *chunk) writeAll(ctx context.Context, writes []database.Write) ([]database.Key, error) {
	if c.transaction == 0 || len(writes) <= c.transaction {
		return c.writeSet(ctx, writes)
	}
	if singly, ok := c.table.(database.Singly); ok && c.transaction == 1 {
		return c.writeEach(ctx, singly, writes)
	}
	return c.writeSets(ctx, slices.Collect(slices.Chunk(writes, c.transaction)))
}

func (c *chunk) writeSets(ctx context.Context, sets [][]database.Write) ([]database.Key, error) {
	var unwritten []database.Key
	for _, set := range sets {
		keys, err := c.writeSet(ctx, set)
		if err != nil {
			return nil, err
		}
		unwritten = append(unwritten, keys...)
	}
	return unwritten, nil
}

// writeEach writes each customer in a transaction of his own. Those for whom it
// failed are written once more, one by one, as sets of one.
func (c *chunk) writeEach(ctx context.Context, singly database.Singly, writes []database.Write) ([]database.Key, error) {
	c.doing(DoingMigrating, writes[0].Row.Key)
	started := time.Now()
	outcomes, err := singly.WriteEach(ctx, c.mark, writes)
	if err != nil {
		return nil, err
	}
	written := make([]bool, len(writes))
	var done []database.Write
	var again [][]database.Write
	for i, outcome := range outcomes {
		if outcome.Err != nil {
			c.slow.observe(outcome.Err)
			again = append(again, writes[i:i+1])
			continue
		}
		written[len(done)] = outcome.Written
		done = append(done, writes[i])
	}
	unwritten := c.countWritten(done, written, time.Since(started)/time.Duration(len(writes)))
	others, err := c.writeSets(ctx, again)
	return append(unwritten, others...), err
}

// writeSet writes a set in one transaction.
func (c *chunk) writeSet(ctx context.Context, writes []database.Write) ([]database.Key, error) {
	if len(writes) == 0 {
		return nil, nil
	}
	c.doing(DoingMigrating, writes[0].Row.Key)
	started := time.Now()
	written, err := c.repeatWrite(ctx, writes)
	elapsed := time.Since(started)
	switch {
	case err == nil:
		c.sizer.observe(len(writes), written.Held)
		return c.countWritten(writes, written.Rows, elapsed), nil
	case errors.Is(err, database.ErrLedgerConflict):
		return c.resolveConflict(ctx, writes)
	case database.ClassOf(err) == database.Own:
		return c.writeHalves(ctx, writes, func(key database.Key) { c.trouble(key, err) })
	case errors.Is(err, database.ErrStatementTimeout) && ctx.Err() == nil:
		return c.writeSlow(ctx, writes, err)
	case database.ClassOf(err) == database.Contention && ctx.Err() == nil:
		c.waited += elapsed
		return c.writeAround(ctx, writes)
	}
	return nil, err
}

func (c *chunk) countWritten(writes []database.Write, written []bool, elapsed time.Duration) []database.Key {
	var unwritten, migrated []database.Key
	for i, write := range writes {
		if written[i] {
			migrated = append(migrated, write.Row.Key)
		} else {
			unwritten = append(unwritten, write.Row.Key)
		}
	}
	c.counts.Migrated += len(migrated)
	if len(writes) > 0 {
		c.slow.answer()
	}
	c.log.migrated(migrated, elapsed)
	return unwritten
}

// writeHalves divides a set that failed, down to the one customer who is to
// blame.
func (c *chunk) writeHalves(ctx context.Context, writes []database.Write, blame func(database.Key)) ([]database.Key, error) {
	if len(writes) == 1 {
		blame(writes[0].Row.Key)
		return nil, nil
	}
	half := len(writes) / 2
	return c.writeSets(ctx, [][]database.Write{writes[:half], writes[half:]})
}

// lockParts is into how many parts a set is divided that waited for a lock in
// vain: the others are written at once, and waiting a second time leaves few.
const lockParts = 10

// writeAround writes those of a set whose rows are not locked. A chunk that has
// waited too long for locks looks no closer.
func (c *chunk) writeAround(ctx context.Context, writes []database.Write) ([]database.Key, error) {
	if len(writes) == 1 || c.waited > lockPatience {
		c.lock(writes)
		return nil, nil
	}
	return c.writeSets(ctx, slices.Collect(slices.Chunk(writes, (len(writes)+lockParts-1)/lockParts)))
}

// longestRepeated is how long a write may have waited for locks to be repeated as it
// was: a deadlock is told at once, and over after a moment.
const longestRepeated = time.Second / 2

// repeatWrite repeats a write that ran into locks, unless the chunk has waited for
// them already.
func (c *chunk) repeatWrite(ctx context.Context, writes []database.Write) (database.Written, error) {
	for pause := 20 * time.Millisecond; ; pause *= 3 {
		started := time.Now()
		written, err := c.table.Write(ctx, c.mark, writes)
		if err == nil || database.ClassOf(err) != database.Contention || errors.Is(err, database.ErrStatementTimeout) {
			return written, err
		}
		if pause > time.Second/2 || c.waited > 0 || time.Since(started) > longestRepeated {
			return written, err
		}
		if err := sleep(ctx, pause); err != nil {
			return database.Written{}, err
		}
	}
}

func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// resolveConflict takes the customers that have a ledger row out of a set, and
// writes the others. A failed mark of an earlier run makes way.
func (c *chunk) resolveConflict(ctx context.Context, writes []database.Write) ([]database.Key, error) {
	keys := make([]database.Key, len(writes))
	for i, write := range writes {
		keys[i] = write.Row.Key
	}
	known, err := c.knownFrom(ctx, keys)
	if err != nil {
		return nil, err
	}
	var rest []database.Write
	for _, write := range writes {
		if row, found := known[write.Row.Key.Text()]; found {
			c.countLedger(row)
		} else {
			rest = append(rest, write)
		}
	}
	return c.writeSet(ctx, rest)
}

// knownFrom asks the ledger about customers, after the failed marks of earlier
// runs have been deleted.
func (c *chunk) knownFrom(ctx context.Context, keys []database.Key) (map[string]database.LedgerRow, error) {
	rows, err := c.table.Ledger(ctx, keys)
	if err != nil {
		return nil, err
	}
	known := map[string]database.LedgerRow{}
	var again []database.Key
	for _, row := range rows {
		if row.Failed && row.Run != c.mark.Run.Number {
			again = append(again, row.Key)
		} else {
			known[row.Key.Text()] = row
		}
	}
	if len(again) > 0 {
		err = c.table.Exhume(ctx, c.mark.Run, again)
	}
	return known, err
}

// readAgain reads the customers that were not written. Those that are gone have
// vanished and are not counted; those in the ledger are done.
func (c *chunk) readAgain(ctx context.Context, keys []database.Key) ([]database.Row, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	rows, err := c.table.ReadKeys(ctx, keys)
	if err != nil {
		return nil, err
	}
	known, err := c.knownFrom(ctx, keys)
	if err != nil {
		return nil, err
	}
	for _, row := range known {
		c.countLedger(row)
	}
	var pending []database.Row
	for _, row := range rows {
		if _, found := known[row.Key.Text()]; !found {
			pending = append(pending, row)
		}
	}
	return pending, nil
}

// writeLocked migrates customers one by one under a row lock: their rows change
// all the time, or a trigger of the site's changes what is compared.
func (c *chunk) writeLocked(ctx context.Context, writes []database.Write) error {
	for _, write := range writes {
		if err := c.writeOneLocked(ctx, write.Row.Key); err != nil {
			return err
		}
	}
	return nil
}

func (c *chunk) writeOneLocked(ctx context.Context, key database.Key) error {
	var decided verdict
	started := time.Now()
	written, err := c.table.WriteLocked(ctx, c.mark, key, func(row database.Row) (database.Change, error) {
		var err error
		decided, err = c.decideOne(ctx, row)
		return decided.change, err
	})
	switch {
	case errors.Is(err, database.ErrLedgerConflict):
		return c.resolveLockedConflict(ctx, key)
	case err != nil && database.ClassOf(err) == database.Own:
		c.trouble(key, err)
	case errors.Is(err, database.ErrStatementTimeout) && ctx.Err() == nil:
		c.slow.observe(err)
		c.suspect(key, err)
	case err != nil && database.ClassOf(err) == database.Contention && ctx.Err() == nil:
		c.locked = append(c.locked, key)
	case err != nil:
		return err
	case written:
		c.counts.Migrated++
		c.slow.answer()
		c.log.migrated([]database.Key{key}, time.Since(started))
	case decided.unneeded:
		c.counts.Skipped++
	default:
		return c.settleUnwritten(ctx, key)
	}
	return nil
}

// decideOne decides on a row while it is locked; the customer's own error rolls
// the transaction back.
func (c *chunk) decideOne(ctx context.Context, row database.Row) (verdict, error) {
	verdicts, err := c.decide.decide(ctx, []database.Row{row})
	if err != nil {
		return verdict{}, err
	}
	decided := verdicts[0]
	decided.change.PreviouslyMigrated = decided.unneeded
	if decided.err != nil {
		return decided, database.OwnError(decided.err)
	}
	return decided, nil
}

// resolveLockedConflict counts a customer who has a ledger row; one whose failed
// mark of an earlier run has just been deleted is left for another round.
func (c *chunk) resolveLockedConflict(ctx context.Context, key database.Key) error {
	known, err := c.knownFrom(ctx, []database.Key{key})
	if err != nil {
		return err
	}
	if row, found := known[key.Text()]; found {
		c.countLedger(row)
		return nil
	}
	return c.writeOneLocked(ctx, key)
}

// settleUnwritten deals with a customer that could not be written under a lock:
// gone, or the migrate statement does not update whom the check selects.
func (c *chunk) settleUnwritten(ctx context.Context, key database.Key) error {
	rows, err := c.table.ReadKeys(ctx, []database.Key{key})
	if err != nil || len(rows) == 0 {
		return err
	}
	if checker, ok := c.decide.(checkDecider); ok && !checker.checked {
		c.counts.Skipped++ // without a check statement, migrate itself decides
		return nil
	}
	c.trouble(key, fmt.Errorf("the customer needs to be migrated, but %d tries wrote nothing", lockedRound))
	return nil
}
