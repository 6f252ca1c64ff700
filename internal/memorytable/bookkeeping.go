package memorytable

import (
	"context"
	"slices"

	"db-migrate/database"
)

// Begin is the bookkeeping's.
func (t *Table) Begin(_ context.Context, request database.RunRequest) (database.BegunRun, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.runs[request.ID] == 0 || t.over[t.runs[request.ID]] { // test environments give every run the same id
		t.run++
		t.runs[request.ID] = t.run
		if request.Reset {
			t.state = nil
		}
	}
	begun := database.BegunRun{Run: database.Run{Number: t.runs[request.ID], ID: request.ID}}
	if t.state != nil {
		begun.Position, begun.Failed = t.state.Position, len(t.letters)
	}
	return begun, nil
}

// Recognise is the bookkeeping's.
func (t *Table) Recognise(context.Context, database.RunRequest) error { return nil }

// Current is the bookkeeping's.
func (t *Table) Current(context.Context, database.Run) (bool, error) { return t.Rewritten, nil }

// SavePagingState is the bookkeeping's.
func (t *Table) SavePagingState(_ context.Context, _ database.Run, state database.PagingState) error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.state == nil || t.state.Sequence < state.Sequence {
		t.state = &state
	}
	return nil
}

// End is the bookkeeping's.
func (t *Table) End(_ context.Context, run database.Run, ending database.Ending) error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.Endings = append(t.Endings, ending.Outcome)
	t.over[run.Number] = true
	if ending.Discard {
		t.state = nil
	} else if ending.State != nil {
		t.state = ending.State
	}
	return nil
}

// Bury is the bookkeeping's.
func (t *Table) Bury(_ context.Context, run database.Run, letter database.DeadLetter) (bool, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	id := number(letter.Key)
	if t.rows[id] == nil {
		return false, nil
	}
	if row, found := t.ledger[id]; found && (!row.Failed || row.Run >= run.Number) {
		return false, database.ErrLedgerConflict
	}
	t.ledger[id] = database.LedgerRow{Key: letter.Key, Run: run.Number, Sequence: letter.Sequence, Failed: true}
	t.letters[id] = letter
	return true, nil
}

// Settle is the bookkeeping's.
func (t *Table) Settle(_ context.Context, run database.Run, keys []database.Key) error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, key := range keys {
		if row, found := t.ledger[number(key)]; found && row.Failed && row.Run < run.Number {
			delete(t.ledger, number(key))
			delete(t.letters, number(key))
		}
	}
	return nil
}

// Alive is the bookkeeping's.
func (t *Table) Alive(_ context.Context, run database.Run) (bool, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return !t.over[run.Number], nil
}

// inTheWay reports whether the ledger has a row for a customer that does not make way.
func (t *Table) inTheWay(mark database.Mark, id int) bool {
	row, found := t.ledger[id]
	return found && (!mark.Replaces || row.Run >= mark.Run.Number)
}

// FailedUpTo is the bookkeeping's.
func (t *Table) FailedUpTo(ctx context.Context, before database.Run, after, upTo database.Key, limit int) (keys []database.Key, next database.Key, err error) {
	letters, err := t.DeadLetters(ctx, before, after, limit)
	if len(letters) == limit {
		next = letters[limit-1].Key
	}
	for _, letter := range letters {
		if upTo == nil || number(letter.Key) <= number(upTo) {
			keys = append(keys, letter.Key)
		}
	}
	return keys, next, err
}

// DeadLetters is the bookkeeping's.
func (t *Table) DeadLetters(_ context.Context, before database.Run, after database.Key, limit int) ([]database.DeadLetter, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	var ids []int
	for id := range t.letters {
		if (after == nil || id > number(after)) && t.ledger[id].Run < before.Number {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	var letters []database.DeadLetter
	for _, id := range ids[:min(limit, len(ids))] {
		letters = append(letters, t.letters[id])
	}
	return letters, nil
}
