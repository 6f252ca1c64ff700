package databasetest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// sqlPlan is that of a migration written in SQL: customers with an amount above
// zero are greeted, and a note is made of each.
func sqlPlan(check, first string, further ...string) database.Plan {
	return database.Plan{Migration: migration, Statements: &database.Statements{Check: check, Migrate: append([]string{first}, further...)}}
}

const (
	checkOne   = "SELECT id FROM customers WHERE id = :id AND amount > 0"
	checkSet   = "SELECT id FROM customers WHERE id IN (:ids) AND amount > 0"
	migrateOne = "UPDATE customers SET first_name = concat('Dear ', name) WHERE id = :id AND amount > 0"
	migrateSet = "UPDATE customers SET first_name = concat('Dear ', name) WHERE id IN (:ids) AND amount > 0"
	noteOne    = "INSERT INTO notes (name) SELECT name FROM customers WHERE id = :id"
	noteSet    = "INSERT INTO notes (name) SELECT name FROM customers WHERE id IN (:ids)"
)

func statementRules(harness Harness) []rule {
	rules := []rule{
		{name: "without a check all customers need the migration", test: noCheck},
		{name: "without a check the ledger alone keeps a customer from being migrated twice", test: ledgerSuffices},
		{name: "a ledger row in the way undoes the statements", test: statementsConflict},
		{name: "a row that breaks a constraint undoes the statements", test: statementsOwnError},
		{name: "a broken further statement undoes the first", test: statementsBroken},
		{name: "a first statement that goes beyond its customers is undone", test: statementsBeyond},
		{name: "a statement for one row that goes on to others is undone", test: statementsOnward},
		{name: "a check whose answer depends on the set is refused", test: checksOfSets},
		{name: "keys of two columns", test: statementsOfPairs},
		{name: "what is compared with keys is the key as it is", test: checksOfPairs},
		{name: "under a lock the check decides again", test: statementsLocked},
		{name: "what a WITH writes is undone with its row", test: writesBeside},
	}
	for _, variant := range []struct{ name, check, migrate, note string }{
		{"for one customer", checkOne, migrateOne, noteOne},
		{"for a set", checkSet, migrateSet, noteSet},
		{"with RETURNING", checkSet + ";", migrateSet + " RETURNING id", noteOne},
		{"ending in a comment", checkOne + " -- :no", migrateSet + " -- done;", noteSet + " /* RETURNING */"},
		{"ending in a semicolon and a comment", checkSet + "; -- done", migrateSet + ";\n-- done", noteSet + "; /* done */"},
		{"with an alias", "SELECT r.id FROM customers AS r WHERE r.id = :id AND r.amount > 0", "UPDATE customers AS r SET first_name = concat('Dear ', r.name) WHERE r.id IN (:ids) AND r.amount > 0", noteSet},
		{"with another table", checkSet, migrateJoined(harness), noteSet},
		{"with the name of the key", "SELECT id FROM customers WHERE id = :id AND amount > 0", migrateOne, noteOne},
	} {
		if !harness.has(Returning) && strings.Contains(variant.migrate, "RETURNING") {
			continue
		}
		plan := sqlPlan(variant.check, variant.migrate, variant.note)
		rules = append(rules, rule{name: "those whom the first statement updates are migrated, " + variant.name, test: statementsMigrate(plan)})
	}
	for name, plan := range map[string]database.Plan{
		"no SQL":                  sqlPlan("", "UPDATE customers SAT name = '' WHERE id = :id"),
		"a column that is not":    sqlPlan("SELECT id FROM customers WHERE id = :id AND nowhere = 1", migrateOne),
		"no parameter":            sqlPlan("", "UPDATE customers SET score = 1"),
		"an unknown parameter":    sqlPlan("", "UPDATE customers SET score = 1 WHERE id = :number"),
		"two statements":          sqlPlan("", migrateOne+"; "+migrateOne),
		"a first that is a query": sqlPlan("", "SELECT id FROM customers WHERE id = :id"),
		"an OR without brackets":  sqlPlan(checkSet, "UPDATE customers SET first_name = 'all' WHERE id IN (:ids) OR amount > 0"),
		"all but those named":     sqlPlan(checkSet, "UPDATE customers SET first_name = 'all' WHERE id NOT IN (:ids)"),
		"a further OR":            sqlPlan(checkSet, migrateSet, "UPDATE customers SET score = 1 WHERE id IN (:ids) AND amount < 0 OR name = 'Dora'"),
		"a further NOT IN":        sqlPlan(checkSet, migrateSet, "DELETE FROM customers WHERE id NOT IN (:ids)"),
	} {
		rules = append(rules, rule{name: "statements are refused: " + name, test: statementsRefused(plan)})
	}
	return needing(SQL, append(rules, keyRules(harness)...)...)
}

