package mysql

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// errChanged undoes a set of which not all rows are as they were read.
var errChanged = errors.New("a row of the set has changed")

// atOnceLimit is how often a set may turn out to be unchanged after the server has
// said otherwise: it compares a column's type in another way than we do, then, and
// is not asked again.
const atOnceLimit = 3

// oneGroup is the set, if it may be written at once; else nil. A condition of the
// user's is looked at under a lock, and errors of the changes themselves are told
// where one is to blame.
func (t *table) oneGroup(writes []database.Write) *group {
	if t.plan.Statements != nil || t.plan.Where != "" || len(writes) < 2 || t.missed.Load() >= atOnceLimit {
		return nil
	}
	groups, err := t.groups(writes)
	if err != nil || len(groups) != 1 {
		return nil
	}
	return groups[0]
}

// writeAtOnce updates the rows of a set by one statement, which compares them with
// what was read, and returns how long it held their locks. Unless all are as they
// were, it is undone, with errChanged.
func (t *table) writeAtOnce(ctx context.Context, mark database.Mark, whole *group) (time.Duration, error) {
	var began time.Time
	err := t.transaction(ctx, func(ctx context.Context, in session) error {
		began = time.Now()
		if err := t.updateUnchanged(ctx, in, whole); err != nil {
			return err
		}
		if err := t.enter(ctx, in, mark, keysOf(whole.writes), books.OutcomeMigrated); err != nil {
			return err
		}
		return further(ctx, in, whole.writes)
	})
	return time.Since(began), err
}

// updateUnchanged updates the group's rows, if all of them are as they were read:
// the columns' bytes are compared, as the server prints them.
func (t *table) updateUnchanged(ctx context.Context, in session, g *group) error {
	null := driverkit.NullInAll(g.writes, len(t.columns))
	values := t.values(len(g.writes), len(t.keys)+len(g.columns)+len(t.columns))
	for _, write := range g.writes {
		if err := t.beginRow(values, g, write); err != nil {
			return err
		}
		if err := t.addOld(values, null, write); err != nil {
			return err
		}
		values.end()
	}
	text := t.updateText(g.columns, t.columns, null, t.lockOrder(g.writes), values)
	result, err := in.ExecContext(ctx, text, values.arguments...)
	if err != nil {
		return err
	}
	if found, err := result.RowsAffected(); err != nil || found != int64(len(g.writes)) {
		return errors.Join(errChanged, err)
	}
	return nil
}

// addOld adds a customer's values as they were read, but those that are NULL
// throughout the set.
func (t *table) addOld(values *list, null []bool, write database.Write) error {
	before, ok := write.Row.Seen.(driverkit.Texts)
	if !ok || len(before) != len(t.columns) {
		return driverkit.Broken("customer %s: the row was not read by this driver", write.Row.Key)
	}
	for i, column := range t.columns {
		if !null[i] {
			values.add(column.printed(before[i]))
		}
	}
	return nil
}

// lockOrder puts a list in the key's order, if it is not seen to be: sets that lock
// their rows in the same order cannot deadlock with each other. Without a LIMIT
// the server leaves an inner order out.
func (t *table) lockOrder(writes []database.Write) string {
	if t.keys[0].integer && driverkit.Ascending(writes) {
		return ""
	}
	aliases := make([]string, len(t.keys))
	for i := range aliases {
		aliases[i] = fmt.Sprintf("k%d", i)
	}
	return fmt.Sprintf(" ORDER BY %s LIMIT %d", strings.Join(aliases, ", "), len(writes))
}

// printed is a value as the server printed it; nil is NULL.
func (c column) printed(text *string) any {
	switch {
	case text == nil:
		return nil
	case c.text():
		return *text
	}
	return []byte(*text)
}

// unchanged are the conditions that columns are as they were read: what was NULL in
// the whole set need not travel with each customer.
func unchanged(columns []column, null []bool) string {
	var conditions strings.Builder
	for i, column := range columns {
		if null[i] {
			fmt.Fprintf(&conditions, " AND t.%s IS NULL", quote(column.name))
			continue
		}
		fmt.Fprintf(&conditions, " AND BINARY %s <=> BINARY v.o%d", column.selectedFrom("t."), i)
	}
	return conditions.String()
}

func all(count int) []bool {
	rows := make([]bool, count)
	for i := range rows {
		rows[i] = true
	}
	return rows
}
