package mysql

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"db-migrate/database"
)

// Stride finds the customer so many further on in the key's index; if there are
// not as many, it counts those who are left.
func (t *table) Stride(ctx context.Context, after, upTo database.Key, customers int) (database.Stride, error) {
	where, arguments, err := t.between(after, upTo)
	if err != nil {
		return database.Stride{}, err
	}
	keys, err := t.queryKeys(ctx, t.readers, fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT 1 OFFSET %d", t.keyList(), t.indexed(), where, t.order(""), customers-1), arguments)
	if err != nil {
		return database.Stride{}, err
	}
	if len(keys) > 0 {
		return database.Stride{UpTo: keys[0], Customers: customers}, nil
	}
	found := database.Stride{Last: true}
	text := fmt.Sprintf("SELECT %[1]s, (SELECT count(*) FROM %[2]s%[3]s) FROM %[2]s%[3]s ORDER BY %[4]s LIMIT 1", t.keyList(), t.indexed(), where, t.order(" DESC"))
	err = query(ctx, t.readers, text, slices.Concat(arguments, arguments), func(values [][]byte) error {
		var err error
		if found.Customers, err = strconv.Atoi(string(values[len(t.keys)])); err != nil {
			return err
		}
		found.UpTo, err = t.keyOf(values[:len(t.keys)])
		return err
	})
	return found, classify(err)
}
