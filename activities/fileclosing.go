package activities

import (
	"context"

	"db-migrate/activities/settle"
	"db-migrate/database"
)

// closingFileRows is how many rows of a file the check is asked about at a time.
const closingFileRows = 1000

// fileClosing asks the check about the rows that a file names, once all are done: the
// look at the table does not know which they are.
type fileClosing struct {
	table   database.Table
	run     database.Run
	pausing *pausing
	// seen are the rows that need it: a file may name a row twice.
	seen  map[string]bool
	found Counted
}

// asksFile reports whether the check is asked about the rows of a file: it has to be one
// that can tell a row that is migrated.
func (s *CustomerScanner) asksFile(table database.Table, request ClosingRequest) bool {
	statements := s.Connection.Migration.Statements
	return request.Named && request.File != nil && statements != nil && statements.Check != "" && table.Traits().Rejudges
}

// countNamed counts what of the file's rows still needs it.
func (s *CustomerScanner) countNamed(ctx context.Context, table database.Table, request ClosingRequest) (Counted, error) {
	file, err := s.Files.Open(*request.File)
	if err != nil {
		return Counted{}, err
	}
	defer func() { _ = file.Close() }() // it is only read
	closing := &fileClosing{table: table, run: request.Run, pausing: &pausing{guard: s.Guard}, seen: map[string]bool{}}
	reading := settle.Reading{Table: table, Run: request.Run, Part: database.Range{Bytes: &database.ByteRange{}}, File: file}
	for {
		set, err := reading.Source().Next(ctx, closingFileRows)
		if err != nil {
			return Counted{}, err
		}
		if err := closing.count(ctx, set.Rows); err != nil {
			return Counted{}, err
		}
		if reading.From = set.Position; set.Last {
			return closing.found, nil
		}
	}
}

// count asks about some rows.
func (c *fileClosing) count(ctx context.Context, rows []database.Row) error {
	keys := make([]database.Key, len(rows))
	for i, row := range rows {
		keys[i] = row.Key
	}
	c.pausing.await(ctx)
	return c.pausing.work(func() error {
		needed, err := c.needed(ctx, keys)
		if err != nil || len(needed) == 0 {
			return err
		}
		ledgered, err := c.table.Ledger(ctx, needed)
		if err != nil {
			return err
		}
		by := map[string]database.LedgerRow{}
		for _, row := range ledgered {
			by[row.Key.String()] = row
		}
		for _, key := range needed {
			row, found := by[key.String()]
			c.enter(key, row, found)
		}
		return nil
	})
}

// needed are the keys of rows that need it. A row on which the check raises an error has
// failed, or is left.
func (c *fileClosing) needed(ctx context.Context, keys []database.Key) ([]database.Key, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	needs, err := c.table.Check(ctx, keys)
	if err != nil && database.ClassOf(err) == database.Own {
		if len(keys) == 1 {
			return nil, nil
		}
		half := len(keys) / 2
		first, err := c.needed(ctx, keys[:half])
		if err != nil {
			return nil, err
		}
		second, err := c.needed(ctx, keys[half:])
		return append(first, second...), err
	}
	var found []database.Key
	for i, need := range needs {
		if need {
			found = append(found, keys[i])
		}
	}
	return found, err
}

// enter counts a row that needs it, by who has migrated it.
func (c *fileClosing) enter(key database.Key, row database.LedgerRow, ledgered bool) {
	text := key.String()
	if c.seen[text] || row.Failed {
		return
	}
	c.seen[text] = true
	switch {
	case !ledgered:
		c.found.Left++
	case row.Run != c.run.Number:
		c.found.Again++
	default:
		c.found.Undone++
		if len(c.found.Keys) < LeftExamples {
			c.found.Keys = append(c.found.Keys, key)
		}
	}
}

// LeftExamples is how many rows are named of those that are left.
const LeftExamples = 10
