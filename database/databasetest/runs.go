package databasetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func runRules() []rule {
	return append(needing(SQL,
		rule{name: "a table that is emptied or replaced in mid-run is told as by the next start", test: replacedMeanwhile},
	), []rule{
		{name: "beginning a run again changes nothing", test: beginAgain},
		{name: "runs are counted", test: runsAreCounted},
		{name: "another worker may begin a run", test: beginOnAnotherWorker},
		{name: "another definition is refused", test: definitionRefused},
		{name: "a mended definition begins where nothing is migrated", test: mendedDefinition},
		{name: "unless it is said to mean the same", test: sameLedger},
		{name: "a run knows the first of those that it goes on with", test: runsGoOn},
		{name: "a run that migrates rows again begins behind none that were skipped", test: againBegins},
		{name: "what is recognised is what a run begins with", test: recognised},
		{name: "a book whose ledger is gone is refused", test: lostLedger},
		{name: "a ledger whose runs are gone is refused", test: lostRuns},
		{name: "each migration has its own ledger and definition", test: migrationsApart},
	}...)
}

func beginAgain(t *testing.T, h Harness) {
	f := h.numbers(t)
	first := f.begin(request("first run"))
	require.Equal(t, f.mark.Run, first.Run)
	require.Equal(t, "first run", first.Run.ID)
	f.save(f.mark.Run, 3, "Bob")
	again := f.begin(request("first run"))
	require.Equal(t, f.mark.Run, again.Run)
	f.save(f.mark.Run, 2, "Anna")
	f.requirePosition(f.keys["Bob"])
}

func runsAreCounted(t *testing.T, h Harness) {
	f := h.numbers(t)
	second := f.newRun()
	require.Greater(t, second.Run.Number, f.mark.Run.Number)
	_, err := f.table.Begin(t.Context(), request("first run"))
	var over *database.RunOverError
	require.ErrorAs(t, err, &over, "a run that has ended does not begin again")
}

func beginOnAnotherWorker(t *testing.T, h Harness) {
	f := h.numbers(t)
	begun, err := f.open(plan()).Begin(t.Context(), request("first run"))
	require.NoError(t, err)
	require.Equal(t, f.mark.Run, begun.Run)
}

func definitionRefused(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Anna")
	f.end(f.mark.Run, database.Ending{Outcome: "failed"})
	changed := request("second run")
	changed.Definition = "two"
	_, err := f.table.Begin(t.Context(), changed)
	for _, refused := range []error{err, f.table.Recognise(t.Context(), changed)} {
		var definition *database.DefinitionError
		require.ErrorAs(t, refused, &definition)
		require.Equal(t, database.DefinitionError{Migration: migration, Ledger: "one", Worker: "two"}, *definition)
	}
	changed.Definition = ""
	require.NoError(t, f.table.Recognise(t.Context(), changed), "none is to be compared")
	f.begin(request("third run"))
}

// mendedDefinition: where no row is migrated by the definition before, another one begins,
// at the table's beginning.
func mendedDefinition(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.mustBury("Anna")
	f.save(f.mark.Run, 3, "Bob")
	f.end(f.mark.Run, database.Ending{Outcome: "cancelled"})
	mended := request("second run")
	mended.Definition = "two"
	require.NoError(t, f.table.Recognise(t.Context(), mended))
	require.Nil(t, f.begin(mended).Position)
}

func sameLedger(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Anna")
	f.end(f.mark.Run, database.Ending{Outcome: "failed"})
	changed := request("second run")
	changed.Definition, changed.SameLedger = "two", true
	begun := f.begin(changed)
	f.end(begun.Run, database.Ending{Outcome: "failed"})
	_, err := f.table.Begin(t.Context(), request("third run"))
	var definition *database.DefinitionError
	require.ErrorAs(t, err, &definition, "the ledger is the second run's now")
}

func runsGoOn(t *testing.T, h Harness) {
	f := h.numbers(t)
	first := f.begin(request("first run"))
	require.Equal(t, first.Run.Number, first.Since)
	f.end(first.Run, database.Ending{Outcome: "cancelled"})
	second := f.begin(request("second run"))
	require.Equal(t, first.Run.Number, second.Since)
	require.Equal(t, second.Since, f.begin(request("second run")).Since, "it begins once more")
	f.end(second.Run, database.Ending{Outcome: "failed"})
	third := f.begin(request("third run"))
	require.Equal(t, first.Run.Number, third.Since)
	f.end(third.Run, database.Ending{Outcome: "completed", Discard: true})
	fourth := f.begin(request("fourth run"))
	require.Equal(t, fourth.Run.Number, fourth.Since, "after one that has completed")
	f.end(fourth.Run, database.Ending{Outcome: "cancelled"})
	anew := request("fifth run")
	anew.Reset = true
	fifth := f.begin(anew)
	require.Equal(t, fifth.Run.Number, fifth.Since)
}

