package books

import (
	"context"
	"fmt"
	"strings"

	"db-migrate/database"
)

// book finds the book of this migration of this table, or begins it, and refuses
// where it is about another table than the one of that name. emptied: all rows may
// have been thrown away since it was written.
func (b *Books) book(ctx context.Context, in Session, request database.RunRequest) (number int64, emptied bool, err error) {
	identity, storage, err := b.store.Identify(ctx, in)
	if err != nil {
		return 0, false, err
	}
	row, err := b.recognised(ctx, in, request, identity, storage)
	if err != nil {
		return 0, false, err
	}
	if row == nil {
		number, err = b.newBook(ctx, in, request, identity, storage)
		return number, false, err
	}
	number = row.Number(0)
	switch was := row.Text(3); {
	case was == storage || storage == "":
		return number, false, nil
	case was == "": // the worker's user may see it by now
		return number, false, b.noteStorage(ctx, in, number, storage)
	}
	return number, true, b.emptied(ctx, in, number, storage)
}

// Current compares the run's book with the table and the ledger as they are now, and
// writes nothing. It refuses what the next start would refuse; rewritten: all rows may be
// other ones by now, and the migration tells which of them need it.
func (b *Books) Current(ctx context.Context, run database.Run) (rewritten bool, err error) {
	in := b.store.Reader()
	row, err := b.kept(ctx, in)
	if err == nil && row != nil {
		err = b.refuseOtherTypes(ctx)
	}
	if err != nil || row == nil {
		return false, err
	}
	identity, storage, err := b.store.Identify(ctx, in)
	switch {
	case err != nil:
		return false, err
	case differs(row.Text(2), identity):
		return false, b.refused("while the run went on, the table was dropped or renamed, and another one has its name now: %s; forget the ledger with \"starter ledger drop\", and let a check, or customer-scanner/where, leave out the rows that are migrated", b.entered(ctx, run))
	case !differs(row.Text(3), storage):
		return false, nil
	case b.plan.Undoes == "" && b.judged():
		return true, nil
	}
	return false, b.refused("while the run went on, the table was emptied, rewritten as a whole or replaced (TRUNCATE, VACUUM FULL, RENAME, DROP and CREATE, or the like), and without a check nobody can tell which rows still need it: %s; "+
		"start with --same-ledger if the rows are still the same; if they are not, give the migration a check that tells which rows still need it, and start with --same-ledger --again", b.entered(ctx, run))
}

// kept is the book's row, if there is one, and refuses a book whose ledger is gone.
func (b *Books) kept(ctx context.Context, in Session) (Values, error) {
	if found, err := b.store.Present(ctx, in, booksTable); err != nil || !found {
		return nil, err
	}
	row, err := b.bookOf(ctx, in, b.plan.Migration)
	if err == nil {
		err = b.refuseLost(ctx, in)
	}
	return row, err
}

// refuseLost refuses a book whose ledger is gone: without it nobody can tell which rows
// are migrated.
func (b *Books) refuseLost(ctx context.Context, in Session) error {
	for i, ledger := range b.ledgers() {
		found, err := b.store.Present(ctx, in, ledger)
		if err != nil {
			return err
		}
		if found {
			continue
		}
		row, err := b.bookOf(ctx, in, []string{b.plan.Migration, b.plan.UndoneBy}[i])
		if err != nil {
			return err
		}
		if row != nil {
			return b.refused("table %s, which says which rows are migrated, was dropped or renamed: without it they would be migrated a second time; restore that table, or forget what is left of the ledger with \"starter ledger drop\" if a check tells which rows still need it, or none is migrated", b.dialect.Own(ledger))
		}
	}
	return nil
}

// entered says what the ledger's rows of a run are about, where the table has become
// another one in mid-run.
func (b *Books) entered(ctx context.Context, run database.Run) string {
	rows := "the rows"
	var balance database.Balance
	if err := b.countLedger(ctx, run, database.Window{}, &balance); err == nil {
		rows = fmt.Sprintf("of the %d rows", balance.Migrated)
	}
	return rows + " that this run has in the ledger, those entered before that are about the rows of then, and those entered since are migrated"
}

// Recognise returns the error with which Begin would refuse the books that there are,
// and writes nothing.
func (b *Books) Recognise(ctx context.Context, request database.RunRequest) error {
	in := b.store.Reader()
	present, err := b.present(ctx, in)
	if err == nil {
		err = b.refuseOlder(ctx, in, present)
	}
	if err != nil || !present[booksTable] {
		return err
	}
	if err := b.refuseLost(ctx, in); err != nil {
		return err
	}
	if err := b.refuseOtherTypes(ctx); err != nil {
		return err
	}
	identity, storage, err := b.store.Identify(ctx, in)
	if err != nil {
		return err
	}
	book, err := b.recognised(ctx, in, request, identity, storage)
	if err != nil || book == nil || request.Definition == "" || !present[runsTable] {
		return err
	}
	_, err = b.changed(ctx, in, book.Number(0), request)
	return err
}

