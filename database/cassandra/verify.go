package cassandra

import (
	"context"

	"db-migrate/database"
)

// verify reads the rows again. One that is not as the change has left it was
// written by the site after it was read, or is gone: it is not counted, and read
// and decided again. A write of the site's after this moment comes after the
// migration, as it would anywhere. What a deletion hides is written again, dated
// before it was found hidden.
func (t *table) verify(ctx context.Context, list []*work) error {
	if t.plan.Statements != nil {
		return t.showStatements(ctx, list)
	}
	at := t.date()
	hidden, err := t.settle(ctx, list)
	for try := 0; err == nil && len(hidden) > 0 && try < hiddenTries; try++ {
		if try > 0 { // a deletion of just now needs no wait but the clocks' skew
			if err := database.Sleep(ctx, hiddenPause); err != nil {
				return err
			}
		}
		if err := t.writeAgain(ctx, hidden, at); err != nil {
			return err
		}
		at = t.date()
		hidden, err = t.settle(ctx, hidden)
	}
	return err
}

func (t *table) writeAgain(ctx context.Context, hidden []*work, at int64) error {
	for _, one := range hidden {
		one.written = true
	}
	if t.address.compare {
		return t.applyAll(ctx, hidden)
	}
	return t.write(ctx, hidden, t.updates(func(*work) int64 { return at }))
}

// settle tells of each row whether it was written. Hidden are those whose change
// does not show in full although nobody else's does: a column was set to null after
// all that the row shows was written, which no WRITETIME tells, and which wins.
func (t *table) settle(ctx context.Context, list []*work) (hidden []*work, err error) {
	now, err := t.readAgain(ctx, list)
	if err != nil {
		return nil, err
	}
	for _, one := range list {
		values, found := now[one.write.Row.Key.Text()]
		written := one.written && found && allSame(values, one.values)
		if one.written && found && !written && one.isHidden(values) {
			hidden = append(hidden, one)
		}
		one.written = written
	}
	return hidden, nil
}

// isHidden reports whether each column is as it was read or as it was to be written.
func (w *work) isHidden(values []raw) bool {
	for i := range values {
		if !same(values[i], w.values[i]) && (!w.assigned[i] || !same(values[i], w.seen.values[i])) {
			return false
		}
	}
	return len(values) == len(w.values)
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
		return now, t.readAround(ctx, t.customers(), selected, width, together.first, together.last, use)
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
