package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// advised adds what to do about an error to the server's own words.
func advised(err error) error {
	var failed *pgconn.PgError
	if !errors.As(err, &failed) || advice(failed.Code) == "" {
		return err
	}
	return fmt.Errorf("%w; %s", err, advice(failed.Code))
}

// advice is by SQLSTATE. What fails an attempt is tried again until it is mended.
func advice(code string) string {
	switch code {
	case "42501":
		return "grant this right to the user of connection/url, and the migration goes on by itself"
	case readOnly:
		return "this server only reads (a replica, or a failover has made it one): name the server that writes in connection/url"
	case "53100":
		return "free disk space on the server, and the migration goes on by itself"
	case "53300":
		return "raise max_connections on the server, or lower customer-migration/processes"
	case "57P01", "57P02", "57P03":
		return "the server stops or starts; it is tried again until it is up"
	case "57014":
		return "the statement took longer than customer-migrator/statement-timeout, or was cancelled"
	case "55P03":
		return "another session holds the lock; it is tried again"
	}
	return ""
}

// readOnly is the SQLSTATE of a write in a read-only transaction.
const readOnly = "25006"

// isReadOnly: the server does not write, or not any more.
func isReadOnly(err error) bool {
	var failed *pgconn.PgError
	return errors.As(err, &failed) && failed.Code == readOnly
}
