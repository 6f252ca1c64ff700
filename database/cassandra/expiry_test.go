package cassandra_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// ttl is what is left of a column of row 1, in seconds; 0: it does not expire.
func (o *odd) ttl(column string) int {
	o.Helper()
	var left *int
	require.NoError(o, o.session.Query("SELECT TTL("+column+") FROM odd WHERE id = 1").ScanContext(context.Background(), &left))
	if left == nil {
		return 0
	}
	return *left
}

// TestAChangeExpiresWithItsRow: a cell that is replaced keeps its expiry, and a new one
// expires with the last of the cells that it was made of: never, if one of them does not.
func TestAChangeExpiresWithItsRow(t *testing.T) {
	t.Parallel()
	o := oddTable(t, "(id int PRIMARY KEY, a int, b int, x text, y int, z int)")
	o.begin(database.Plan{Migration: "m", Reads: []string{"a", "b"}, Writes: []string{"x", "y"}})
	for _, test := range []struct {
		site   []string
		x, y   [2]int
		rowTTL string
	}{
		{[]string{"INSERT INTO odd (id, a, b) VALUES (1, 1, 1) USING TTL 5000"}, [2]int{4000, 5000}, [2]int{4000, 5000}, "all expire"},
		{[]string{"INSERT INTO odd (id, a) VALUES (1, 1) USING TTL 5000", "UPDATE odd USING TTL 9000 SET b = 1 WHERE id = 1"}, [2]int{8000, 9000}, [2]int{8000, 9000}, "at different times"},
		{[]string{"INSERT INTO odd (id, a) VALUES (1, 1)", "UPDATE odd USING TTL 5000 SET b = 1 WHERE id = 1"}, [2]int{0, 0}, [2]int{0, 0}, "one does not"},
		{[]string{"INSERT INTO odd (id, a) VALUES (1, 1)", "UPDATE odd USING TTL 5000 SET x = 'old' WHERE id = 1"}, [2]int{4000, 5000}, [2]int{0, 0}, "what is replaced does"},
		{[]string{"INSERT INTO odd (id, a, x) VALUES (1, 1, 'old') USING TTL 5000", "UPDATE odd USING TTL 9000 SET y = 1 WHERE id = 1"}, [2]int{4000, 5000}, [2]int{8000, 9000}, "each its own"},
		{[]string{"INSERT INTO odd (id, a, x) VALUES (1, 1, 'old')"}, [2]int{0, 0}, [2]int{0, 0}, "none does"},
		{[]string{"INSERT INTO odd (id, z) VALUES (1, 1) USING TTL 5000"}, [2]int{0, 0}, [2]int{0, 0}, "nothing that is read"},
	} {
		for _, locked := range []bool{false, true} {
			o.run("TRUNCATE odd")
			o.run("TRUNCATE db_migrate_ledger_odd_m")
			for _, statement := range test.site {
				o.run(statement)
			}
			o.writeOne(locked)
			for column, bounds := range map[string][2]int{"x": test.x, "y": test.y} {
				require.GreaterOrEqual(t, o.ttl(column), bounds[0], "%s, %s", test.rowTTL, column)
				require.LessOrEqual(t, o.ttl(column), bounds[1], "%s, %s", test.rowTTL, column)
			}
		}
	}
}

func setXY(database.Row) database.Change {
	var change database.Change
	change.Set("x", "new")
	change.Set("y", 5)
	return change
}

func (o *odd) writeOne(locked bool) {
	o.Helper()
	if !locked {
		written, own := o.rounds(setXY)
		require.Equal(o, 1, written)
		require.Empty(o, own)
		return
	}
	written, err := o.table.WriteLocked(o.Context(), o.mark, database.Key{"1"}, func(row database.Row) (database.Change, error) { return setXY(row), nil })
	require.NoError(o, err)
	require.True(o, written)
}

// TestAColumnThatExpiresBesideOneThatDoesNot: each keeps its own expiry.
func TestAColumnThatExpiresBesideOneThatDoesNot(t *testing.T) {
	t.Parallel()
	o := oddTable(t, "(id int PRIMARY KEY, x text, y int)")
	o.begin(database.Plan{Migration: "m", Writes: []string{"x", "y"}})
	o.run("INSERT INTO odd (id, x) VALUES (1, 'old')")
	o.run("UPDATE odd USING TTL 5000 SET y = 1 WHERE id = 1")
	o.writeOne(false)
	require.Zero(t, o.ttl("x"))
	require.InDelta(t, 4500, o.ttl("y"), 500)
}

// TestTheTablesDefaultExpiry: rows keep their own, and a row of nothing but its key
// gets the table's.
func TestTheTablesDefaultExpiry(t *testing.T) {
	t.Parallel()
	o := oddTable(t, "(id int PRIMARY KEY, a int, x text, y int) WITH default_time_to_live = 9000")
	o.begin(database.Plan{Migration: "m", Reads: []string{"a"}, Writes: []string{"x", "y"}})
	for statement, left := range map[string]int{"INSERT INTO odd (id, a) VALUES (1, 1) USING TTL 0": 0, "INSERT INTO odd (id, a) VALUES (1, 1) USING TTL 2000": 2000, "INSERT INTO odd (id) VALUES (1)": 9000} {
		o.run("TRUNCATE odd")
		o.run("TRUNCATE db_migrate_ledger_odd_m")
		o.run(statement)
		o.writeOne(false)
		require.InDelta(t, left, o.ttl("x"), 900, statement)
	}
}

// TestRowsThatExpireAreTold to those whose statement would make them outlive
// themselves.
func TestRowsThatExpireAreTold(t *testing.T) {
	t.Parallel()
	o := oddTable(t, "(id int PRIMARY KEY, a int, x text, s set<int>)")
	says := func(statement string) string {
		require.NoError(t, o.prepare(cqlPlan("", statement)))
		return fmt.Sprint(o.loud())
	}
	plain := "UPDATE odd SET x = 'new' WHERE id = :id"
	require.NotContains(t, says(plain), "EXPIRE")
	o.run("INSERT INTO odd (id, a) VALUES (1, 1) USING TTL 5000")
	require.Contains(t, says(plain), "there are rows that EXPIRE (written with USING TTL), and migration m, migrate statement 1 has no USING TTL")
	require.NotContains(t, says("UPDATE odd USING TTL 60 SET x = 'new' WHERE id = :id"), "EXPIRE")
	require.NotContains(t, says("DELETE x FROM odd WHERE id = :id"), "EXPIRE")
}
