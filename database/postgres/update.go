package postgres

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
	// places are where the writes stand in the set.
	places []int
}

// groups sorts writes by the columns that they assign.
func (t *table) groups(writes []database.Write) ([]*group, error) {
	found, err := driverkit.GroupWrites(writes, t.plan.Columns())
	groups := make([]*group, len(found))
	for at, one := range found {
		groups[at] = &group{writes: one.Writes, places: one.Places}
		for i, column := range t.columns {
			if one.Assigned[i] {
				groups[at].columns = append(groups[at].columns, column)
			}
		}
	}
	return groups, err
}

// update updates the group's rows that are still as they were read, enters them
// into the ledger, and returns the keys that it was asked for, however the table
// spells them by now. It is one statement: what was not updated cannot be in the
// ledger, whatever happens.
func (t *table) update(ctx context.Context, in session, mark database.Mark, g *group, compare bool) ([]database.Key, error) {
	var p parameters
	null := driverkit.NullInAll(g.writes, len(t.columns))
	values, err := t.values(&p, g, compare, null)
	if err != nil {
		return nil, err
	}
	sets := make([]string, len(g.columns))
	for i, column := range g.columns {
		sets[i] = fmt.Sprintf("%s = v.n%d", quote(column.name), i)
	}
	keys := make([]string, len(t.keys))
	for i := range keys {
		keys[i] = fmt.Sprintf("v.k%d", i)
	}
	where := tuple(names(t.keys, "t.")) + " = " + tuple(keys)
	if compare {
		old := make([]string, len(t.columns))
		for i, column := range t.columns {
			if old[i] = fmt.Sprintf("v.o%d", i); null[i] {
				old[i] = column.cast("NULL")
			}
		}
		where += fmt.Sprintf(" AND ROW(%s)::record *= ROW(%s)::record", strings.Join(compared(t.columns, "t."), ", "), strings.Join(old, ", "))
	}
	list := strings.Join(names(t.keys, ""), ", ")
	text := fmt.Sprintf(`WITH updated AS (UPDATE %s AS t SET %s FROM (%s) AS v WHERE %s RETURNING %s)
		%s RETURNING %s`,
		t.customers(), strings.Join(sets, ", "), values, where, strings.Join(keys, ", "),
		t.entering("updated", aliases(len(t.keys)), p.run(mark), books.OutcomeMigrated), list)
	return t.queryKeys(ctx, in, text, p.all())
}
