package databasetest

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// waitingRules are about sets that wait for a lock while rows change.
func waitingRules(harness Harness) []rule {
	rules := []rule{
		{name: "a write of the site's while a set waits for it wins", test: whileWaiting([]string{"UPDATE customers SET amount = 77 WHERE name = 'Bob'"}, false)},
		{name: "so does a delete", test: whileWaiting([]string{"DELETE FROM customers WHERE name = 'Bob'"}, false)},
		{name: "a customer deleted and inserted again meanwhile is written and in the ledger, or neither", test: replacedWhileWaiting},
		{name: "what the site undoes meanwhile does not matter", test: whileWaiting([]string{"UPDATE customers SET amount = 77 WHERE name = 'Bob'"}, true)},
		{name: "an attempt that waits for its orphan leaves the customer to it", test: orphanCommits},
		{name: "an attempt whose orphan fails writes the customer", test: orphanFails},
		{name: "an orphan that comes after the attempt writes nothing", test: orphanComesLate},
		{name: "a run that ends while a set of it waits: nothing comes after its end", test: runOverWhileWaiting(endNow)},
		{name: "a run that begins while a set of the one before waits: nothing comes after its begin", test: runOverWhileWaiting(beginNow)},
		{name: "sets in opposite orders do not deadlock", test: oppositeOrders},
		{name: "a deadlock with a transaction of the site's loses nothing", test: deadlockWithSite},
	}
	if harness.FailsAtCommit != nil {
		rules = append(rules, rule{name: "a constraint that fails at the commit undoes the set and is the customer's own error", test: failsAtCommit})
	}
	return needing(Transactions, rules...)
}

// waiting is long enough for a set to come to the lock that it waits for; it is
// right, too, if it has not.
const waiting = 200 * time.Millisecond

// attempted is what an attempt at a set came to.
type attempted struct {
	written database.Written
	err     error
}

// attempt writes in a goroutine of its own, and repeats what waits for too long.
func (f *fixture) attempt(table database.Table, writes []database.Write) <-chan attempted {
	result := make(chan attempted, 1)
	go func() {
		written, err := f.persist(table, writes)
		result <- attempted{written, err}
	}()
	time.Sleep(waiting)
	return result
}

// holding begins a transaction of the site's.
func (f *fixture) holding(statements ...string) *sql.Tx {
	f.Helper()
	tx, err := f.DB.BeginTx(context.Background(), nil)
	require.NoError(f, err)
	for _, statement := range statements {
		_, err := tx.Exec(statement)
		require.NoError(f, err, statement)
	}
	return tx
}

// whileWaiting: the site has changed Bob, but not committed yet.
func whileWaiting(statements []string, undone bool) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.numbers(t)
		rows := f.read("Anna", "Bob", "Carl")
		tx := f.holding(statements...)
		result := f.attempt(f.table, greetAll(rows...))
		expected := []string{"Anna", "Carl"}
		if undone {
			require.NoError(t, tx.Rollback())
			expected = []string{"Anna", "Bob", "Carl"}
		} else {
			require.NoError(t, tx.Commit())
		}
		got := <-result
		require.NoError(t, got.err)
		require.Equal(t, []bool{true, undone, true}, got.written.Rows)
		f.requireMigrated(expected...)
	}
}

// runOverWhileWaiting: the run ends, or another one begins, while a set of it waits for
// the site. Once that has returned, nothing comes after it.
func runOverWhileWaiting(over func(*fixture) error) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.numbers(t)
		tx := f.holding("UPDATE customers SET amount = amount WHERE name = 'Bob'")
		result := f.attempt(f.table, greetAll(f.read("Anna", "Bob", "Carl")...))
		ended := make(chan error, 1)
		go func() { ended <- over(f) }()
		time.Sleep(waiting)
		require.NoError(t, tx.Rollback())
		require.NoError(t, <-ended)
		ledger, greeted := f.ledger(), f.greeted("customers")
		got := <-result
		require.ElementsMatch(t, ledger, f.ledger(), "the set was committed after its run was over: %v", got.err)
		require.Equal(t, greeted, f.greeted("customers"))
		if got.err != nil {
			var refused *database.RunOverError
			require.ErrorAs(t, got.err, &refused)
			require.Empty(t, ledger)
		}
	}
}

func endNow(f *fixture) error {
	return f.patiently(func() error { return f.table.End(f.Context(), f.mark.Run, database.Ending{Outcome: "cancelled"}) })
}

func beginNow(f *fixture) error {
	return f.patiently(func() error {
		_, err := f.table.Begin(f.Context(), request("second run"))
		return err
	})
}

// patiently repeats what waits for too long, as Temporal does.
func (f *fixture) patiently(do func() error) error {
	for {
		if err := do(); err == nil || database.ClassOf(err) != database.Contention {
			return err
		}
	}
}

func replacedWhileWaiting(t *testing.T, h Harness) {
	f := h.numbers(t)
	rows := f.read("Anna", "Bob", "Carl")
	tx := f.holding("DELETE FROM customers WHERE name = 'Bob'")
	_, err := tx.Exec(f.rebind("INSERT INTO customers (id, name, amount) VALUES (?, 'Bob', ?)"), append(keyOf(Numbers, 1), rows[1].Value("amount"))...)
	require.NoError(t, err)
	result := f.attempt(f.table, greetAll(rows...))
	require.NoError(t, tx.Commit())
	got := <-result
	require.NoError(t, got.err)
	if got.written.Rows[1] {
		f.requireMigrated("Anna", "Bob", "Carl")
		return
	}
	f.requireMigrated("Anna", "Carl")
	f.migrate("Bob")
	f.requireMigrated("Anna", "Bob", "Carl")
}

