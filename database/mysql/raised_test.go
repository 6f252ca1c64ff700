package mysql_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// raising opens a site on which a trigger raises an error for Bob.
func raising(t *testing.T, signal string) *opened {
	o := open(t, goPlan(), func(_ *opened, options *database.Options) { options.StatementTimeout = 5 * time.Second })
	_, err := o.site.DB.Exec("CREATE TRIGGER odd BEFORE UPDATE ON customers FOR EACH ROW IF old.name = 'Bob' THEN " + signal + "; END IF")
	require.NoError(t, err)
	return o
}

// TestWhatATriggerRaisesIsTheStatements, whatever its number says of the session: only a
// session that answers no more is lost.
func TestWhatATriggerRaisesIsTheStatements(t *testing.T) {
	for _, test := range []struct {
		state  string
		number int
		class  database.Class
		rival  bool
	}{
		{"40001", 1213, database.Contention, true},
		{"HY000", 1205, database.Contention, true},
		{"HY000", 1020, database.Contention, true},
		{"70100", 1317, database.Contention, true},
		{"08004", 1644, database.Broken, false},
		{"08S01", 1053, database.Broken, false},
		{"08004", 1040, database.Broken, false},
		{"HY000", 2006, database.Broken, false},
		{"HY000", 2013, database.Broken, false},
		{"HY000", 1927, database.Broken, false},
		{"08S01", 1047, database.Disconnected, false}, // Galera's, whose sessions answer
		{"HY000", 1290, database.Broken, false},
		{"HY000", 1114, database.Broken, false},
		{"42000", 1142, database.Broken, false},
		{"45000", 1644, database.Own, false},
	} {
		o := raising(t, fmt.Sprintf("SIGNAL SQLSTATE '%s' SET MYSQL_ERRNO = %d, MESSAGE_TEXT = 'odd'", test.state, test.number))
		err := o.write()
		require.ErrorContains(t, err, "odd", test)
		require.Equal(t, test.class, database.ClassOf(err), "%v: %v", test, err)
		var rival *database.RivalError
		require.Equal(t, test.rival, errors.As(err, &rival), "%v: %v", test, err)
	}
}

// TestAKilledSessionIsLost, as it was.
func TestAKilledSessionIsLost(t *testing.T) {
	o := raising(t, "DO sleep(4)")
	killed := make(chan error, 1)
	go func() { killed <- killSleeper(t.Context(), o.site.DB) }()
	err := o.write()
	require.NoError(t, <-killed)
	require.Equal(t, database.Disconnected, database.ClassOf(err), "%v", err)
}

// killSleeper ends the session that sleeps in a trigger, once there is one.
func killSleeper(ctx context.Context, in *sql.DB) error {
	for {
		var id int
		err := in.QueryRowContext(ctx, "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND state = 'User sleep'").Scan(&id)
		if err == nil {
			_, err = in.ExecContext(ctx, fmt.Sprintf("KILL CONNECTION %d", id))
			return err
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err := database.Sleep(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}
