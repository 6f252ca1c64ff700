package postgres

import (
	"context"
	"fmt"
	"strings"

	"db-migrate/database"
	"db-migrate/database/driverkit"
	"db-migrate/database/sqltext"
)

// prepareWhere holds the plan's condition against the table.
func (t *table) prepareWhere(ctx context.Context) error {
	if t.plan.Where == "" {
		return nil
	}
	if err := sqltext.CheckCondition(t.plan.Where, sqltext.PostgreSQL); err != nil {
		return driverkit.Broken("customer-scanner/where: %w", err)
	}
	held, err := t.readers.Acquire(ctx)
	if err != nil {
		return err
	}
	defer held.Release()
	if _, err := held.Conn().Prepare(ctx, "", "SELECT 1 FROM "+t.customers()+" WHERE ("+t.plan.Where+")"); err != nil {
		return driverkit.Broken("customer-scanner/where: it is no condition on table %s: %w", t.name, err)
	}
	return nil
}

// fetchMatching fetches the keys of whom the plan's condition is true.
func (t *table) fetchMatching(ctx context.Context, after, upTo database.Key, limit int) ([]database.Key, error) {
	return driverkit.FetchMatching(after, limit, func(after database.Key, rows int) ([]driverkit.Looked, error) {
		var p parameters
		where, err := t.between(&p, after, upTo)
		if err != nil {
			return nil, err
		}
		var looked []driverkit.Looked
		text := fmt.Sprintf("SELECT %s, CASE WHEN (%s) THEN 1 ELSE 0 END FROM %s%s ORDER BY %s LIMIT %d",
			strings.Join(names(t.keys, ""), ", "), t.plan.Where, t.customers(), where, t.order(""), rows)
		err = query(ctx, t.readers, text, p.values, func(values []*string) error {
			key, err := t.keyOf(values)
			looked = append(looked, driverkit.Looked{Key: key, Matches: *values[len(t.keys)] == "1"})
			return err
		})
		return looked, classify(err)
	})
}
