package activities

import (
	"context"
	"errors"
	"time"

	"db-migrate/activities/settle"
	"db-migrate/database"
)

// How a run asks the table, before it is called completed, whether nothing is left
// (customer-migration/closing).
const (
	// ClosingFull compares the ledger with the totals, and asks the check for all rows.
	ClosingFull = "full"
	// ClosingCount compares the ledger with the totals alone.
	ClosingCount = "count"
	// ClosingOff believes what was reported.
	ClosingOff = "off"
)

// ClosingRequest asks what is left in a stretch of the table.
type ClosingRequest struct {
	Order
	Window database.Window `json:"window"`
	// From is where the first of the stretches began; nil: at the table's beginning.
	From database.Key `json:"from,omitempty"`
	// Full asks the check, too; Named asks it about the rows of the run's file.
	Full  bool `json:"full,omitempty"`
	Named bool `json:"named,omitempty"`
	// Estimate is about how many rows there are; beyond ClosingRows they are looked at
	// in windows. Size is how many rows a window had at last, if that is known.
	Estimate int64 `json:"estimate,omitempty"`
	Size     int64 `json:"size,omitempty"`
	// Limit is how many keys are wanted; Undone asks for those that the run has migrated
	// and that need it still.
	Limit  int  `json:"limit,omitempty"`
	Undone bool `json:"undone,omitempty"`
	// Rows asks how many rows there are, too.
	Rows bool `json:"rows,omitempty"`
}

// Counted is what was counted, up to a key; nil: to the stretch's end.
type Counted struct {
	database.Balance
	Through database.Key `json:"through,omitempty"`
	// Size is how many rows a window had; 0: all.
	Size int64 `json:"size,omitempty"`
	// Keys are the first rows of a file that the run has migrated and that need it still.
	Keys []database.Key `json:"keys,omitempty"`
}

const (
	// ClosingRows is how many rows one statement of the closing balance looks at.
	ClosingRows = 2_000_000
	// leastClosing is to how few it may go down where that takes too long.
	leastClosing = 1
	// closingTime is after how long an activity returns what it has counted.
	closingTime = 10 * time.Second
)

// CountLeft counts what is left, inside of the database and by its own order, window
// by window. Where one takes longer than a statement may, smaller ones follow.
func (s *CustomerScanner) CountLeft(ctx context.Context, request ClosingRequest) (Counted, error) {
	table, err := s.Connection.tableFor(ctx, request.Order)
	if err != nil {
		return Counted{}, lasting(ctx, err)
	}
	beating := startHeart(ctx, Progress{}, s.Guard)
	defer beating.stop()
	obey(ctx, s.Guard, request.Order)
	counted, err := countLeft(ctx, table, request, &pausing{guard: s.Guard})
	if err == nil && counted.Through == nil && s.asksFile(table, request) {
		var named Counted
		named, err = s.countNamed(ctx, table, request)
		counted.Add(named.Balance)
		counted.Keys = named.Keys
	}
	if err == nil && counted.Through == nil && counted.Judged && request.Rows {
		// Too large to be counted in time: then the totals stay as they were added up.
		counted.Rows, _ = table.CountRows(ctx, request.whole())
	}
	err = s.Connection.doubt(err) // the ledger may be gone
	counted.Unsure = !settle.Judges(s.Connection.Migration) && !table.Traits().Repeatable
	if err == nil {
		counted.Rewritten, err = table.Current(ctx, request.Run)
	}
	return counted, lasting(ctx, err)
}

// whole is all that the closing looks at, and not what is left of it.
func (r ClosingRequest) whole() database.Window {
	return database.Window{After: r.From, UpTo: r.Window.UpTo}
}

// windowSize is how many rows a statement looks at first; 0: all.
func (r ClosingRequest) windowSize() int64 {
	if r.Size == 0 && r.Estimate >= ClosingRows {
		return ClosingRows
	}
	return r.Size
}

func countLeft(ctx context.Context, table database.Table, request ClosingRequest, pausing *pausing) (Counted, error) {
	counted, window, began := Counted{Size: request.windowSize()}, request.Window, time.Now()
	size := counted.Size
	for {
		next, last, err := windowOf(ctx, table, window, size)
		if err != nil {
			return counted, err
		}
		var found database.Balance
		pausing.await(ctx)
		err = pausing.work(func() error {
			found, err = balanceOf(ctx, table, request, next, size)
			return err
		})
		if tooLong(ctx, err) && (size == 0 || size > leastClosing) {
			size = request.smaller(size)
			counted.Size = size
			continue
		}
		if ofOneRow(table, err) && size != 1 {
			size = request.halved(size)
			continue
		}
		if err != nil {
			return counted, err
		}
		counted.Add(found)
		size = counted.grown(size)
		window.After, counted.Through = next.UpTo, next.UpTo
		if last {
			counted.Through = nil
			return counted, nil
		}
		if time.Since(began) > closingTime || stopping(ctx) != "" {
			return counted, nil
		}
	}
}

