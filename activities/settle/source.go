package settle

import (
	"context"
	"errors"
	"slices"

	"db-migrate/database"
	"db-migrate/idfile"
)

// Source hands out the rows of a range, from a position on.
type Source interface {
	// Next reads the next rows, at most limit of them; fewer, if they weigh as much as
	// one read may.
	Next(ctx context.Context, limit int) (Set, error)
}

// Set is rows that are settled together, and where the range goes on.
type Set struct {
	Rows []database.Row
	// Known are those of them that this run has in its ledger.
	Known []database.LedgerRow
	// Gone are keys that were named, and that no row has.
	Gone []database.Key
	// Named is how many rows were named one by one, those that are gone among them, and
	// Repeated how many keys were named twice.
	Named, Repeated int
	// Position is where the range goes on once the set is settled; Last: nowhere.
	Position Position
	Last     bool
}

// Position is how far a range has been worked through: up to the key After, Taken keys of
// a list, or to the Offset in a file.
type Position struct {
	After  database.Key `json:"after,omitempty"`
	Taken  int          `json:"taken,omitempty"`
	Offset int64        `json:"offset,omitempty"`
}

// Rest is what is left of a range behind the position.
func (p Position) Rest(part database.Range) database.Range {
	switch {
	case part.Bytes != nil:
		part.Bytes = &database.ByteRange{From: max(p.Offset, part.Bytes.From), To: part.Bytes.To}
	case part.Explicit():
		part.Keys = part.Keys[p.Taken:]
		part.Customers = len(part.Keys)
	case p.After != nil:
		part.After = p.After
	}
	return part
}

// Reading says of which rows a source is, and for which run they are read.
type Reading struct {
	Table database.Table
	Run   database.Run
	Part  database.Range
	From  Position
	// File names the rows, if the range is a stretch of it.
	File *idfile.File
	// Worked: an attempt may have written to the range before.
	Worked bool
}

// Source is the source of the rows. Each reads the rows before the ledger: a row that is
// seen with its change in it then has its ledger row seen, too.
func (r Reading) Source() Source {
	switch {
	case r.Part.Bytes != nil:
		return fileSource{r}
	case r.Part.Explicit():
		return listSource{r}
	}
	return tableSource{r}
}

// tableSource goes through the table by key.
type tableSource struct{ Reading }

func (s tableSource) Next(ctx context.Context, limit int) (Set, error) {
	part := s.Part
	part.Fresh = part.Fresh && !s.Worked
	rows, err := s.Table.Read(ctx, part, s.From.After, limit)
	cut := errors.Is(err, database.ErrCut)
	if err != nil && !cut {
		return Set{}, err
	}
	err = nil
	next := Set{Rows: rows, Last: len(rows) < limit && !cut, Position: Position{After: part.UpTo}}
	if !next.Last {
		next.Position.After = rows[len(rows)-1].Key
	}
	if s.Worked {
		next.Known, err = s.ledgerOfRange(ctx, next)
	}
	return next, err
}

// ledgerOfRange is the ledger of a set, by the keys of its rows.
func (s tableSource) ledgerOfRange(ctx context.Context, next Set) ([]database.LedgerRow, error) {
	mark := database.Mark{Run: s.Run, Sequence: s.Part.Sequence}
	known, err := s.Table.LedgerOfRange(ctx, mark, s.Part, s.From.After, next.Position.After)
	if err != nil {
		return nil, err
	}
	return known, database.LedgerAsAsked(keysOf(next.Rows), known, func(keys []database.Key) ([]int, error) {
		return database.SameKeys(ctx, s.Table, keys)
	})
}

// listSource goes through a list of keys.
type listSource struct{ Reading }

func (s listSource) Next(ctx context.Context, limit int) (Set, error) {
	return fewer(limit, func(limit int) (Set, error) { return s.next(ctx, limit) })
}

// fewer reads fewer rows that are named one by one as long as a read is cut: which of
// them it has not come to nobody knows.
func fewer(limit int, next func(limit int) (Set, error)) (Set, error) {
	for {
		set, err := next(limit)
		if !errors.Is(err, database.ErrCut) {
			return set, err
		}
		limit = max(1, min(limit/2, len(set.Rows)))
	}
}

func (s listSource) next(ctx context.Context, limit int) (Set, error) {
	end := min(len(s.Part.Keys), s.From.Taken+limit)
	return s.named(ctx, s.Part.Keys[s.From.Taken:end], Set{Position: Position{Taken: end}, Last: end == len(s.Part.Keys)})
}

// named reads the rows of a set that are named one by one.
func (r Reading) named(ctx context.Context, keys []database.Key, next Set) (Set, error) {
	once, err := r.unique(ctx, keys)
	if err != nil {
		return Set{}, err
	}
	next.Named, next.Repeated = len(once), len(keys)-len(once)
	if next.Rows, err = r.Table.ReadKeys(ctx, once); err != nil {
		return next, err
	}
	next.Gone = missing(once, next.Rows)
	if r.Worked {
		next.Known, err = r.Table.Ledger(ctx, once)
		next.Known = slices.DeleteFunc(next.Known, func(row database.LedgerRow) bool { return row.Run != r.Run.Number })
	}
	return next, err
}

// unique is the keys without those that the database takes for one before them.
func (r Reading) unique(ctx context.Context, keys []database.Key) ([]database.Key, error) {
	places, err := database.SameKeys(ctx, r.Table, keys)
	if err != nil {
		return nil, err
	}
	once := make([]database.Key, 0, len(keys))
	for i, place := range places {
		if place == i {
			once = append(once, keys[i])
		}
	}
	return once, nil
}

// missing are the keys that no row has.
func missing(keys []database.Key, rows []database.Row) []database.Key {
	if len(keys) == len(rows) {
		return nil
	}
	found := map[string]bool{}
	for _, row := range rows {
		found[row.Key.Text()] = true
	}
	return slices.DeleteFunc(slices.Clone(keys), func(key database.Key) bool { return found[key.Text()] })
}

// fileSource goes through a stretch of a file of ids.
type fileSource struct{ Reading }

func (s fileSource) Next(ctx context.Context, limit int) (Set, error) {
	return fewer(limit, func(limit int) (Set, error) { return s.next(ctx, limit) })
}

func (s fileSource) next(ctx context.Context, limit int) (Set, error) {
	stretch := s.From.Rest(s.Part).Bytes
	ids, err := s.File.Read(stretch.From, stretch.To, limit)
	if err != nil {
		return Set{}, err
	}
	next := Set{Position: Position{Offset: stretch.To}, Last: len(ids) < limit}
	if !next.Last {
		next.Position.Offset = ids[len(ids)-1].Next
	}
	if len(ids) == 0 {
		return next, nil
	}
	keys, err := parse(ctx, s.Table, ids)
	if err != nil {
		return Set{}, err
	}
	return s.named(ctx, keys, next)
}

// parse makes keys of ids. One that no row can have (a word, where keys are
// numbers) is left out: it is not found, as one that no row has. An error proves
// nothing of any id, and fails the attempt.
func parse(ctx context.Context, table database.Table, ids []idfile.ID) ([]database.Key, error) {
	columns, written := len(table.KeyColumns()), make([][]string, len(ids))
	for i, id := range ids {
		written[i] = idfile.Columns(id.Text, columns)
	}
	keys, err := database.ParseKeys(ctx, table, written)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(keys, func(key database.Key) bool { return key == nil }), nil
}
