package mysql

import (
	"context"
	"slices"
	"strings"

	"db-migrate/database/driverkit"
)

// uniqueIndex is an index that no two customers can share.
type uniqueIndex struct {
	name    string
	columns []string
}

// findKey finds the key columns: those configured, else the primary key. A
// unique index must have just them, else the scan could miss customers.
func (t *table) findKey(ctx context.Context, columns []column) error {
	indexes, err := t.indexes(ctx)
	if err != nil {
		return err
	}
	wanted := t.options.Key
	if len(wanted) == 0 {
		at := slices.IndexFunc(indexes, func(index uniqueIndex) bool { return index.name == "PRIMARY" })
		if at < 0 {
			return driverkit.Broken("table %s has no primary key; name the columns of a unique key in connection/key", t.name)
		}
		wanted = indexes[at].columns
	}
	for _, name := range wanted {
		found, err := t.findColumn(columns, name)
		if err != nil {
			return err
		}
		if !found.notNull {
			return driverkit.Broken("connection/key: column %s of table %s may be NULL; a key's columns must be NOT NULL", name, t.name)
		}
		if found.unordered() {
			return driverkit.Broken("connection/key: column %s of table %s is of type %s, which cannot be walked through by its text; choose a key of numbers, texts or bytes", name, t.name, found.base)
		}
		t.keys = append(t.keys, found)
	}
	at := slices.IndexFunc(indexes, func(index uniqueIndex) bool {
		return slices.EqualFunc(index.columns, wanted, strings.EqualFold)
	})
	if at < 0 {
		return driverkit.Broken("connection/key: table %s has no unique index on (%s), in this order; without one the scan could miss customers", t.name, strings.Join(wanted, ", "))
	}
	t.index = indexes[at].name
	return nil
}

// indexes are the table's unique indexes of whole columns, ascending.
func (t *table) indexes(ctx context.Context) ([]uniqueIndex, error) {
	rows, err := t.readers.QueryContext(ctx, `SELECT index_name, GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR '\n') FROM information_schema.statistics
		WHERE table_schema = ? AND table_name = ? AND non_unique = 0 AND index_type = 'BTREE'
		GROUP BY index_name HAVING SUM(sub_part IS NOT NULL) = 0 AND SUM(COALESCE(collation, '') <> 'A') = 0`, t.schema, t.name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []uniqueIndex
	for rows.Next() {
		var name, columns string
		if err := rows.Scan(&name, &columns); err != nil {
			return nil, err
		}
		found = append(found, uniqueIndex{name, strings.Split(columns, "\n")})
	}
	return found, rows.Err()
}
