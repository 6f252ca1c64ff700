package stage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"

	_ "modernc.org/sqlite" // the database/sql driver "sqlite"
)

// SQLite is a database file in the stage's folder, and beside it the pristine one
// that it is copied from.
type SQLite struct {
	Path     string
	pristine string
	rows     int
}

// OpenSQLite generates so many customers.
func (s *Stage) OpenSQLite(ctx context.Context, rows int, generate ...string) (*SQLite, error) {
	q := &SQLite{Path: s.Path("customers.db"), pristine: s.Path("pristine.db"), rows: rows}
	return q, s.Generate(ctx, rows, append([]string{"--db", q.pristine}, generate...)...)
}

// Restore copies the file, adds an empty ledger, and leaves all of it on disk.
func (q *SQLite) Restore(ctx context.Context, rows int) error {
	if rows != q.rows {
		return fmt.Errorf("the file has %d customers, not %d", q.rows, rows)
	}
	for _, ending := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(q.Path + ending); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	if err := copyFile(q.pristine, q.Path); err != nil {
		return err
	}
	if err := makeLedger(ctx, "sqlite", q.Path); err != nil {
		return err
	}
	opened, err := q.Connect()
	if err != nil {
		return err
	}
	_, err = opened.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(err, opened.Close())
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Sync(), target.Close())
}

// Connect opens the file with db-migrate's settings: a commit outlives a power
// failure, checkpoints come at four times the usual number of pages.
func (q *SQLite) Connect() (*sql.DB, error) {
	opened, err := sql.Open("sqlite", "file:"+q.Path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=wal_autocheckpoint(4000)")
	if err != nil {
		return nil, err
	}
	return opened, opened.Ping()
}

// Number is the result of a query.
func (q *SQLite) Number(ctx context.Context, query string) (int64, error) {
	opened, err := q.Connect()
	if err != nil {
		return 0, err
	}
	defer opened.Close()
	var number int64
	err = opened.QueryRowContext(ctx, query).Scan(&number)
	return number, err
}

func (q *SQLite) names(ctx context.Context, query string) ([]string, error) {
	opened, err := q.Connect()
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	rows, err := opened.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// Ledgered is how many customers all ledgers have.
func (q *SQLite) Ledgered(ctx context.Context) (int64, error) {
	names, err := q.names(ctx, "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'db_migrate_ledger_%'")
	total := int64(0)
	for _, name := range names {
		number, failed := q.Number(ctx, "SELECT COUNT(*) FROM "+name)
		total, err = total+number, errors.Join(err, failed)
	}
	return total, err
}

// LedgerColumns are those of the loops' ledger beside the key: each takes a
// number.
func (q *SQLite) LedgerColumns(ctx context.Context) ([]string, error) {
	return q.names(ctx, "SELECT name FROM pragma_table_info('"+LoopLedger+"') WHERE name <> 'id'")
}

// Version is that of the library.
func (q *SQLite) Version(ctx context.Context) (string, error) {
	found, err := q.names(ctx, "SELECT sqlite_version()")
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}
