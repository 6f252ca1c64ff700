package memorytable

import (
	"context"

	"db-migrate/database"
)

// Balance is the closing's: a customer needs it whose column new is empty.
func (t *Table) Balance(_ context.Context, run database.Run, window database.Window, full bool) (database.Balance, error) {
	if do := t.BeforeBalance; do != nil {
		t.BeforeBalance = nil
		do()
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	var balance database.Balance
	for _, row := range t.ledger {
		if row.Run != run.Number || !t.within(number(row.Key), window) {
			continue
		}
		if row.Failed {
			balance.Failed++
		} else {
			balance.Migrated++
		}
	}
	if full && t.Unjudged {
		balance.Rows, balance.Ledgered = int64(len(t.between(window.After, window.UpTo))), int64(len(t.ledger))
		return balance, nil
	}
	if full {
		balance.Judged, balance.Left, balance.Undone = true, int64(len(t.left(window, byNobody))), int64(len(t.left(window, run.Number)))
		balance.Again = int64(len(t.left(window, byAnybody))) - balance.Undone
	}
	return balance, nil
}

// TakeBack takes the changes of customers 1 to n back, and with ledger their ledger
// rows, as a server does that loses commits.
func (t *Table) TakeBack(n int, ledger bool) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for id := 1; id <= n; id++ {
		t.rows[id].new = nil
		delete(t.Changes, id)
		if ledger {
			delete(t.ledger, id)
		}
	}
}

// Forget takes the ledger rows of customers 1 to n, as somebody does who deletes them.
func (t *Table) Forget(n int) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for id := 1; id <= n; id++ {
		delete(t.ledger, id)
	}
}

// CountRows is the closing's.
func (t *Table) CountRows(_ context.Context, window database.Window) (rows int64, _ error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for id := range t.rows {
		if t.within(id, window) {
			rows++
		}
	}
	return rows, nil
}

// LeftKeys is the closing's.
func (t *Table) LeftKeys(_ context.Context, run database.Run, window database.Window, limit int, undone bool) ([]database.Key, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	by := byNobody
	if undone {
		by = run.Number
	}
	left := t.left(window, by)
	return left[:min(limit, len(left))], nil
}

func (t *Table) within(id int, window database.Window) bool {
	return (window.After == nil || id > number(window.After)) && (window.UpTo == nil || id <= number(window.UpTo))
}

// Who has migrated customers that need it, beside the number of a run.
const (
	byNobody  int64 = -1
	byAnybody int64 = -2
)

// left are the customers of a window that need it, and that a run has migrated, any or none.
func (t *Table) left(window database.Window, by int64) []database.Key {
	var keys []database.Key
	for _, id := range t.between(window.After, window.UpTo) {
		row, found := t.ledger[id]
		wanted := found == (by != byNobody) && (by < 0 || row.Run == by)
		if t.rows[id].new == nil && wanted && t.matches(id) {
			keys = append(keys, key(id))
		}
	}
	return keys
}
