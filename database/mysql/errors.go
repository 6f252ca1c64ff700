package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strings"

	mysql "github.com/go-sql-driver/mysql"

	"db-migrate/database"
)

// duplicateKey is the number of a unique violation.
const duplicateKey = 1062

// classify gives an error of the server's its class.
func classify(err error) error {
	var classified *database.Error
	var owner *database.OwnerError
	var definition *database.DefinitionError
	if err == nil || errors.As(err, &classified) || errors.As(err, &owner) || errors.As(err, &definition) ||
		errors.Is(err, database.ErrLedgerConflict) || errors.Is(err, context.Canceled) {
		return err
	}
	if isStatementTimeout(err) {
		return database.StatementTimeout(err)
	}
	return &database.Error{Class: classOf(err), Err: err}
}

func classOf(err error) database.Class {
	var failed *mysql.MySQLError
	if errors.As(err, &failed) {
		return classOfNumber(failed)
	}
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return database.Contention
	case errors.As(err, &network), errors.Is(err, driver.ErrBadConn), errors.Is(err, mysql.ErrInvalidConn):
		return database.Disconnected
	}
	return database.Broken
}

// classOfNumber is by MariaDB's and MySQL's numbers of errors, and by SQLSTATE
// where one class holds for all of it.
func classOfNumber(failed *mysql.MySQLError) database.Class {
	switch failed.Number {
	case 1205, 1213, 3572, 1317, 1020: // lock timeout, deadlock, lock not free, killed query, changed since read
		return database.Contention
	case 1040, 1053, 1077, 1927, 1203, 4031, 2006, 2013: // too many connections, shutdown, connection killed or gone
		return database.Disconnected
	case 1364, 1366, 1411, 1526, 3140, 3819, 4025: // no default, bad text, bad date, no partition, bad JSON, check constraint (both servers)
		return database.Own
	}
	state := string(failed.SQLState[:])
	switch {
	case strings.HasPrefix(state, "22"), strings.HasPrefix(state, "23"), strings.HasPrefix(state, "45"), state == "01000":
		return database.Own // data, constraints, the site's triggers
	case strings.HasPrefix(state, "08"):
		return database.Disconnected
	}
	return database.Broken
}

// isStatementTimeout is by MariaDB's number, and by MySQL's.
func isStatementTimeout(err error) bool {
	var failed *mysql.MySQLError
	return errors.As(err, &failed) && (failed.Number == 1969 || failed.Number == 3024)
}

func isDuplicate(err error) bool {
	var failed *mysql.MySQLError
	return errors.As(err, &failed) && failed.Number == duplicateKey
}

// unreachable says which database cannot be reached, and why.
func unreachable(options database.Options, c *connection, err error) error {
	var failed *mysql.MySQLError
	reason := err.Error()
	switch {
	case errors.As(err, &failed) && failed.Number == 1045:
		reason = failed.Message + "; give the right user in connection/url and the password in connection/password or connection/password-file"
	case errors.As(err, &failed):
		reason = failed.Message
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		reason = fmt.Sprintf("it did not answer within connection/connect-timeout (%s)", options.ConnectTimeout)
	}
	return &database.Error{Class: database.Disconnected,
		Err: fmt.Errorf("connection/url: MySQL database %s on %s cannot be opened: %s", c.database, c.host, reason)}
}

func isTimeout(err error) bool {
	var network net.Error
	return errors.As(err, &network) && network.Timeout()
}
