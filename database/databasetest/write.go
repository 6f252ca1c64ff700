package databasetest

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func writeRules() []rule {
	return []rule{
		{name: "a change commits with its ledger row", test: changeWithLedger},
		{name: "a write of the site's between read and write wins", test: siteWins},
		{name: "so does one of each column that is read or written", test: siteWinsInEachColumn},
		{name: "values are compared byte for byte", test: lookalikes},
		{name: "values compare equal to themselves", test: equalToThemselves},
		{name: "columns that the migration neither reads nor writes may change", test: otherColumnsMayChange},
		{name: "a column holds what was set, or the row is refused", test: valuesAsSet},
		{name: "a customer that is gone is not written", test: goneIsNotWritten},
		{name: "a customer deleted and inserted again is written and in the ledger, or neither", test: insertedAgain},
		{name: "changes of one set may assign different columns", test: mixedShapes},
		{name: "further statements commit with the change", test: furtherStatements},
		{name: "further statements do not run for a customer who is not written", test: furtherOnlyIfWritten},
	}
}

func changeWithLedger(t *testing.T, h Harness) {
	f := h.numbers(t)
	require.Equal(t, []bool{true, true}, f.write(f.mark, greetAll(f.read("Anna", "Carl")...)))
	f.requireMigrated("Anna", "Carl")
	require.Equal(t, []string{"Anna", "Carl"}, f.scored("1"))
}

// scored are the customers with a score.
func (f *fixture) scored(score string) []string {
	var found []string
	for _, row := range f.rows("customers", "name", "score") {
		if row[1] == score {
			found = append(found, row[0])
		}
	}
	slices.Sort(found)
	return found
}

func siteWins(t *testing.T, h Harness) {
	f := h.numbers(t)
	rows := f.read("Anna", "Bob", "Carl")
	f.set("Bob", "amount", int64(77))
	require.Equal(t, []bool{true, false, true}, f.write(f.mark, greetAll(rows...)))
	f.requireMigrated("Anna", "Carl")
	require.Equal(t, int64(77), f.read("Bob")[0].Value("amount"))
}

func siteWinsInEachColumn(t *testing.T, h Harness) {
	for column, value := range map[string]any{"amount": int64(99), "data": []byte("x"), "first_name": "", "score": int64(0)} {
		for _, from := range []any{nil, value} {
			f := h.numbers(t)
			to := value
			if from != nil {
				f.set("Bob", column, from)
				to = nil
			}
			rows := f.read("Anna", "Bob")
			f.set("Bob", column, to)
			require.Equal(t, []bool{true, false}, f.write(f.mark, greetAll(rows...)), "%s from %v to %v", column, from, to)
			f.requireMigrated("Anna")
		}
	}
}

func lookalikes(t *testing.T, h Harness) {
	for _, pair := range h.Lookalikes {
		for _, swapped := range []bool{false, true} {
			before, after := pair.Before, pair.After
			if swapped {
				before, after = after, before
			}
			f := h.numbers(t)
			f.site("UPDATE customers SET " + pair.Column + " = " + before + " WHERE id = 7")
			rows := f.readAll()
			f.site("UPDATE customers SET " + pair.Column + " = " + after + " WHERE id = 7")
			written := f.write(f.mark, greetAll(rows...))
			require.Len(t, refused(rows, written), 1, "%s from %s to %s", pair.Column, before, after)
			require.Equal(t, database.Key{"7"}, refused(rows, written)[0])
		}
	}
}

// refused are the keys of the rows that were not written.
func refused(rows []database.Row, written []bool) []database.Key {
	var keys []database.Key
	for i, row := range rows {
		if !written[i] {
			keys = append(keys, row.Key)
		}
	}
	return keys
}

func equalToThemselves(t *testing.T, h Harness) {
	f := h.numbers(t)
	for _, pair := range h.Lookalikes {
		for _, value := range []string{pair.Before, pair.After} {
			f.site("UPDATE customers SET " + pair.Column + " = " + value + " WHERE id = 7")
			f.requireStillWritten(value)
		}
	}
	for _, data := range [][]byte{{}, {0}, []byte(strings.Repeat("\xff\x00", 3000))} {
		f.set("Anna", "data", data)
		f.requireStillWritten(string(data))
	}
	for _, text := range []string{"", " ", "it's", "Ünï©ødé 😀", strings.Repeat("long ", 2000)} {
		f.set("Anna", "first_name", text)
		f.requireStillWritten(text)
	}
}

