package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"db-migrate/database"
)

// classify gives an error of PostgreSQL's its class.
func classify(err error) error {
	var classified *database.Error
	if err == nil || errors.As(err, &classified) || errors.Is(err, database.ErrLedgerConflict) ||
		isOwner(err) || errors.Is(err, context.Canceled) {
		return err
	}
	var failed *pgconn.PgError
	if errors.As(err, &failed) && failed.Code == queryCanceled {
		return database.StatementTimeout(err)
	}
	return &database.Error{Class: classOf(err), Err: err}
}

// Codes of errors that are looked for by themselves.
const (
	queryCanceled       = "57014"
	readOnlyTransaction = "25006"
)

func isOwner(err error) bool {
	var owner *database.OwnerError
	var definition *database.DefinitionError
	return errors.As(err, &owner) || errors.As(err, &definition)
}

func classOf(err error) database.Class {
	var failed *pgconn.PgError
	if errors.As(err, &failed) {
		return classOfCode(failed.Code)
	}
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return database.Contention
	case errors.As(err, &network), pgconn.SafeToRetry(err), strings.Contains(err.Error(), "conn closed"), strings.Contains(err.Error(), "unexpected EOF"):
		return database.Disconnected
	}
	return database.Broken
}

// classOfCode is by the classes of SQLSTATE, see «PostgreSQL Error Codes».
func classOfCode(code string) database.Class {
	switch code {
	case "40001", "40P01", "55P03": // serialization, deadlock, lock timeout
		return database.Contention
	case "57P01", "57P02", "57P03", "57P05": // the server stops, or is not up yet
		return database.Disconnected
	}
	switch {
	case strings.HasPrefix(code, "22"), strings.HasPrefix(code, "23"), strings.HasPrefix(code, "P0"), strings.HasPrefix(code, "44"):
		return database.Own // data, constraints, the site's triggers
	case strings.HasPrefix(code, "08"), code == "53300":
		return database.Disconnected
	}
	return database.Broken
}

func broken(format string, arguments ...any) error {
	return &database.Error{Class: database.Broken, Err: fmt.Errorf(format, arguments...)}
}

// unreachable says which database cannot be reached, and why, without what the
// URL holds beside.
func unreachable(options database.Options, c *connection, err error) error {
	var failed *pgconn.PgError
	reason := ""
	switch {
	case errors.As(err, &failed) && strings.HasPrefix(failed.Code, "28"):
		reason = failed.Message + "; give the right user in connection/url and the password in connection/password or connection/password-file"
	case errors.As(err, &failed):
		reason = failed.Message
	case errors.Is(err, context.DeadlineExceeded):
		reason = fmt.Sprintf("it did not answer within connection/connect-timeout (%s)", options.ConnectTimeout)
	default:
		reason = rootCause(err).Error()
	}
	return &database.Error{Class: database.Disconnected,
		Err: fmt.Errorf("connection/url: PostgreSQL database %s on %s cannot be opened: %s", c.database, c.host, reason)}
}

func rootCause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
