package settle

import (
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

// run begins a run, and the work on its first range.
func (s *spelledSite) run(id string) *settling {
	begun, err := s.table.Begin(s.Context(), database.RunRequest{ID: id, Migration: s.chosen.Name, Definition: "one"})
	require.NoError(s, err)
	settler := &Settler{Migration: s.chosen, Sizer: throttle.NewSizer(time.Second)}
	return settler.begin(s.table, Job{Mark: database.Mark{Run: begun.Run, Sequence: 1}, Attempt: 1})
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
	require.Equal(t, Counts{Migrated: 3}, first.out.Counts)
	require.NoError(t, site.table.End(t.Context(), first.mark.Run, database.Ending{Outcome: "completed", Discard: true}))
	site.execute("UPDATE users SET name = 'BOB' WHERE name = 'bob'")
	second := site.run("second")
	require.NoError(t, second.migrate(t.Context(), site.rows(), nil))
	require.Equal(t, Counts{Skipped: 3}, second.out.Counts)
	site.requireOnce()
}

// TestAnAttemptAfterAKeyWasRespelledCountsItOnce.
func TestAnAttemptAfterAKeyWasRespelledCountsItOnce(t *testing.T) {
	site := newSpelledSite(t)
	first := site.run("first")
	require.NoError(t, first.migrate(t.Context(), site.rows()[:2], nil))
	site.execute("UPDATE users SET name = 'BOB' WHERE name = 'bob'")
	again := site.run("first")
	part := database.Range{Sequence: 1, UpTo: site.rows()[2].Key}
	set, err := Reading{Table: site.table, Run: again.mark.Run, Part: part, Worked: true}.Source().Next(t.Context(), 10)
	require.NoError(t, err)
	require.NoError(t, again.migrate(t.Context(), set.Rows, set.Known))
	require.Equal(t, Counts{Migrated: 3, Recalled: 2}, again.out.Counts)
	site.requireOnce()
}

// TestAFileThatSpellsAKeyInTwoWaysNamesOneRow.
func TestAFileThatSpellsAKeyInTwoWaysNamesOneRow(t *testing.T) {
	site := newSpelledSite(t)
	list := Reading{Table: site.table, Part: database.Range{Keys: []database.Key{{"bob"}, {"carl"}, {"Bob"}, {"dora"}}}}
	next, err := list.Source().Next(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, next.Rows, 2)
	require.Equal(t, []database.Key{{"dora"}}, next.Gone)
	require.Equal(t, []int{3, 1}, []int{next.Named, next.Repeated})
}