func againBegins(t *testing.T, h Harness) {
	f := h.numbers(t)
	cut := func(run database.Run, name string) {
		f.save(run, 3, name)
		f.end(run, database.Ending{Outcome: "cancelled"})
	}
	cut(f.mark.Run, "Bob")
	again := request("second run")
	again.Again = true
	second := f.begin(again)
	require.Nil(t, second.Position)
	cut(second.Run, "Bob")
	again.ID = "third run"
	third := f.begin(again)
	require.Equal(t, f.keys["Bob"], third.Position, "it goes on with one of its kind")
	f.end(third.Run, database.Ending{Outcome: "cancelled"})
	require.Equal(t, f.keys["Bob"], f.begin(request("fourth run")).Position)
}

func recognised(t *testing.T, h Harness) {
	f := h.unbegun(t, plan(), 0)
	require.NoError(t, f.table.Recognise(t.Context(), request("none yet")))
	f.requireNoTables()
	f.begin(request("first run"))
	require.NoError(t, f.table.Recognise(t.Context(), request("second run")))
}

// requireRefused: the books are refused, with these words.
func requireRefused(t *testing.T, err error, parts ...string) {
	t.Helper()
	var refused *database.BooksError
	require.ErrorAs(t, err, &refused)
	for _, part := range parts {
		require.ErrorContains(t, err, part)
	}
}

func lostLedger(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Anna")
	rewritten, err := f.table.Current(t.Context(), f.mark.Run)
	require.NoError(t, err)
	require.False(t, rewritten)
	require.NoError(t, f.act.Drop(f.examine().Ledger))
	_, err = f.table.Current(t.Context(), f.mark.Run)
	requireRefused(t, err, "was dropped", "starter ledger drop")
	for range 2 { // and no start makes it anew
		requireRefused(t, f.table.Recognise(t.Context(), request("second run")), "was dropped", "starter ledger drop")
		_, err = f.table.Begin(t.Context(), request("second run"))
		requireRefused(t, err, "was dropped", "they would be migrated a second time", "starter ledger drop")
	}
	_, err = f.table.DropLedger(t.Context(), database.DropRequest{TakeOver: true})
	require.NoError(t, err)
	f.begin(request("third run"))
}

// lostRuns: a ledger whose runs are gone is refused, since their numbers may begin anew.
func lostRuns(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Anna")
	f.end(f.mark.Run, database.Ending{Outcome: "completed"})
	require.NoError(t, f.act.Clear("db_migrate_runs"))
	for range 2 {
		requireRefused(t, f.table.Recognise(t.Context(), request("second run")), "knows no run of it", "starter ledger drop")
		_, err := f.table.Begin(t.Context(), request("second run"))
		requireRefused(t, err, "knows no run of it", "starter ledger drop")
	}
	_, err := f.table.DropLedger(t.Context(), database.DropRequest{TakeOver: true})
	require.NoError(t, err)
	f.begin(request("third run"))
}

// replacedMeanwhile: what Current says of the table, the next start says, too.
func replacedMeanwhile(t *testing.T, h Harness) {
	const copied, all = "CREATE TABLE kept AS SELECT * FROM customers", "INSERT INTO customers SELECT * FROM kept"
	ways := [][]string{{"ALTER TABLE customers RENAME TO kept", "CREATE TABLE customers AS SELECT * FROM kept"}, {copied, "DROP TABLE customers", "ALTER TABLE kept RENAME TO customers"}}
	if h.Driver.Name() != "sqlite" { // it has no TRUNCATE
		ways = append(ways, []string{copied, "TRUNCATE TABLE customers", all})
	}
	for _, way := range ways {
		for _, check := range []string{"", checkSet} {
			f := h.start(t, Numbers, sqlPlan(check, migrateSet), 0)
			f.insert(1)
			f.keys["Bob"] = f.fetchAll()[0]
			f.migrateBare("Bob")
			for _, statement := range way {
				f.site(statement)
			}
			rewritten, err := f.table.Current(t.Context(), f.mark.Run)
			refused := f.table.Recognise(t.Context(), request("second run"))
			require.Equal(t, refused == nil, err == nil, "%v: %v, and the next start: %v", way, err, refused)
			if err == nil {
				require.True(t, rewritten, way)
				require.NotEmpty(t, check)
				continue
			}
			requireRefused(t, err, "while the run went on", "of the 1 rows that this run has in the ledger")
		}
	}
}

func (f *fixture) migrateBare(names ...string) {
	f.Helper()
	require.NotContains(f, f.write(f.mark, f.bare(names...)), false)
}

func migrationsApart(t *testing.T, h Harness) {
	f := h.numbers(t)
	f.migrate("Anna")
	f.save(f.mark.Run, 3, "Bob")
	f.end(f.mark.Run, database.Ending{Outcome: "failed"})
	planned, asked := plan(), request("other run")
	planned.Migration, asked.Migration, asked.Definition = "conformance-test-2", "conformance-test-2", "two"
	other := f.open(planned)
	begun, err := other.Begin(t.Context(), asked)
	require.NoError(t, err)
	require.Nil(t, begun.Position)
	rows, err := other.Ledger(t.Context(), f.keysOf("Anna", "Bob"))
	require.NoError(t, err)
	require.Empty(t, rows)
	written, err := other.Write(t.Context(), database.Mark{Run: begun.Run, Sequence: 1}, greetAll(f.read("Anna")...))
	require.NoError(t, err)
	require.Equal(t, []bool{true}, written.Rows)
}
