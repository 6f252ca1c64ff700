package mysql

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"

	mysql "github.com/go-sql-driver/mysql"
)

// advised adds what to do about an error to the server's own words.
func advised(err error) error {
	var failed *mysql.MySQLError
	switch {
	case errors.As(err, &failed) && advice(failed.Number) != "":
		return fmt.Errorf("%w; %s", err, advice(failed.Number))
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, mysql.ErrInvalidConn):
		return fmt.Errorf("the connection to the server was lost (%w); it is tried again until it is back", err)
	}
	return err
}

// advice is by MariaDB's and MySQL's numbers of errors. What fails an attempt is
// tried again until it is mended.
func advice(number uint16) string {
	switch number {
	case 1044, 1142, 1143, 1227, 1370: // denied
		return "grant this right to the user of connection/url, and the migration goes on by itself"
	case 1290, 1792, 1836:
		return "this server only reads (a replica, or a failover has made it one): name the server that writes in connection/url"
	case 1021, 1114:
		return "free disk space on the server, and the migration goes on by itself"
	case 1040, 1203, 1226:
		return "raise the server's limit of connections, or lower customer-migration/processes"
	case 1053, 1077, 1927:
		return "the server stops or starts; it is tried again until it is up"
	case 1969, 3024, 1317:
		return "the statement took longer than customer-migrator/statement-timeout, or was cancelled"
	case 1205, 3572:
		return "another session holds the lock; it is tried again"
	}
	return ""
}

// denied are the numbers of what the user has no right to.
var denied = []uint16{1044, 1142, 1143, 1227, 1370}

// isDenied: the user lacks a right.
func isDenied(err error) bool {
	var failed *mysql.MySQLError
	return errors.As(err, &failed) && slices.Contains(denied, failed.Number)
}

// isReadOnly: the server does not write, or not any more.
func isReadOnly(err error) bool {
	var failed *mysql.MySQLError
	return errors.As(err, &failed) && (failed.Number == 1290 || failed.Number == 1792 || failed.Number == 1836)
}
