package cassandra

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

const (
	// transactionLimit is how many customers one call writes: there are no
	// transactions, but the calls between which a migration can be stopped, and
	// all of whose customers a worker that dies may leave written and not entered.
	transactionLimit = 500
	// futureLimit is how far in the future a row may have been written; beyond
	// it no wait would help.
	futureLimit = 5 * time.Second
	// lockedTries is how often a row that keeps changing is tried again.
	lockedTries = 10
)

// TransactionLimit is how many customers one call writes.
func (t *table) TransactionLimit() int { return transactionLimit }

// Write writes the changes, several in flight, reads the rows again, and enters
// those that are as they were written into the ledger. Unlike where there are
// transactions, an error may leave some of them written; to write them again
// changes nothing. No locks are held.
func (t *table) Write(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	if err := t.prove(ctx, mark); err != nil {
		return database.Written{}, err
	}
	if err := t.refuseKnown(ctx, mark, writes); err != nil {
		return database.Written{}, classify(err)
	}
	work, err := t.works(ctx, writes)
	if err != nil {
		return database.Written{}, err
	}
	ctx, release := finishing(ctx)
	defer release()
	if err := t.apply(ctx, work); err != nil {
		return database.Written{}, err
	}
	if err := t.verify(ctx, work); err != nil {
		return database.Written{}, err
	}
	if err := t.enterAnew(ctx, mark, work); err != nil {
		return database.Written{}, err
	}
	written := database.Written{Rows: make([]bool, len(work))}
	for i, one := range work {
		written.Rows[i] = one.written
	}
	return written, nil
}

// finishPatience is how long writes that have begun may take to be finished once they are
// called back: less than the overseer waits for who was called back.
const finishPatience = 10 * time.Second

// finishing outlives its parent for a while: rows that are written and not entered would
// count as skipped by whoever meets them next.
func finishing(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))
	stop := context.AfterFunc(parent, func() {
		defer cancel()
		_ = database.Sleep(ctx, finishPatience)
	})
	return ctx, func() { stop(); cancel() }
}

// enterAnew enters those that were written, and forgets what earlier runs have left
// for them, where that makes way.
func (t *table) enterAnew(ctx context.Context, mark database.Mark, list []*work) error {
	if err := t.enter(ctx, mark, list); err != nil || !mark.Replaces {
		return err
	}
	for _, one := range list {
		if !one.written {
			continue
		}
		if err := t.forgetLetter(ctx, mark.Run, one.write.Row.Key); err != nil {
			return err
		}
	}
	return nil
}

// refuseKnown: a customer in the ledger is not written again, unless what earlier runs
// have left makes way.
func (t *table) refuseKnown(ctx context.Context, mark database.Mark, writes []database.Write) error {
	var doubtful []database.Key
	for _, write := range writes {
		if its, ok := write.Row.Seen.(*seen); !ok || its.inLedger {
			doubtful = append(doubtful, write.Row.Key)
		}
	}
	known, err := t.Ledger(ctx, doubtful)
	if err != nil {
		return err
	}
	for _, row := range known {
		if !mark.Replaces || row.Run >= mark.Run.Number {
			return database.ErrLedgerConflict
		}
	}
	return nil
}

// work is a change on its way.
type work struct {
	write database.Write
	seen  *seen
	key   []raw
	// values are what the plan's columns hold once the change is made, and
	// assigned tells which of them it assigns.
	values   []raw
	assigned []bool
	// ttl is what USING TTL says, and ttls of each column, where they are not alike.
	ttl     any
	ttls    []any
	written bool
	// hidden: what was written does not show. unapplied: the condition of the first
	// statement was not true. looked is the moment before the last look.
	hidden    *sight
	unapplied bool
	looked    int64
}

// works makes ready what is to be written. A value that its column cannot hold is
// the customer's own error; nothing has been written then.
func (t *table) works(ctx context.Context, writes []database.Write) ([]*work, error) {
	list := make([]*work, len(writes))
	for i, write := range writes {
		one := &work{write: write}
		var err error
		if one.key, err = t.keyValues(write.Row.Key); err != nil {
			return nil, err
		}
		one.seen, _ = write.Row.Seen.(*seen)
		if t.plan.Statements == nil {
			if err := t.assign(one); err != nil {
				return nil, err
			}
			if err := t.checkFurther(ctx, one); err != nil {
				return nil, err
			}
		}
		if one.seen == nil {
			one.seen = &seen{at: t.date()}
		}
		list[i] = one
	}
	return list, nil
}

