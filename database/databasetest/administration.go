package databasetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/examine"
)

func administrationRules(harness Harness) []rule {
	rules := []rule{
		{name: "an examination names the key, and each statement with its plan, and writes nothing", test: examined},
		{name: "all that is wrong with the columns is told at once", test: allColumns},
		{name: "a ledger cannot be dropped while an overseer owns the table", test: dropOwned},
		{name: "unless it is taken over", test: dropTakesOver},
		{name: "or the owner's run is known to be over", test: dropKnowsOver},
		{name: "a dropped ledger leaves nothing behind, and a new run begins anew", test: dropLeavesNothing},
		{name: "tables that another migration uses stay when a ledger is dropped", test: dropLeavesOthers},
		{name: "where there is no ledger nothing is dropped", test: dropNothing},
	}
	for _, kind := range harness.Kinds {
		rules = append(rules, rule{name: "an examination finds customers by their keys: " + string(kind), test: examinedBy(kind)})
	}
	return append(rules, needing(SQL,
		rule{name: "all that is wrong with the statements is told at once", test: allStatements},
		rule{name: "an examination shows the statements of a migration in SQL", test: examinedStatements},
		rule{name: "an examination shows statements about keys of two columns", test: examinedPairs},
		rule{name: "a statement that cannot use an index is shown up", test: fullScan},
		rule{name: "a table of a few rows is read as a whole without a shout", test: smallScan},
		rule{name: "a condition that finds nobody is no obstacle to an examination", test: examinedWhere},
		rule{name: "the trigger on a written column is named", test: triggerNamed},
		rule{name: "tables that the DBA has made by the printed DDL are used", test: madeBefore},
		rule{name: "a key that is of another type than the ledger's is refused", test: refusesOtherTypes},
		rule{name: "a table of the site's under one of our names is refused before the first write", test: refusesForeignTables},
	)...)
}

// unbegun makes so many customers, and opens the table without a run.
func (h Harness) unbegun(t *testing.T, planned database.Plan, customers int) *fixture {
	return h.unbegunBy(t, Numbers, planned, customers)
}

func (h Harness) unbegunBy(t *testing.T, kind KeyKind, planned database.Plan, customers int) *fixture {
	f := &fixture{T: t, Site: h.New(t, kind), harness: h, kind: kind, keys: map[string]database.Key{}}
	if f.act = f.Actions; f.act == nil {
		f.act = sqlActions{f}
	}
	for i := range customers {
		f.insert(i)
	}
	f.table = f.open(planned)
	f.drop() // a harness may hand out a database that was used before
	return f
}

func (f *fixture) examine() database.Examination {
	f.Helper()
	seen, err := f.table.Examine(f.Context())
	require.NoError(f, err)
	return seen
}

func (f *fixture) drop() []database.DroppedTable {
	f.Helper()
	dropped, err := f.table.DropLedger(f.Context(), database.DropRequest{})
	require.NoError(f, err)
	return dropped
}

// requireStatements: these were examined, each with a plan.
func requireStatements(t *testing.T, seen database.Examination, names ...string) {
	t.Helper()
	var found []string
	for _, statement := range seen.Statements {
		found = append(found, statement.Name)
		require.NotEmpty(t, statement.Text)
		require.NotEmpty(t, statement.Plan, statement.Name)
	}
	require.Subset(t, found, names)
}

func (f *fixture) requireNoTables() { f.Helper(); require.Empty(f, f.drop(), "tables of ours") }

// notices are the texts of loud notices, or of all.
func notices(seen database.Examination, loud bool) string {
	var texts []string
	for _, notice := range seen.Notices {
		if notice.Loud || !loud {
			texts = append(texts, notice.Text)
		}
	}
	return strings.Join(texts, "\n")
}

func examined(t *testing.T, h Harness) {
	f := h.unbegun(t, plan(), 150)
	seen := f.examine()
	require.Equal(t, []string{"id"}, seen.Key)
	require.NotEmpty(t, seen.Index)
	require.Contains(t, seen.Ledger, "db_migrate_ledger_customers_conformance_test")
	require.Empty(t, seen.Problems)
	require.NotContains(t, notices(seen, true), "FULL SCAN")
	requireStatements(t, seen, "scan", "read", "write")
	f.requireNoTables()
	require.Empty(t, f.greeted("customers"))
	f.begin(request("first run"))
	requireStatements(t, f.examine(), "scan", "read", "write")
}

func examinedBy(kind KeyKind) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		f := h.unbegunBy(t, kind, plan(), 120)
		seen := f.examine()
		require.Empty(t, seen.Problems)
		require.Equal(t, f.table.KeyColumns(), seen.Key)
		requireStatements(t, seen, "scan", "read", "write")
		for _, words := range []string{"FULL SCAN", "NOT BY THE KEY"} {
			require.NotContains(t, notices(seen, true), words)
		}
	}
}

