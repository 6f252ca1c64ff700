package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"db-migrate/database"
)

// Bury writes a dead letter, and takes the customer's ledger key for it.
func (t *table) Bury(ctx context.Context, run database.Run, letter database.DeadLetter) (bool, error) {
	buried := false
	err := t.transaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := t.readLocked(ctx, tx, letter.Key)
		if err != nil || len(rows) == 0 {
			return err
		}
		mark := database.Mark{Run: run, Sequence: letter.Sequence}
		if err := t.enter(ctx, tx, mark, []database.Key{letter.Key}, outcomeFailed); err != nil {
			return err
		}
		buried = true
		_, err = tx.Exec(ctx, "INSERT INTO "+t.own("db_migrate_failures")+` (migration, customer, run, range, error, attempts) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (migration, customer) DO UPDATE SET run = $3, range = $4, error = $5, attempts = $6, failed_at = now()`,
			t.plan.Migration, letter.Key.Stored(), run.Number, letter.Sequence, letter.Error, letter.Attempts)
		return err
	})
	return buried && err == nil, err
}

// Exhume deletes failed marks and dead letters of earlier runs.
func (t *table) Exhume(ctx context.Context, run database.Run, keys []database.Key) error {
	return t.transaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
		for _, key := range keys {
			var p parameters
			value, err := t.key(&p, key)
			if err != nil {
				return err
			}
			text := fmt.Sprintf("DELETE FROM %s WHERE %s = %s AND outcome = %d AND run < %d", t.own(t.ledger), tuple(names(t.keys, "")), value, outcomeFailed, run.Number)
			if _, err := tx.Exec(ctx, text, p.values...); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "DELETE FROM "+t.own("db_migrate_failures")+" WHERE migration = $1 AND customer = $2 AND run < $3", t.plan.Migration, key.Stored(), run.Number); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeadLetters lists customers that failed in earlier runs.
func (t *table) DeadLetters(ctx context.Context, before database.Run, after database.Key, limit int) ([]database.DeadLetter, error) {
	begin, further := "", "$3 = ''"
	if after != nil {
		begin, further = after.Stored(), `customer COLLATE "C" > $3`
	}
	text := "SELECT customer, range, error, attempts FROM " + t.own("db_migrate_failures") + " WHERE migration = $1 AND run < $2 AND " + further + ` ORDER BY customer COLLATE "C" LIMIT $4`
	var letters []database.DeadLetter
	err := query(ctx, t.reading(), text, []any{t.plan.Migration, before.Number, begin, limit}, func(values []*string) error {
		key, err := database.ParseStored(*values[0], len(t.keys))
		letters = append(letters, database.DeadLetter{Key: key, Sequence: number(values[1]), Error: *values[2], Attempts: int(number(values[3]))})
		return err
	})
	if err != nil {
		if present, failed := t.present(ctx, t.readers); failed == nil && !present["db_migrate_failures"] {
			return nil, nil
		}
	}
	return letters, classify(err)
}
