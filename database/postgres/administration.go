package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"db-migrate/database"
)

// LedgerDDL is what Begin would run, and the rights of the worker's user. They
// name the columns' own types, so that it can be asked of the live table alone.
func (t *table) LedgerDDL(context.Context) (database.LedgerDDL, error) {
	user := quote(t.user())
	found := database.LedgerDDL{Grants: []string{fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s", quote(t.ours), user)},
		Note: "the tables that triggers and further statements write need rights of their own"}
	for _, ours := range t.ourTables() {
		found.Tables = append(found.Tables, ours[1])
	}
	found.Grants = append(found.Grants,
		fmt.Sprintf("GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s", strings.Join(t.ownNames(), ", "), user),
		fmt.Sprintf("GRANT SELECT, UPDATE ON %s TO %s", t.customers(), user))
	return found, nil
}

// DropLedger drops the ledger and the migration's rows, in one transaction.
func (t *table) DropLedger(ctx context.Context, takeOver bool) ([]database.DroppedTable, error) {
	var dropped []database.DroppedTable
	err := t.transaction(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('db_migrate'), hashtext($1))", t.ours); err != nil {
			return err
		}
		present, err := t.present(ctx, tx)
		if err != nil {
			return err
		}
		if present["db_migrate_owner"] {
			if err := t.refuseOwned(ctx, tx, takeOver); err != nil {
				return err
			}
		}
		dropped, err = t.drop(ctx, tx, present)
		return err
	})
	return dropped, err
}

// dropped is the migration that goes with the plan's own: that which undoes it.
func (t *table) dropped() string { return cmp.Or(t.plan.UndoneBy, t.plan.Migration) }

// present tells which of our tables there are.
func (t *table) present(ctx context.Context, in session) (map[string]bool, error) {
	present := map[string]bool{}
	for _, ours := range t.ourTables() {
		found, err := one(ctx, in, "SELECT to_regclass($1)", t.own(ours[0]))
		if err != nil {
			return nil, err
		}
		present[ours[0]] = found[0] != nil
	}
	return present, nil
}

// refuseOwned refuses while an overseer owns the table, whichever it is (the undo
// of a migration reads that migration's ledger), or runs the same migration on
// another table.
func (t *table) refuseOwned(ctx context.Context, tx pgx.Tx, takeOver bool) error {
	const owned = "customers = $1 OR migration IN ($2, $3)"
	owner, err := t.owner(ctx, tx, owned, t.customersName(), t.plan.Migration, t.dropped())
	if err != nil || owner == nil {
		return err
	}
	if !takeOver {
		return owner
	}
	_, err = tx.Exec(ctx, "DELETE FROM "+t.own("db_migrate_owner")+" WHERE "+owned, t.customersName(), t.plan.Migration, t.dropped())
	return err
}

// drop drops what is the migration's own, and the shared tables without rows.
func (t *table) drop(ctx context.Context, tx pgx.Tx, present map[string]bool) ([]database.DroppedTable, error) {
	var dropped []database.DroppedTable
	shared := []string{}
	for _, ours := range t.ourTables() {
		name := ours[0]
		switch {
		case !present[name]:
		case slices.Contains(t.ledgers(), name):
			dropped = append(dropped, database.DroppedTable{Name: t.own(name), Whole: true})
		default:
			shared = append(shared, name)
		}
	}
	used := false
	for _, name := range shared {
		deleted, rows, err := t.forget(ctx, tx, name)
		if err != nil {
			return nil, err
		}
		used = used || rows
		dropped = append(dropped, database.DroppedTable{Name: t.own(name), Rows: deleted})
	}
	for i := range dropped {
		dropped[i].Whole = dropped[i].Whole || !used
		if !dropped[i].Whole {
			continue
		}
		if _, err := tx.Exec(ctx, "DROP TABLE "+dropped[i].Name); err != nil {
			return nil, fmt.Errorf("table %s cannot be dropped, and nothing was: %w; whoever created it can: DROP TABLE %s", dropped[i].Name, err, dropped[i].Name)
		}
	}
	return dropped, nil
}

// forget deletes the migration's rows from a shared table, and tells how many
// they were, and whether others are left.
func (t *table) forget(ctx context.Context, tx pgx.Tx, name string) (int64, bool, error) {
	deleted, err := tx.Exec(ctx, "DELETE FROM "+t.own(name)+" WHERE migration IN ($1, $2)", t.plan.Migration, t.dropped())
	if err != nil {
		return 0, false, err
	}
	left, err := one(ctx, tx, "SELECT EXISTS (SELECT FROM "+t.own(name)+")")
	if err != nil {
		return 0, false, err
	}
	return deleted.RowsAffected(), *left[0] == "t", nil
}
