package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"db-migrate/database"
)

// LedgerDDL is what Begin would run. SQLite knows no users.
func (t *table) LedgerDDL(context.Context) (database.LedgerDDL, error) {
	return database.LedgerDDL{Tables: t.ddl()}, nil
}

// sharedTables are those of our tables that migrations share.
func sharedTables() []string {
	return []string{"db_migrate_runs", "db_migrate_state", "db_migrate_owner", "db_migrate_failures"}
}

// DropLedger drops the ledger and the migration's rows, in one transaction.
func (t *table) DropLedger(ctx context.Context, takeOver bool) ([]database.DroppedTable, error) {
	var dropped []database.DroppedTable
	_, err := t.transaction(ctx, func(ctx context.Context) error {
		present, err := t.present(ctx)
		if err != nil {
			return err
		}
		if present["db_migrate_owner"] {
			if err := t.refuseOwned(ctx, takeOver); err != nil {
				return err
			}
		}
		dropped, err = t.drop(ctx, present)
		return err
	})
	return dropped, err
}

// present tells which of our tables there are.
func (t *table) present(ctx context.Context) (map[string]bool, error) {
	present := map[string]bool{}
	for _, name := range append(sharedTables(), t.ledgers()...) {
		var found int
		if err := t.row(ctx, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", name).Scan(&found); err != nil {
			return nil, err
		}
		present[name] = found > 0
	}
	return present, nil
}

// refuseOwned refuses while an overseer owns the table, whichever it is (the undo
// of a migration reads that migration's ledger), or runs the same migration on
// another table.
func (t *table) refuseOwned(ctx context.Context, takeOver bool) error {
	const owned = " WHERE customers = ? OR migration IN (?, ?)"
	var owner database.OwnerError
	var since int64
	err := t.row(ctx, "SELECT customers, migration, environment, cluster, since FROM db_migrate_owner"+owned, t.name, t.plan.Migration, t.dropped()).
		Scan(&owner.Table, &owner.Migration, &owner.Environment, &owner.Cluster, &since)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case !takeOver:
		owner.Since = time.Unix(since, 0)
		return &owner
	}
	return t.writer.execute(ctx, "DELETE FROM db_migrate_owner"+owned, t.name, t.plan.Migration, t.dropped())
}

// drop drops what is the migration's own, and the shared tables without rows.
func (t *table) drop(ctx context.Context, present map[string]bool) ([]database.DroppedTable, error) {
	var dropped []database.DroppedTable
	for _, name := range t.ledgers() {
		if present[name] {
			dropped = append(dropped, database.DroppedTable{Name: name, Whole: true})
		}
	}
	used := false
	for _, name := range sharedTables() {
		if !present[name] {
			continue
		}
		result, err := t.writer.conn.ExecContext(ctx, "DELETE FROM "+name+" WHERE migration IN (?, ?)", t.plan.Migration, t.dropped())
		if err != nil {
			return nil, err
		}
		rows, err := result.RowsAffected()
		if err != nil {
			return nil, err
		}
		var left bool
		if err := t.row(ctx, "SELECT EXISTS (SELECT 1 FROM "+name+")").Scan(&left); err != nil {
			return nil, err
		}
		used = used || left
		dropped = append(dropped, database.DroppedTable{Name: name, Rows: rows})
	}
	for i := range dropped {
		dropped[i].Whole = dropped[i].Whole || !used
		if !dropped[i].Whole {
			continue
		}
		if err := t.writer.execute(ctx, "DROP TABLE "+quote(dropped[i].Name)); err != nil {
			return nil, err
		}
	}
	return dropped, nil
}
