package postgres

import (
	"fmt"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// group are writes that assign the same columns.
type group = driverkit.Group[column]

// updating is the statement that writes a group.
type updating struct {
	text      string
	arguments []any
	// update is the update alone, and ofUpdate how many of the arguments are its.
	update   string
	ofUpdate int
}

// updateText updates the group's rows that are still as they were read, and enters them
// into the ledger.
func (w *setWriter) updateText(mark database.Mark, g *group, compare bool) (updating, error) {
	var p parameters
	null := driverkit.NullInAll(g.Writes, len(w.columns))
	values, err := w.values(&p, g, compare, null)
	if err != nil {
		return updating{}, err
	}
	sets := make([]string, len(g.Columns))
	for i, column := range g.Columns {
		sets[i] = fmt.Sprintf("%s = v.n%d", quote(column.name), i)
	}
	keys := make([]string, len(w.keys))
	for i := range keys {
		keys[i] = fmt.Sprintf("v.k%d", i)
	}
	where := driverkit.Tuple(names(w.keys, "t.")) + " = " + driverkit.Tuple(keys)
	if compare {
		where += w.unchanged(null)
	}
	update := fmt.Sprintf("UPDATE %s AS t SET %s FROM (%s) AS v WHERE %s RETURNING %s", w.From, strings.Join(sets, ", "), values, where, w.kept(keys))
	found := updating{update: update, ofUpdate: len(p.Values)}
	found.text = fmt.Sprintf("WITH updated (%s) AS (%s)\n\t\t%s RETURNING %s", strings.Join(aliases(len(w.keys)), ", "), update, w.entering("updated", aliases(len(w.keys)), p.run(mark), books.OutcomeMigrated), w.List())
	found.arguments = p.all()
	return found, nil
}

// kept are the keys of rows that an UPDATE of t was asked for: NULL, which the ledger
// refuses, for a row that has another key now.
func (w *setWriter) kept(keys []string) string {
	kept := make([]string, len(keys))
	for i := range keys {
		kept[i] = fmt.Sprintf("CASE WHEN %s = %s THEN %s END", driverkit.Tuple(names(w.keys, "t.")), driverkit.Tuple(keys), keys[i])
	}
	return strings.Join(kept, ", ")
}

// unchanged is the condition that a row is as it was read.
func (w *setWriter) unchanged(null []bool) string {
	old := make([]string, len(w.columns))
	for i, column := range w.columns {
		if old[i] = fmt.Sprintf("v.o%d", i); null[i] {
			old[i] = column.cast("NULL")
		}
	}
	return fmt.Sprintf(" AND ROW(%s)::record *= ROW(%s)::record", strings.Join(compared(w.columns, "t."), ", "), strings.Join(old, ", "))
}

// values is a query of the group's keys, old and new values, in key order: sets
// that lock their rows in the same order cannot deadlock with each other. Old
// values that are all NULL are left out.
func (w *setWriter) values(p *parameters, g *group, compare bool, null []bool) (string, error) {
	lists := &unnested{parameters: &p.Arguments, writes: g.Writes}
	if err := w.addKeys(lists); err != nil {
		return "", err
	}
	if compare {
		if err := w.addSeen(lists, null); err != nil {
			return "", err
		}
	}
	if err := addAssigned(lists, g.Columns); err != nil {
		return "", err
	}
	if w.keys[0].integer() && driverkit.Ascending(g.Writes) {
		return lists.query(), nil // unnest keeps its order
	}
	order := make([]string, len(w.keys))
	for i := range order {
		order[i] = fmt.Sprint(i + 1)
	}
	return lists.query() + " ORDER BY " + strings.Join(order, ", "), nil
}

// addKeys adds the columns of the key, as k0, k1 and so on.
func (w *setWriter) addKeys(lists *unnested) error {
	for i, column := range w.keys {
		err := lists.add(fmt.Sprintf("k%d", i), column.cast, func(write *database.Write) (*string, error) {
			if err := w.CheckWidth(write.Row.Key); err != nil {
				return nil, err
			}
			text := column.argument(write.Row.Key[i])
			return &text, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// addSeen adds the values as they were read, as o0, o1 and so on.
func (w *setWriter) addSeen(lists *unnested, null []bool) error {
	for i, column := range w.columns {
		if null[i] {
			continue
		}
		err := lists.add(fmt.Sprintf("o%d", i), column.cast, func(write *database.Write) (*string, error) {
			before, err := driverkit.Seen(write.Row, len(w.columns))
			if err != nil {
				return nil, err
			}
			return before[i], nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// addAssigned adds the new values of the columns, as n0, n1 and so on.
func addAssigned(lists *unnested, columns []column) error {
	for i, column := range columns {
		printed := make([]string, 0, len(lists.writes))
		err := lists.add(fmt.Sprintf("n%d", i), column.cast, func(write *database.Write) (*string, error) {
			value, _ := write.Change.Assigned(column.name)
			if value == nil {
				return nil, nil
			}
			printed = append(printed, column.print(value))
			return &printed[len(printed)-1], nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// unnested is a query of lists that travel as parameters, one for each column, with
// a value for each write.
type unnested struct {
	parameters *driverkit.Arguments
	writes     []database.Write
	lists      []string
	aliases    []string
	selected   []string
}

func (u *unnested) add(alias string, cast func(string) string, value func(*database.Write) (*string, error)) error {
	values := make([]*string, len(u.writes))
	for i := range u.writes {
		var err error
		if values[i], err = value(&u.writes[i]); err != nil {
			return err
		}
	}
	u.lists, u.aliases = append(u.lists, texts(u.parameters, values)), append(u.aliases, alias)
	u.selected = append(u.selected, cast(alias)+" AS "+alias)
	return nil
}

func (u *unnested) query() string {
	return fmt.Sprintf("SELECT %s FROM unnest(%s) AS x(%s)", strings.Join(u.selected, ", "), strings.Join(u.lists, ", "), strings.Join(u.aliases, ", "))
}

// entering is the statement that enters the keys which a query or a name in WITH
// has, in columns of these names: by a hash, five of eight first, and the others
// between them. In key order each page of the ledger's index would be split at its
// middle and stay half empty, since processes enter stretches side by side; so it
// takes 30 bytes a customer instead of 39.
func (w *setWriter) entering(from string, columns []string, run runValues, outcome int) string {
	list := strings.Join(columns, ", ")
	part := fmt.Sprintf("SELECT %s, %s, %s, %d FROM %s WHERE coalesce(hashtext(%s::text), 0) & 7", list, w.Proof(run.number, run.id), run.sequence, outcome, from, driverkit.Tuple(columns))
	return fmt.Sprintf("INSERT INTO %s (%s) %s < 5 UNION ALL %s >= 5", w.own(w.ledger), w.entered(), part, part)
}

// runValues are what a ledger row says of its run, as SQL, and the run's id.
type runValues struct{ number, id, sequence string }

func (p *parameters) run(mark database.Mark) runValues {
	return runValues{number: p.text(fmt.Sprint(mark.Run.Number)) + "::int", id: p.text(mark.Run.ID), sequence: p.text(fmt.Sprint(mark.Sequence)) + "::int"}
}

// entered are the columns of a ledger row.
func (w *setWriter) entered() string {
	ours := w.ledgerColumns
	return strings.Join(append(names(w.keys, ""), ours.Run, ours.Range, ours.Outcome), ", ")
}
