package postgres

import (
	"context"
	"fmt"
	"strings"

	"db-migrate/database"
)

// Stride finds the customer so many further on in the key's index; if there are
// not as many, it counts those who are left.
func (t *table) Stride(ctx context.Context, after, upTo database.Key, customers int) (database.Stride, error) {
	var p parameters
	where, err := t.between(&p, after, upTo)
	if err != nil {
		return database.Stride{}, err
	}
	list := strings.Join(names(t.keys, ""), ", ")
	keys, err := t.queryKeys(ctx, t.reading(), fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT 1 OFFSET %s::bigint",
		list, t.customers(), where, t.order(""), p.text(fmt.Sprint(customers-1))), p.values)
	if err != nil {
		return database.Stride{}, err
	}
	if len(keys) > 0 {
		return database.Stride{UpTo: keys[0], Customers: customers}, nil
	}
	return t.lastStride(ctx, after, upTo)
}

func (t *table) lastStride(ctx context.Context, after, upTo database.Key) (database.Stride, error) {
	var p parameters
	where, err := t.between(&p, after, upTo)
	if err != nil {
		return database.Stride{}, err
	}
	text := fmt.Sprintf("SELECT (SELECT count(*) FROM %[1]s%[2]s), %[3]s FROM %[1]s%[2]s ORDER BY %[4]s LIMIT 1",
		t.customers(), where, strings.Join(names(t.keys, ""), ", "), t.order(" DESC"))
	found := database.Stride{Last: true}
	err = query(ctx, t.reading(), text, p.values, func(values []*string) error {
		var err error
		found.Customers = int(number(values[0]))
		found.UpTo, err = t.keyOf(values[1:])
		return err
	})
	return found, classify(err)
}
