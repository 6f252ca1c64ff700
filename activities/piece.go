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
		next.known, err = b.table.LedgerOfRange(ctx, mark, part, b.progress.After, next.after)
	}
	return next, err
}

func (b *batchRun) readList(ctx context.Context, part database.Range) (piece, error) {
	end := min(len(part.Keys), b.progress.Taken+b.pieceSize())
	return b.readKeys(ctx, part, part.Keys[b.progress.Taken:end], piece{taken: end, last: end == len(part.Keys)})
}

// readKeys reads the rows of a piece whose customers are named one by one.
func (b *batchRun) readKeys(ctx context.Context, part database.Range, keys []database.Key, next piece) (piece, error) {
	keys, next.repeated = unique(keys)
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

func unique(keys []database.Key) (once []database.Key, repeated int) {
	seen := map[string]bool{}
	for _, key := range keys {
		if seen[key.Text()] {
			repeated++
			continue
		}
		seen[key.Text()] = true
		once = append(once, key)
	}
	return once, repeated
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
		return max(1, min(b.migrator.sizer.next(), b.table.TransactionLimit()))
	}
	return max(b.transaction(), b.migrator.pieces.next())
}

// transaction is how many customers commit together; 0: a piece.
func (b *batchRun) transaction() int {
	return min(b.batch.TransactionSize, b.table.TransactionLimit())
}
