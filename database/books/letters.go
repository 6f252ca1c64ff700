package books

import (
	"context"
	"fmt"
	"time"

	"db-migrate/database"
)

// Bury writes a dead letter, and takes the row's ledger key for it. The mark that an
// earlier run has left for the same row makes way.
func (b *Books) Bury(ctx context.Context, run database.Run, letter database.DeadLetter) (bool, error) {
	buried := false
	err := b.store.Transaction(ctx, func(ctx context.Context, in Session) error {
		found, err := b.store.Locked(ctx, in, letter.Key)
		if err != nil || len(found) == 0 {
			return err
		}
		if err := b.Clear(ctx, in, run, []database.Key{letter.Key}, true); err != nil {
			return err
		}
		mark := database.Mark{Run: run, Sequence: letter.Sequence}
		if err := b.store.Enter(ctx, in, mark, []database.Key{letter.Key}, OutcomeFailed); err != nil {
			return err
		}
		if letter.Key, err = b.enteredAs(ctx, in, letter.Key); err != nil {
			return err
		}
		buried = true
		return b.writeLetter(ctx, in, run, letter)
	})
	return buried && err == nil, err
}

// enteredAs is a key as the ledger has it, by which its dead letter is found again: a
// character(5) column has blanks at its end that a person does not write.
func (b *Books) enteredAs(ctx context.Context, in Session, key database.Key) (database.Key, error) {
	parts, err := b.store.In([]database.Key{key})
	if err != nil || len(parts) == 0 {
		return key, err
	}
	found, err := b.keysIn(ctx, in, "SELECT "+b.keyNames()+" FROM "+b.dialect.Own(b.ledger)+parts[0].where(), parts[0].Arguments)
	if err != nil || len(found) == 0 {
		return key, err
	}
	return found[0], nil
}

func (b *Books) writeLetter(ctx context.Context, in Session, run database.Run, letter database.DeadLetter) error {
	text := "INSERT INTO " + b.dialect.Own(failuresTable) + " (book, migration, customer, run, " + b.dialect.Quote("range") + ", error, attempts) SELECT book, migration, ?, number, ?, ?, ? FROM " +
		b.dialect.Own(runsTable) + " WHERE number = ?"
	return b.execute(ctx, in, text, b.storedKey(letter.Key), letter.Sequence, letter.Error, letter.Attempts, run.Number)
}

// storedKey is a key as the failures name it; where they name it by bytes, as bytes.
func (b *Books) storedKey(key database.Key) any {
	if b.dialect.Types.Key == "VARBINARY(2800)" {
		return []byte(key.Stored())
	}
	return key.Stored()
}

