package mysql

import (
	"context"
	"fmt"
	"strings"

	"db-migrate/database"
)

// group are writes that assign the same columns.
type group struct {
	columns []column
	writes  []database.Write
}

// update updates the rows of the writes that are chosen, and enters them into the
// ledger. The rows are locked.
func (t *table) update(ctx context.Context, in session, mark database.Mark, writes []database.Write, chosen []bool) error {
	var work []database.Write
	for i, write := range writes {
		if _, err := t.assigned(write); err != nil {
			return err // refused whether its row is as it was or not
		}
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
	if err := t.enter(ctx, in, mark, keysOf(work), outcomeMigrated); err != nil {
		return err
	}
	return further(ctx, in, work)
}

// groups sorts writes by the columns that they assign.
func (t *table) groups(writes []database.Write) ([]*group, error) {
	var groups []*group
	byColumns := map[string]*group{}
	for _, write := range writes {
		columns, err := t.assigned(write)
		if err != nil {
			return nil, err
		}
		id := strings.Join(names(columns, ""), ",")
		found := byColumns[id]
		if found == nil {
			found = &group{columns: columns}
			byColumns[id] = found
			groups = append(groups, found)
		}
		found.writes = append(found.writes, write)
	}
	return groups, nil
}

// assigned are the columns that a write assigns, in the table's order.
func (t *table) assigned(write database.Write) ([]column, error) {
	var columns []column
	for _, candidate := range t.columns {
		if _, found := write.Change.Assigned(candidate.name); found {
			columns = append(columns, candidate)
		}
	}
	if len(columns) == 0 {
		return nil, database.OwnError(fmt.Errorf("customer %s: the change sets no column of the migration's", write.Row.Key))
	}
	return columns, nil
}

// updateGroup updates the group's rows, all of which are there.
func (t *table) updateGroup(ctx context.Context, in session, g *group) error {
	text := t.updateText(g.columns, nil, "", len(g.writes))
	arguments := make([]any, 0, len(g.writes)*(len(t.keys)+len(g.columns)))
	for _, write := range g.writes {
		var err error
		if arguments, err = t.newArguments(arguments, g, write); err != nil {
			return err
		}
	}
	result, err := in.ExecContext(ctx, text, arguments...)
	if err != nil {
		return err
	}
	if found, err := result.RowsAffected(); err != nil || found != int64(len(g.writes)) {
		return broken("%d of %d locked rows of table %s were found again by their keys", found, len(g.writes), t.name)
	}
	return nil
}

// newArguments adds a customer's key and new values.
func (t *table) newArguments(arguments []any, g *group, write database.Write) ([]any, error) {
	arguments, err := t.keyArguments(arguments, write.Row.Key)
	for _, column := range g.columns {
		value, _ := write.Change.Assigned(column.name)
		arguments = append(arguments, column.print(value))
	}
	return arguments, err
}

// updateText joins the table with a list of values, and reads that list first. It
// updates only rows of which the compared columns are as the list says, in the
// list's order, or in the one that is given.
func (t *table) updateText(columns, compared []column, order string, rows int) string {
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
		alias := fmt.Sprintf("o%d", i)
		aliases, values = append(aliases, alias), append(values, alias)
	}
	one := "(" + marks(len(aliases)) + ")"
	list := "(WITH l(" + strings.Join(aliases, ", ") + ") AS (VALUES %s) SELECT " + strings.Join(values, ", ") + " FROM l" + order + ")"
	if !t.maria {
		one = "ROW" + one
		list = "(SELECT " + strings.Join(values, ", ") + " FROM (VALUES %s) AS l(" + strings.Join(aliases, ", ") + ")" + order + ")"
	}
	return "UPDATE " + fmt.Sprintf(list, strings.TrimSuffix(strings.Repeat(one+",", rows), ",")) + " AS v STRAIGHT_JOIN " + t.customers() + " AS t ON " +
		strings.Join(on, " AND ") + unchanged(compared) + " SET " + strings.Join(sets, ", ")
}

// typed gives a text of a list the column's own character set and order, or the
// server would not know which of two orders to compare in.
func (c column) typed(alias string) string {
	if !c.text() {
		return alias
	}
	return fmt.Sprintf("CONVERT(%s USING %s) COLLATE %s", alias, c.charset, c.collation)
}
