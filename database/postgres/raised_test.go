package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/postgres"
)

// raisedTable has rows whose names are codes; a trigger raises them.
const raisedTable = `CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, a integer);
	CREATE FUNCTION odd() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF new.name = 'ended' THEN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); END IF;
		IF new.name <> 'sound' THEN RAISE EXCEPTION 'odd' USING ERRCODE = new.name; END IF;
		RETURN new; END $$;
	CREATE TRIGGER odd BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION odd();`

// writeNamed writes the only row, whose name is given.
func writeNamed(t *testing.T, name string, hold bool) error {
	site := newSite(t, raisedTable+"INSERT INTO customers (name) VALUES ('"+name+"')")
	site.Options.StatementTimeout = 2 * time.Second
	connection, err := postgres.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	defer connection.Close()
	table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Reads: []string{"name"}, Writes: []string{"a"}})
	require.NoError(t, err)
	begun, err := table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: "m"})
	require.NoError(t, err)
	rows, err := table.Read(t.Context(), database.Range{}, nil, 1)
	require.NoError(t, err)
	if hold {
		holder, err := site.DB.Begin()
		require.NoError(t, err)
		defer func() { require.NoError(t, holder.Rollback()) }()
		_, err = holder.Exec("SELECT 1 FROM customers FOR UPDATE")
		require.NoError(t, err)
	}
	writes := []database.Write{{Row: rows[0]}}
	writes[0].Change.Set("a", int64(1))
	_, err = table.Write(t.Context(), database.Mark{Run: begun.Run, Sequence: 1}, writes)
	return err
}

// TestWhatATriggerRaisesIsTheStatements, whatever its code says of the session: only a
// session that the server ends is lost, and only a lock that it has met is somebody's.
func TestWhatATriggerRaisesIsTheStatements(t *testing.T) {
	for _, test := range []struct {
		name  string
		held  bool
		class database.Class
		rival bool
	}{
		{"40001", false, database.Contention, true},
		{"40P01", false, database.Contention, true},
		{"55P03", false, database.Contention, true},
		{"sound", true, database.Contention, false}, // a lock that somebody holds
		{"57014", false, database.Contention, false},
		{"08006", false, database.Broken, false},
		{"08P01", false, database.Broken, false},
		{"57P01", false, database.Broken, false},
		{"25P03", false, database.Broken, false},
		{"53300", false, database.Broken, false},
		{"ended", false, database.Disconnected, false}, // the server has ended the session
		{"53100", false, database.Broken, false},
		{"25006", false, database.Broken, false},
		{"42501", false, database.Broken, false},
		{"XX001", false, database.Broken, false},
		{"P0001", false, database.Own, false},
	} {
		err := writeNamed(t, test.name, test.held)
		require.Error(t, err, test.name)
		require.Equal(t, test.class, database.ClassOf(err), "%s: %v", test.name, err)
		var rival *database.RivalError
		require.Equal(t, test.rival, errors.As(err, &rival), "%s: %v", test.name, err)
	}
}

// TestAColumnsNewTypeIsSeenByTheNextLook: «cached plan must not change result type» told
// nobody what to do, and the statement is prepared anew now.
func TestAColumnsNewTypeIsSeenByTheNextLook(t *testing.T) {
	site := newSite(t, "CREATE TABLE customers (id integer PRIMARY KEY, name text); INSERT INTO customers SELECT n, n FROM generate_series(1, 4) n")
	connection, err := postgres.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	look := func() {
		table, err := connection.Prepare(t.Context(), goPlan("name"))
		require.NoError(t, err)
		rows, err := table.Read(t.Context(), database.Range{}, nil, 4)
		require.NoError(t, err)
		require.Len(t, rows, 4)
		_, err = table.Examine(t.Context())
		require.NoError(t, err)
	}
	look()
	for _, change := range []string{"ALTER TABLE customers ALTER name TYPE varchar(20)", "ALTER TABLE customers ALTER id TYPE bigint"} {
		_, err = site.DB.Exec(change)
		require.NoError(t, err)
		look()
	}
}