func (t *table) assign(one *work) error {
	if one.seen == nil || len(one.seen.values) != len(t.columns) {
		return driverkit.Broken("row %s: it was not read by this driver", one.write.Row.Key)
	}
	one.values, one.assigned = make([]raw, len(t.columns)), make([]bool, len(t.columns))
	sets := false
	for i, column := range t.columns {
		value, assigned := one.write.Change.Assigned(column.name)
		one.values[i], one.assigned[i] = one.seen.values[i], assigned
		if !assigned {
			continue
		}
		sets = true
		var err error
		if one.values[i], err = column.encode(value); err != nil {
			return database.OwnError(fmt.Errorf("row %s: %w", one.write.Row.Key, err))
		}
	}
	if !sets {
		return database.OwnError(fmt.Errorf("row %s: the change sets no column of the migration's", one.write.Row.Key))
	}
	one.ttl, one.ttls = t.expiry(one)
	return t.checkFuture(one)
}

// checkFuture: beside cells that are dated in the future a write would be lost
// without a word.
func (t *table) checkFuture(one *work) error {
	if one.seen.newest == 0 || time.Until(time.UnixMicro(one.seen.newest)) < futureLimit {
		return nil
	}
	return t.futureError(one, one.seen.newest)
}

func (t *table) futureError(one *work, newest int64) error {
	dated := time.UnixMicro(newest)
	return database.OwnError(fmt.Errorf("row %s: it is dated %s, %s ahead of this worker's clock, so that a write would be lost; set the clocks right",
		one.write.Row.Key, dated.UTC().Format(time.DateTime), time.Until(dated).Round(time.Second)))
}

// apply writes the changes. A row that was written just before it was read has
// to wait until a write of ours can be dated after that; it is read again.
func (t *table) apply(ctx context.Context, list []*work) error {
	var wait time.Duration
	for _, one := range list {
		one.written = one.seen.newest < one.seen.at
		if !one.written {
			wait = max(wait, time.Until(time.UnixMicro(one.seen.newest).Add(t.address.clockSkew))+time.Millisecond)
		}
	}
	if err := t.applyAll(ctx, list); err != nil {
		return err
	}
	return database.Sleep(ctx, wait)
}

func (t *table) applyAll(ctx context.Context, list []*work) error {
	if t.plan.Statements == nil && !t.address.compare {
		return t.write(ctx, list, t.updates(func(one *work) int64 { return one.seen.next() }))
	}
	return t.each(ctx, len(list), func(ctx context.Context, i int) error {
		if !list[i].written {
			return nil
		}
		var err error
		list[i].written, err = t.applyOne(ctx, list[i])
		return err
	})
}

func (t *table) applyOne(ctx context.Context, one *work) (bool, error) {
	if t.plan.Statements != nil {
		return t.runStatements(ctx, one)
	}
	return t.updateCompared(ctx, one)
}

const usingDated = " USING TIMESTAMP ? AND TTL ?"

// updates makes the changes, each dated so many microseconds after 1970.
func (t *table) updates(at func(*work) int64) func(*work) mutation {
	var assigned []bool
	var text string
	update := func(one *work, its life) mutation {
		if text == "" || !slices.Equal(assigned, its.columns) {
			assigned, text = its.columns, t.updateText(its, usingDated)
		}
		made := newMutation(text, 2+len(one.values)+len(one.key))
		made.add(at(one), 0)
		made.add(its.ttl, 0)
		made.addAll(one.changed(its))
		made.addAll(one.key)
		return made
	}
	return func(one *work) mutation {
		lives := one.lives()
		made := update(one, lives[0])
		for _, other := range lives[1:] {
			made.join(update(one, other))
		}
		return made
	}
}

func (t *table) updateText(its life, using string) string {
	var changed []column
	for i, column := range t.columns {
		if its.columns[i] {
			changed = append(changed, column)
		}
	}
	return "UPDATE " + t.customers() + using + " SET " + strings.Join(names(changed), " = ?, ") + " = ? WHERE " + equal(t.keys)
}

// changed are the values that the change assigns to columns that expire together.
func (w *work) changed(its life) []raw {
	values := make([]raw, 0, len(w.values))
	for i, value := range w.values {
		if its.columns[i] {
			values = append(values, value)
		}
	}
	return values
}

