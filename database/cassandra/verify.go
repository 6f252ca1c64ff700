package cassandra

import (
	"context"

	"db-migrate/database"
)

// verify reads the rows again. One that is not as the change has left it was
// written by the site after it was read, or is gone: it is not counted, and read
// and decided again. A write of the site's after this moment comes after the
// migration, as it would anywhere.
func (t *table) verify(ctx context.Context, list []*work) error {
	if t.address.compare || t.plan.Statements != nil {
		return nil
	}
	now, err := t.readAgain(ctx, list)
	if err != nil {
		return err
	}
	for _, one := range list {
		values, found := now[one.write.Row.Key.Text()]
		one.written = one.written && found && allSame(values, one.values)
	}
	return nil
}

func allSame(a, b []raw) bool {
	for i := range a {
		if !same(a[i], b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

// readAgain reads the plan's columns of these customers: rows that came together
// in one stretch again, others one by one.
func (t *table) readAgain(ctx context.Context, list []*work) (map[string][]raw, error) {
	now := make(map[string][]raw, len(list))
	use := func(values []raw) error {
		key, err := t.keyOf(values)
		now[key.Text()] = values[len(t.keys):]
		return err
	}
	selected := list2(t.keys, t.columns)
	width := len(t.keys) + len(t.columns)
	if together := oneStretch(list); together != nil && t.partition == len(t.keys) {
		if err := t.queryEach(ctx, "SELECT "+selected+" FROM "+t.customers()+" WHERE "+equal(t.keys), []database.Key{together.first}, width, use); err != nil {
			return nil, err
		}
		return now, t.read(ctx, t.customers(), selected, width, together.first, together.last, 0, use)
	}
	keys := make([]database.Key, len(list))
	for i, one := range list {
		keys[i] = one.write.Row.Key
	}
	return now, t.queryEach(ctx, "SELECT "+selected+" FROM "+t.customers()+" WHERE "+equal(t.keys), keys, width, use)
}

func list2(keys, columns []column) string {
	if len(columns) == 0 {
		return list(keys)
	}
	return list(keys) + ", " + list(columns)
}

// oneStretch is the stretch that all of the rows came in; nil: there are several,
// or few of its rows are written.
func oneStretch(list []*work) *stretch {
	if len(list) < 2 {
		return nil
	}
	for _, one := range list {
		if one.seen.stretch == nil || one.seen.stretch != list[0].seen.stretch {
			return nil
		}
	}
	return list[0].seen.stretch
}
