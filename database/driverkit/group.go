package driverkit

import (
	"fmt"
	"slices"

	"db-migrate/database"
)

// Group are writes that assign the same columns.
type Group[C any] struct {
	Columns []C
	Writes  []database.Write
	// Places are where the writes stand in the set.
	Places []int

	assigned []bool
}

// GroupWrites sorts writes by which of the columns they assign, by their names; as a rule
// all assign the same. A change that assigns none of them is the customer's own error.
func GroupWrites[C any](writes []database.Write, names []string, columns []C) ([]*Group[C], error) {
	var groups []*Group[C]
	assigned := make([]bool, len(names))
	for place := range writes {
		for i, name := range names {
			_, assigned[i] = writes[place].Change.Assigned(name)
		}
		if !slices.Contains(assigned, true) {
			return nil, database.OwnError(fmt.Errorf("row %s: the change sets no column of the migration's", writes[place].Row.Key))
		}
		at := slices.IndexFunc(groups, func(g *Group[C]) bool { return slices.Equal(g.assigned, assigned) })
		if at < 0 {
			at = len(groups)
			groups = append(groups, &Group[C]{assigned: slices.Clone(assigned), Places: make([]int, 0, len(writes))})
		}
		groups[at].Places = append(groups[at].Places, place)
	}
	for _, g := range groups {
		g.take(writes, columns)
	}
	return groups, nil
}

// take takes the group's writes out of the set; as a rule they are the set.
func (g *Group[C]) take(writes []database.Write, columns []C) {
	for i, column := range columns {
		if g.assigned[i] {
			g.Columns = append(g.Columns, column)
		}
	}
	if len(g.Places) == len(writes) {
		g.Writes = writes
		return
	}
	for _, place := range g.Places {
		g.Writes = append(g.Writes, writes[place])
	}
}

// KeysOf are the keys of writes.
func KeysOf(writes []database.Write) []database.Key {
	keys := make([]database.Key, len(writes))
	for i, write := range writes {
		keys[i] = write.Row.Key
	}
	return keys
}

// RunFurther runs the further statements of changes that were written.
func RunFurther(writes []database.Write, execute func(database.Statement) error) error {
	for _, write := range writes {
		for _, statement := range write.Change.Statements {
			if err := execute(statement); err != nil {
				return fmt.Errorf("row %s: %w", write.Row.Key, err)
			}
		}
	}
	return nil
}

// Seen is what this kind of driver has read of a row, so many columns of it.
func Seen(row database.Row, columns int) (Texts, error) {
	seen, ok := row.Seen.(Texts)
	if !ok || len(seen) != columns {
		return nil, Broken("row %s: it was not read by this driver", row.Key)
	}
	return seen, nil
}