func (h Harness) prepareError(t *testing.T, planned database.Plan) error {
	t.Helper()
	connection, err := h.Driver.Open(t.Context(), h.New(t, Numbers).Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	_, err = connection.Prepare(t.Context(), planned)
	return err
}

func allColumns(t *testing.T, h Harness) {
	planned := plan()
	planned.Reads, planned.Writes = append(planned.Reads, "nowhere"), append(planned.Writes, "missing", "id")
	requireClass(t, database.Broken, h.prepareError(t, planned), "nowhere", "missing", "part of the key")
}

func allStatements(t *testing.T, h Harness) {
	planned := sqlPlan("SELECT id FROM customers WHERE id = :id AND nowhere = 1", migrateOne, "UPDATE notes SET name = 'x'", "DELETE FROM missing WHERE id = :id")
	requireClass(t, database.Broken, h.prepareError(t, planned), "check", "nowhere", "migrate statement 2", "no parameter", "migrate statement 3", "missing")
}

func examinedStatements(t *testing.T, h Harness) {
	f := h.unbegun(t, sqlPlan(checkSet, migrateSet, noteOne), 150)
	seen := f.examine()
	require.Empty(t, seen.Problems)
	require.NotContains(t, notices(seen, true), "FULL SCAN")
	requireStatements(t, seen, "scan", "read", "check", "migrate statement 1", "migrate statement 2")
	f.requireNoTables()
	require.Empty(t, f.column("notes", "name"))
}

func examinedPairs(t *testing.T, h Harness) {
	const where = " WHERE (region, id) IN (:ids)"
	f := h.unbegunBy(t, Pairs, sqlPlan("SELECT region, id FROM customers"+where, "UPDATE customers SET score = 1"+where, "UPDATE customers SET score = 2 WHERE region = :region AND id = :id"), 120)
	seen := f.examine()
	require.Empty(t, seen.Problems)
	requireStatements(t, seen, "check", "migrate statement 1", "migrate statement 2")
	for _, words := range []string{"FULL SCAN", "NOT BY THE KEY"} {
		require.NotContains(t, notices(seen, true), words)
	}
}

func fullScan(t *testing.T, h Harness) {
	f := h.unbegun(t, sqlPlan("SELECT id FROM customers WHERE id + 0 = :id", "UPDATE customers SET score = 1 WHERE id = :id", "UPDATE customers SET score = 2 WHERE id + 0 = :id"), 300)
	loud := notices(f.examine(), true)
	require.Contains(t, loud, "FULL SCAN: check reads ALL of table customers")
	require.Contains(t, loud, "FULL SCAN: migrate statement 2 reads ALL of table customers")
}

// smallScan: a table of a few rows that a statement looks up is read as a whole by any plan.
func smallScan(t *testing.T, h Harness) {
	f := h.unbegun(t, sqlPlan("", "UPDATE customers SET score = (SELECT count(*) FROM notes) WHERE id = :id"), 300)
	require.NotContains(t, notices(f.examine(), true), "FULL SCAN")
	f = h.unbegun(t, sqlPlan("", "UPDATE customers SET score = 1 WHERE id = :id", "UPDATE customers SET score = 2 WHERE id + 0 = :id"), 3)
	require.NotContains(t, notices(f.examine(), true), "FULL SCAN")
}

func examinedWhere(t *testing.T, h Harness) {
	planned := plan()
	planned.Where = "amount < 0"
	seen := h.unbegun(t, planned, 150).examine()
	require.Contains(t, notices(seen, false), examine.Nobody(planned.Where).Text)
	planned.Where = "amount > 20"
	seen = h.unbegun(t, planned, 150).examine()
	requireStatements(t, seen, "scan", "read", "write")
	require.Contains(t, seen.Statements[0].Text, "amount > 20")
}

func triggerNamed(t *testing.T, h Harness) {
	f := h.unbegun(t, sqlPlan("", migrateSet), 1)
	require.Contains(t, notices(f.examine(), false), "trigger audited fires for every migrated row")
}

func madeBefore(t *testing.T, h Harness) {
	f := h.unbegun(t, plan(), 3)
	ddl, err := f.table.LedgerDDL(t.Context())
	require.NoError(t, err)
	for range 2 { // a second time does no harm
		for _, statement := range ddl.Tables {
			f.site(statement)
		}
	}
	f.mark = database.Mark{Run: f.begin(request("first run")).Run, Sequence: 1}
	for _, row := range f.readAll() {
		f.keys[f.nameOf(row)] = row.Key
	}
	f.migrate("Anna", "Bob")
	f.requireMigrated("Anna", "Bob")
}

func dropOwned(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Anna")
	_, err := f.table.DropLedger(t.Context(), database.DropRequest{})
	var owner *database.OwnerError
	require.ErrorAs(t, err, &owner)
	require.Equal(t, migration, owner.Migration)
	require.Equal(t, "test", owner.Environment)
	f.requireMigrated("Anna")
}

func dropTakesOver(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Anna")
	dropped, err := f.table.DropLedger(t.Context(), database.DropRequest{TakeOver: true})
	require.NoError(t, err)
	require.Len(t, dropped, 6)
	f.requireNoTables()
}

// dropKnowsOver: a run that is not the owner's says nothing of it.
func dropKnowsOver(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Anna")
	var owner *database.OwnerError
	_, err := f.table.DropLedger(t.Context(), database.DropRequest{Over: "a run that owned it before"})
	require.ErrorAs(t, err, &owner)
	dropped, err := f.table.DropLedger(t.Context(), database.DropRequest{Over: owner.Run})
	require.NoError(t, err)
	require.Len(t, dropped, 6)
	f.requireNoTables()
}

func dropLeavesNothing(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Anna")
	f.mustBury("Bob")
	f.save(f.mark.Run, 1, "Anna")
	f.end(f.mark.Run, database.Ending{Outcome: "cancelled"})
	dropped := f.drop()
	require.Len(t, dropped, 6)
	rows := map[string]int64{}
	for _, table := range dropped {
		require.True(t, table.Whole, table.Name)
		for _, name := range []string{"runs", "state", "failures"} {
			if strings.Contains(table.Name, "db_migrate_"+name) {
				rows[name] = table.Rows
			}
		}
	}
	require.Equal(t, map[string]int64{"runs": 1, "state": 1, "failures": 1}, rows)
	f.requireNoTables()
	begun := f.begin(request("second run"))
	require.Nil(t, begun.Position)
	require.Zero(t, begun.Failed)
	f.mark = database.Mark{Run: begun.Run, Sequence: 1}
	require.Empty(t, f.ledger())
	f.migrate("Bob")
	require.Len(t, f.ledger(), 1)
}

func dropLeavesOthers(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Anna")
	f.end(f.mark.Run, database.Ending{Outcome: "completed"})
	planned, asked := plan(), request("other run")
	planned.Migration, asked.Migration = "other", "other"
	other := f.open(planned)
	begun, err := other.Begin(t.Context(), asked)
	require.NoError(t, err)
	_, err = f.table.DropLedger(t.Context(), database.DropRequest{})
	var owner *database.OwnerError
	require.ErrorAs(t, err, &owner)
	require.Equal(t, "other", owner.Migration)
	require.NoError(t, other.End(t.Context(), begun.Run, database.Ending{Outcome: "completed"}))

	whole := slices.DeleteFunc(f.drop(), func(table database.DroppedTable) bool { return !table.Whole })
	require.Len(t, whole, 1)
	require.Contains(t, whole[0].Name, "db_migrate_ledger_customers_conformance_test")
	require.Len(t, f.column("db_migrate_runs", "migration"), 1)
	asked.ID = "another run"
	begun, err = other.Begin(t.Context(), asked)
	require.NoError(t, err)
	require.NoError(t, other.End(t.Context(), begun.Run, database.Ending{Outcome: "completed"}))
	dropped, err := other.DropLedger(t.Context(), database.DropRequest{})
	require.NoError(t, err)
	require.Len(t, dropped, 6)
	f.requireNoTables()
}

// refusesForeignTables, each of them by its name.
// refusesOtherTypes: a key that was widened could not be entered into a ledger of before,
// and one that is compared in another way would be found there under another row's name.
func refusesOtherTypes(t *testing.T, h Harness) {
	widen := map[string]string{"postgres": "ALTER TABLE %s ALTER COLUMN id TYPE numeric(30)", "mysql": "ALTER TABLE %s MODIFY id decimal(30) NOT NULL"}[h.Driver.Name()]
	if widen == "" {
		return // nothing can change the type of a key there but a new table
	}
	f := h.unbegun(t, plan(), 2)
	begun := f.begin(request("first run"))
	f.end(begun.Run, database.Ending{Outcome: "completed"})
	f.site(fmt.Sprintf(widen, "customers"))
	refused := func(says string) {
		t.Helper()
		var books *database.BooksError
		_, err := f.table.Begin(f.Context(), request("second run"))
		require.ErrorAs(t, err, &books)
		require.ErrorContains(t, err, says)
	}
	refused("restart the worker")
	f.table = f.open(plan())
	refused("change the type of that column in table")
	require.ErrorContains(t, f.table.Recognise(f.Context(), request("second run")), "change the type of that column in table")
	f.site(fmt.Sprintf(widen, "db_migrate_ledger_customers_conformance_test"))
	f.begin(request("second run"))
}

func refusesForeignTables(t *testing.T, h Harness) {
	f := h.unbegun(t, plan(), 2)
	for _, name := range []string{"db_migrate_books", "db_migrate_runs", "db_migrate_state", "db_migrate_owner", "db_migrate_failures", "db_migrate_ledger_customers_conformance_test"} {
		f.site("CREATE TABLE " + name + " (x int PRIMARY KEY)")
		_, err := f.table.Begin(f.Context(), request("first run"))
		var refused *database.BooksError
		require.ErrorAs(t, err, &refused, name)
		require.Regexp(t, name+" in .* is not db-migrate's|are of version 0", refused.Error())
		f.site("DROP TABLE " + name)
	}
	f.begin(request("second run"))
	require.Empty(t, f.greeted("customers"))
}

func dropNothing(t *testing.T, h Harness) {
	f := h.unbegun(t, plan(), 1)
	f.requireNoTables()
	f.requireNoTables()
}
