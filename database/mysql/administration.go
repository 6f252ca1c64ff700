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

// DropLedger deletes the migration's rows, and drops the ledger, and the shared
// tables without rows. DROP TABLE commits by itself: what was done when one of
// them fails stays done, and the rest can be repeated.
func (t *table) DropLedger(ctx context.Context, takeOver bool) ([]database.DroppedTable, error) {
	var dropped []database.DroppedTable
	err := t.alone(ctx, func() error {
		present, err := t.present(ctx)
		if err != nil {
			return err
		}
		used := false
		err = t.transaction(ctx, func(ctx context.Context, in session) error {
			dropped, used, err = t.forget(ctx, in, present, takeOver)
			return err
		})
		if err != nil {
			return err
		}
		return t.drop(ctx, dropped, used)
	})
	return dropped, classify(err)
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

// forget deletes the migration's rows from the shared tables, and tells whether
// others are left. The ledger comes first, to be dropped as a whole.
func (t *table) forget(ctx context.Context, in session, present map[string]bool, takeOver bool) (dropped []database.DroppedTable, used bool, err error) {
	if present["db_migrate_owner"] {
		if err := t.refuseOwned(ctx, in, takeOver); err != nil {
			return nil, false, err
		}
	}
	for _, ours := range t.ourTables() {
		name := ours[0]
		isLedger := slices.Contains(t.ledgers(), name)
		if isLedger && present[name] {
			dropped = append(dropped, database.DroppedTable{Name: t.own(name), Whole: true})
		}
		if isLedger || !present[name] {
			continue
		}
		result, err := in.ExecContext(ctx, "DELETE FROM "+t.own(name)+" WHERE migration IN (?, ?)", t.plan.Migration, t.dropped())
		if err != nil {
			return nil, false, err
		}
		rows, err := result.RowsAffected()
		if err != nil {
			return nil, false, err
		}
		left, err := one(ctx, in, "SELECT EXISTS (SELECT 1 FROM "+t.own(name)+")")
		if err != nil {
			return nil, false, err
		}
		used = used || number(left[0]) != 0
		dropped = append(dropped, database.DroppedTable{Name: t.own(name), Rows: rows})
	}
	return dropped, used, nil
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

func (t *table) drop(ctx context.Context, dropped []database.DroppedTable, used bool) error {
	for i := range dropped {
		dropped[i].Whole = dropped[i].Whole || !used
		if !dropped[i].Whole {
			continue
		}
		if _, err := t.writers.ExecContext(ctx, "DROP TABLE "+dropped[i].Name); err != nil {
			return fmt.Errorf("table %s cannot be dropped: %w; whoever has the right can: DROP TABLE %s", dropped[i].Name, err, dropped[i].Name)
		}
	}
	return nil
}
