package cassandra_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func cqlPlan(check string, migrate ...string) database.Plan {
	return database.Plan{Migration: "m", Statements: &database.Statements{Check: check, Migrate: migrate}}
}

// filled is a table of so many rows, and begun.
func filled(t *testing.T, rows int, plan database.Plan) *odd {
	o := oddTable(t, "(id int PRIMARY KEY, a int, x text, y int, tags set<text>, notes map<text, text>)")
	for id := range rows {
		o.run("INSERT INTO odd (id, a) VALUES (?, ?)", id, id)
	}
	o.begin(plan)
	return o
}

func nothing(database.Row) database.Change { return database.Change{} }

// rounds is what the migrator does with rows: twice as a set, and those that are not
// written then one by one. It returns how many were written, and the own errors.
func (o *odd) rounds(change func(database.Row) database.Change) (written int, own []error) {
	o.Helper()
	rows, err := o.table.Read(o.Context(), database.Range{}, nil, 1000)
	require.NoError(o, err)
	for range 2 {
		list := make([]database.Write, len(rows))
		var keys []database.Key
		for i, row := range rows {
			list[i] = database.Write{Row: row, Change: change(row)}
		}
		done, err := o.table.Write(o.Context(), o.mark, list)
		require.NoError(o, err)
		for i, row := range rows {
			if done.Rows[i] {
				written++
			} else {
				keys = append(keys, row.Key)
			}
		}
		if len(keys) == 0 {
			return written, nil
		}
		rows, err = o.table.ReadKeys(o.Context(), keys)
		require.NoError(o, err)
	}
	for _, row := range rows {
		done, err := o.table.WriteLocked(o.Context(), o.mark, row.Key, func(row database.Row) (database.Change, error) { return change(row), nil })
		if err != nil {
			require.Equal(o, database.Own, database.ClassOf(err), err)
			own = append(own, err)
		}
		if done {
			written++
		}
	}
	return written, own
}

// TestWhatAMigrationInCQLWritesShows, although the site's clock is ahead of ours: it
// is written after that moment.
func TestWhatAMigrationInCQLWritesShows(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"an update": "UPDATE odd SET x = 'new' WHERE id = :id", "an insert": "INSERT INTO odd (id, x) VALUES (:id, 'new')",
		"a condition": "UPDATE odd SET x = 'new' WHERE id = :id IF a >= 0",
	} {
		for cells, site := range map[string]string{"cells": "UPDATE odd USING TIMESTAMP ? SET x = 'old' WHERE id = ?", "deletions": "DELETE x FROM odd USING TIMESTAMP ? WHERE id = ?"} {
			t.Run(name+" after "+cells, func(t *testing.T) {
				t.Parallel()
				o := filled(t, 30, cqlPlan("", statement))
				for id := range 30 {
					o.run(site, time.Now().Add(2*time.Second).UnixMicro(), id)
				}
				written, own := o.rounds(nothing)
				require.Empty(t, own)
				require.Equal(t, 30, written)
				require.Equal(t, 30, o.count("SELECT count(*) FROM odd WHERE x = 'new' ALLOW FILTERING"))
			})
		}
	}
}

// TestWhatCannotShowIsTold: the row's own error says why, and the others are written.
func TestWhatCannotShowIsTold(t *testing.T) {
	t.Parallel()
	set := func(row database.Row) database.Change { return setX("new")(row) }
	for name, plan := range map[string]database.Plan{
		"Go":                   {Migration: "m", Reads: []string{"a"}, Writes: []string{"x"}},
		"CQL":                  cqlPlan("", "UPDATE odd SET x = 'new' WHERE id = :id"),
		"CQL with a condition": cqlPlan("", "UPDATE odd SET x = 'new' WHERE id = :id IF a >= 0"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change := nothing
			if plan.Statements == nil {
				change = set
			}
			o := filled(t, 20, plan)
			for id := range 4 {
				o.run("DELETE x FROM odd USING TIMESTAMP ? WHERE id = ?", time.Now().Add(time.Hour).UnixMicro(), id)
			}
			written, own := o.rounds(change)
			require.Equal(t, 16, written)
			require.Len(t, own, 4)
			for _, err := range own {
				require.ErrorContains(t, err, "does not show: a deletion that is dated ahead of this worker's clock hides it")
				require.ErrorContains(t, err, "set the clocks right")
			}
			require.Equal(t, 16, o.count("SELECT count(*) FROM odd WHERE x = 'new' ALLOW FILTERING"))
			ledger, err := o.table.Ledger(t.Context(), keysUpTo(20))
			require.NoError(t, err)
			require.Len(t, ledger, 16)
		})
	}
}

