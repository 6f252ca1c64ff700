package postgres

import (
	"fmt"
	"strings"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// values is a query of the group's keys, old and new values, in key order: sets
// that lock their rows in the same order cannot deadlock with each other. Old
// values that are all NULL are left out.
func (t *table) values(p *parameters, g *group, compare bool, null []bool) (string, error) {
	lists := &unnested{parameters: p, writes: g.writes}
	if err := t.addKeys(lists); err != nil {
		return "", err
	}
	if compare {
		if err := t.addSeen(lists, null); err != nil {
			return "", err
		}
	}
	if err := addAssigned(lists, g.columns); err != nil {
		return "", err
	}
	if t.keys[0].integer() && driverkit.Ascending(g.writes) {
		return lists.query(), nil // unnest keeps its order
	}
	order := make([]string, len(t.keys))
	for i := range order {
		order[i] = fmt.Sprint(i + 1)
	}
	return lists.query() + " ORDER BY " + strings.Join(order, ", "), nil
}

// addKeys adds the columns of the key, as k0, k1 and so on.
func (t *table) addKeys(lists *unnested) error {
	for i, column := range t.keys {
		err := lists.add(fmt.Sprintf("k%d", i), column.cast, func(write *database.Write) (*string, error) {
			if len(write.Row.Key) != len(t.keys) {
				return nil, t.keyWidth(write.Row.Key)
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
func (t *table) addSeen(lists *unnested, null []bool) error {
	for i, column := range t.columns {
		if null[i] {
			continue
		}
		err := lists.add(fmt.Sprintf("o%d", i), column.cast, func(write *database.Write) (*string, error) {
			before, found := write.Row.Seen.(driverkit.Texts)
			if !found || i >= len(before) {
				return nil, driverkit.Broken("customer %s: the row was not read by this driver", write.Row.Key)
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
		texts := make([]string, 0, len(lists.writes))
		err := lists.add(fmt.Sprintf("n%d", i), column.cast, func(write *database.Write) (*string, error) {
			value, _ := write.Change.Assigned(column.name)
			if value == nil {
				return nil, nil
			}
			texts = append(texts, column.print(value))
			return &texts[len(texts)-1], nil
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
	parameters *parameters
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
	u.lists, u.aliases = append(u.lists, u.parameters.texts(values)), append(u.aliases, alias)
	u.selected = append(u.selected, cast(alias)+" AS "+alias)
	return nil
}

func (u *unnested) query() string {
	return fmt.Sprintf("SELECT %s FROM unnest(%s) AS x(%s)", strings.Join(u.selected, ", "), strings.Join(u.lists, ", "), strings.Join(u.aliases, ", "))
}
