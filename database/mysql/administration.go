package mysql

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"db-migrate/database"
)

// LedgerDDL is what Begin would run, and the rights of the worker's user.
func (t *table) LedgerDDL(ctx context.Context) (database.LedgerDDL, error) {
	found, err := one(ctx, t.readers, "SELECT CURRENT_USER()")
	if err != nil {
		return database.LedgerDDL{}, classify(err)
	}
	name := string(found[0])
	at := strings.LastIndexByte(name, '@')
	user := text(name[:max(0, at)]) + "@" + text(name[at+1:])
	ddl := database.LedgerDDL{Note: "the tables that triggers and further statements write need rights of their own"}
	for _, ours := range t.ourTables() {
		ddl.Tables = append(ddl.Tables, ours[1])
		ddl.Grants = append(ddl.Grants, fmt.Sprintf("GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s", t.own(ours[0]), user))
	}
	ddl.Grants = append(ddl.Grants, fmt.Sprintf("GRANT SELECT, UPDATE ON %s TO %s", t.customers(), user))
	return ddl, nil
}

// text is a string of SQL.
func text(value string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", "''").Replace(value) + "'"
}

// DropLedger drops the ledger, deletes the migration's rows, and drops the shared
// tables without rows. DROP TABLE commits by itself: what was done when a step
// fails stays done, and the rest can be repeated.
func (t *table) DropLedger(ctx context.Context, takeOver bool) ([]database.DroppedTable, error) {
	var ledgers, shared []database.DroppedTable
	err := t.alone(ctx, func() error {
		present, err := t.present(ctx)
		if err != nil {
			return err
		}
		if present["db_migrate_owner"] {
			err := t.transaction(ctx, func(ctx context.Context, in session) error { return t.refuseOwned(ctx, in, takeOver) })
			if err != nil {
				return err
			}
		}
		for _, name := range t.ledgers() {
			if present[name] {
				ledgers = append(ledgers, database.DroppedTable{Name: t.own(name), Whole: true})
			}
		}
		if err := t.drop(ctx, ledgers); err != nil {
			return err
		}
		err = t.transaction(ctx, func(ctx context.Context, in session) (err error) {
			shared, err = t.forget(ctx, in, present)
			return err
		})
		if err != nil {
			return err
		}
		return t.drop(ctx, shared)
	})
	return append(ledgers, shared...), classify(err)
}

// present tells which of our tables there are.
func (t *table) present(ctx context.Context) (map[string]bool, error) {
	present := map[string]bool{}
	for _, ours := range t.ourTables() {
		found, err := one(ctx, t.readers, "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?", t.ours, ours[0])
		if err != nil {
			return nil, err
		}
		present[ours[0]] = found != nil
	}
	return present, nil
}

// forget deletes the migration's rows from the shared tables, all of which are to
// be dropped if no rows are left.
func (t *table) forget(ctx context.Context, in session, present map[string]bool) ([]database.DroppedTable, error) {
	var shared []database.DroppedTable
	used := false
	for _, ours := range t.ourTables() {
		name := ours[0]
		if slices.Contains(t.ledgers(), name) || !present[name] {
			continue
		}
		result, err := in.ExecContext(ctx, "DELETE FROM "+t.own(name)+" WHERE migration IN (?, ?)", t.plan.Migration, t.dropped())
		if err != nil {
			return nil, err
		}
		rows, err := result.RowsAffected()
		if err != nil {
			return nil, err
		}
		left, err := one(ctx, in, "SELECT EXISTS (SELECT 1 FROM "+t.own(name)+")")
		if err != nil {
			return nil, err
		}
		used = used || number(left[0]) != 0
		shared = append(shared, database.DroppedTable{Name: t.own(name), Rows: rows})
	}
	for i := range shared {
		shared[i].Whole = !used
	}
	return shared, nil
}

// refuseOwned refuses while an overseer owns the table, whichever it is (the undo
// of a migration reads that migration's ledger), or runs the same migration on
// another table.
func (t *table) refuseOwned(ctx context.Context, in session, takeOver bool) error {
	owned := t.own("db_migrate_owner") + " WHERE customers = ? OR migration IN (?, ?)"
	row, err := one(ctx, in, "SELECT migration, environment, cluster, UNIX_TIMESTAMP(since) FROM "+owned+" LIMIT 1 FOR UPDATE", t.customersName(), t.plan.Migration, t.dropped())
	if err != nil || row == nil {
		return err
	}
	if !takeOver {
		return &database.OwnerError{Table: t.name, Migration: string(row[0]), Environment: string(row[1]), Cluster: string(row[2]), Since: time.Unix(number(row[3]), 0)}
	}
	_, err = in.ExecContext(ctx, "DELETE FROM "+owned, t.customersName(), t.plan.Migration, t.dropped())
	return err
}

// drop drops those tables that are to be dropped as a whole.
func (t *table) drop(ctx context.Context, tables []database.DroppedTable) error {
	for _, doomed := range tables {
		if !doomed.Whole {
			continue
		}
		if _, err := t.writers.ExecContext(ctx, "DROP TABLE "+doomed.Name); err != nil {
			return fmt.Errorf("table %s cannot be dropped: %w; whoever has the right can: DROP TABLE %s", doomed.Name, err, doomed.Name)
		}
	}
	return nil
}
