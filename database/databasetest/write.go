package databasetest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func writeRules() []rule {
	return []rule{
		{"a change commits with its ledger row", changeWithLedger},
		{"a write of the site's between read and write wins", siteWins},
		{"so does one of each column that is read or written", siteWinsInEachColumn},
		{"values are compared byte for byte", lookalikes},
		{"values compare equal to themselves", equalToThemselves},
		{"columns that the migration neither reads nor writes may change", otherColumnsMayChange},
		{"a customer that is gone is not written", goneIsNotWritten},
		{"a customer deleted and inserted again is written and in the ledger, or neither", insertedAgain},
		{"changes of one set may assign different columns", mixedShapes},
		{"further statements commit with the change", furtherStatements},
		{"further statements do not run for a customer who is not written", furtherOnlyIfWritten},
	}
}

func changeWithLedger(t *testing.T, h Harness) {
	f := h.numbers(t)
	require.Equal(t, []bool{true, true}, f.write(f.mark, greetAll(f.read("Anna", "Carl")...)))
	f.requireMigrated("Anna", "Carl")
	require.Equal(t, []string{"Anna", "Carl"}, f.texts("SELECT name FROM customers WHERE score = 1 ORDER BY name"))
}

func siteWins(t *testing.T, h Harness) {
	f := h.numbers(t)
	rows := f.read("Anna", "Bob", "Carl")
	f.site("UPDATE customers SET amount = 77 WHERE name = 'Bob'")
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
				f.site("UPDATE customers SET "+column+" = ? WHERE name = 'Bob'", from)
				to = nil
			}
			rows := f.read("Anna", "Bob")
			f.site("UPDATE customers SET "+column+" = ? WHERE name = 'Bob'", to)
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
		f.site("UPDATE customers SET data = ? WHERE id = 7", data)
		f.requireStillWritten(string(data))
	}
	for _, text := range []string{"", " ", "it's", "Ünï©ødé 😀", strings.Repeat("long ", 2000)} {
		f.site("UPDATE customers SET first_name = ? WHERE id = 7", text)
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
	f.site("DELETE FROM " + ledgerTable + " WHERE id = 7")
}

// ledgerTable is the fixtures' ledger, by the name that every driver gives it.
const ledgerTable = "db_migrate_ledger_conformance_test"

func otherColumnsMayChange(t *testing.T, h Harness) {
	f := h.start(t, Numbers, database.Plan{Migration: migration, Reads: []string{"name"}, Writes: []string{"first_name", "score"}}, 2)
	rows := f.read("Anna")
	f.site("UPDATE customers SET amount = 1, data = ? WHERE name = 'Anna'", []byte("new"))
	require.Equal(t, []bool{true}, f.write(f.mark, greetAll(rows...)))
	f.requireMigrated("Anna")
}

func goneIsNotWritten(t *testing.T, h Harness) {
	f := h.numbers(t)
	rows := f.read("Anna", "Bob")
	f.site("DELETE FROM customers WHERE name = 'Bob'")
	require.Equal(t, []bool{true, false}, f.write(f.mark, greetAll(rows...)))
	f.requireMigrated("Anna")
}

func insertedAgain(t *testing.T, h Harness) {
	f := h.numbers(t)
	rows := f.read("Anna", "Bob")
	f.site("DELETE FROM customers WHERE name = 'Bob'")
	f.site("INSERT INTO customers (id, name, amount) VALUES (?, 'Bob', 10)", keyOf(Numbers, 1)...)
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
	require.Equal(t, []string{"Anna's note", "another"}, f.texts("SELECT name FROM notes ORDER BY name"))
	f.requireMigrated("Anna", "Bob")
}

func furtherOnlyIfWritten(t *testing.T, h Harness) {
	f := h.numbers(t)
	writes := greetAll(f.read("Anna", "Bob")...)
	for i := range writes {
		writes[i].Change.Run(f.rebind("INSERT INTO notes (name) VALUES (?)"), f.nameOf(writes[i].Row))
	}
	f.site("UPDATE customers SET amount = 5 WHERE name = 'Bob'")
	require.Equal(t, []bool{true, false}, f.write(f.mark, writes))
	require.Equal(t, []string{"Anna"}, f.texts("SELECT name FROM notes"))
}
