package mysql

import (
	"context"
	"fmt"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// group are writes that assign the same columns.
type group struct {
	columns []column
	writes  []database.Write
}

// update updates the rows of the writes that are chosen, and enters them into the
// ledger. The rows are locked.
func (t *table) update(ctx context.Context, in session, mark database.Mark, writes []database.Write, chosen []bool) error {
	if _, err := t.groups(writes); err != nil {
		return err // refused whether its row is as it was or not
	}
	var work []database.Write
	for i, write := range writes {
		if chosen[i] {
			work = append(work, write)
		}
	}
	groups, err := t.groups(work)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if err := t.updateGroup(ctx, in, g); err != nil {
			return err
		}
	}
	if err := t.enter(ctx, in, mark, keysOf(work), books.OutcomeMigrated); err != nil {
		return err
	}
	return further(ctx, in, work)
}

// groups sorts writes by the columns that they assign.
func (t *table) groups(writes []database.Write) ([]*group, error) {
	found, err := driverkit.GroupWrites(writes, t.plan.Columns())
	groups := make([]*group, len(found))
	for at, one := range found {
		groups[at] = &group{writes: one.Writes}
		for i, column := range t.columns {
			if one.Assigned[i] {
				groups[at].columns = append(groups[at].columns, column)
			}
		}
	}
	return groups, err
}

// updateGroup updates the group's rows, all of which are there.
func (t *table) updateGroup(ctx context.Context, in session, g *group) error {
	values := t.values(len(g.writes), len(t.keys)+len(g.columns))
	for _, write := range g.writes {
		if err := t.beginRow(values, g, write); err != nil {
			return err
		}
		values.end()
	}
	result, err := in.ExecContext(ctx, t.updateText(g.columns, nil, nil, "", values), values.arguments...)
	if err != nil {
		return err
	}
	if found, err := result.RowsAffected(); err != nil || found != int64(len(g.writes)) {
		return driverkit.Broken("%d of %d locked rows of table %s were found again by their keys", found, len(g.writes), t.name)
	}
	return nil
}

// beginRow begins a row with a customer's key and new values.
func (t *table) beginRow(values *list, g *group, write database.Write) error {
	values.begin()
	if err := t.addKey(values, write.Row.Key); err != nil {
		return err
	}
	for _, column := range g.columns {
		value, _ := write.Change.Assigned(column.name)
		values.add(column.print(value))
	}
	return nil
}

// updateText joins the table with a list of values, and reads that list first. It
// updates only rows of which the compared columns are as the list says, or NULL, in
// the list's order, or in the one that is given.
func (t *table) updateText(columns, compared []column, null []bool, order string, rows *list) string {
	var aliases, values, on, sets []string
	for i, key := range t.keys {
		alias := fmt.Sprintf("k%d", i)
		aliases, values = append(aliases, alias), append(values, key.typed(alias)+" AS "+alias)
		on = append(on, "t."+quote(key.name)+" = v."+alias)
	}
	for i, column := range columns {
		alias := fmt.Sprintf("n%d", i)
		aliases, values = append(aliases, alias), append(values, alias)
		sets = append(sets, "t."+quote(column.name)+" = v."+alias)
	}
	for i := range compared {
		if null[i] {
			continue
		}
		alias := fmt.Sprintf("o%d", i)
		aliases, values = append(aliases, alias), append(values, alias)
	}
	query := "(WITH l(" + strings.Join(aliases, ", ") + ") AS (VALUES %s) SELECT " + strings.Join(values, ", ") + " FROM l" + order + ")"
	if !t.maria {
		query = "(SELECT " + strings.Join(values, ", ") + " FROM (VALUES %s) AS l(" + strings.Join(aliases, ", ") + ")" + order + ")"
	}
	return "UPDATE " + fmt.Sprintf(query, rows.text.String()) + " AS v STRAIGHT_JOIN " + t.customers() + " AS t " + t.forced() + " ON " +
		strings.Join(on, " AND ") + unchanged(compared, null) + " SET " + strings.Join(sets, ", ")
}
