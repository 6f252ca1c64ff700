package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"db-migrate/database"
)

// ownMark is a setting that comes back only from a session that was begun for us.
const ownMark = "db_migrate.session"

// newMark is the mark of this worker's sessions.
func newMark() string { return rand.Text() }

// errShared says that a session may be somebody else's by the next statement: what is
// set on it would be set on theirs, and what was asked for at its beginning is lost.
var errShared = &database.Error{Class: database.Broken, Err: errors.New("a connection pooler (PgBouncer or the like) stands before the server, and may hand our sessions to the site: " +
	"settings of ours would then be the site's, and ours would be lost; nothing was set; name the server's own host and port in connection/url")}

// isOurs makes sure, before anything is set on a session, that it is between the server
// and us alone: the process that the connection was told of is the one that answers, and
// the settings of the beginning have arrived.
func isOurs(ctx context.Context, conn *pgx.Conn, mark string) error {
	answers, err := conn.PgConn().Exec(ctx, "SELECT pg_backend_pid(), current_setting('"+ownMark+"', true)").ReadAll()
	if err != nil {
		return err
	}
	row := answers[0].Rows[0]
	if string(row[0]) != strconv.FormatUint(uint64(conn.PgConn().PID()), 10) || string(row[1]) != mark {
		return errShared
	}
	return nil
}

// refusesSettings reports whether a pooler has refused the settings of a session's
// beginning: the server itself knows all of them.
func refusesSettings(failed *pgconn.PgError) bool {
	const protocolViolation, prefix = "08P01", "unsupported startup parameter"
	return failed.Code == protocolViolation && len(failed.Message) > len(prefix) && failed.Message[:len(prefix)] == prefix
}