// migrateJoined takes a second table into the update.
func migrateJoined(harness Harness) string {
	if harness.has(Returning) {
		return "UPDATE customers AS d SET first_name = o.word || d.name FROM (SELECT 'Dear ' AS word) AS o WHERE d.id IN (:ids) AND d.amount > 0"
	}
	return "UPDATE customers d JOIN (SELECT 'Dear ' AS word) o ON 1 = 1 SET d.first_name = concat(o.word, d.name) WHERE d.id IN (:ids) AND d.amount > 0"
}

// statementsMigrate: Anna has no amount, and is skipped; the site takes Bob's
// away between check and write.
func statementsMigrate(plan database.Plan) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.startSQL(t, plan)
		names := []string{"Bob", "Anna", "Carl", "Dora"}
		needed, err := f.table.Check(t.Context(), f.keysOf(names...))
		require.NoError(t, err)
		require.Equal(t, []bool{true, false, true, true}, needed)
		f.site("UPDATE customers SET amount = 0 WHERE name = 'Bob'")
		require.Equal(t, []bool{false, false, true, true}, f.write(f.mark, f.bare(names...)))
		f.requireMigrated("Carl", "Dora")
		require.ElementsMatch(t, []string{"Carl", "Dora"}, f.texts("SELECT name FROM notes"))
	}
}

// startSQL starts with a plan of statements, whose rows have no columns.
func (h Harness) startSQL(t *testing.T, planned database.Plan) *fixture {
	f := h.start(t, Numbers, plan(), 4)
	f.table = f.open(planned)
	return f
}

// startTelling is startSQL where the database tells which rows a statement has updated.
// Elsewhere the plan, which goes beyond its rows, must be refused, and there is nothing.
func (h Harness) startTelling(t *testing.T, beyond database.Plan) *fixture {
	if !h.has(Returning) {
		statementsRefused(beyond)(t, h)
		return nil
	}
	return h.startSQL(t, beyond)
}

// bare are writes without changes: the plan's statements make them.
func (f *fixture) bare(names ...string) []database.Write {
	writes := make([]database.Write, len(names))
	for i, name := range names {
		writes[i] = database.Write{Row: database.Row{Key: f.keys[name]}}
	}
	return writes
}

func noCheck(t *testing.T, h Harness) {
	f := h.startSQL(t, sqlPlan("", migrateSet))
	needed, err := f.table.Check(t.Context(), f.keysOf("Anna", "Bob"))
	require.NoError(t, err)
	require.Equal(t, []bool{true, true}, needed)
	require.Equal(t, []bool{false, true}, f.write(f.mark, f.bare("Anna", "Bob")))
	f.requireMigrated("Bob")
}

