package cassandra_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/internal/testserver/cql"
)

const manyKinds = `(id int PRIMARY KEY, n bigint, x text, "Odd name" text, done boolean, at timestamp, u uuid, l list<text>, s set<text>, m map<text, text>, fl frozen<list<text>>)`

// TestStatementsThatMustNotRunTwiceAreRefused: a worker that dies between a row and
// its ledger row runs them again.
func TestStatementsThatMustNotRunTwiceAreRefused(t *testing.T) {
	t.Parallel()
	o := oddTable(t, manyKinds)
	for _, table := range []string{"counters (id int PRIMARY KEY, n counter)", "further (id uuid, at timestamp, x text, PRIMARY KEY (id, at))"} {
		cql.Schema(t, o.session, "CREATE TABLE IF NOT EXISTS "+table)
	}
	for statement, says := range map[string]string{
		"UPDATE counters SET n = n + 1 WHERE id = :id":                                               "table counters has counters (n)",
		"UPDATE counters SET n += 1 WHERE id = :id":                                                  "table counters has counters (n)",
		"DELETE FROM counters WHERE id = :id":                                                        "table counters has counters (n)",
		"UPDATE odd SET l = l + ['m'] WHERE id = :id":                                                "it adds to list l, and twice if it runs twice",
		"UPDATE odd SET l = ['m'] + l WHERE id = :id":                                                "it adds to list l",
		"UPDATE odd SET x = 'a', l += ['m'] WHERE id = :id":                                          "it adds to list l",
		"UPDATE odd SET L = \"l\" + ['m'] WHERE id = :id":                                            "it adds to list l",
		"UPDATE odd SET l[0] = 'm' WHERE id = :id":                                                   "it changes an element of list l by its place",
		"DELETE l[0] FROM odd WHERE id = :id":                                                        "it changes an element of list l by its place",
		"UPDATE odd SET l = l + ['m'] WHERE id = :id IF x = 'a'":                                     "it adds to list l",
		"UPDATE odd SET l = l + ['m'], done = true WHERE id = :id IF done = true":                    "it adds to list l",
		"UPDATE odd SET l = l + ['m'], n = 1 WHERE id = :id IF n = 01":                               "it adds to list l",
		"UPDATE odd SET l = l + ['m'], at = '2026-01-01' WHERE id = :id IF at = '2026-01-01T00:00Z'": "it adds to list l",
		"UPDATE odd SET n = n + 1 WHERE id = :id IF x = 'a'":                                         "it makes the new value of column n out of the old one",
		"UPDATE odd USING TIMESTAMP 5 SET x = 'a' WHERE id = :id":                                    "it has USING TIMESTAMP; leave it out",
		"DELETE FROM odd USING TIMESTAMP 5 WHERE id = :id":                                           "it has USING TIMESTAMP; leave it out",
		"SELECT id FROM odd WHERE id = :id":                                                          "it begins with SELECT; it must be an UPDATE, INSERT or DELETE",
		"BEGIN BATCH UPDATE odd SET x = 'a' WHERE id = :id APPLY BATCH":                              "it begins with BEGIN",
	} {
		err := o.prepare(cqlPlan("", "UPDATE odd SET x = 'a' WHERE id = :id", statement))
		require.ErrorContains(t, err, says, statement)
		require.ErrorContains(t, err, "migration m, migrate statement 2: ", statement)
		require.Equal(t, database.Broken, database.ClassOf(err), statement)
	}
}

// TestStatementsThatMayRunTwiceAreTaken, and those that cannot.
func TestStatementsThatMayRunTwiceAreTaken(t *testing.T) {
	t.Parallel()
	o := oddTable(t, manyKinds)
	for _, statement := range []string{
		"UPDATE odd SET s = s + {'a'}, m['k'] = 'v', m = m + {'a': 'b'} WHERE id = :id",
		"UPDATE odd SET s = s - {'a'}, l = l - ['a'] WHERE id = :id",
		"UPDATE odd SET l = ['a', 'l + l'], fl = ['a'] WHERE id = :id",
		"UPDATE odd SET x = 'x + x', \"Odd name\" = 'a' WHERE id = :id",
		"UPDATE odd USING TTL 60 SET x = 'a' WHERE id = :id",
		"UPDATE odd SET l = l + ['m'], done = true WHERE id = :id IF done = null",
		"UPDATE odd SET l = l + ['m'], done = true WHERE id = :id IF done != true",
		"UPDATE odd SET l = l + ['m'], x = 'new' WHERE id = :id IF n = 5 AND x = 'old'",
		"UPDATE odd SET n = n + 1, x = null WHERE id = :id IF x = 'old'",
		"INSERT INTO odd (id, u, at) VALUES (:id, uuid(), toTimestamp(now())) IF NOT EXISTS",
		"INSERT INTO odd (id, \"Odd name\", l) VALUES (:id, 'a', ['b']) USING TTL 60",
		"DELETE x, s, m['k'] FROM odd WHERE id = :id",
		"DELETE FROM odd WHERE id = :id IF EXISTS",
		"UPDATE /* SET l = l + */ odd SET at = '2026-01-01' -- IF\n WHERE id = :id;",
	} {
		require.NoError(t, o.prepare(cqlPlan("", statement)), statement)
	}
}

