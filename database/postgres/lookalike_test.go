package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/postgres"
)

// TestValuesAreComparedToTheByte: values of one type that PostgreSQL takes for equal,
// or has no order for, are different; each is equal to itself.
func TestValuesAreComparedToTheByte(t *testing.T) {
	for _, test := range []struct{ kind, before, after string }{
		{"numeric", "1.0", "1.00"}, {"numeric", "NaN", "0"}, {"json", `{"a":1}`, `{"a": 1}`}, {"jsonb", `{"a":1}`, `{"a":1.0}`},
		{"double precision", "0", "-0"}, {"real", "NaN", "1"}, {"interval", "1 day", "24 hours"}, {"bpchar", "a", "a "},
		{"point", "(1,2)", "(1,2.0000000001)"}, {"xml", "<a/>", "<a></a>"}, {"timestamptz", "2026-01-01 00:00:00+00", "2026-01-01 00:00:00.000001+00"},
		{"integer[]", "{1,NULL}", "{1}"}, {"public.citext", "Ann", "ANN"},
	} {
		t.Run(test.kind+" "+test.before, func(t *testing.T) {
			site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, value "+test.kind+", first_name text); INSERT INTO customers (id) VALUES (1), (2)")
			connection, err := postgres.Driver{}.Open(t.Context(), site.Options)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, connection.Close()) })
			table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Reads: []string{"value"}, Writes: []string{"first_name"}})
			require.NoError(t, err)
			begun, err := table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "m"})
			require.NoError(t, err)
			set := func(id int, value string) {
				_, err := site.DB.Exec("UPDATE customers SET value = '"+value+"' WHERE id = $1", id)
				require.NoError(t, err)
			}
			set(1, test.before)
			set(2, test.after)
			rows, err := table.Read(t.Context(), database.Range{}, nil, 10)
			require.NoError(t, err)
			set(1, test.after)
			writes := make([]database.Write, len(rows))
			for i, row := range rows {
				writes[i].Row = row
				writes[i].Change.Set("first_name", "Anna")
			}
			written, err := table.Write(t.Context(), database.Mark{Run: begun.Run, Sequence: 1}, writes)
			require.NoError(t, err)
			require.Equal(t, []bool{false, true}, written.Rows)
		})
	}
}
