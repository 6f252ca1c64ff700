package activities

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/activities/throttle"
	"db-migrate/database"
	"db-migrate/database/sqlite"
	"db-migrate/migration"
)

// spelledSite is a table whose keys compare without regard to case, and a migration
// in SQL without a check.
type spelledSite struct {
	*testing.T
	db     *sql.DB
	table  database.Table
	chosen migration.Migration
}

func newSpelledSite(t *testing.T) *spelledSite {
	path := filepath.Join(t.TempDir(), "site.db")
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	site := &spelledSite{T: t, db: db}
	site.execute("CREATE TABLE users (name TEXT NOT NULL PRIMARY KEY COLLATE NOCASE, n INTEGER NOT NULL DEFAULT 0)")
	site.execute("INSERT INTO users (name) VALUES ('anna'), ('bob'), ('carl')")
	connection, err := sqlite.Driver{}.Open(t.Context(), database.Options{URL: path, Table: "users", Processes: 1, StatementTimeout: time.Minute})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	site.chosen = migration.Migration{Name: "count", Statements: &database.Statements{Migrate: []string{"UPDATE users SET n = n + 1 WHERE name IN (:ids)"}}}
	site.table, err = connection.Prepare(t.Context(), site.chosen.Plan())
	require.NoError(t, err)
	return site
}

func (s *spelledSite) execute(statement string) {
	s.Helper()
	_, err := s.db.Exec(statement)
	require.NoError(s, err, statement)
}

// run begins a run, and a chunk of its first range.
func (s *spelledSite) run(id string) *chunk {
	begun, err := s.table.Begin(s.Context(), database.RunRequest{ID: id, Migration: s.chosen.Name, Definition: "one"})
	require.NoError(s, err)
	return &chunk{table: s.table, decide: newDecider(s.table, s.chosen), mark: database.Mark{Run: begun.Run, Sequence: 1},
		sizer: throttle.NewSizer(time.Second), doing: func(string, database.Key) {}}
}

func (s *spelledSite) rows() []database.Row {
	rows, err := s.table.Read(s.Context(), database.Range{}, nil, 10)
	require.NoError(s, err)
	return rows
}

// requireOnce: each row was migrated once.
func (s *spelledSite) requireOnce() {
	s.Helper()
	var sum, most int
	require.NoError(s, s.db.QueryRow("SELECT sum(n), max(n) FROM users").Scan(&sum, &most))
	require.Equal(s, []int{3, 1}, []int{sum, most})
}

// TestARunAfterAKeyWasRespelledEnds: the ledger knew the row by another spelling, and
// the same set was written again for ever.
func TestARunAfterAKeyWasRespelledEnds(t *testing.T) {
	site := newSpelledSite(t)
	first := site.run("first")
	require.NoError(t, first.migrate(t.Context(), site.rows(), nil))
	require.Equal(t, Counts{Migrated: 3}, first.counts)
	require.NoError(t, site.table.End(t.Context(), first.mark.Run, database.Ending{Outcome: "completed", Discard: true}))
	site.execute("UPDATE users SET name = 'BOB' WHERE name = 'bob'")
	second := site.run("second")
	require.NoError(t, second.migrate(t.Context(), site.rows(), nil))
	require.Equal(t, Counts{Skipped: 3}, second.counts)
	site.requireOnce()
}

// TestAnAttemptAfterAKeyWasRespelledCountsItOnce.
func TestAnAttemptAfterAKeyWasRespelledCountsItOnce(t *testing.T) {
	site := newSpelledSite(t)
	first := site.run("first")
	require.NoError(t, first.migrate(t.Context(), site.rows()[:2], nil))
	site.execute("UPDATE users SET name = 'BOB' WHERE name = 'bob'")
	again := site.run("first")
	attempt := &batchRun{table: site.table, batch: Batch{Order: Order{Run: again.mark.Run}}, attempt: 2}
	rows := site.rows()
	known, err := attempt.ledgerOfRange(t.Context(), again.mark, database.Range{Sequence: 1, UpTo: rows[2].Key}, piece{rows: rows})
	require.NoError(t, err)
	require.NoError(t, again.migrate(t.Context(), rows, known))
	require.Equal(t, Counts{Migrated: 3}, again.counts)
	site.requireOnce()
}

// TestAFileThatSpellsAKeyInTwoWaysNamesOneRow.
func TestAFileThatSpellsAKeyInTwoWaysNamesOneRow(t *testing.T) {
	site := newSpelledSite(t)
	attempt := &batchRun{table: site.table, attempt: 1}
	next, err := attempt.readKeys(t.Context(), database.Range{}, []database.Key{{"bob"}, {"carl"}, {"Bob"}, {"dora"}}, piece{})
	require.NoError(t, err)
	require.Len(t, next.rows, 2)
	require.Equal(t, []int{3, 1}, []int{next.named, next.repeated})
}

// stubbornTable has a ledger that refuses one row, and does not know it.
type stubbornTable struct{ slowTable }

func (s *stubbornTable) Write(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	for _, write := range writes {
		if write.Row.Key.Text() == "7" {
			return database.Written{}, database.ErrLedgerConflict
		}
	}
	return s.slowTable.Write(ctx, mark, writes)
}

func (s *stubbornTable) WriteLocked(context.Context, database.Mark, database.Key, func(database.Row) (database.Change, error)) (bool, error) {
	return false, database.ErrLedgerConflict
}

func (s *stubbornTable) Ledger(context.Context, []database.Key) ([]database.LedgerRow, error) {
	return nil, nil
}

// TestARowThatTheLedgerRefusesAndDoesNotKnowIsTroubled, and all others are written.
func TestARowThatTheLedgerRefusesAndDoesNotKnowIsTroubled(t *testing.T) {
	table := &stubbornTable{}
	work := table.chunk()
	work.table = table
	require.NoError(t, work.migrate(t.Context(), numbered(20), nil))
	require.Equal(t, 19, work.counts.Migrated)
	require.Len(t, work.troubled, 1)
	require.Equal(t, database.Key{"7"}, work.troubled[0].Key)
	require.NoError(t, work.writeOneLocked(t.Context(), database.Key{"7"}))
	require.Len(t, work.troubled, 2)
}
