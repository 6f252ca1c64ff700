package databasetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func concurrencyRules() []rule {
	return append(needing(Transactions,
		rule{name: "of an attempt and its orphan one writes", test: attemptAndOrphan},
		rule{name: "of a migration and a dead letter one wins", test: migrationAndLetter},
		rule{name: "a caller that is cancelled leaves all or nothing", test: cancelled}),
		rule{name: "three writers of overlapping sets beside eight of the site's", test: writersBesideSite})
}

// together calls each function in a goroutine of its own, and waits for all.
func together(functions ...func()) {
	var group sync.WaitGroup
	for _, function := range functions {
		group.Go(function)
	}
	group.Wait()
}

// rounds is how often a race is run.
const rounds = 8

func attemptAndOrphan(t *testing.T, h Harness) {
	f := h.start(t, Numbers, plan(), 6)
	tables := []database.Table{f.table, f.open(plan())}
	for range rounds {
		rows := f.readAll()
		outcomes := make([]error, len(tables))
		written := make([]database.Written, len(tables))
		attempt := func(i int) func() {
			return func() { written[i], outcomes[i] = f.persist(tables[i], greetAll(rows...)) }
		}
		together(attempt(0), attempt(1))
		writers := 0
		for i, err := range outcomes {
			switch {
			case err != nil: // the other one's ledger rows
				require.ErrorIs(t, err, database.ErrLedgerConflict)
			case slices.Contains(written[i].Rows, true):
				require.NotContains(t, written[i].Rows, false)
				writers++
			}
		}
		require.Equal(t, 1, writers)
		f.requireMigrated(f.names()...)
		f.forget()
	}
}

// forget undoes a round.
func (f *fixture) forget() {
	for _, name := range f.names() {
		f.set(name, "first_name", nil)
		f.set(name, "score", nil)
	}
	for _, table := range []string{"audit", ledgerTable, "db_migrate_failures"} {
		require.NoError(f, f.act.Clear(table))
	}
}

// persist writes as long as there are locks in the way.
func (f *fixture) persist(table database.Table, writes []database.Write) (database.Written, error) {
	deadline := time.Now().Add(patience)
	for {
		written, err := table.Write(f.Context(), f.mark, writes)
		if err == nil || errors.Is(err, database.ErrLedgerConflict) || database.ClassOf(err) != database.Contention || time.Now().After(deadline) {
			return written, err
		}
	}
}

func migrationAndLetter(t *testing.T, h Harness) {
	f := h.numbers(t)
	for range rounds {
		rows := f.read("Bob")
		var migrating, burying error
		var written database.Written
		together(
			func() { written, migrating = f.persist(f.table, greetAll(rows...)) },
			func() {
				_, burying = f.bury(f.mark.Run, "Bob")
			})
		letters := f.column("db_migrate_failures", "customer")
		if migrating == nil {
			require.Equal(t, []bool{true}, written.Rows)
			require.ErrorIs(t, burying, database.ErrLedgerConflict)
			require.Empty(t, letters)
			f.requireMigrated("Bob")
		} else {
			require.ErrorIs(t, migrating, database.ErrLedgerConflict)
			require.NoError(t, burying)
			require.Len(t, letters, 1)
			f.requireMigrated()
		}
		f.forget()
	}
}

// Sizes of the test of many writers.
const (
	raced       = 60
	racedSet    = 12
	siteWriters = 8
	siteWrites  = 25
)

func writersBesideSite(t *testing.T, h Harness) {
	f := h.start(t, Numbers, plan(), raced)
	for _, name := range f.names() {
		f.set(name, "amount", int64(0))
	}
	others := f.open(plan())
	var functions []func()
	for _, table := range []database.Table{f.table, f.table, others} {
		functions = append(functions, func() { f.migrateAll(table) })
	}
	for range siteWriters {
		functions = append(functions, f.disturb)
	}
	together(functions...)
	f.migrateAll(f.table)
	f.requireMigrated(f.names()...)
	require.Len(t, f.ledger(), raced)
	total := int64(0)
	for _, row := range f.readAll() {
		amount, _ := row.Value("amount").(int64)
		total += amount
	}
	require.Equal(t, int64(siteWriters*siteWrites), total, "the site's own updates")
}

// disturb changes customers at random, as the site does, which tries again what the
// database refuses on a busy machine.
func (f *fixture) disturb() {
	for range siteWrites {
		changed := name(rand.IntN(raced))
		err := f.act.Count(changed)
		for tries := 1; err != nil && tries < 5; tries++ {
			err = f.act.Count(changed)
		}
		if err != nil {
			f.Errorf("the site's update: %v", err)
		}
	}
}

// migrateAll migrates all customers in sets, at random, until none is left
// without a ledger row.
func (f *fixture) migrateAll(table database.Table) {
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		rows, err := f.unmigrated(table)
		if err != nil {
			f.Errorf("reading: %v", err)
			return
		}
		if len(rows) == 0 {
			return
		}
		rand.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		_, err = table.Write(f.Context(), f.mark, greetAll(rows[:min(len(rows), racedSet)]...))
		if err != nil && !errors.Is(err, database.ErrLedgerConflict) && database.ClassOf(err) != database.Contention {
			f.Errorf("writing: %v", err)
			return
		}
	}
	f.Errorf("customers are still not migrated")
}

// unmigrated reads the customers that have no ledger row; the rows come first,
// so that no row with our change in it is taken for one without.
func (f *fixture) unmigrated(table database.Table) ([]database.Row, error) {
	rows, err := table.Read(f.Context(), database.Range{}, nil, 2*raced)
	if err != nil {
		return nil, err
	}
	ledger, err := table.Ledger(f.Context(), keysOfRows(rows))
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, row := range ledger {
		known[row.Key.Text()] = true
	}
	var left []database.Row
	for _, row := range rows {
		if !known[row.Key.Text()] {
			left = append(left, row)
		}
	}
	return left, nil
}

func cancelled(t *testing.T, h Harness) {
	f := h.start(t, Numbers, plan(), 6)
	for round := range rounds {
		ctx, cancel := context.WithCancel(t.Context())
		rows := f.readAll()
		together(
			func() { _, _ = f.table.Write(ctx, f.mark, greetAll(rows...)) },
			func() {
				time.Sleep(time.Duration(round) * 200 * time.Microsecond)
				cancel()
			})
		if changed := f.greeted("customers"); len(changed) > 0 {
			f.requireMigrated(f.names()...)
		} else {
			f.requireMigrated()
		}
		f.forget()
	}
}
