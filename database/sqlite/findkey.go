package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"db-migrate/database/driverkit"
)

// findKey finds the key columns: those configured, else the primary key.
func (t *table) findKey(ctx context.Context, columns []column) error {
	primary := primaryKey(columns)
	names := t.options.Key
	if len(names) == 0 {
		names = primary
	}
	if len(names) == 0 {
		return driverkit.Broken("table %s has no primary key; name the columns of a unique key in connection/key", t.name)
	}
	for _, name := range names {
		found, err := findColumn(columns, t.name, name)
		if err != nil {
			return err
		}
		if !found.notNull && found.primary == 0 {
			return driverkit.Broken("connection/key: column %s of table %s may be NULL; a key's columns must be NOT NULL", found.name, t.name)
		}
		t.keys = append(t.keys, keyColumn{name: found.name, declared: found.declared})
	}
	if err := t.findIndex(ctx, slices.Equal(t.keyColumns(), primary)); err != nil {
		return err
	}
	for i := range t.keys {
		if err := t.findKind(ctx, &t.keys[i]); err != nil {
			return err
		}
	}
	return nil
}

func primaryKey(columns []column) []string {
	var key []column
	for _, candidate := range columns {
		if candidate.primary > 0 {
			key = append(key, candidate)
		}
	}
	slices.SortFunc(key, func(a, b column) int { return a.primary - b.primary })
	var names []string
	for _, candidate := range key {
		names = append(names, candidate.name)
	}
	return names
}

// index is a unique index with its columns and their collations.
type index struct {
	name                string
	columns, collations []string
}

// findIndex makes sure that a unique index has just the key's columns, in an
// order that can be walked through, and takes their collations from it: the
// ledger must have its keys in the same order. An INTEGER PRIMARY KEY is the
// rowid and has no index.
func (t *table) findIndex(ctx context.Context, primary bool) error {
	steps, err := t.walk(ctx)
	if err != nil {
		return err
	}
	indexes, err := t.uniqueIndexes(ctx)
	if err != nil {
		return err
	}
	var fitting []index
	for _, candidate := range indexes {
		if slices.Equal(candidate.columns, t.keyColumns()) {
			fitting = append(fitting, candidate)
		}
	}
	if len(fitting) == 0 && !primary {
		return driverkit.Broken("connection/key: table %s has no unique index on (%s), in this order; without one the scan could miss customers", t.name, strings.Join(t.keyColumns(), ", "))
	}
	if strings.Contains(steps, "TEMP B-TREE") || !strings.Contains(steps, "SEARCH") {
		return driverkit.Broken("connection/key: SQLite cannot walk through table %s by (%s): its plan is %s; the index needs the columns' own collation and one direction", t.name, strings.Join(t.keyColumns(), ", "), steps)
	}
	if len(fitting) == 0 {
		return nil
	}
	used := slices.IndexFunc(fitting, func(candidate index) bool { return strings.Contains(steps, "INDEX "+candidate.name+" ") })
	for i, collation := range fitting[max(0, used)].collations {
		t.keys[i].collation = collation
	}
	return nil
}

// walk is SQLite's plan for the scan.
func (t *table) walk(ctx context.Context) (string, error) {
	names, tuple, marks := strings.Join(t.keyNames(), ", "), t.keyTuple(), t.keyMarks()
	text := fmt.Sprintf("EXPLAIN QUERY PLAN SELECT %s FROM %s WHERE %s > %s AND %s <= %s ORDER BY %s LIMIT ?", names, quote(t.name), tuple, marks, tuple, marks, t.order("ASC"))
	rows, err := t.readers.QueryContext(ctx, text, make([]any, 2*len(t.keys)+1)...)
	if err != nil {
		return "", t.explain(err)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return "", t.explain(err)
		}
		steps = append(steps, step)
	}
	return strings.Join(steps, "; "), t.explain(rows.Err())
}

func (t *table) uniqueIndexes(ctx context.Context) ([]index, error) {
	rows, err := t.readers.QueryContext(ctx, `SELECT list.name, coalesce(part.name, ''), part.coll
		FROM pragma_index_list(?) AS list JOIN pragma_index_xinfo(list.name) AS part
		WHERE list."unique" = 1 AND list.partial = 0 AND part.key = 1 ORDER BY list.seq, part.seqno`, t.name)
	if err != nil {
		return nil, t.explain(err)
	}
	defer rows.Close()
	var found []index
	for rows.Next() {
		var name, column, collation string
		if err := rows.Scan(&name, &column, &collation); err != nil {
			return nil, t.explain(err)
		}
		if len(found) == 0 || found[len(found)-1].name != name {
			found = append(found, index{name: name})
		}
		last := &found[len(found)-1]
		last.columns, last.collations = append(last.columns, column), append(last.collations, collation)
	}
	return found, t.explain(rows.Err())
}

// findKind finds the one type of a key column's values. SQLite orders NULL,
// numbers, text and blobs one after another, so that the types of the least and
// the greatest value tell those of all between them.
func (t *table) findKind(ctx context.Context, key *keyColumn) error {
	least, err := t.typeAt(ctx, key, "ASC")
	if err != nil {
		return err
	}
	greatest, err := t.typeAt(ctx, key, "DESC")
	if err != nil {
		return err
	}
	if least != greatest || !slices.Contains([]string{"integer", "text", "blob"}, least) {
		return driverkit.Broken("key column %s of table %s holds values from %s to %s; a key's values must all be integers, all text or all blobs", key.name, t.name, least, greatest)
	}
	key.kind = least
	return nil
}

func (t *table) typeAt(ctx context.Context, key *keyColumn, direction string) (string, error) {
	text := fmt.Sprintf("SELECT typeof(%[1]s) FROM %[2]s ORDER BY %[1]s %[3]s LIMIT 1", quote(key.name), quote(t.name), direction)
	var kind string
	err := t.readers.QueryRowContext(ctx, text).Scan(&kind)
	if errors.Is(err, sql.ErrNoRows) {
		return declaredKind(key.declared), nil
	}
	return kind, t.explain(err)
}

func declaredKind(declared string) string {
	switch upper := strings.ToUpper(declared); {
	case strings.Contains(upper, "INT"):
		return "integer"
	case upper == "" || strings.Contains(upper, "BLOB"):
		return "blob"
	}
	return "text"
}
