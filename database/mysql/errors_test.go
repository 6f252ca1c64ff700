package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"testing"

	mysql "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// TestClassOf holds whom an error blames: the customer only for what is his own.
func TestClassOf(t *testing.T) {
	for _, test := range []struct {
		number uint16
		state  string
		class  database.Class
	}{
		{1062, "23000", database.Own}, // duplicate key
		{1048, "23000", database.Own}, // NULL where none may be
		{1406, "22001", database.Own}, // value too long
		{1264, "22003", database.Own}, // out of range
		{1366, "HY000", database.Own}, // text that the character set lacks
		{4025, "23000", database.Own}, // MariaDB's check constraint
		{3819, "HY000", database.Own}, // MySQL's
		{1644, "45000", database.Own}, // SIGNAL in a trigger
		{1118, "42000", database.Own}, // row too large
		{1242, "21000", database.Own}, // subquery of two rows
		{9999, "UE001", database.Own}, // SIGNAL by a code of the site's own

		{1205, "HY000", database.Contention}, // lock wait timeout
		{1213, "40001", database.Contention}, // deadlock
		{3572, "HY000", database.Contention}, // NOWAIT
		{1969, "70100", database.Contention}, // MariaDB's statement timeout
		{3024, "HY000", database.Contention}, // MySQL's
		{1317, "70100", database.Contention}, // query killed
		{3101, "40000", database.Contention}, // group replication's certification

		{1040, "08004", database.Disconnected}, // too many connections
		{1203, "42000", database.Disconnected}, // too many of this user's
		{1226, "42000", database.Disconnected},
		{1053, "08S01", database.Disconnected}, // shutdown
		{1927, "70100", database.Disconnected}, // connection killed
		{2006, "HY000", database.Disconnected}, // gone
		{2013, "HY000", database.Disconnected}, // lost
		{1047, "08S01", database.Disconnected}, // Galera's node is not ready

		{1290, "HY000", database.Broken}, // read-only, after a failover
		{1836, "HY000", database.Broken}, // read-only mode
		{1792, "25006", database.Broken}, // read-only transaction
		{1021, "HY000", database.Broken}, // disk full
		{1114, "HY000", database.Broken}, // table full
		{1142, "42000", database.Broken}, // no permission
		{1146, "42S02", database.Broken}, // no table
		{1054, "42S22", database.Broken}, // no column
		{1064, "42000", database.Broken}, // bad SQL
	} {
		failed := &mysql.MySQLError{Number: test.number, Message: "x"}
		copy(failed.SQLState[:], test.state)
		require.Equal(t, test.class, database.ClassOf(classify(fmt.Errorf("customer 1: %w", failed))), test.number)
	}
	for _, test := range []struct {
		err   error
		class database.Class
	}{
		{context.DeadlineExceeded, database.Contention},
		{driver.ErrBadConn, database.Disconnected},
		{mysql.ErrInvalidConn, database.Disconnected},
		{&net.OpError{Op: "dial", Err: errors.New("connection refused")}, database.Disconnected},
		{errors.New("something else"), database.Broken},
		{database.OwnError(errors.New("the migration's verdict")), database.Own},
	} {
		require.Equal(t, test.class, database.ClassOf(classify(test.err)), test.err)
	}
}

// TestAdvice: what somebody can mend says how, beside the server's own words.
func TestAdvice(t *testing.T) {
	for number, says := range map[uint16]string{
		1290: "name the server that writes in connection/url", 1142: "grant this right", 1114: "free disk space",
		1040: "lower customer-migration/processes", 1969: "customer-migrator/statement-timeout",
	} {
		err := classify(&mysql.MySQLError{Number: number, Message: "the server's words"})
		require.ErrorContains(t, err, "the server's words")
		require.ErrorContains(t, err, says)
	}
	require.ErrorContains(t, classify(driver.ErrBadConn), "the connection to the server was lost")
}
