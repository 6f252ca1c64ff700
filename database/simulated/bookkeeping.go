package simulated

import (
	"context"
	"slices"

	"db-migrate/database"
)

// Ledger returns the ledger rows of these customers.
func (t *table) Ledger(_ context.Context, keys []database.Key) ([]database.LedgerRow, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	var rows []database.LedgerRow
	for _, key := range keys {
		if row, found := t.ledger[key.Text()]; found {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// LedgerOfRange returns this run's ledger rows of the range.
func (t *table) LedgerOfRange(ctx context.Context, mark database.Mark, part database.Range, after, upTo database.Key) ([]database.LedgerRow, error) {
	if after == nil {
		after = part.After
	}
	if upTo == nil {
		upTo = part.UpTo
	}
	keys, err := t.Fetch(ctx, after, upTo, len(t.ids))
	if err != nil {
		return nil, err
	}
	rows, err := t.Ledger(ctx, keys)
	return slices.DeleteFunc(rows, func(row database.LedgerRow) bool { return row.Run != mark.Run.Number }), err
}

// Begin counts the run. A worker that was restarted knows nothing of the runs
// before: every run begins with an empty ledger.
func (t *table) Begin(_ context.Context, request database.RunRequest) (database.BegunRun, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	at := slices.Index(t.runs, request.ID)
	if at < 0 {
		at = len(t.runs)
		t.runs = append(t.runs, request.ID)
		t.ledger = map[string]database.LedgerRow{}
		if t.state.closed || request.Reset {
			t.state = state{}
		}
		t.state.run, t.state.Sequence = int64(at+1), 0
	}
	return database.BegunRun{Run: database.Run{Number: int64(at + 1), ID: request.ID}, Position: t.state.Position}, nil
}

// Recognise knows no books of another table.
func (t *table) Recognise(context.Context, database.RunRequest) error { return nil }

// Current knows no other table.
func (t *table) Current(context.Context, database.Run) (bool, error) { return false, nil }

// SavePagingState keeps how far the run has come.
func (t *table) SavePagingState(_ context.Context, run database.Run, moved database.PagingState) error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.move(run, moved)
	return nil
}

// move moves the paging state forward.
func (t *table) move(run database.Run, moved database.PagingState) {
	if run.Number == t.state.run && !t.state.closed && moved.Sequence > t.state.Sequence {
		t.state.PagingState = moved
	}
}

// End discards the paging state of a run that is complete.
func (t *table) End(_ context.Context, run database.Run, ending database.Ending) error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if ending.State != nil {
		t.move(run, *ending.State)
	}
	if ending.Discard && run.Number == t.state.run {
		t.state.closed, t.state.Position = true, nil
	}
	return nil
}

// Bury takes the customer's ledger key.
func (t *table) Bury(_ context.Context, run database.Run, letter database.DeadLetter) (bool, error) {
	if !t.enter(database.LedgerRow{Key: letter.Key, Run: run.Number, Sequence: letter.Sequence, Failed: true}) {
		return false, database.ErrLedgerConflict
	}
	return true, nil
}

// Settle has nothing to do: a run begins with an empty ledger.
func (t *table) Settle(context.Context, database.Run, []database.Key) error { return nil }

// Alive knows every run: what was kept in memory is lost with a worker.
func (t *table) Alive(context.Context, database.Run) (bool, error) { return true, nil }

// DeadLetters are none.
func (t *table) DeadLetters(context.Context, database.Run, database.Key, int) ([]database.DeadLetter, error) {
	return nil, nil
}

// FailedUpTo are none.
func (t *table) FailedUpTo(context.Context, database.Run, database.Key, database.Key, int) (keys []database.Key, next database.Key, err error) {
	return nil, nil, nil
}
