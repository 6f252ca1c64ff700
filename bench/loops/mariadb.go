package loops

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// MariaDB migrates 1,000 customers in a transaction: the update joins the table
// with a list of values and compares the columns that were read; then the ledger
// rows are inserted.
type MariaDB struct {
	Database *sql.DB
	// Workers is how many there are; a further connection finds the keys.
	Workers       int
	Ledger        string
	LedgerColumns []string
}

// Sets migrates all customers.
func (m *MariaDB) Sets(ctx context.Context) (int64, error) {
	group, ctx := errgroup.WithContext(ctx)
	found := make(chan stretch, m.Workers)
	group.Go(func() error { return m.stretches(ctx, found) })
	var migrated atomic.Int64
	for range m.Workers {
		group.Go(func() error {
			for part := range found {
				number, err := m.migrate(ctx, part)
				if err != nil {
					return err
				}
				migrated.Add(number)
			}
			return nil
		})
	}
	err := group.Wait()
	return migrated.Load(), err
}

func (m *MariaDB) stretches(ctx context.Context, found chan<- stretch) error {
	defer close(found)
	const next = "SELECT max(id) FROM (SELECT id FROM customers WHERE id > ? ORDER BY id LIMIT ?) AS page"
	for after := int64(-1); ; {
		var upTo sql.NullInt64
		if err := m.Database.QueryRowContext(ctx, next, after, setSize).Scan(&upTo); err != nil || !upTo.Valid {
			return err
		}
		select {
		case found <- stretch{after, upTo.Int64}:
			after = upTo.Int64
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (m *MariaDB) migrate(ctx context.Context, part stretch) (int64, error) {
	rows, err := m.Database.QueryContext(ctx, "SELECT "+selected+" FROM customers WHERE id > ? AND id <= ? ORDER BY id", part.after, part.upTo)
	if err != nil {
		return 0, err
	}
	found, err := scanAll(rows)
	if err != nil {
		return 0, err
	}
	made, err := changes(found)
	if err != nil || len(made) == 0 {
		return 0, err
	}
	return int64(len(made)), m.write(ctx, made)
}

// write writes all changes, or none if a row has changed meanwhile.
func (m *MariaDB) write(ctx context.Context, made []change) error {
	tx, err := m.Database.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	arguments := make([]any, 0, 12*len(made))
	keys := make([]any, len(made))
	for i := range made {
		arguments = append(arguments, updateArguments(&made[i])...)
		keys[i] = made[i].id
	}
	result, err := tx.ExecContext(ctx, updateList(len(made)), arguments...)
	if err != nil {
		return err
	}
	if matched, err := result.RowsAffected(); err != nil || matched != int64(len(made)) {
		return fmt.Errorf("%d of %d rows are as they were read: %w", matched, len(made), err)
	}
	row := "(?, " + ones(m.LedgerColumns) + "),"
	enter := "INSERT INTO " + m.Ledger + " (id, `" + strings.Join(m.LedgerColumns, "`, `") + "`) VALUES " + strings.TrimSuffix(strings.Repeat(row, len(made)), ",")
	if _, err := tx.ExecContext(ctx, enter, keys...); err != nil {
		return err
	}
	return tx.Commit()
}

// updateList is the update of so many rows: four new values, the key, seven old
// values of each. Texts are compared by byte.
func updateList(rows int) string {
	compared := make([]string, len(columnNames()))
	for i, name := range columnNames() {
		compared[i] = fmt.Sprintf("BINARY t.%s <=> BINARY v.o%d", name, i)
	}
	one := "(" + strings.TrimSuffix(strings.Repeat("?, ", 12), ", ") + "),"
	return "UPDATE (WITH l(n0, n1, n2, n3, id, o0, o1, o2, o3, o4, o5, o6) AS (VALUES " + strings.TrimSuffix(strings.Repeat(one, rows), ",") +
		") SELECT * FROM l) AS v STRAIGHT_JOIN customers AS t ON t.id = v.id AND " + strings.Join(compared, " AND ") +
		" SET t.first_name = v.n0, t.last_name = v.n1, t.phone_e164 = v.n2, t.email_normalized = v.n3"
}