// updateCompared writes if the row's columns are still as they were read: a
// lightweight transaction, which dates itself. A row of nulls alone cannot be told
// from none, and must exist by its key.
func (t *table) updateCompared(ctx context.Context, one *work) (bool, error) {
	lives := one.lives()
	text, values := t.updateTogether(one, lives[0])
	condition := ""
	for i, column := range t.columns {
		if !t.isDated(column) {
			continue
		}
		if condition != "" {
			condition += " AND "
		}
		condition, values = condition+quote(column.name)+" = ?", append(values, one.seen.values[i])
	}
	if len(lives) == 1 {
		applied, err := t.cas(ctx, text+" IF "+condition, values...)
		return applied, classify(err)
	}
	batch := t.session.Batch(gocql.LoggedBatch).Query(text+" IF "+condition, values...)
	for _, other := range lives[1:] {
		text, values := t.updateTogether(one, other)
		batch = batch.Query(text, values...)
	}
	applied, err := applied(batch.IterContext(ctx))
	return applied, classify(err)
}

// updateTogether writes columns that expire together.
func (t *table) updateTogether(one *work, its life) (string, []any) {
	return t.updateText(its, " USING TTL ?"), slices.Concat([]any{its.ttl}, arguments(one.changed(its)), arguments(one.key))
}

func (t *table) isDated(column column) bool {
	for _, dated := range t.dated() {
		if dated.name == column.name {
			return true
		}
	}
	return false
}

// WriteLocked reads a customer, decides, and writes if the row is still the same,
// as often as it takes: there are no locks.
func (t *table) WriteLocked(ctx context.Context, mark database.Mark, key database.Key, decide func(database.Row) (database.Change, error)) (bool, error) {
	var tried *work
	for range lockedTries {
		rows, err := t.ReadKeys(ctx, []database.Key{key})
		if err != nil || len(rows) == 0 {
			return false, err
		}
		change, err := decide(rows[0])
		if err != nil || change.PreviouslyMigrated {
			return false, err
		}
		tried, err = t.writeCompared(ctx, mark, database.Write{Row: rows[0], Change: change})
		if err != nil || tried.written || tried.unapplied {
			return err == nil && tried.written, err
		}
		if err := database.Sleep(ctx, t.untilPast([]*work{tried})); err != nil {
			return false, err
		}
	}
	if tried.hidden != nil {
		return false, t.hiddenError(tried, *tried.hidden)
	}
	return false, &database.Error{Class: database.Contention, Err: fmt.Errorf("row %s changed %d times between read and write", key, lockedTries)}
}

// writeCompared writes a row if it is as it was read.
func (t *table) writeCompared(ctx context.Context, mark database.Mark, write database.Write) (*work, error) {
	if err := t.prove(ctx, mark); err != nil {
		return nil, err
	}
	if err := t.refuseKnown(ctx, mark, []database.Write{write}); err != nil {
		return nil, classify(err)
	}
	list, err := t.works(ctx, []database.Write{write})
	if err != nil {
		return nil, err
	}
	ctx, release := finishing(ctx)
	defer release()
	one := list[0]
	if t.plan.Statements != nil {
		one.written, err = t.runStatements(ctx, one)
	} else {
		err = t.writeCells(ctx, one)
	}
	if err != nil || !one.written {
		return one, err
	}
	return one, t.enterAnew(ctx, mark, list)
}

// writeCells makes a change of columns by a lightweight transaction, and looks
// whether it shows. What the site has written since then stays.
func (t *table) writeCells(ctx context.Context, one *work) (err error) {
	if one.written, err = t.updateCompared(ctx, one); err != nil || !one.written {
		return err
	}
	now, err := t.readAgain(ctx, []*work{one})
	if err != nil {
		return err
	}
	values, found := now[one.write.Row.Key.Text()]
	if found && !allSame(values, one.values) && one.isHidden(values) {
		one.written, one.hidden = false, &sight{}
	}
	return nil
}

// furtherAll runs the further statements of those who were written.
func (t *table) furtherAll(ctx context.Context, list []*work) error {
	further := slices.DeleteFunc(slices.Clone(list), func(one *work) bool { return !one.written || len(one.write.Change.Statements) == 0 })
	return t.each(ctx, len(further), func(ctx context.Context, i int) error { return t.further(ctx, further[i]) })
}

// further runs the further statements of a change.
func (t *table) further(ctx context.Context, one *work) error {
	for _, statement := range one.write.Change.Statements {
		if err := t.session.Query(statement.Text, statement.Arguments...).ExecContext(ctx); err != nil {
			return classify(fmt.Errorf("row %s: %w", one.write.Row.Key, err))
		}
	}
	return nil
}
