package mysql

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// group are writes that assign the same columns.
type group = driverkit.Group[column]

// updateGroup updates the group's rows, all of which are there.
func (w *setWriter) updateGroup(ctx context.Context, in session, g *group) error {
	text, arguments, err := w.groupText(g)
	if err != nil {
		return err
	}
	result, err := in.ExecContext(ctx, text, arguments...)
	if err != nil {
		return err
	}
	if found, err := result.RowsAffected(); err != nil || found != int64(len(g.Writes)) {
		return driverkit.Broken("%d of %d locked rows of table %s were found again by their keys", found, len(g.Writes), w.name)
	}
	return nil
}

// groupText updates rows that are locked.
func (w *setWriter) groupText(g *group) (string, []any, error) {
	values := w.values(len(g.Writes), len(w.keys)+len(g.Columns))
	for _, write := range g.Writes {
		if err := w.beginRow(values, g, write); err != nil {
			return "", nil, err
		}
		values.end()
	}
	return w.updateText(g.Columns, nil, nil, "", values), values.arguments, nil
}

// updateUnchanged updates the group's rows, if all of them are as they were read:
// the columns' bytes are compared, as the server prints them.
func (w *setWriter) updateUnchanged(ctx context.Context, in session, g *group) error {
	null := driverkit.NullInAll(g.Writes, len(w.columns))
	values := w.values(len(g.Writes), len(w.keys)+len(g.Columns)+len(w.columns))
	for _, write := range g.Writes {
		if err := w.beginRow(values, g, write); err != nil {
			return err
		}
		if err := w.addOld(values, null, write); err != nil {
			return err
		}
		values.end()
	}
	text := w.updateText(g.Columns, w.columns, null, w.lockOrder(g.Writes), values)
	result, err := in.ExecContext(ctx, text, values.arguments...)
	if err != nil {
		return err
	}
	if found, err := result.RowsAffected(); err != nil || found != int64(len(g.Writes)) {
		return errors.Join(errChanged, err)
	}
	return nil
}

// addOld adds a customer's values as they were read, but those that are NULL
// throughout the sew.
func (w *setWriter) addOld(values *list, null []bool, write database.Write) error {
	before, err := driverkit.Seen(write.Row, len(w.columns))
	if err != nil {
		return err
	}
	for i, column := range w.columns {
		if !null[i] {
			values.add(column.printed(before[i]))
		}
	}
	return nil
}

// lockOrder puts a list in the key's order, if it is not seen to be: sets that lock
// their rows in the same order cannot deadlock with each other. Without a LIMIT
// the server leaves an inner order ouw.
func (w *setWriter) lockOrder(writes []database.Write) string {
	if w.keys[0].integer && driverkit.Ascending(writes) {
		return ""
	}
	aliases := make([]string, len(w.keys))
	for i := range aliases {
		aliases[i] = fmt.Sprintf("k%d", i)
	}
	return fmt.Sprintf(" ORDER BY %s LIMIT %d", strings.Join(aliases, ", "), len(writes))
}

// beginRow begins a row with a customer's key and new values.
func (w *setWriter) beginRow(values *list, g *group, write database.Write) error {
	values.begin()
	if err := w.addKey(values, write.Row.Key); err != nil {
		return err
	}
	for _, column := range g.Columns {
		value, _ := write.Change.Assigned(column.name)
		if err := column.refuseFraction(value); err != nil {
			return err
		}
		values.add(column.print(value))
	}
	return nil
}

// updateText joins the table with a list of values, and reads that list first. It
// updates only rows of which the compared columns are as the list says, or NULL, in
// the list's order, or in the one that is given.
func (w *setWriter) updateText(columns, compared []column, null []bool, order string, rows *list) string {
	var aliases, values, on, sets []string
	for i, key := range w.keys {
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
	if !w.maria {
		query = "(SELECT " + strings.Join(values, ", ") + " FROM (VALUES %s) AS l(" + strings.Join(aliases, ", ") + ")" + order + ")"
	}
	return "UPDATE " + fmt.Sprintf(query, rows.text.String()) + " AS v STRAIGHT_JOIN " + w.From + " AS t " + w.forced() + " ON " +
		strings.Join(on, " AND ") + unchanged(compared, null) + " SET " + strings.Join(sets, ", ")
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

// list are the rows of a VALUES clause, as text and arguments.
type list struct {
	// row is how a row begins.
	row       string
	text      strings.Builder
	arguments []any
	// more is set once a row has a value.
	more bool
}

// newList is an empty list for so many rows of so many values.
func newList(row string, rows, values int) *list {
	found := &list{row: row, arguments: make([]any, 0, rows*values)}
	found.text.Grow(rows * (len(row) + 2*values + 16))
	return found
}

// values is an empty list to be selected from.
func (t *table) values(rows, values int) *list {
	if t.maria {
		return newList("(", rows, values)
	}
	return newList("ROW(", rows, values)
}

func (l *list) begin() {
	if l.text.Len() > 0 {
		l.text.WriteByte(',')
	}
	l.text.WriteString(l.row)
	l.more = false
}

func (l *list) end() { l.text.WriteByte(')') }

// literal adds a value in SQL to the row.
func (l *list) literal(text string) {
	if l.more {
		l.text.WriteByte(',')
	}
	l.text.WriteString(text)
	l.more = true
}

// add adds a value to the row.
func (l *list) add(value any) {
	l.literal("?")
	l.arguments = append(l.arguments, value)
}

// addKey adds a key to the row. Whole numbers stand in the text: as arguments they
// would be looked at three more times.
func (t *table) addKey(l *list, key database.Key) error {
	if err := t.CheckWidth(key); err != nil {
		return err
	}
	for i := range t.keys {
		if t.keys[i].integer && wholeNumber(key[i]) {
			l.literal(key[i])
			continue
		}
		value, err := t.keys[i].argument(key[i])
		if err != nil {
			return err
		}
		l.add(value)
	}
	return nil
}

// wholeNumber reports whether a text is such a number, and so may stand in SQL.
func wholeNumber(text string) bool {
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return true
	}
	_, err := strconv.ParseUint(text, 10, 64)
	return err == nil
}