// requireStillWritten: a row that has not changed since it was read is written.
// Then the ledger forgets.
func (f *fixture) requireStillWritten(what string) {
	f.Helper()
	mark := f.mark
	rows, err := f.table.ReadKeys(f.Context(), []database.Key{{"7"}})
	require.NoError(f, err)
	require.Equal(f, []bool{true}, f.write(mark, greetAll(rows...)), "%.40q", what)
	require.NoError(f, f.act.Clear(ledgerTable))
}

// ledgerTable is the fixtures' ledger, by the name that every driver gives it.
const ledgerTable = "db_migrate_ledger_customers_conformance_test"

func otherColumnsMayChange(t *testing.T, h Harness) {
	f := h.start(t, Numbers, database.Plan{Migration: migration, Reads: []string{"name"}, Writes: []string{"first_name", "score"}}, 2)
	rows := f.read("Anna")
	f.set("Anna", "amount", int64(1))
	f.set("Anna", "data", []byte("new"))
	require.Equal(t, []bool{true}, f.write(f.mark, greetAll(rows...)))
	f.requireMigrated("Anna")
}

func goneIsNotWritten(t *testing.T, h Harness) {
	f := h.numbers(t)
	rows := f.read("Anna", "Bob")
	f.delete("Bob")
	require.Equal(t, []bool{true, false}, f.write(f.mark, greetAll(rows...)))
	f.requireMigrated("Anna")
}

func insertedAgain(t *testing.T, h Harness) {
	f := h.numbers(t)
	rows := f.read("Anna", "Bob")
	f.delete("Bob")
	require.NoError(t, f.act.Add(keyOf(Numbers, 1), "Bob", 10))
	if f.write(f.mark, greetAll(rows...))[1] {
		f.requireMigrated("Anna", "Bob")
	} else {
		f.requireMigrated("Anna")
	}
}

func mixedShapes(t *testing.T, h Harness) {
	f := h.numbers(t)
	writes := greetAll(f.read("Anna", "Bob", "Carl")...)
	writes[1].Change = database.Change{}
	writes[1].Change.Set("score", int64(5))
	writes[2].Change = database.Change{}
	writes[2].Change.Set("score", nil)
	writes[2].Change.Set("first_name", "Karl")
	require.Equal(t, []bool{true, true, true}, f.write(f.mark, writes))
	require.Len(t, f.ledger(), 3)
	bob, carl := f.read("Bob")[0], f.read("Carl")[0]
	require.True(t, bob.Null("first_name"))
	require.Equal(t, int64(5), bob.Value("score"))
	require.Equal(t, "Karl", carl.Value("first_name"))
	require.True(t, carl.Null("score"))
}

func furtherStatements(t *testing.T, h Harness) {
	f := h.numbers(t)
	writes := greetAll(f.read("Anna", "Bob")...)
	writes[0].Change.Run(f.rebind("INSERT INTO notes (name) VALUES (?)"), "Anna's note")
	writes[0].Change.Run("INSERT INTO notes (name) VALUES ('another')")
	require.Equal(t, []bool{true, true}, f.write(f.mark, writes))
	require.ElementsMatch(t, []string{"Anna's note", "another"}, f.column("notes", "name"))
	f.requireMigrated("Anna", "Bob")
}

func furtherOnlyIfWritten(t *testing.T, h Harness) {
	f := h.numbers(t)
	writes := greetAll(f.read("Anna", "Bob")...)
	for i := range writes {
		writes[i].Change.Run(f.rebind("INSERT INTO notes (name) VALUES (?)"), f.nameOf(writes[i].Row))
	}
	f.set("Bob", "amount", int64(5))
	require.Equal(t, []bool{true, false}, f.write(f.mark, writes))
	require.Equal(t, []string{"Anna"}, f.column("notes", "name"))
}
