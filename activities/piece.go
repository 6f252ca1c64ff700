package activities

import (
	"context"
	"slices"

	"db-migrate/database"
)

// piece is what one chunk works on.
type piece struct {
	rows []database.Row
	// known are the customers of the piece in this run's ledger.
	known []database.LedgerRow
	// after and taken are the position once the piece is done.
	after  database.Key
	taken  int
	offset int64
	last   bool
	// named is how many customers a list names, those that are gone among
	// them, and repeated the keys that stand in it twice.
	named, repeated int
	// gone are those of the list that no row has.
	gone []database.Key
}

// read reads the next piece. The rows come before the ledger: a row that is
// seen with its change in it then has its ledger row seen, too.
func (b *batchRun) read(ctx context.Context, part database.Range) (piece, error) {
	if part.Bytes != nil {
		return b.readFile(ctx, part)
	}
	if part.Explicit() {
		return b.readList(ctx, part)
	}
	limit := b.pieceSize()
	part.Fresh = b.batch.FirstPass && !b.worked(part)
	rows, err := b.table.Read(ctx, part, b.progress.After, limit)
	if err != nil {
		return piece{}, err
	}
	next := piece{rows: rows, last: len(rows) < limit, after: part.UpTo}
	if !next.last {
		next.after = rows[len(rows)-1].Key
	}
	if b.worked(part) {
		mark := database.Mark{Run: b.batch.Run, Sequence: part.Sequence}
		next.known, err = b.ledgerOfRange(ctx, mark, part, next)
	}
	return next, err
}

// ledgerOfRange is the ledger of a piece, by the keys of its rows.
func (b *batchRun) ledgerOfRange(ctx context.Context, mark database.Mark, part database.Range, next piece) ([]database.LedgerRow, error) {
	known, err := b.table.LedgerOfRange(ctx, mark, part, b.progress.After, next.after)
	if err != nil {
		return nil, err
	}
	return known, database.LedgerAsAsked(keysOf(next.rows), known, func(keys []database.Key) ([]int, error) {
		return database.SameKeys(ctx, b.table, keys)
	})
}

func (b *batchRun) readList(ctx context.Context, part database.Range) (piece, error) {
	end := min(len(part.Keys), b.progress.Taken+b.pieceSize())
	return b.readKeys(ctx, part, part.Keys[b.progress.Taken:end], piece{taken: end, last: end == len(part.Keys)})
}

// readKeys reads the rows of a piece whose customers are named one by one.
func (b *batchRun) readKeys(ctx context.Context, part database.Range, keys []database.Key, next piece) (piece, error) {
	named := len(keys)
	keys, err := b.unique(ctx, keys)
	if err != nil {
		return piece{}, err
	}
	next.repeated = named - len(keys)
	next.named = len(keys)
	rows, err := b.table.ReadKeys(ctx, keys)
	if err != nil {
		return piece{}, err
	}
	next.rows, next.gone = rows, missing(keys, rows)
	if b.worked(part) {
		next.known, err = b.table.Ledger(ctx, keys)
		next.known = ofRun(next.known, b.batch.Run)
	}
	return next, err
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

// unique is the keys without those that the database takes for one before them.
func (b *batchRun) unique(ctx context.Context, keys []database.Key) ([]database.Key, error) {
	places, err := database.SameKeys(ctx, b.table, keys)
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

func ofRun(rows []database.LedgerRow, run database.Run) []database.LedgerRow {
	var found []database.LedgerRow
	for _, row := range rows {
		if row.Run == run.Number {
			found = append(found, row)
		}
	}
	return found
}

// worked tells whether an attempt may have written to the range before.
func (b *batchRun) worked(part database.Range) bool {
	return !b.batch.DryRun && (part.Worked || b.attempt > 1)
}

// pieceSize is how many customers are read at a time: a transaction's worth, or
// several, where these were asked to be small.
func (b *batchRun) pieceSize() int {
	if b.batch.TransactionSize == 0 {
		return max(1, b.besideLimit(min(b.migrator.sizer.Next(), b.table.TransactionLimit())))
	}
	return max(b.transaction(), b.migrator.pieces.Next())
}

// transaction is how many customers commit together; 0: a piece.
func (b *batchRun) transaction() int {
	return b.besideLimit(min(b.batch.TransactionSize, b.table.TransactionLimit()))
}

// besideLimit is a size of sets, made smaller where somebody else needs the rows or the
// database.
func (b *batchRun) besideLimit(size int) int {
	if most := b.migrator.Guard.Decision().SetLimit; most > 0 {
		return min(size, most)
	}
	return size
}
