package postgres

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
	// places are where the writes stand in the set.
	places []int
}

// groups sorts writes by the columns that they assign.
func (t *table) groups(writes []database.Write) ([]*group, error) {
	found, err := database.GroupWrites(writes, t.plan.Columns())
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
// into the ledger, and returns their keys. It is one statement: what was not
// updated cannot be in the ledger, whatever happens.
func (t *table) update(ctx context.Context, in session, mark database.Mark, g *group, compare bool) ([]database.Key, error) {
	var p parameters
	null := database.NullInAll(g.writes, len(t.columns))
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
		where += fmt.Sprintf(" AND ROW(%s)::record *= ROW(%s)::record", strings.Join(names(t.columns, "t."), ", "), strings.Join(old, ", "))
	}
	list := strings.Join(names(t.keys, ""), ", ")
	text := fmt.Sprintf(`WITH updated AS (UPDATE %s AS t SET %s FROM (%s) AS v WHERE %s RETURNING %s)
		INSERT INTO %s (%s, run, range, outcome) SELECT %s, %s::int, %s::int, %d FROM updated %s RETURNING %s`,
		t.customers(), strings.Join(sets, ", "), values, where, strings.Join(names(t.keys, "t."), ", "),
		t.own(t.ledger), list, list, p.text(fmt.Sprint(mark.Run.Number)), p.text(fmt.Sprint(mark.Sequence)), outcomeMigrated, spread, list)
	return t.queryKeys(ctx, in, text, p.all())
}

// values is a query of the group's keys, old and new values, in key order: sets
// that lock their rows in the same order cannot deadlock with each other. Old
// values that are all NULL are left out.
func (t *table) values(p *parameters, g *group, compare bool, null []bool) (string, error) {
	var lists, aliases, selected []string
	add := func(alias string, cast func(string) string, value func(*database.Write) (*string, error)) error {
		values := make([]*string, len(g.writes))
		for i := range g.writes {
			var err error
			if values[i], err = value(&g.writes[i]); err != nil {
				return err
			}
		}
		lists, aliases = append(lists, p.texts(values)), append(aliases, alias)
		selected = append(selected, cast(alias)+" AS "+alias)
		return nil
	}
	for i, column := range t.keys {
		err := add(fmt.Sprintf("k%d", i), column.cast, func(write *database.Write) (*string, error) {
			if len(write.Row.Key) != len(t.keys) {
				return nil, t.keyWidth(write.Row.Key)
			}
			return &write.Row.Key[i], nil
		})
		if err != nil {
			return "", err
		}
	}
	order := make([]string, len(t.keys))
	for i := range order {
		order[i] = fmt.Sprint(i + 1)
	}
	for i, column := range t.columns {
		if !compare || null[i] {
			continue
		}
		err := add(fmt.Sprintf("o%d", i), column.cast, func(write *database.Write) (*string, error) {
			before, found := write.Row.Seen.(database.Texts)
			if !found || i >= len(before) {
				return nil, broken("customer %s: the row was not read by this driver", write.Row.Key)
			}
			return before[i], nil
		})
		if err != nil {
			return "", err
		}
	}
	for i, column := range g.columns {
		texts := make([]string, 0, len(g.writes))
		err := add(fmt.Sprintf("n%d", i), column.assign, func(write *database.Write) (*string, error) {
			value, _ := write.Change.Assigned(column.name)
			if value == nil {
				return nil, nil
			}
			texts = append(texts, column.print(value))
			return &texts[len(texts)-1], nil
		})
		if err != nil {
			return "", err
		}
	}
	text := fmt.Sprintf("SELECT %s FROM unnest(%s) AS x(%s)", strings.Join(selected, ", "), strings.Join(lists, ", "), strings.Join(aliases, ", "))
	if t.keys[0].integer() && database.Ascending(g.writes) {
		return text, nil // unnest keeps its order
	}
	return text + " ORDER BY " + strings.Join(order, ", "), nil
}
