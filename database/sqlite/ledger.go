package sqlite

import (
	"context"
	"fmt"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
)

// ledgerRows is how many ledger rows one statement inserts.
const ledgerRows = 100

// enter writes the ledger rows of customers who were migrated.
func (t *table) enter(ctx context.Context, mark database.Mark, migrated []database.Write) error {
	return t.insert(ctx, mark, keysOf(migrated), books.OutcomeMigrated)
}

func (t *table) insert(ctx context.Context, mark database.Mark, keys []database.Key, outcome int64) error {
	if err := t.prove(ctx, mark); err != nil {
		return err
	}
	err := t.writer.bare(ctx, func(b *bare) error {
		for _, some := range portions(keys, ledgerRows) {
			if err := t.insertSome(b, mark, some, outcome); err != nil {
				return err
			}
		}
		return nil
	})
	if isUnique(err) {
		return database.ErrLedgerConflict
	}
	return err
}

// insertSome enters a few customers. What they have in common is bound once.
func (t *table) insertSome(b *bare, mark database.Mark, keys []database.Key, outcome int64) error {
	values, ours := "(?1, ?2, ?3"+strings.Repeat(", ?", len(t.keys))+")", t.ledgerColumns
	statement, err := b.prepare(fmt.Sprintf("INSERT INTO %s (%s, %s, %s, %s) VALUES %s",
		quote(t.ledger), ours.Run, ours.Range, ours.Outcome, strings.Join(t.keyNames(), ", "), strings.Join(repeat(values, len(keys)), ", ")))
	if err != nil {
		return err
	}
	for _, value := range []int64{mark.Run.Number, mark.Sequence, outcome} {
		if err := b.add(value); err != nil {
			return err
		}
	}
	for _, key := range keys {
		if err := t.addKey(b, key); err != nil {
			return err
		}
	}
	_, err = b.execute(statement)
	return err
}
