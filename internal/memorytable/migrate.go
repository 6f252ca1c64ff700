package memorytable

import (
	"context"

	"db-migrate/database"
)

// TransactionLimit is the migrator's.
func (t *Table) TransactionLimit() int { return 1000 }

func (t *Table) row(id int) database.Row {
	return database.Row{Key: key(id), Columns: []string{ColumnOld, ColumnNew}, Values: []any{t.rows[id].old, t.rows[id].new}}
}

// Read is the migrator's.
func (t *Table) Read(_ context.Context, part database.Range, after database.Key, limit int) ([]database.Row, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if after == nil {
		after = part.After
	}
	var rows []database.Row
	for _, id := range t.between(after, part.UpTo) {
		if len(rows) < limit && t.matches(id) {
			rows = append(rows, t.row(id))
		}
	}
	return rows, nil
}

// ReadKeys is the migrator's.
func (t *Table) ReadKeys(_ context.Context, keys []database.Key) ([]database.Row, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	var rows []database.Row
	for _, key := range keys {
		if t.rows[number(key)] != nil && t.matches(number(key)) {
			rows = append(rows, t.row(number(key)))
		}
	}
	return rows, nil
}

// Check is the migrator's.
func (t *Table) Check(_ context.Context, keys []database.Key) ([]bool, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	needed := make([]bool, len(keys))
	for i, key := range keys {
		row := t.rows[number(key)]
		needed[i] = row != nil && row.new == nil
	}
	return needed, nil
}

// Write is the migrator's.
func (t *Table) Write(_ context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if err := t.fails(writes); err != nil {
		return database.Written{}, err
	}
	for _, write := range writes {
		if t.inTheWay(mark, number(write.Row.Key)) {
			return database.Written{}, database.ErrLedgerConflict
		}
	}
	written := make([]bool, len(writes))
	for i, write := range writes {
		row := t.rows[number(write.Row.Key)]
		if row != nil && row.old == write.Row.Value(ColumnOld) && row.new == write.Row.Value(ColumnNew) {
			t.update(mark, number(write.Row.Key), write.Change)
			written[i] = true
		}
	}
	return database.Written{Rows: written}, nil
}

func (t *Table) fails(writes []database.Write) error {
	if t.Fail == nil {
		return nil
	}
	var ids []int
	for _, write := range writes {
		ids = append(ids, number(write.Row.Key))
	}
	return t.Fail(ids)
}

func (t *Table) update(mark database.Mark, id int, change database.Change) {
	t.rows[id].new, _ = change.Assigned(ColumnNew)
	t.Changes[id]++
	delete(t.letters, id)
	t.ledger[id] = database.LedgerRow{Key: key(id), Run: mark.Run.Number, Sequence: mark.Sequence}
}

// WriteLocked is the migrator's.
func (t *Table) WriteLocked(_ context.Context, mark database.Mark, one database.Key, decide func(database.Row) (database.Change, error)) (bool, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	id := number(one)
	if t.rows[id] == nil {
		return false, nil
	}
	change, err := decide(t.row(id))
	if err != nil || change.PreviouslyMigrated {
		return false, err
	}
	if t.inTheWay(mark, id) {
		return false, database.ErrLedgerConflict
	}
	t.update(mark, id, change)
	return true, nil
}

// Ledger is the migrator's.
func (t *Table) Ledger(_ context.Context, keys []database.Key) ([]database.LedgerRow, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	var rows []database.LedgerRow
	for _, key := range keys {
		if row, found := t.ledger[number(key)]; found {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// LedgerOfRange is the migrator's.
func (t *Table) LedgerOfRange(_ context.Context, mark database.Mark, part database.Range, after, upTo database.Key) ([]database.LedgerRow, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if after == nil {
		after = part.After
	}
	if upTo == nil {
		upTo = part.UpTo
	}
	var rows []database.LedgerRow
	for id, row := range t.ledger {
		if row.Run == mark.Run.Number && (after == nil || id > number(after)) && id <= number(upTo) {
			rows = append(rows, row)
		}
	}
	return rows, nil
}
