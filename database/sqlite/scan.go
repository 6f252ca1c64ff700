package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"db-migrate/database"
)

// countTime bounds the counting of the customers, which is for the progress bar
// only.
const countTime = 2 * time.Second

// Bound is the greatest key, and how many customers lie after the given one.
func (t *table) Bound(ctx context.Context, after database.Key) (database.Bound, error) {
	greatest := fmt.Sprintf("SELECT %s FROM %s ORDER BY %s LIMIT 1", strings.Join(t.keyNames(), ", "), quote(t.name), t.order("DESC"))
	keys, err := t.queryKeys(ctx, greatest)
	if err != nil || len(keys) == 0 {
		return database.Bound{}, err
	}
	if after != nil && keys[0].Equal(after) {
		return database.Bound{}, nil
	}
	estimate, err := t.count(ctx, after)
	return database.Bound{UpTo: keys[0], Estimate: estimate}, err
}

func (t *table) order(direction string) string {
	parts := t.keyNames()
	for i := range parts {
		parts[i] += " " + direction
	}
	return strings.Join(parts, ", ")
}

// count counts the customers after a key, if that can be done in a moment.
func (t *table) count(ctx context.Context, after database.Key) (int64, error) {
	where, arguments, err := t.between(after, nil)
	if err != nil {
		return 0, err
	}
	counting, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	var total int64
	err = t.readers.QueryRowContext(counting, "SELECT COUNT(*) FROM "+quote(t.name)+where, arguments...).Scan(&total)
	if err != nil && counting.Err() != nil && ctx.Err() == nil {
		return 0, nil // too many to count: unknown
	}
	return total, classify(err)
}

// between is the WHERE clause for keys after one key and up to another, and for
// further conditions without parameters.
func (t *table) between(after, upTo database.Key, conditions ...string) (string, []any, error) {
	var arguments []any
	var err error
	if after != nil {
		conditions = append(conditions, t.keyTuple()+" > "+t.keyMarks())
		if arguments, err = t.keyArguments(arguments, after); err != nil {
			return "", nil, err
		}
	}
	if upTo != nil {
		conditions = append(conditions, t.keyTuple()+" <= "+t.keyMarks())
		if arguments, err = t.keyArguments(arguments, upTo); err != nil {
			return "", nil, err
		}
	}
	if len(conditions) == 0 {
		return "", nil, nil
	}
	return " WHERE " + strings.Join(conditions, " AND "), arguments, nil
}

// Fetch returns the next keys.
func (t *table) Fetch(ctx context.Context, after, upTo database.Key, limit int) ([]database.Key, error) {
	where, arguments, err := t.between(after, upTo)
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT ?", strings.Join(t.keyNames(), ", "), quote(t.name), where, t.order("ASC"))
	return t.queryKeys(ctx, text, append(arguments, limit)...)
}

func (t *table) queryKeys(ctx context.Context, text string, arguments ...any) ([]database.Key, error) {
	var keys []database.Key
	err := t.query(ctx, text, arguments, len(t.keys), func(values []any) error {
		key, err := t.key(values)
		keys = append(keys, key)
		return err
	})
	return keys, err
}

// query runs a query of so many columns and hands each row's values to use.
func (t *table) query(ctx context.Context, text string, arguments []any, columns int, use func([]any) error) error {
	ctx, cancel := limited(ctx, t.options.StatementTimeout)
	defer cancel()
	rows, err := t.readers.QueryContext(ctx, text, arguments...)
	if err != nil {
		return t.explain(err)
	}
	return t.explain(errors.Join(scanRows(rows, columns, use), rows.Close()))
}

// limited bounds a statement's time; 0: it is not bounded.
func limited(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, timeout)
}

func scanRows(rows *sql.Rows, columns int, use func([]any) error) error {
	values, pointers := make([]any, columns), make([]any, columns)
	for i := range values {
		pointers[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(pointers...); err != nil {
			return err
		}
		if err := use(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

// explain classifies an error and says which table it is about.
func (t *table) explain(err error) error {
	if err == nil || errors.Is(err, database.ErrLedgerConflict) {
		return err
	}
	return classify(fmt.Errorf("table %s: %w", t.name, err))
}
