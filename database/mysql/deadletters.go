package mysql

import (
	"context"
	"fmt"

	"db-migrate/database"
)

// Bury writes a dead letter, and takes the customer's ledger key for it.
func (t *table) Bury(ctx context.Context, run database.Run, letter database.DeadLetter) (bool, error) {
	buried := false
	err := t.transaction(ctx, func(ctx context.Context, in session) error {
		rows, err := t.readLocked(ctx, in, []database.Key{letter.Key})
		if err != nil || len(rows) == 0 {
			return err
		}
		mark := database.Mark{Run: run, Sequence: letter.Sequence}
		if err := t.enter(ctx, in, mark, []database.Key{letter.Key}, outcomeFailed); err != nil {
			return err
		}
		buried = true
		_, err = in.ExecContext(ctx, "REPLACE INTO "+t.own("db_migrate_failures")+" (migration, customer, run, `range`, error, attempts) VALUES (?, ?, ?, ?, ?, ?)",
			t.plan.Migration, []byte(letter.Key.Stored()), run.Number, letter.Sequence, letter.Error, letter.Attempts)
		return err
	})
	return buried && err == nil, err
}

// Exhume deletes failed marks and dead letters of earlier runs.
func (t *table) Exhume(ctx context.Context, run database.Run, keys []database.Key) error {
	return t.transaction(ctx, func(ctx context.Context, in session) error {
		for _, key := range keys {
			arguments, err := t.keyArguments(nil, key)
			if err != nil {
				return err
			}
			text := fmt.Sprintf("DELETE FROM %s WHERE %s AND outcome = %d AND run < %d", t.own(t.ledger), t.in(1), outcomeFailed, run.Number)
			if _, err := in.ExecContext(ctx, text, arguments...); err != nil {
				return err
			}
			if _, err := in.ExecContext(ctx, "DELETE FROM "+t.own("db_migrate_failures")+" WHERE migration = ? AND customer = ? AND run < ?", t.plan.Migration, []byte(key.Stored()), run.Number); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeadLetters lists customers that failed in earlier runs.
func (t *table) DeadLetters(ctx context.Context, before database.Run, after database.Key, limit int) ([]database.DeadLetter, error) {
	condition, arguments := "migration = ? AND run < ?", []any{t.plan.Migration, before.Number}
	if after != nil {
		condition, arguments = condition+" AND customer > ?", append(arguments, []byte(after.Stored()))
	}
	var letters []database.DeadLetter
	text := fmt.Sprintf("SELECT customer, `range`, error, attempts FROM %s WHERE %s ORDER BY customer LIMIT %d", t.own("db_migrate_failures"), condition, limit)
	err := query(ctx, t.readers, text, arguments, func(values [][]byte) error {
		key, err := database.ParseStored(string(values[0]), len(t.keys))
		letters = append(letters, database.DeadLetter{Key: key, Sequence: number(values[1]), Error: string(values[2]), Attempts: int(number(values[3]))})
		return err
	})
	if err != nil {
		if present, failed := t.present(ctx); failed == nil && !present["db_migrate_failures"] {
			return nil, nil
		}
	}
	return letters, classify(err)
}