// orphan migrates Bob under a lock, in a transaction that lasts until it is told
// how to end.
func (f *fixture) orphan() (end chan<- error, result <-chan attempted) {
	f.Helper()
	locked, ending, done := make(chan struct{}), make(chan error), make(chan attempted, 1)
	table := f.open(plan())
	go func() {
		written, err := table.WriteLocked(f.Context(), f.mark, f.keys["Bob"], func(row database.Row) (database.Change, error) {
			close(locked)
			return greet(row), <-ending
		})
		done <- attempted{database.Written{Rows: []bool{written}}, err}
	}()
	select {
	case <-locked:
	case <-time.After(patience):
		require.FailNow(f, "the orphan does not get its lock")
	}
	return ending, done
}

func orphanCommits(t *testing.T, h Harness) {
	f := h.numbers(t)
	rows := f.read("Anna", "Bob", "Carl")
	end, orphan := f.orphan()
	result := f.attempt(f.table, greetAll(rows...))
	end <- nil
	left := <-orphan
	require.NoError(t, left.err)
	require.Equal(t, []bool{true}, left.written.Rows)
	got := <-result
	if got.err != nil { // the ledger's, or the row is not as it was read
		require.ErrorIs(t, got.err, database.ErrLedgerConflict)
		f.requireMigrated("Bob")
		return
	}
	require.Equal(t, []bool{true, false, true}, got.written.Rows)
	f.requireMigrated("Anna", "Bob", "Carl")
}

func orphanFails(t *testing.T, h Harness) {
	f := h.numbers(t)
	rows := f.read("Anna", "Bob", "Carl")
	end, orphan := f.orphan()
	result := f.attempt(f.table, greetAll(rows...))
	end <- errors.New("the orphan's worker dies")
	require.Error(t, (<-orphan).err)
	got := <-result
	require.NoError(t, got.err)
	require.Equal(t, []bool{true, true, true}, got.written.Rows)
	f.requireMigrated("Anna", "Bob", "Carl")
}

// orphanComesLate: it has read before the attempt has written.
func orphanComesLate(t *testing.T, h Harness) {
	f := h.numbers(t)
	late := f.open(plan())
	rows := f.read("Anna", "Bob")
	f.migrate("Anna", "Bob", "Carl")
	written, err := late.Write(t.Context(), f.mark, greetAll(rows...))
	if err != nil {
		require.ErrorIs(t, err, database.ErrLedgerConflict)
	} else {
		require.Equal(t, []bool{false, false}, written.Rows)
	}
	f.requireMigrated("Anna", "Bob", "Carl")
}

func oppositeOrders(t *testing.T, h Harness) {
	f := h.start(t, Numbers, plan(), 40)
	other := f.open(plan())
	for range rounds {
		forth := greetAll(f.readAll()...)
		back := slices.Clone(forth)
		slices.Reverse(back)
		var errs [2]error
		together(
			func() { _, errs[0] = f.table.Write(t.Context(), f.mark, forth) },
			func() { _, errs[1] = other.Write(t.Context(), f.mark, back) })
		for _, err := range errs {
			if err != nil {
				require.ErrorIs(t, err, database.ErrLedgerConflict)
			}
		}
		f.requireMigrated(f.names()...)
		f.forget()
	}
}

// deadlockWithSite: the site locks Carl and then Anna, the set Anna and then Carl.
// Whichever side has to give way: what the site commits stays, and is migrated.
func deadlockWithSite(t *testing.T, h Harness) {
	f := h.numbers(t)
	const carl, anna = "UPDATE customers SET amount = 501 WHERE name = 'Carl'", "UPDATE customers SET amount = 502 WHERE name = 'Anna'"
	tx := f.holding(carl)
	result := make(chan attempted, 1)
	rows := f.read("Anna", "Bob", "Carl")
	go func() {
		written, err := f.table.Write(f.Context(), f.mark, greetAll(rows...))
		result <- attempted{written, err}
	}()
	time.Sleep(waiting)
	_, err := tx.Exec(anna)
	if err == nil {
		err = tx.Commit()
	}
	if err != nil { // the site gives way, and does it again
		_ = tx.Rollback()
		defer func() { t.Logf("the site gave way: %v", err) }()
	}
	got := <-result
	if got.err != nil {
		requireClass(t, database.Contention, got.err)
		f.requireMigrated()
	}
	if err != nil {
		require.NoError(t, f.holding(carl, anna).Commit())
	}
	f.migrateAll(f.table)
	f.requireMigrated("Anna", "Bob", "Carl")
	require.Equal(t, int64(501), f.read("Carl")[0].Value("amount"))
	require.Equal(t, int64(502), f.read("Anna")[0].Value("amount"))
}

func failsAtCommit(t *testing.T, h Harness) {
	f := h.numbers(t)
	for _, statement := range h.FailsAtCommit {
		f.site(statement)
	}
	writes := greetAll(f.read("Anna", "Bob", "Carl")...)
	writes[1].Change = database.Change{}
	writes[1].Change.Set("first_name", "late")
	_, err := f.table.Write(t.Context(), f.mark, writes)
	requireClass(t, database.Own, err)
	f.requireMigrated()
	_, err = f.table.Write(t.Context(), f.mark, writes[1:2])
	requireClass(t, database.Own, err)
	_, err = f.writeLocked("Bob", func(database.Row) (database.Change, error) { return writes[1].Change, nil })
	requireClass(t, database.Own, err)
	require.Equal(t, []bool{true, true}, f.write(f.mark, append(writes[:1:1], writes[2])))
	f.requireMigrated("Anna", "Carl")
}
