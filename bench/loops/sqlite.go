package loops

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"
)

// SQLite migrates 1,000 customers in a transaction, with their ledger rows and the
// comparison of columns, by statements that are prepared once. There is one
// writer, as SQLite has it; the next set is read and computed meanwhile.
type SQLite struct {
	Database      *sql.DB
	Ledger        string
	LedgerColumns []string
}

// Sets migrates all customers.
func (s *SQLite) Sets(ctx context.Context) (int64, error) {
	writing, err := s.Database.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer writing.Close()
	update, err := writing.PrepareContext(ctx, "UPDATE customers SET first_name = ?, last_name = ?, phone_e164 = ?, email_normalized = ? WHERE id = ? AND "+
		strings.Join(columnNames(), " IS ? AND ")+" IS ?")
	if err != nil {
		return 0, err
	}
	defer update.Close()
	enter, err := writing.PrepareContext(ctx, "INSERT INTO "+s.Ledger+" (id, "+strings.Join(s.LedgerColumns, ", ")+") VALUES (?, "+ones(s.LedgerColumns)+")")
	if err != nil {
		return 0, err
	}
	defer enter.Close()
	sets := make(chan []change, 1)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.prepare(ctx, sets) })
	migrated := int64(0)
	group.Go(func() error {
		for made := range sets {
			number, err := s.write(ctx, writing, update, enter, made)
			if err != nil {
				return err
			}
			migrated += number
		}
		return nil
	})
	err = group.Wait()
	return migrated, err
}

// prepare reads sets and computes their changes, while the set before is written.
func (s *SQLite) prepare(ctx context.Context, sets chan<- []change) error {
	defer close(sets)
	for after := int64(-1); ; {
		found, err := s.read(ctx, after)
		if err != nil || len(found) == 0 {
			return err
		}
		made, err := changes(found)
		if err != nil {
			return err
		}
		select {
		case sets <- made:
			after = found[len(found)-1].id
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *SQLite) read(ctx context.Context, after int64) ([]customer, error) {
	rows, err := s.Database.QueryContext(ctx, "SELECT "+selected+" FROM customers WHERE id > ? ORDER BY id LIMIT ?", after, setSize)
	if err != nil {
		return nil, err
	}
	return scanAll(rows)
}

// scanAll reads all rows of the key and the columns.
func scanAll(rows *sql.Rows) ([]customer, error) {
	defer rows.Close()
	found := make([]customer, 0, setSize)
	for rows.Next() {
		var row customer
		if err := rows.Scan(row.targets()...); err != nil {
			return nil, err
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

func (s *SQLite) write(ctx context.Context, writing *sql.Conn, update, enter *sql.Stmt, made []change) (int64, error) {
	if _, err := writing.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return 0, err
	}
	migrated := int64(0)
	for i := range made {
		result, err := update.ExecContext(ctx, updateArguments(&made[i])...)
		if err != nil {
			return 0, err
		}
		if changed, err := result.RowsAffected(); err != nil || changed != 1 {
			return 0, fmt.Errorf("customer %d has changed: %w", made[i].id, err)
		}
		if _, err := enter.ExecContext(ctx, made[i].id); err != nil {
			return 0, err
		}
		migrated++
	}
	_, err := writing.ExecContext(ctx, "COMMIT")
	return migrated, err
}

// updateArguments are the new values, the key, and the old values.
func updateArguments(made *change) []any {
	arguments := make([]any, 0, 12)
	for _, value := range made.new {
		arguments = append(arguments, value)
	}
	arguments = append(arguments, made.id)
	for _, value := range made.old {
		arguments = append(arguments, value)
	}
	return arguments
}