// Settle forgets the failed marks and dead letters that earlier runs have left for
// rows that are gone, or need nothing any more. *RunOverError: the run is over.
func (b *Books) Settle(ctx context.Context, run database.Run, keys []database.Key) error {
	rows, err := b.Ledger(ctx, keys)
	if err != nil {
		return err
	}
	var failed []database.Key
	for _, row := range rows {
		if row.Failed && row.Run < run.Number {
			failed = append(failed, row.Spelled())
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return b.store.Transaction(ctx, func(ctx context.Context, in Session) error {
		if err := b.Clear(ctx, in, run, failed, true); err != nil {
			return err
		}
		return b.Fence(ctx, in, run)
	})
}

func (b *Books) forgetLetters(ctx context.Context, in Session, run database.Run, keys []database.Key) error {
	for _, key := range keys {
		err := b.execute(ctx, in, "DELETE FROM "+b.dialect.Own(failuresTable)+" WHERE "+b.ofBook()+" AND customer = ? AND run < ?", b.plan.Migration, b.subject.Name, b.storedKey(key), run.Number)
		if err != nil {
			return err
		}
	}
	return nil
}

// ofBook is the condition for rows of this book, by migration and table.
func (b *Books) ofBook() string {
	return "book = (SELECT book FROM " + b.dialect.Own(booksTable) + " WHERE migration = ? AND customers = ?)"
}

// DeadLetters lists rows that failed in earlier runs.
func (b *Books) DeadLetters(ctx context.Context, before database.Run, after database.Key, limit int) ([]database.DeadLetter, error) {
	letters, err := b.letters(ctx, b.store.Reader(), before, after, limit)
	if b.missing(ctx, err, failuresTable) {
		return nil, nil
	}
	return letters, err
}

func (b *Books) letters(ctx context.Context, in Session, before database.Run, after database.Key, limit int) ([]database.DeadLetter, error) {
	condition, arguments := b.ofBook()+" AND run < ?", []any{b.plan.Migration, b.subject.Name, before.Number}
	if after != nil {
		condition, arguments = condition+" AND customer > ?", append(arguments, b.storedKey(after))
	}
	var letters []database.DeadLetter
	text := fmt.Sprintf("SELECT customer, %s, error, attempts, run, %s FROM %s WHERE %s ORDER BY customer LIMIT %d", b.dialect.Quote("range"), b.dialect.Seconds("failed_at"), b.dialect.Own(failuresTable), condition, limit)
	err := in.Query(ctx, b.dialect.Bind(text), arguments, func(values Values) error {
		key, err := database.ParseStored(values.Text(0), len(b.subject.Key))
		letters = append(letters, database.DeadLetter{Key: key, Sequence: values.Number(1), Error: values.Text(2), Attempts: int(values.Number(3)),
			Run: values.Number(4), FailedAt: time.Unix(values.Number(5), 0).UTC()})
		return err
	})
	return letters, err
}

// letterPage is how many dead letters are looked at together.
const letterPage = 200

// failedUpTo counts the dead letters of earlier runs up to a key, in the table's own
// order: those behind it are found by the scan.
func (b *Books) failedUpTo(ctx context.Context, in Session, run database.Run, upTo database.Key) (int, error) {
	total := 0
	var after database.Key
	for {
		letters, err := b.letters(ctx, in, run, after, letterPage)
		if err != nil || len(letters) == 0 {
			return total, err
		}
		before, err := b.marksUpTo(ctx, in, database.KeysOf(letters), upTo)
		if err != nil {
			return 0, err
		}
		total, after = total+len(before), letters[len(letters)-1].Key
	}
}

// FailedUpTo are the rows with a dead letter up to a key, in the table's order; next is
// where to go on, nil: there are no more.
func (b *Books) FailedUpTo(ctx context.Context, before database.Run, after, upTo database.Key, limit int) (keys []database.Key, next database.Key, err error) {
	letters, err := b.DeadLetters(ctx, before, after, limit)
	if err != nil || len(letters) == 0 {
		return nil, nil, err
	}
	if len(letters) == limit {
		next = letters[len(letters)-1].Key
	}
	keys, err = b.marksUpTo(ctx, b.store.Reader(), database.KeysOf(letters), upTo)
	return keys, next, err
}

// marksUpTo are those of the keys whose failed mark lies up to a key; nil: all.
func (b *Books) marksUpTo(ctx context.Context, in Session, keys []database.Key, upTo database.Key) ([]database.Key, error) {
	if upTo == nil {
		return keys, nil
	}
	var found []database.Key
	for _, key := range keys {
		before, err := b.liesUpTo(ctx, in, key, upTo)
		if err != nil {
			return nil, err
		}
		if before {
			found = append(found, key)
		}
	}
	return found, nil
}

// liesUpTo asks the database for the order of two keys, by the mark of the first.
func (b *Books) liesUpTo(ctx context.Context, in Session, key, upTo database.Key) (bool, error) {
	condition, err := b.store.UpTo(key, upTo)
	if err != nil {
		return false, err
	}
	row, err := b.oneOf(ctx, in, "SELECT 1 FROM "+b.dialect.Own(b.ledger)+condition.where(fmt.Sprintf("%s = %d", b.ledgerColumns().Outcome, OutcomeFailed)), condition.Arguments)
	return row != nil, err
}
