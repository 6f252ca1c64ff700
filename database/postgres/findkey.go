package postgres

import (
	"context"
	"slices"
	"strings"

	"db-migrate/database/driverkit"
)

// findKey finds the key columns: those configured, else the primary key. A
// unique index must have just them, else the scan could miss customers.
func (t *table) findKey(ctx context.Context, columns []column) error {
	names := t.options.Key
	if len(names) == 0 {
		primary, err := t.indexes(ctx, "i.indisprimary")
		if err != nil {
			return err
		}
		if len(primary) == 0 {
			return driverkit.Broken("table %s has no primary key; name the columns of a unique key in connection/key", t.name)
		}
		names = primary[0]
	}
	for _, name := range names {
		found, err := t.findColumn(columns, name)
		if err != nil {
			return err
		}
		if !found.notNull {
			return driverkit.Broken("connection/key: column %s of table %s may be NULL; a key's columns must be NOT NULL", name, t.name)
		}
		if !found.visible {
			// Its operators would not be found, and others be taken in their place.
			return driverkit.Broken("connection/key: the type %s of column %s is not on the search path; add its schema to search_path in connection/url", found.kind, name)
		}
		t.keys = append(t.keys, found)
	}
	unique, err := t.indexes(ctx, "i.indisunique")
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(unique, func(candidate []string) bool { return slices.Equal(candidate, names) }) {
		return driverkit.Broken("connection/key: table %s has no unique index on (%s), in this order; without one the scan could miss customers", t.name, strings.Join(names, ", "))
	}
	return nil
}

// indexes are the columns of the table's whole and valid b-tree indexes that a
// condition is true of, all of them ascending.
func (t *table) indexes(ctx context.Context, condition string) ([][]string, error) {
	var found [][]string
	err := query(ctx, t.readers, `SELECT string_agg(quote_ident(a.attname), ',' ORDER BY k.place), array_to_string(array_agg(a.attname ORDER BY k.place), E'\x01')
		FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
		CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
		JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
		WHERE i.indrelid = $1::text::oid AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND m.amname = 'btree'
		AND k.place <= i.indnkeyatts AND i.indimmediate AND `+condition+` GROUP BY i.indexrelid`, []any{t.oid}, func(values []*string) error {
		found = append(found, strings.Split(*values[1], "\x01"))
		return nil
	})
	return found, err
}
