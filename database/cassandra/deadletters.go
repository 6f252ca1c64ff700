package cassandra

import (
	"context"
	"fmt"
	"time"

	"db-migrate/database"
)

// letterPage is how many dead letters are looked at together.
const letterPage = 200

// Bury takes the customer's ledger key, and writes a dead letter. A call that died
// between the two is finished by its repetition. The mark of an earlier run makes way.
func (t *table) Bury(ctx context.Context, run database.Run, letter database.DeadLetter) (bool, error) {
	if err := t.prove(ctx, database.Mark{Run: run}); err != nil {
		return false, err
	}
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
	if err == nil && !applied {
		ours := t.ledgerColumns()
		applied, err = t.cas(ctx, fmt.Sprintf("UPDATE %s SET %s = ?, %s = ? WHERE %s IF %s = ? AND %s < ?", t.own(t.ledger), ours.Run, ours.Range, equal(t.keys), ours.Outcome, ours.Run),
			append(append([]any{run.Number, letter.Sequence}, arguments(key)...), outcomeFailed, run.Number)...)
	}
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
	return classify(t.session.Query("INSERT INTO "+t.own("db_migrate_failures")+" (book, migration, customer, run, range, error, attempts, failed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		t.book(), t.plan.Migration, letter.Key.Stored(), run.Number, letter.Sequence, letter.Error, letter.Attempts, time.Now()).ExecContext(ctx))
}

// Settle forgets failed marks and dead letters that earlier runs have left.
func (t *table) Settle(ctx context.Context, run database.Run, keys []database.Key) error {
	if len(keys) == 0 {
		return nil
	}
	if err := t.prove(ctx, database.Mark{Run: run}); err != nil {
		return err
	}
	ours := t.ledgerColumns()
	for _, key := range keys {
		values, err := t.keyValues(key)
		if err != nil {
			return err
		}
		if _, err := t.cas(ctx, fmt.Sprintf("DELETE FROM %s WHERE %s IF %s = ? AND %s < ?", t.own(t.ledger), equal(t.keys), ours.Outcome, ours.Run), append(arguments(values), outcomeFailed, run.Number)...); err != nil {
			return classify(err)
		}
		if err := t.forgetLetter(ctx, run, key); err != nil {
			return err
		}
	}
	return nil
}

// forgetLetter deletes the dead letter that an earlier run has left for a row.
func (t *table) forgetLetter(ctx context.Context, run database.Run, key database.Key) error {
	var of int64
	found, err := t.serial(ctx, "SELECT run FROM "+t.own("db_migrate_failures")+" WHERE book = ? AND customer = ?", []any{t.book(), key.Stored()}, &of)
	if err != nil || !found || of >= run.Number {
		return classify(err)
	}
	return classify(t.session.Query("DELETE FROM "+t.own("db_migrate_failures")+" WHERE book = ? AND customer = ?", t.book(), key.Stored()).ExecContext(ctx))
}

// FailedUpTo are the rows with a dead letter whose token lies up to that of a key.
func (t *table) FailedUpTo(ctx context.Context, before database.Run, after, upTo database.Key, limit int) (keys []database.Key, next database.Key, err error) {
	letters, err := t.DeadLetters(ctx, before, after, limit)
	if err != nil || len(letters) == 0 {
		return nil, nil, err
	}
	if len(letters) == limit {
		next = letters[len(letters)-1].Key
	}
	if upTo == nil {
		return database.KeysOf(letters), next, nil
	}
	for _, letter := range letters {
		lies, err := t.liesUpTo(ctx, letter.Key, upTo)
		if err != nil {
			return nil, nil, err
		}
		if lies {
			keys = append(keys, letter.Key)
		}
	}
	return keys, next, nil
}

// liesUpTo compares the token of a row, by its mark in the ledger, with that of a key.
func (t *table) liesUpTo(ctx context.Context, key, upTo database.Key) (bool, error) {
	last, isToken, err := t.token(upTo)
	if err == nil && !isToken {
		last, _, err = t.tokenOfRow(ctx, t.customers(), upTo)
	}
	if err != nil {
		return false, err
	}
	token, found, err := t.tokenOfRow(ctx, t.own(t.ledger), key)
	return found && token <= last, err
}

// tokenOfRow asks for a row's token; false: it is not there.
func (t *table) tokenOfRow(ctx context.Context, from string, key database.Key) (token int64, found bool, err error) {
	values, err := t.keyValues(key)
	if err != nil {
		return 0, false, err
	}
	text := "SELECT token(" + list(t.keys[:t.partition]) + ") FROM " + from + " WHERE " + equal(t.keys)
	err = t.query(ctx, text, arguments(values), 1, 0, func(values []raw) (err error) {
		token, err = tokenOf(values[0])
		found = true
		return err
	})
	return token, found, err
}

// DeadLetters lists customers that failed in earlier runs.
func (t *table) DeadLetters(ctx context.Context, before database.Run, after database.Key, limit int) ([]database.DeadLetter, error) {
	text, values := "SELECT customer, run, range, error, attempts, failed_at FROM "+t.own("db_migrate_failures")+" WHERE book = ?", []any{t.book()}
	if after != nil {
		text, values = text+" AND customer > ?", append(values, after.Stored())
	}
	rows := t.session.Query(text, values...).IterContext(ctx)
	var letters []database.DeadLetter
	var letter database.DeadLetter
	var customer string
	for len(letters) < limit && rows.Scan(&customer, &letter.Run, &letter.Sequence, &letter.Error, &letter.Attempts, &letter.FailedAt) {
		if letter.Run >= before.Number {
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