// writesBeside: what a WITH writes for a row that the first statement leaves as it is, is
// undone with it, however many rows are asked for together.
func writesBeside(t *testing.T, h Harness) {
	if !h.has(WritesInWith) {
		return
	}
	f := h.startSQL(t, sqlPlan("", "WITH noted AS (INSERT INTO notes (name) SELECT name FROM customers WHERE id IN (:ids)) "+migrateSet))
	require.Equal(t, []bool{false, true}, f.write(f.mark, f.bare("Anna", "Bob")))
	require.Equal(t, []bool{false}, f.write(f.mark, f.bare("Anna")))
	f.requireMigrated("Bob")
	require.Equal(t, []string{"Bob"}, f.texts("SELECT name FROM notes"))
	f.table = f.open(sqlPlan("", "WITH u AS ("+migrateSet+" RETURNING id, name), noted AS (INSERT INTO notes (name) SELECT name FROM u) SELECT id FROM u"))
	require.Equal(t, []bool{false, true}, f.write(f.newRun(), f.bare("Anna", "Carl")), "its WITH writes, and its query answers")
	f.requireMigrated("Bob", "Carl")
	require.ElementsMatch(t, []string{"Bob", "Carl"}, f.texts("SELECT name FROM notes"))
}

// ledgerSuffices: the statement would count up each time.
func ledgerSuffices(t *testing.T, h Harness) {
	f := h.startSQL(t, sqlPlan("", "UPDATE customers SET score = coalesce(score, 0) + 1 WHERE id IN (:ids)"))
	require.Equal(t, []bool{true, true}, f.write(f.mark, f.bare("Bob", "Carl")))
	tables := []database.Table{f.table, f.open(sqlPlan("", "UPDATE customers SET score = coalesce(score, 0) + 1 WHERE id = :id"))}
	for _, next := range []func() database.Mark{func() database.Mark { return f.mark }, f.newRun} {
		mark := next()
		for _, table := range tables {
			_, err := table.Write(t.Context(), mark, f.bare("Dora", "Carl"))
			require.ErrorIs(t, err, database.ErrLedgerConflict)
			_, err = table.WriteLocked(t.Context(), mark, f.keys["Bob"], func(database.Row) (database.Change, error) { return database.Change{}, nil })
			require.ErrorIs(t, err, database.ErrLedgerConflict)
		}
	}
	require.ElementsMatch(t, [][]string{{"Anna", ""}, {"Bob", "1"}, {"Carl", "1"}, {"Dora", ""}}, f.rows("customers", "name", "score"))
}

func statementsConflict(t *testing.T, h Harness) {
	f := h.startSQL(t, sqlPlan("", migrateSet, noteSet))
	f.write(f.mark, f.bare("Bob"))
	_, err := f.table.Write(t.Context(), f.mark, f.bare("Carl", "Bob"))
	require.ErrorIs(t, err, database.ErrLedgerConflict)
	f.requireMigrated("Bob")
	require.Equal(t, []string{"Bob"}, f.texts("SELECT name FROM notes"))
}

func statementsOwnError(t *testing.T, h Harness) {
	f := h.startSQL(t, sqlPlan("", migrateSet, noteSet))
	f.site("INSERT INTO notes (name) VALUES ('Carl')")
	_, err := f.table.Write(t.Context(), f.mark, f.bare("Bob", "Carl"))
	requireClass(t, database.Own, err)
	f.requireMigrated()
	require.Equal(t, []bool{true, true}, f.write(f.mark, f.bare("Bob", "Dora")))
	f.requireMigrated("Bob", "Dora")
}

func statementsBroken(t *testing.T, h Harness) {
	f := h.startSQL(t, sqlPlan("", migrateSet, noteSet))
	f.site("DROP TABLE notes")
	_, err := f.table.Write(t.Context(), f.mark, f.bare("Bob"))
	requireClass(t, database.Broken, err, "notes")
	f.requireMigrated()
}

func statementsBeyond(t *testing.T, h Harness) {
	beyond := sqlPlan("", "UPDATE customers SET first_name = concat('Dear ', name) WHERE id IN (SELECT c.id FROM customers AS c JOIN customers AS d ON (c.amount > 0) = (d.amount > 0) WHERE d.id = :id)")
	f := h.startTelling(t, beyond)
	if f == nil {
		return
	}
	_, err := f.table.Write(t.Context(), f.mark, f.bare("Bob"))
	requireClass(t, database.Broken, err)
	f.requireMigrated()
}

