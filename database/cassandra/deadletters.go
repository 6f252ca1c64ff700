package cassandra

import (
	"context"
	"time"

	"db-migrate/database"
)

// Bury takes the customer's ledger key, and writes a dead letter. A call that died
// between the two is finished by its repetition.
func (t *table) Bury(ctx context.Context, run database.Run, letter database.DeadLetter) (bool, error) {
	key, err := t.keyValues(letter.Key)
	if err != nil {
		return false, err
	}
	exists := false
	err = t.queryEach(ctx, "SELECT "+list(t.keys)+" FROM "+t.customers()+" WHERE "+equal(t.keys), []database.Key{letter.Key}, len(t.keys), func([]raw) error {
		exists = true
		return nil
	})
	if err != nil || !exists {
		return false, err
	}
	values := append(arguments(key), run.Number, letter.Sequence, outcomeFailed)
	applied, err := t.cas(ctx, t.enterText()+" IF NOT EXISTS", values...)
	if err != nil {
		return false, classify(err)
	}
	if !applied {
		return false, t.settleConflict(ctx, run, letter)
	}
	return true, t.writeLetter(ctx, run, letter)
}

func (t *table) settleConflict(ctx context.Context, run database.Run, letter database.DeadLetter) error {
	rows, err := t.Ledger(ctx, []database.Key{letter.Key})
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Failed && row.Run == run.Number && row.Sequence == letter.Sequence {
			if err := t.writeLetter(ctx, run, letter); err != nil {
				return err
			}
		}
	}
	return database.ErrLedgerConflict
}

func (t *table) writeLetter(ctx context.Context, run database.Run, letter database.DeadLetter) error {
	return classify(t.session.Query("INSERT INTO "+t.own("db_migrate_failures")+" (migration, customer, run, range, error, attempts, failed_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		t.plan.Migration, letter.Key.Stored(), run.Number, letter.Sequence, letter.Error, letter.Attempts, time.Now()).ExecContext(ctx))
}

// Exhume deletes failed marks and dead letters of earlier runs.
func (t *table) Exhume(ctx context.Context, run database.Run, keys []database.Key) error {
	for _, key := range keys {
		values, err := t.keyValues(key)
		if err != nil {
			return err
		}
		if _, err := t.cas(ctx, "DELETE FROM "+t.own(t.ledger)+" WHERE "+equal(t.keys)+" IF outcome = ? AND run < ?", append(arguments(values), outcomeFailed, run.Number)...); err != nil {
			return classify(err)
		}
		var of int64
		found, err := t.serial(ctx, "SELECT run FROM "+t.own("db_migrate_failures")+" WHERE migration = ? AND customer = ?", []any{t.plan.Migration, key.Stored()}, &of)
		if err != nil {
			return classify(err)
		}
		if !found || of >= run.Number {
			continue
		}
		if err := t.session.Query("DELETE FROM "+t.own("db_migrate_failures")+" WHERE migration = ? AND customer = ?", t.plan.Migration, key.Stored()).ExecContext(ctx); err != nil {
			return classify(err)
		}
	}
	return nil
}

// DeadLetters lists customers that failed in earlier runs.
func (t *table) DeadLetters(ctx context.Context, before database.Run, after database.Key, limit int) ([]database.DeadLetter, error) {
	text, values := "SELECT customer, run, range, error, attempts FROM "+t.own("db_migrate_failures")+" WHERE migration = ?", []any{t.plan.Migration}
	if after != nil {
		text, values = text+" AND customer > ?", append(values, after.Stored())
	}
	rows := t.session.Query(text, values...).IterContext(ctx)
	var letters []database.DeadLetter
	var letter database.DeadLetter
	var customer string
	var run int64
	for len(letters) < limit && rows.Scan(&customer, &run, &letter.Sequence, &letter.Error, &letter.Attempts) {
		if run >= before.Number {
			continue
		}
		var err error
		if letter.Key, err = database.ParseStored(customer, len(t.keys)); err != nil {
			_ = rows.Close()
			return nil, err
		}
		letters = append(letters, letter)
	}
	err := rows.Close()
	if err != nil {
		if present, failed := t.present(ctx); failed == nil && !present["db_migrate_failures"] {
			return nil, nil
		}
	}
	return letters, classify(err)
}