// recognised is the book's row: book, key_columns, identity, storage; nil: there is none.
// It refuses one that is about another table, or about other rows, for all one can tell.
func (b *Books) recognised(ctx context.Context, in Session, request database.RunRequest, identity, storage string) (Values, error) {
	row, err := b.bookOf(ctx, in, request.Migration)
	if err == nil && b.plan.Undoes != "" {
		err = b.refuseUndone(ctx, in, request, identity, storage)
	}
	if err == nil && row == nil {
		err = b.refuseRenamed(ctx, in, request, identity, storage)
	}
	if err == nil && row == nil {
		err = b.refuseShared(ctx, in)
	}
	if err != nil || row == nil {
		return nil, err
	}
	if key := b.keyList(); row.Text(1) != key {
		return nil, b.refused("it was written by the key (%s), and this worker's key is (%s): give connection/key as it was", row.Text(1), key)
	}
	if differs(row.Text(2), identity) {
		return nil, b.refused("it is about another table of that name, which was dropped or renamed since: the ledger says nothing about the rows of this one; forget it with \"starter ledger drop\"")
	}
	if differs(row.Text(3), storage) {
		return row, b.refuseEmptied(request)
	}
	return row, nil
}

// differs reports whether both are known, and not the same.
func differs(was, now string) bool { return was != now && was != "" && now != "" }

func (b *Books) bookOf(ctx context.Context, in Session, migration string) (Values, error) {
	return b.one(ctx, in, "SELECT book, key_columns, identity, storage FROM "+b.dialect.Own(booksTable)+" WHERE migration = ? AND customers = ?", migration, b.subject.Name)
}

// refuseUndone refuses to undo by the ledger of rows that may be other ones by now.
func (b *Books) refuseUndone(ctx context.Context, in Session, request database.RunRequest, identity, storage string) error {
	row, err := b.bookOf(ctx, in, b.plan.Undoes)
	if err != nil || row == nil || request.SameLedger || !differs(row.Text(2), identity) && !differs(row.Text(3), storage) {
		return err
	}
	return b.refused("migration %s has changed rows of this table, which was emptied, rewritten as a whole or made anew since: they may be other ones, and an undo would overwrite them; start with --same-ledger if they are still the same", b.plan.Undoes)
}

// refuseShared refuses a ledger whose name another book has.
func (b *Books) refuseShared(ctx context.Context, in Session) error {
	row, err := b.one(ctx, in, "SELECT customers, migration FROM "+b.dialect.Own(booksTable)+" WHERE ledger = ?", b.ledger)
	if err != nil || row == nil {
		return err
	}
	return b.refused("a ledger of that name is kept for migration %s of table %s: give the migration another name, or name another schema in connection/schema", row.Text(1), row.Text(0))
}

// newBook begins a book.
func (b *Books) newBook(ctx context.Context, in Session, request database.RunRequest, identity, storage string) (int64, error) {
	table := b.dialect.Own(booksTable)
	err := b.execute(ctx, in, insert(table, []string{"version", "migration", "customers", "ledger", "key_columns", "identity", "storage"}),
		version, request.Migration, b.subject.Name, b.ledger, b.keyList(), identity, storage)
	if err != nil {
		return 0, err
	}
	row, err := b.one(ctx, in, "SELECT book FROM "+table+" WHERE migration = ? AND customers = ?", request.Migration, b.subject.Name)
	if err != nil {
		return 0, err
	}
	return row.Number(0), nil
}

// refuseRenamed refuses a table that has a book under the name that it had before.
func (b *Books) refuseRenamed(ctx context.Context, in Session, request database.RunRequest, identity, storage string) error {
	column, value, gone := "identity", identity, ""
	if identity == "" {
		column, value, gone = "storage", storage, b.dialect.Gone
	}
	if value == "" {
		return nil
	}
	row, err := b.one(ctx, in, "SELECT customers FROM "+b.dialect.Own(booksTable)+" WHERE migration = ? AND "+column+" = ?"+gone, request.Migration, value)
	if err != nil || row == nil {
		return err
	}
	return b.refused("it was written when the table was named %s: rename it back; to forget that ledger, rename it back for \"starter ledger drop\"", row.Text(0))
}

// refuseEmptied refuses a table all of whose rows may be other ones. A migration whose
// check, or whose function, tells who needs it looks at each of them again; without one
// nobody can tell, and somebody has to say.
func (b *Books) refuseEmptied(request database.RunRequest) error {
	if b.judged() || request.SameLedger || request.Again {
		return nil
	}
	return b.refused("the table was emptied, rewritten as a whole or made anew since (TRUNCATE, VACUUM, DROP and CREATE, or the like), and without a check nobody can tell which rows still need it: " +
		"start with --same-ledger if the rows are still the same, with --again if all are to be migrated again, or forget the ledger with \"starter ledger drop\"")
}

// judged reports whether a check, or a function, tells which rows need it.
func (b *Books) judged() bool {
	return b.plan.Statements == nil || strings.TrimSpace(b.plan.Statements.Check) != ""
}

// emptied notes that all rows may be other ones, and forgets how far a run had come.
func (b *Books) emptied(ctx context.Context, in Session, book int64, storage string) error {
	if err := b.noteStorage(ctx, in, book, storage); err != nil {
		return err
	}
	return b.execute(ctx, in, "DELETE FROM "+b.dialect.Own(stateTable)+" WHERE book = ?", book)
}

func (b *Books) noteStorage(ctx context.Context, in Session, book int64, storage string) error {
	return b.execute(ctx, in, "UPDATE "+b.dialect.Own(booksTable)+" SET storage = ? WHERE book = ?", storage, book)
}

func (b *Books) keyList() string { return strings.Join(b.subject.Key, ", ") }

func (b *Books) refused(format string, arguments ...any) error {
	return &database.BooksError{Reason: fmt.Sprintf("ledger %s of migration %s and table %s: ", b.ledger, b.plan.Migration, b.subject.Name) + fmt.Sprintf(format, arguments...)}
}