// TestValuesThatChangeAreTold, and refused where each would be added.
func TestValuesThatChangeAreTold(t *testing.T) {
	t.Parallel()
	o := oddTable(t, "(id uuid, at timestamp, x timeuuid, s set<timeuuid>, m map<timeuuid, int>, PRIMARY KEY (id, at))")
	for statement, says := range map[string]string{
		"INSERT INTO odd (id, at, x) VALUES (:id, toTimestamp(now()), null)":     "it takes key column at from now(), so that a repetition inserts another row",
		"UPDATE odd SET s = s + {now()} WHERE id = :id AND at = :at":             "it adds now() to column s, another value each time",
		"UPDATE odd SET x = now() WHERE id = :id AND at = toTimestamp(now())":    "its WHERE calls now(), which gives another value each time",
		"DELETE FROM odd WHERE id = :id AND at = toTimestamp(currentTimeUUID())": "its WHERE calls currenttimeuuid()",
	} {
		require.ErrorContains(t, o.prepare(cqlPlan("", statement)), says, statement)
	}
	require.NoError(t, o.prepare(cqlPlan("", "UPDATE odd SET x = now(), s = {now()} WHERE id = :id AND at = :at")))
	require.Contains(t, o.loud(), "migrate statement 1 gives columns x, s another value each time it runs, and a worker that dies may run it twice for a row: the last value stays")
}

// loud are the loud notices of an examination.
func (o *odd) loud() (texts []string) {
	o.Helper()
	seen, err := o.table.Examine(o.Context())
	require.NoError(o, err)
	for _, notice := range seen.Notices {
		if notice.Loud {
			texts = append(texts, notice.Text)
		}
	}
	return texts
}

// TestFurtherStatementsThatMustNotRunTwice are the row's own error, before anything
// is written.
func TestFurtherStatementsThatMustNotRunTwice(t *testing.T) {
	t.Parallel()
	o := oddTable(t, manyKinds)
	cql.Schema(t, o.session, "CREATE TABLE counters (id int PRIMARY KEY, n counter)")
	o.run("INSERT INTO odd (id) VALUES (1)")
	o.begin(database.Plan{Migration: "m", Writes: []string{"x"}})
	rows, err := o.table.Read(t.Context(), database.Range{}, nil, 10)
	require.NoError(t, err)
	for text, says := range map[string]string{"UPDATE counters SET n = n + 1 WHERE id = ?": "table counters has counters (n)", "UPDATE odd SET l = l + ['a'] WHERE id = ?": "it adds to list l"} {
		change := setX("new")(rows[0])
		change.Run("UPDATE odd SET s = s + {'a'} WHERE id = ?", 1)
		change.Run(text, 1)
		_, err := o.table.Write(t.Context(), o.mark, []database.Write{{Row: rows[0], Change: change}})
		require.ErrorContains(t, err, "row 1: a further statement of its change must not run twice: "+says)
		require.Equal(t, database.Own, database.ClassOf(err))
	}
	require.Zero(t, o.count("SELECT count(*) FROM odd WHERE x = 'new' ALLOW FILTERING"))
	change := setX("new")(rows[0])
	change.Run("UPDATE odd SET s = s + {'a'} WHERE id = ?", 1)
	require.Equal(t, 1, o.write(rows, func(database.Row) database.Change { return change }))
}

// TestWhatIsCalledBackIsFinished: a row that is written is entered, whenever the batch was
// called back.
func TestWhatIsCalledBackIsFinished(t *testing.T) {
	t.Parallel()
	const rows = 200
	for _, compare := range []string{"", "&compare=true"} {
		o := oddTable(t, "(id int PRIMARY KEY, x text)")
		o.options.URL += compare
		for id := range rows {
			o.run("INSERT INTO odd (id) VALUES (?)", id)
		}
		o.begin(database.Plan{Migration: "m", Writes: []string{"x"}})
		found, err := o.table.Read(t.Context(), database.Range{}, nil, rows)
		require.NoError(t, err)
		for i, size := 0, 20; i < rows; i += size {
			writes := make([]database.Write, 0, size)
			for _, row := range found[i : i+size] {
				writes = append(writes, database.Write{Row: row, Change: setX("new")(row)})
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i/size)*3*time.Millisecond)
			_, _ = o.table.Write(ctx, o.mark, writes) // called back somewhere
			cancel()
		}
		written := o.count("SELECT count(*) FROM odd WHERE x = 'new' ALLOW FILTERING")
		balance, err := o.table.Balance(t.Context(), o.mark.Run, database.Window{}, false)
		require.NoError(t, err)
		require.EqualValues(t, written, balance.Migrated)
		t.Logf("%d of %d rows written and entered", written, rows)
	}
}
