package sqlite

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"db-migrate/database"
)

// Stride finds the customer so many further on in the key's index; if there are
// not as many, it counts those who are left.
func (t *table) Stride(ctx context.Context, after, upTo database.Key, customers int) (database.Stride, error) {
	where, arguments, err := t.between(after, upTo)
	if err != nil {
		return database.Stride{}, err
	}
	list := strings.Join(t.keySelection(), ", ")
	keys, err := t.queryKeys(ctx, fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT 1 OFFSET ?", list, quote(t.name), where, t.order("ASC")),
		append(arguments, customers-1)...)
	if err != nil {
		return database.Stride{}, err
	}
	if len(keys) > 0 {
		return database.Stride{UpTo: keys[0], Customers: customers}, nil
	}
	found := database.Stride{Last: true}
	text := fmt.Sprintf("SELECT %[1]s, (SELECT count(*) FROM %[2]s%[3]s) FROM %[2]s%[3]s ORDER BY %[4]s LIMIT 1", list, quote(t.name), where, t.order("DESC"))
	err = t.query(ctx, text, slices.Concat(arguments, arguments), len(t.keys)+1, func(values []any) error {
		var err error
		counted, _ := values[len(t.keys)].(int64)
		found.Customers = int(counted)
		found.UpTo, err = t.key(values[:len(t.keys)])
		return err
	})
	return found, err
}
