package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/postgres"
)

// TestTheDeadLetterOfAPaddedKeyMakesWay: a person writes it without the blanks at its end,
// with which the ledger has it.
func TestTheDeadLetterOfAPaddedKeyMakesWay(t *testing.T) {
	server(t)
	site := newSite(t, "CREATE TABLE customers (id character(5) PRIMARY KEY, a text); INSERT INTO customers VALUES ('10')")
	connection, err := postgres.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Writes: []string{"a"}})
	require.NoError(t, err)
	for _, run := range []string{"first", "second", "third"} {
		begun, err := table.Begin(t.Context(), database.RunRequest{ID: run, Migration: "m"})
		require.NoError(t, err)
		key, err := table.ParseKey(t.Context(), []string{"10"})
		require.NoError(t, err)
		buried, err := table.Bury(t.Context(), begun.Run, database.DeadLetter{Key: key, Sequence: 1, Error: "refused", Attempts: 3})
		require.NoError(t, err)
		require.True(t, buried)
		letters, err := table.DeadLetters(t.Context(), database.Run{Number: begun.Run.Number + 1}, nil, 10)
		require.NoError(t, err)
		require.Len(t, letters, 1)
		require.NoError(t, table.End(t.Context(), begun.Run, database.Ending{Outcome: "completed"}))
	}
}
