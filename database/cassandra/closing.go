package cassandra

import (
	"context"

	"db-migrate/database"
)

// closingPage is how many rows are compared with their ledger rows at a time.
const closingPage = 5000

// pageOfRows are rows of the table: how many there are, and the keys of those without a
// ledger row and of those that the run has migrated.
type pageOfRows struct {
	rows                 int
	unledgered, migrated []database.Key
}

// Balance reads the ledger of a window, and with full the table beside it: rows
// without a ledger row, and those that the run has migrated, are checked one by one.
func (t *table) Balance(ctx context.Context, run database.Run, window database.Window, full bool) (database.Balance, error) {
	var balance database.Balance
	if !full {
		_, err := t.entries(ctx, run, window, &balance)
		return balance, err
	}
	balance.Judged = t.check != nil
	err := t.eachPage(ctx, run, window, &balance, func(page pageOfRows) (bool, error) {
		balance.Rows += int64(page.rows)
		if !balance.Judged {
			return true, nil
		}
		left, err := t.needing(ctx, page.unledgered)
		if err != nil {
			return false, err
		}
		undone, err := t.needing(ctx, page.migrated)
		balance.Left, balance.Undone = balance.Left+int64(len(left)), balance.Undone+int64(len(undone))
		return err == nil, err
	})
	return balance, err
}

// LeftKeys are the first rows without a ledger row that need it, by the check if there
// is one; undone: or that the run has migrated.
func (t *table) LeftKeys(ctx context.Context, run database.Run, window database.Window, limit int, undone bool) ([]database.Key, error) {
	var left []database.Key
	if undone && t.check == nil {
		return nil, nil
	}
	err := t.eachPage(ctx, run, window, &database.Balance{}, func(page pageOfRows) (bool, error) {
		asked := page.unledgered
		if undone {
			asked = page.migrated
		}
		found, err := t.needing(ctx, asked)
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

// eachPage hands the rows of a window to use, page by page, which says whether to go on.
func (t *table) eachPage(ctx context.Context, run database.Run, window database.Window, balance *database.Balance, use func(pageOfRows) (bool, error)) error {
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
		found := pageOfRows{rows: len(keys)}
		for _, key := range keys {
			switch migrated, known := entered[key.Text()]; {
			case !known:
				found.unledgered = append(found.unledgered, key)
			case migrated:
				found.migrated = append(found.migrated, key)
			}
		}
		if further, err := use(found); err != nil || !further {
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

// entries are the rows of a window that have a ledger row, which it counts, and whether the
// run has migrated them.
func (t *table) entries(ctx context.Context, run database.Run, window database.Window, balance *database.Balance) (map[string]bool, error) {
	entered := map[string]bool{}
	err := t.read(ctx, t.own(t.ledger), t.ledgerSelected(), len(t.keys)+3, window.After, window.UpTo, 0, func(values []raw) error {
		row, err := t.ledgerRow(values)
		entered[row.Key.Text()] = row.Run == run.Number && !row.Failed
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
