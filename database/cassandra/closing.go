package cassandra

import (
	"context"

	"db-migrate/database"
)

// closingPage is how many rows are compared with their ledger rows at a time.
const closingPage = 5000

// Balance reads the ledger of a window, and with full the table beside it: rows
// without a ledger row are checked one by one.
func (t *table) Balance(ctx context.Context, run database.Run, window database.Window, full bool) (database.Balance, error) {
	var balance database.Balance
	if !full {
		_, err := t.entries(ctx, run, window, &balance)
		return balance, err
	}
	balance.Judged = t.check != nil
	err := t.eachPage(ctx, run, window, &balance, func(rows int, unledgered []database.Key) (bool, error) {
		balance.Rows += int64(rows)
		left, err := t.needing(ctx, unledgered)
		balance.Left += int64(len(left))
		return err == nil, err
	})
	if !balance.Judged {
		balance.Left = 0
	}
	return balance, err
}

// CountRows is none: Cassandra would read the whole table.
func (t *table) CountRows(context.Context, database.Window) (int64, error) { return 0, nil }

// LeftKeys are the first rows without a ledger row that need it, by the check if there
// is one. What the run has migrated is not checked again: CQL cannot ask for a null, so that
// most checks say which rows are meant, and stay true.
func (t *table) LeftKeys(ctx context.Context, run database.Run, window database.Window, limit int, undone bool) ([]database.Key, error) {
	var left []database.Key
	if undone {
		return nil, nil
	}
	err := t.eachPage(ctx, run, window, &database.Balance{}, func(_ int, unledgered []database.Key) (bool, error) {
		found, err := t.needing(ctx, unledgered)
		left = append(left, found...)
		return len(left) < limit && err == nil, err
	})
	return left[:min(limit, len(left))], err
}

// needing are those of the keys that need it; all of them without a check.
func (t *table) needing(ctx context.Context, keys []database.Key) ([]database.Key, error) {
	needed, err := t.Check(ctx, keys)
	if err != nil {
		return nil, err
	}
	var found []database.Key
	for i, key := range keys {
		if needed[i] {
			found = append(found, key)
		}
	}
	return found, nil
}

// eachPage hands the rows of a window to use, page by page: how many there are, and
// those without a ledger row. use says whether to go on.
func (t *table) eachPage(ctx context.Context, run database.Run, window database.Window, balance *database.Balance, use func(rows int, unledgered []database.Key) (bool, error)) error {
	for after, more := window.After, true; more; {
		keys, err := t.keysAfter(ctx, after, window.UpTo)
		if err != nil {
			return err
		}
		page := database.Window{After: after, UpTo: window.UpTo}
		if more = len(keys) == closingPage; more {
			after = keys[len(keys)-1]
			page.UpTo = after
		}
		entered, err := t.entries(ctx, run, page, balance)
		if err != nil {
			return err
		}
		var unledgered []database.Key
		for _, key := range keys {
			if !entered[key.Text()] {
				unledgered = append(unledgered, key)
			}
		}
		if further, err := use(len(keys), unledgered); err != nil || !further {
			return err
		}
	}
	return nil
}

// keysAfter are the next rows of the table.
func (t *table) keysAfter(ctx context.Context, after, upTo database.Key) ([]database.Key, error) {
	var keys []database.Key
	err := t.read(ctx, t.customers(), list(t.keys), len(t.keys), after, upTo, closingPage, func(values []raw) error {
		key, err := t.keyOf(values)
		keys = append(keys, key)
		return err
	})
	return keys, err
}

// entries are the rows of a window that have a ledger row, which it counts.
func (t *table) entries(ctx context.Context, run database.Run, window database.Window, balance *database.Balance) (map[string]bool, error) {
	entered := map[string]bool{}
	err := t.read(ctx, t.own(t.ledger), t.ledgerSelected(), len(t.keys)+3, window.After, window.UpTo, 0, func(values []raw) error {
		row, err := t.ledgerRow(values)
		entered[row.Key.Text()] = true
		balance.Ledgered++
		switch {
		case row.Run != run.Number:
		case row.Failed:
			balance.Failed++
		default:
			balance.Migrated++
		}
		return err
	})
	return entered, err
}
