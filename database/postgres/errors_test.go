package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// TestClassOf holds whom an error blames: the customer only for what is his own.
func TestClassOf(t *testing.T) {
	for code, class := range map[string]database.Class{
		"23505": database.Own, // unique violation
		"23514": database.Own, // check constraint
		"22001": database.Own, // value too long
		"22P02": database.Own, // bad text for a type
		"44000": database.Own, // WITH CHECK OPTION
		"P0001": database.Own, // RAISE in a trigger
		"54000": database.Own, // too long for an index
		"21000": database.Own, // subquery of two rows
		"UE001": database.Own, // RAISE by a code of the site's own

		"40001": database.Contention, // serialization failure
		"40P01": database.Contention, // deadlock
		"55P03": database.Contention, // lock timeout
		"57014": database.Contention, // statement timeout

		"57P01": database.Disconnected, // the administrator stops the server
		"57P02": database.Disconnected, // crash of another session
		"57P03": database.Disconnected, // not up yet
		"25P03": database.Disconnected, // idle in transaction for too long
		"08006": database.Disconnected, // connection failure
		"53300": database.Disconnected, // too many connections

		"25006": database.Broken, // read-only: a replica, or after a failover
		"53100": database.Broken, // disk full
		"53200": database.Broken, // out of memory
		"53400": database.Broken, // temp_file_limit
		"42501": database.Broken, // no permission
		"42P01": database.Broken, // no table
		"42703": database.Broken, // no column
		"42601": database.Broken, // bad SQL
		"58030": database.Broken, // the disk fails
		"XX001": database.Broken, // corrupted data
		"XX000": database.Broken,
	} {
		err := classify(fmt.Errorf("customer 1: %w", &pgconn.PgError{Severity: "ERROR", Code: code, Message: "x"}))
		require.Equal(t, class, database.ClassOf(err), code)
	}
	for _, test := range []struct {
		err   error
		class database.Class
	}{
		{context.DeadlineExceeded, database.Contention},
		{&net.OpError{Op: "dial", Err: errors.New("connection refused")}, database.Disconnected},
		{fmt.Errorf("receive message failed: %w", io.ErrUnexpectedEOF), database.Disconnected},
		{errors.New("conn closed"), database.Disconnected},
		{errors.New("something else"), database.Broken},
		{database.OwnError(errors.New("the migration's verdict")), database.Own},
	} {
		require.Equal(t, test.class, database.ClassOf(classify(test.err)), test.err)
	}
}

// TestAdvice: what somebody can mend says how, beside the server's own words.
func TestAdvice(t *testing.T) {
	for code, says := range map[string]string{
		"25006": "name the server that writes in connection/url", "42501": "grant this right", "53100": "free disk space",
		"53300": "lower customer-migration/processes", "57014": "customer-migrator/statement-timeout",
	} {
		err := classify(&pgconn.PgError{Severity: "ERROR", Code: code, Message: "the server's words"})
		require.ErrorContains(t, err, "the server's words")
		require.ErrorContains(t, err, says)
	}
}