// balanceOf counts a window. Of a row on which the check raises an error, the ledger is
// asked: it has failed, or it is left.
func balanceOf(ctx context.Context, table database.Table, request ClosingRequest, window database.Window, size int64) (database.Balance, error) {
	found, err := table.Balance(ctx, request.Run, window, request.Full)
	if size != 1 || !ofOneRow(table, err) {
		return found, err
	}
	if found, err = table.Balance(ctx, request.Run, window, false); err == nil && found.Ledgered == 0 {
		found.Left++
	}
	found.Judged = true
	return found, err
}

// ofOneRow reports whether a look at many rows has failed for one of them, which can be
// found in smaller windows.
func ofOneRow(table database.Table, err error) bool {
	return err != nil && table.Traits().Strides != nil && database.ClassOf(err) == database.Own
}

// halved is how many rows are looked at where one of so many (0: all) has an error.
func (r ClosingRequest) halved(size int64) int64 {
	if size == 0 {
		size = max(2, min(ClosingRows, r.Estimate))
	}
	return max(1, size/4)
}

// grown is how many rows are looked at after a window that went well.
func (c Counted) grown(size int64) int64 {
	if size == c.Size {
		return size
	}
	if size *= 4; size >= ClosingRows || c.Size > 0 && size > c.Size {
		return c.Size
	}
	return size
}

// tooLong reports whether a statement was stopped since it took too long.
func tooLong(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() == nil && (errors.Is(err, database.ErrStatementTimeout) || database.ClassOf(err) == database.Contention)
}

// smaller is how many rows a statement looks at where one of so many took too long.
func (r ClosingRequest) smaller(size int64) int64 {
	if size == 0 {
		size = min(ClosingRows, r.Estimate)
	}
	return max(size/4, leastClosing)
}

// windowOf is the next window of so many rows (0: all), and whether it is the last.
func windowOf(ctx context.Context, table database.Table, left database.Window, size int64) (database.Window, bool, error) {
	far := table.Traits().Strides
	if size == 0 || far == nil {
		return left, true, nil
	}
	found, err := far.Stride(ctx, left.After, left.UpTo, int(size))
	if err != nil || found.Last || found.UpTo == nil {
		return left, true, err
	}
	return database.Window{After: left.After, UpTo: found.UpTo}, false, nil
}

// LeftRows are rows that are left, and where to go on; nil: there are no more.
type LeftRows struct {
	Keys []database.Key `json:"keys,omitempty"`
	Next database.Key   `json:"next,omitempty"`
}

// ListLeft names rows that are left.
func (s *CustomerScanner) ListLeft(ctx context.Context, request ClosingRequest) (LeftRows, error) {
	table, err := s.Connection.tableFor(ctx, request.Order)
	if err != nil {
		return LeftRows{}, lasting(ctx, err)
	}
	beating := startHeart(ctx, Progress{}, s.Guard)
	defer beating.stop()
	rows, err := listLeft(ctx, table, request)
	return rows, lasting(ctx, err)
}

// listLeft looks for rows window by window, until it has as many as are wanted.
func listLeft(ctx context.Context, table database.Table, request ClosingRequest) (LeftRows, error) {
	var rows LeftRows
	counted, window := Counted{Size: request.windowSize()}, request.Window
	size := counted.Size
	for {
		next, last, err := windowOf(ctx, table, window, size)
		if err != nil {
			return rows, err
		}
		wanted := request.Limit - len(rows.Keys)
		found, err := table.LeftKeys(ctx, request.Run, next, wanted, request.Undone)
		if tooLong(ctx, err) && (size == 0 || size > leastClosing) {
			size = request.smaller(size)
			counted.Size = size
			continue
		}
		if ofOneRow(table, err) {
			if size != 1 {
				size = request.halved(size)
				continue
			}
			found, err = nil, nil // it has failed, or is counted as left
		}
		if err != nil {
			return rows, err
		}
		size = counted.grown(size)
		all := append(rows.Keys, found...)
		if rows.Keys = fitting(all); len(found) == wanted || len(rows.Keys) < len(all) {
			rows.Next = rows.Keys[len(rows.Keys)-1]
			return rows, nil
		}
		if window.After, rows.Next = next.UpTo, next.UpTo; last {
			rows.Next = nil
			return rows, nil
		}
		if stopping(ctx) != "" {
			return rows, nil
		}
	}
}

// fitting are as many of the keys as an activity's result may hold.
func fitting(keys []database.Key) []database.Key {
	bytes := 0
	for i, key := range keys {
		for _, value := range key {
			bytes += len(value) + 8
		}
		if bytes > pageBytes {
			return keys[:max(1, i)]
		}
	}
	return keys
}
