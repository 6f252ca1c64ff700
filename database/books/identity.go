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
	row, err := b.one(ctx, in, "SELECT book, ledger, key_columns, identity, storage FROM "+b.dialect.Own(booksTable)+" WHERE migration = ? AND customers = ?", request.Migration, b.subject.Name)
	if err != nil {
		return 0, false, err
	}
	if row == nil {
		return b.newBook(ctx, in, request, identity, storage)
	}
	number = row.Number(0)
	if key := b.keyList(); row.Text(2) != key {
		return 0, false, b.refused("it was written by the key (%s), and this worker's key is (%s): give connection/key as it was", row.Text(2), key)
	}
	if was := row.Text(3); was != identity && was != "" && identity != "" {
		return 0, false, b.refused("it is about another table of that name, which was dropped or renamed since: the ledger says nothing about the rows of this one; forget it with «starter ledger drop»")
	}
	switch was := row.Text(4); {
	case was == storage || storage == "":
		return number, false, nil
	case was == "": // the worker's user may see it by now
		return number, false, b.noteStorage(ctx, in, number, storage)
	}
	return number, true, b.emptied(ctx, in, number, storage, request)
}

// newBook begins a book, unless there is one of the same table under another name, or
// of another table whose ledger has the same name.
func (b *Books) newBook(ctx context.Context, in Session, request database.RunRequest, identity, storage string) (int64, bool, error) {
	table := b.dialect.Own(booksTable)
	if err := b.refuseRenamed(ctx, in, request, identity, storage); err != nil {
		return 0, false, err
	}
	row, err := b.one(ctx, in, "SELECT customers, migration FROM "+table+" WHERE ledger = ?", b.ledger)
	if err != nil {
		return 0, false, err
	}
	if row != nil {
		return 0, false, b.refused("a ledger of that name is kept for migration %s of table %s: give the migration another name, or name another schema in connection/schema", row.Text(1), row.Text(0))
	}
	err = b.execute(ctx, in, insert(table, []string{"version", "migration", "customers", "ledger", "key_columns", "identity", "storage"}),
		version, request.Migration, b.subject.Name, b.ledger, b.keyList(), identity, storage)
	if err != nil {
		return 0, false, err
	}
	row, err = b.one(ctx, in, "SELECT book FROM "+table+" WHERE migration = ? AND customers = ?", request.Migration, b.subject.Name)
	if err != nil {
		return 0, false, err
	}
	return row.Number(0), false, nil
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
	return b.refused("it was written when the table was named %s: rename it back; to forget that ledger, rename it back for «starter ledger drop»", row.Text(0))
}

// emptied notes that all rows may be other ones. A migration whose check, or whose
// function, tells who needs it looks at each of them again; without one nobody can
// tell, and somebody has to say.
func (b *Books) emptied(ctx context.Context, in Session, book int64, storage string, request database.RunRequest) error {
	judged := b.plan.Statements == nil || strings.TrimSpace(b.plan.Statements.Check) != ""
	if !judged && !request.SameLedger && !request.Again {
		return b.refused("the table was emptied, rewritten as a whole or made anew since (TRUNCATE, VACUUM, DROP and CREATE, or the like), and without a check nobody can tell which rows still need it: " +
			"start with --same-ledger if the rows are still the same, with --again if all are to be migrated again, or forget the ledger with «starter ledger drop»")
	}
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
