package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// Bound is the greatest key, and how many customers lie after the given one.
func (t *table) Bound(ctx context.Context, after database.Key) (database.Bound, error) {
	if err := t.unmoved(); err != nil {
		return database.Bound{}, err
	}
	last, err := t.greatest(ctx)
	if err != nil || last == nil || after != nil && last.Equal(after) {
		return database.Bound{}, err
	}
	estimate, err := t.estimate(ctx, after, last)
	return database.Bound{UpTo: last, Estimate: estimate}, err
}

// BoundPart is where a part of the table begins and ends.
func (t *table) BoundPart(ctx context.Context, part database.Part) (database.Bound, error) {
	return driverkit.FindPart(part,
		func(sides ...driverkit.Side) (database.Key, error) { return t.greatest(ctx, sides...) },
		func(after, upTo database.Key) (int64, error) { return t.estimate(ctx, after, upTo) })
}

// greatest is the greatest key of a stretch; nil: it has none.
func (t *table) greatest(ctx context.Context, sides ...driverkit.Side) (database.Key, error) {
	where, arguments, err := t.bounded(sides)
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT 1", strings.Join(t.keySelection(), ", "), quote(t.name), where, t.order("DESC"))
	keys, err := t.queryKeys(ctx, text, arguments...)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	return keys[0], nil
}

func (t *table) order(direction string) string {
	parts := t.keyNames()
	for i := range parts {
		parts[i] += " " + direction
	}
	return strings.Join(parts, ", ")
}

// between is the WHERE clause for keys after one key and up to another, and for
// further conditions without parameters.
func (t *table) between(after, upTo database.Key, conditions ...string) (string, []any, error) {
	return t.bounded([]driverkit.Side{{Operator: ">", Key: after}, {Operator: "<=", Key: upTo}}, conditions...)
}

// bounded is the WHERE clause for the keys of a stretch, and for further
// conditions without parameters.
func (t *table) bounded(sides []driverkit.Side, conditions ...string) (string, []any, error) {
	var arguments []any
	for _, side := range sides {
		if side.Key == nil {
			continue
		}
		conditions = append(conditions, t.keyTuple()+" "+side.Operator+" "+t.keyMarks())
		var err error
		if arguments, err = t.keyArguments(arguments, side.Key); err != nil {
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
	if t.plan.Where != "" {
		return t.fetchMatching(ctx, after, upTo, limit)
	}
	where, arguments, err := t.between(after, upTo)
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT ?", strings.Join(t.keySelection(), ", "), quote(t.name), where, t.order("ASC"))
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

// eachRow hands the values of each row to use, however many columns there are.
func eachRow(rows *sql.Rows, use func(books.Values) error) error {
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	return scanRows(rows, len(columns), func(values []any) error { return use(values) })
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
	if database.Classified(err) {
		return err
	}
	return classify(fmt.Errorf("table %s: %w", t.name, err))
}
