package sqlite_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/sqlite"
)

// TestKeysCompareAsTheirColumnDoes, whatever affinity the column has: SQLite turns
// texts into numbers by it.
func TestKeysCompareAsTheirColumnDoes(t *testing.T) {
	for declared, values := range map[string][3]any{
		"NUMERIC":             {int64(1500000000000000001), int64(1500000000000000002), int64(1500000000000000003)},
		"DECIMAL(20,0)":       {"1500000000000000001", "1500000000000000002", "1500000000000000003"}, // stored as integers
		"STRING":              {"007a", "7a", "b"},                                                   // of numeric affinity
		"DATE":                {"2026-01-01", "2026-01-02", "2026-01-10"},
		"DATETIME":            {"2026-01-01 00:00:00", "2026-01-01T00:00:00Z", "no date"},
		"BOOLEAN":             {int64(0), int64(1), int64(2)},
		"TEXT":                {"10", "9", "9.0"},
		"":                    {"10", "9", "9.0"},
		"BLOB":                {[]byte("10"), []byte("9"), []byte("\xff")},
		"TEXT COLLATE NOCASE": {"a", "B", "c"},
		"TEXT COLLATE RTRIM":  {"a", "a b", "b "},
	} {
		for _, statements := range []*database.Statements{nil,
			{Migrate: []string{"UPDATE customers SET a = 'new ' || b WHERE id = :id"}},
			{Check: "SELECT id FROM customers WHERE id IN (:ids) AND a IS NULL", Migrate: []string{"UPDATE customers SET a = 'new ' || b WHERE id IN (:ids) AND a IS NULL"}},
		} {
			t.Run(declared, func(t *testing.T) {
				site := newSite(t, "CREATE TABLE customers (id "+declared+" NOT NULL PRIMARY KEY, a TEXT, b TEXT)")
				for i, value := range values {
					_, err := site.DB.Exec("INSERT INTO customers (id, b) VALUES (?, ?)", value, fmt.Sprint(i))
					require.NoError(t, err)
				}
				connection, err := sqlite.Driver{}.Open(t.Context(), site.Options)
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, connection.Close()) })
				plan := database.Plan{Migration: "m", Statements: statements}
				if statements == nil {
					plan.Reads, plan.Writes = []string{"b"}, []string{"a"}
				}
				table, err := connection.Prepare(t.Context(), plan)
				require.NoError(t, err)
				begun, err := table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "m"})
				require.NoError(t, err)
				keys, err := table.Fetch(t.Context(), nil, nil, 10)
				require.NoError(t, err)
				require.Len(t, keys, 3)
				page, err := table.Fetch(t.Context(), keys[0], keys[1], 10)
				require.NoError(t, err)
				require.Equal(t, keys[1:2], page)
				rows, err := table.ReadKeys(t.Context(), keys)
				require.NoError(t, err)
				require.Len(t, rows, 3)
				needed, err := table.Check(t.Context(), keys)
				require.NoError(t, err)
				require.Equal(t, []bool{true, true, true}, needed)
				writes := make([]database.Write, len(rows))
				for i, row := range rows {
					writes[i].Row = row
					if statements == nil {
						writes[i].Change.Set("a", "new "+row.Text("b"))
					}
				}
				written, err := table.Write(t.Context(), database.Mark{Run: begun.Run, Sequence: 1}, writes)
				require.NoError(t, err)
				require.Equal(t, []bool{true, true, true}, written.Rows)
				ledger, err := table.Ledger(t.Context(), keys)
				require.NoError(t, err)
				require.Len(t, ledger, 3)
			})
		}
	}
}