// statementsOnward: a statement for one row that also updates the rows behind it would give
// them what is that row's.
func statementsOnward(t *testing.T, h Harness) {
	onward := sqlPlan("", "UPDATE customers SET first_name = concat('Dear ', name) WHERE id IN (SELECT c.id FROM customers AS c JOIN customers AS d ON (c.amount > 0) = (d.amount > 0) AND c.id >= d.id WHERE d.id = :id) AND first_name IS NULL")
	f := h.startTelling(t, onward)
	if f == nil {
		return
	}
	_, err := f.table.Write(t.Context(), f.mark, f.bare("Anna", "Bob", "Carl", "Dora"))
	requireClass(t, database.Broken, err, "which its parameters do not name")
	f.requireMigrated()
}

// checksOfSets: what a check answers must be about each row by itself.
func checksOfSets(t *testing.T, h Harness) {
	for _, check := range []string{
		"SELECT id FROM customers WHERE id IN (:ids) AND amount > 0 LIMIT 2",
		"SELECT max(id) FROM customers WHERE id IN (:ids) AND amount > 0",
		"SELECT amount FROM customers WHERE id IN (:ids) AND amount > 0",
		"SELECT n.id FROM (SELECT 1 AS id) AS o JOIN customers AS n ON n.id > o.id WHERE n.id + 1 IN (:ids)",
		"SELECT id FROM customers WHERE id IN (:ids) AND amount > 0 GROUP BY id / 2",
		"SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM customers WHERE id IN (:ids)) AS s WHERE place > 1",
	} {
		statementsRefused(sqlPlan(check, migrateSet))(t, h)
	}
	statementsRefused(sqlPlan("", "UPDATE customers SET first_name = 'Dear' WHERE id IN (:ids) AND amount > (SELECT min(id) FROM (SELECT id FROM customers WHERE id IN (:ids)) AS s)"))(t, h)
}

// checksOfPairs: :ids are pairs in the key's order.
func checksOfPairs(t *testing.T, h Harness) {
	site := h.New(t, Pairs)
	connection, err := h.Driver.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	for _, check := range []string{"SELECT region, id FROM customers WHERE (id, region) IN (:ids)", "SELECT region, id FROM customers WHERE (lower(region), id) IN (:ids)"} {
		_, err := connection.Prepare(t.Context(), sqlPlan(check, "UPDATE customers SET first_name = 'Dear' WHERE (region, id) IN (:ids)"))
		requireClass(t, database.Broken, err, "in the key's order")
	}
}

func statementsOfPairs(t *testing.T, h Harness) {
	for _, where := range []string{"(region, id) IN (:ids)", "region = :region AND id = :id", "(region, id) = (:region, :id)"} {
		f := h.start(t, Pairs, plan(), scanned)
		f.table = f.open(sqlPlan("SELECT region, id FROM customers WHERE amount > 0 AND "+where,
			"UPDATE customers SET first_name = concat('Dear ', name) WHERE amount > 0 AND "+where))
		needed, err := f.table.Check(t.Context(), f.keysOf("Anna", "Bob", "Carl"))
		require.NoError(t, err)
		require.Equal(t, []bool{false, true, true}, needed)
		require.Equal(t, []bool{false, true, true}, f.write(f.mark, f.bare("Anna", "Bob", "Carl")))
		f.requireMigrated("Bob", "Carl")
	}
}

func statementsLocked(t *testing.T, h Harness) {
	f := h.startSQL(t, sqlPlan(checkSet, migrateSet, noteSet))
	for name, expected := range map[string]bool{"Anna": false, "Bob": true} {
		written, err := f.writeLocked(name, func(database.Row) (database.Change, error) { return database.Change{}, nil })
		require.NoError(t, err)
		require.Equal(t, expected, written)
	}
	f.requireMigrated("Bob")
	require.Equal(t, []string{"Bob"}, f.texts("SELECT name FROM notes"))
}

func statementsRefused(plan database.Plan) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		site := h.New(t, Numbers)
		connection, err := h.Driver.Open(t.Context(), site.Options)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, connection.Close()) })
		_, err = connection.Prepare(t.Context(), plan)
		requireClass(t, database.Broken, err, migration)
	}
}
