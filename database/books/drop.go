package books

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"db-migrate/database"
)

// DropLedger drops the ledger, deletes the migration's rows from the tables that
// migrations share, and drops these, too, once no other migration uses them.
func (b *Books) DropLedger(ctx context.Context, request database.DropRequest) ([]database.DroppedTable, error) {
	var ledgers, shared []database.DroppedTable
	err := b.store.Alone(ctx, func(ctx context.Context, in Session) error {
		present, err := b.present(ctx, in)
		if err == nil {
			err = b.refuseOlder(ctx, in, present)
		}
		if err != nil || !present[ownerTable] {
			return err
		}
		return b.refuseOwned(ctx, in, request)
	}, func(ctx context.Context, in Session) error {
		present, err := b.present(ctx, in)
		for _, name := range b.ledgers() {
			if present[name] {
				ledgers = append(ledgers, database.DroppedTable{Name: b.dialect.Own(name), Whole: true})
			}
		}
		if err != nil {
			return err
		}
		return b.drop(ctx, in, ledgers)
	}, func(ctx context.Context, in Session) (err error) {
		shared, err = b.forget(ctx, in)
		return err
	}, func(ctx context.Context, in Session) error {
		return b.drop(ctx, in, shared)
	})
	return append(ledgers, shared...), err
}

// dropped is the migration that goes with the plan's own: that which undoes it.
func (b *Books) dropped() string { return cmp.Or(b.plan.UndoneBy, b.plan.Migration) }

// refuseOwned refuses while an overseer owns the table, whichever it is: the undo of a
// migration reads that migration's ledger. Whoever is taken over from is over.
func (b *Books) refuseOwned(ctx context.Context, in Session, request database.DropRequest) error {
	owner, err := b.owner(ctx, in, "customers = ?", b.subject.Name)
	if err != nil || owner == nil {
		return err
	}
	if !owner.YieldsToDrop(request) {
		return owner
	}
	if err := b.replaceRuns(ctx, in); err != nil {
		return err
	}
	return b.execute(ctx, in, "DELETE FROM "+b.dialect.Own(ownerTable)+" WHERE customers = ?", b.subject.Name)
}

// forget deletes the migration's rows from the shared tables, all of which are to be
// dropped if no rows are left. The books come last: they say which rows are whose.
func (b *Books) forget(ctx context.Context, in Session) ([]database.DroppedTable, error) {
	present, err := b.present(ctx, in)
	if err != nil {
		return nil, err
	}
	var shared []database.DroppedTable
	used := false
	for _, name := range []string{runsTable, stateTable, ownerTable, failuresTable, booksTable} {
		if !present[name] {
			continue
		}
		rows, left, err := b.forgetIn(ctx, in, name)
		if err != nil {
			return nil, err
		}
		used = used || left
		shared = append(shared, database.DroppedTable{Name: b.dialect.Own(name), Rows: rows})
	}
	for i := range shared {
		shared[i].Whole = !used
	}
	return shared, nil
}

// forgetIn deletes the migration's rows from a table, and tells how many they were,
// and whether others are left.
func (b *Books) forgetIn(ctx context.Context, in Session, name string) (rows int64, left bool, err error) {
	of := " WHERE book IN (SELECT book FROM " + b.dialect.Own(booksTable) + " WHERE migration IN (?, ?) AND customers = ?)"
	if slices.Contains([]string{ownerTable, booksTable}, name) {
		of = " WHERE migration IN (?, ?) AND customers = ?"
	}
	rows, err = in.Execute(ctx, b.dialect.Bind("DELETE FROM "+b.dialect.Own(name)+of), []any{b.plan.Migration, b.dropped(), b.subject.Name})
	if err != nil {
		return 0, false, err
	}
	found, err := b.one(ctx, in, "SELECT 1 FROM "+b.dialect.Own(name)+" LIMIT 1")
	return rows, found != nil, err
}

// drop drops those tables that are to be dropped as a whole.
func (b *Books) drop(ctx context.Context, in Session, tables []database.DroppedTable) error {
	for _, doomed := range tables {
		if !doomed.Whole {
			continue
		}
		if _, err := in.Execute(ctx, "DROP TABLE "+doomed.Name, nil); err != nil {
			nothing := ""
			if b.dialect.Together {
				nothing = ", and nothing was"
			}
			return fmt.Errorf("table %s cannot be dropped%s: %w; whoever created it can: DROP TABLE %s", doomed.Name, nothing, err, doomed.Name)
		}
	}
	return nil
}
