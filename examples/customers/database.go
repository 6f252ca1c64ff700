package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"

	"golang.org/x/sync/errgroup"
	_ "modernc.org/sqlite" // the driver named sqlite
)

// rowsPerTransaction bounds what a commit has to write at once.
const rowsPerTransaction = 100_000

const columns = `full_name TEXT, phone TEXT, email TEXT,
	first_name TEXT, last_name TEXT, phone_e164 TEXT, email_normalized TEXT`

// writeDatabase fills an empty file with the table of customers.
func writeDatabase(ctx context.Context, file string, chosen options, shown *progress) error {
	database, err := openFresh(file)
	if err != nil {
		return err
	}
	defer database.Close()
	if _, err := database.ExecContext(ctx, createTable(chosen.uuids)); err != nil {
		return err
	}
	if err := fillTable(ctx, database, chosen, shown); err != nil {
		return err
	}
	if err := leaveInWAL(ctx, database); err != nil {
		return err
	}
	return database.Close()
}

// openFresh opens the file without any safety: should the program die, the file
// is worth nothing anyway.
func openFresh(file string) (*sql.DB, error) {
	pragmas := url.Values{"_pragma": {"journal_mode(off)", "synchronous(off)", "locking_mode(exclusive)"}}
	name := url.URL{Scheme: "file", OmitHost: true, Path: file, RawQuery: pragmas.Encode()}
	database, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	database.SetMaxOpenConns(1)
	return database, nil
}

func createTable(uuids bool) string {
	if uuids {
		return "CREATE TABLE customers (id TEXT PRIMARY KEY NOT NULL, " + columns + ") WITHOUT ROWID"
	}
	return "CREATE TABLE customers (id INTEGER PRIMARY KEY, " + columns + ")"
}

// leaveInWAL sets the journal mode that the file is found in later.
func leaveInWAL(ctx context.Context, database *sql.DB) error {
	if _, err := database.ExecContext(ctx, "PRAGMA locking_mode = normal"); err != nil {
		return err
	}
	var mode string
	if err := database.QueryRowContext(ctx, "PRAGMA journal_mode = wal").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("the journal mode is %s, not wal", mode)
	}
	return nil
}

// fillTable makes the customers and inserts them, side by side.
func fillTable(ctx context.Context, database *sql.DB, chosen options, shown *progress) error {
	group, ctx := errgroup.WithContext(ctx)
	batches := make(chan batch, 8)
	group.Go(func() error {
		defer close(batches)
		return produce(ctx, chosen, batches)
	})
	group.Go(func() error { return insertAll(ctx, database, batches, shown) })
	return group.Wait()
}

// insertAll inserts all batches, many in a transaction.
func insertAll(ctx context.Context, database *sql.DB, batches <-chan batch, shown *progress) error {
	defer shown.finish()
	for more := true; more; {
		transaction, err := database.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if more, err = insertSome(ctx, transaction, batches, shown); err != nil {
			transaction.Rollback()
			return err
		}
		if err := transaction.Commit(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// insertSome inserts the batches of one transaction; false: there are no more.
func insertSome(ctx context.Context, transaction *sql.Tx, batches <-chan batch, shown *progress) (more bool, err error) {
	whole, err := transaction.PrepareContext(ctx, insertStatement(batchRows))
	if err != nil {
		return false, err
	}
	defer whole.Close()
	for inserted := 0; inserted < rowsPerTransaction; {
		next, ok := <-batches
		if !ok {
			return false, nil
		}
		if next.rows == batchRows {
			_, err = whole.ExecContext(ctx, next.arguments...)
		} else {
			_, err = transaction.ExecContext(ctx, insertStatement(next.rows), next.arguments...)
		}
		if err != nil {
			return false, err
		}
		inserted += next.rows
		shown.add(next.rows)
	}
	return true, nil
}
