package driverkit

import (
	"fmt"
	"slices"

	"db-migrate/database"
)

// Group are writes that assign the same columns.
type Group struct {
	// Assigned tells of each of the columns whether it is among them.
	Assigned []bool
	Writes   []database.Write
	// Places are where the writes stand in the set.
	Places []int
}

// GroupWrites sorts writes by which of the columns they assign; as a rule all assign
// the same. A change that assigns none of them is the customer's own error.
func GroupWrites(writes []database.Write, columns []string) ([]*Group, error) {
	var groups []*Group
	assigned := make([]bool, len(columns))
	for place := range writes {
		for i, column := range columns {
			_, assigned[i] = writes[place].Change.Assigned(column)
		}
		if !slices.Contains(assigned, true) {
			return nil, database.OwnError(fmt.Errorf("customer %s: the change sets no column of the migration's", writes[place].Row.Key))
		}
		at := slices.IndexFunc(groups, func(g *Group) bool { return slices.Equal(g.Assigned, assigned) })
		if at < 0 {
			at = len(groups)
			groups = append(groups, &Group{Assigned: slices.Clone(assigned), Places: make([]int, 0, len(writes))})
		}
		groups[at].Places = append(groups[at].Places, place)
	}
	for _, g := range groups {
		g.take(writes)
	}
	return groups, nil
}

// take takes the group's writes out of the set; as a rule they are the set.
func (g *Group) take(writes []database.Write) {
	if len(g.Places) == len(writes) {
		g.Writes = writes
		return
	}
	for _, place := range g.Places {
		g.Writes = append(g.Writes, writes[place])
	}
}