func keysUpTo(count int) []database.Key {
	keys := make([]database.Key, count)
	for i := range keys {
		keys[i] = database.Key{strconv.Itoa(i)}
	}
	return keys
}

// TestCellsOfTheFutureAreTold, whatever the statement is.
func TestCellsOfTheFutureAreTold(t *testing.T) {
	t.Parallel()
	for _, statement := range []string{"UPDATE odd SET x = 'new' WHERE id = :id", "UPDATE odd SET x = null WHERE id = :id", "UPDATE odd SET x = 'new' WHERE id = :id IF a >= 0",
		"DELETE x FROM odd WHERE id = :id", "DELETE FROM odd WHERE id = :id", "INSERT INTO odd (id, x) VALUES (:id, 'new')"} {
		t.Run(statement, func(t *testing.T) {
			t.Parallel()
			o := filled(t, 3, cqlPlan("", statement))
			o.run("UPDATE odd USING TIMESTAMP ? SET x = 'old' WHERE id = 1", time.Now().Add(time.Hour).UnixMicro())
			written, own := o.rounds(nothing)
			require.Equal(t, 2, written)
			require.Len(t, own, 1)
			require.ErrorContains(t, own[0], "row 1: it is dated")
			require.ErrorContains(t, own[0], "set the clocks right")
		})
	}
}

// TestCollectionsAndOtherTablesShow, too: a further statement insists.
func TestCollectionsAndOtherTablesShow(t *testing.T) {
	t.Parallel()
	o := filled(t, 10, database.Plan{Migration: "m", Writes: []string{"x"}})
	o.run("CREATE TABLE IF NOT EXISTS further (id int PRIMARY KEY, y text)")
	o.begin(cqlPlan("", "UPDATE odd SET tags = tags + {'t'}, notes['n'] = 'm', y = 5 WHERE id = :id", "INSERT INTO further (id, y) VALUES (:id, 'noted')"))
	for id := range 10 {
		ahead := time.Now().Add(1500 * time.Millisecond).UnixMicro()
		o.run("DELETE FROM further USING TIMESTAMP ? WHERE id = ?", ahead, id)
		o.run("DELETE tags, notes FROM odd USING TIMESTAMP ? WHERE id = ?", ahead, id)
	}
	written, own := o.rounds(nothing)
	require.Empty(t, own)
	require.Equal(t, 10, written)
	require.Equal(t, 10, o.count("SELECT count(*) FROM odd WHERE tags CONTAINS 't' AND y = 5 ALLOW FILTERING"))
	require.Equal(t, 10, o.count("SELECT count(*) FROM odd WHERE notes['n'] = 'm' ALLOW FILTERING"))
	require.Equal(t, 10, o.count("SELECT count(*) FROM further WHERE y = 'noted' ALLOW FILTERING"))
}

// TestAConditionThatIsNotTrueIsNoContention: nothing is in the way, and nothing is
// to be waited for.
func TestAConditionThatIsNotTrueIsNoContention(t *testing.T) {
	t.Parallel()
	o := filled(t, 2, cqlPlan("", "UPDATE odd SET x = 'new' WHERE id = :id IF a = 1"))
	written, own := o.rounds(nothing)
	require.Empty(t, own)
	require.Equal(t, 1, written)
}

// TestAStaticColumnInsertedWithARowShows, though nothing else of the row is written; and
// without its clustering column.
func TestAStaticColumnInsertedWithARowShows(t *testing.T) {
	t.Parallel()
	o := oddTable(t, "(id int, b int, x text static, y int, PRIMARY KEY (id, b))")
	for id := range 10 {
		o.run("INSERT INTO odd (id, b, y) VALUES (?, 1, 1)", id)
	}
	o.begin(cqlPlan("", "INSERT INTO odd (id, b, x) VALUES (:id, :b, 'new')"))
	written, own := o.rounds(nothing)
	require.Empty(t, own)
	require.Equal(t, 10, written)
	require.Equal(t, 10, o.count("SELECT count(*) FROM odd WHERE x = 'new' ALLOW FILTERING"))
	require.NoError(t, o.prepare(cqlPlan("", "INSERT INTO odd (id, x) VALUES (:id, 'new')")))
}
