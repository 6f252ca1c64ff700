package cassandra

import (
	"context"
	"errors"
	"fmt"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database"
)

// LedgerDDL is what Begin would run, and the rights of the worker's user, if the
// cluster has users.
func (t *table) LedgerDDL(context.Context) (database.LedgerDDL, error) {
	var ddl database.LedgerDDL
	rights := func(table string) {
		for _, right := range []string{"SELECT", "MODIFY"} {
			ddl.Grants = append(ddl.Grants, fmt.Sprintf("GRANT %s ON TABLE %s TO %s", right, table, quote(t.address.user)))
		}
	}
	for _, ours := range t.ourTables() {
		ddl.Tables = append(ddl.Tables, ours[1])
		if t.address.user != "" {
			rights(t.own(ours[0]))
		}
	}
	if t.address.user != "" {
		rights(t.customers())
	}
	return ddl, nil
}

// dropper is how the owner row names who drops a ledger: while it does, no
// overseer begins.
const dropper = "starter ledger drop"

// DropLedger deletes the migration's rows, and drops the ledger, and the shared
// tables without rows. What was done when a step fails stays done, and the rest
// can be repeated.
func (t *table) DropLedger(ctx context.Context, asked database.DropRequest) ([]database.DroppedTable, error) {
	present, err := t.present(ctx)
	if err != nil {
		return nil, classify(err)
	}
	if err := t.refuseOlder(present); err != nil {
		return nil, err
	}
	request := database.RunRequest{ID: fmt.Sprintf("%s %d", dropper, time.Now().UnixNano()), Migration: t.plan.Migration, Cluster: dropper, TakeOver: asked.TakeOver, Over: asked.Over}
	if present["db_migrate_owner"] {
		if err := t.again(ctx, func() (bool, error) { return t.becomeOwner(ctx, request) }); err != nil {
			return nil, classify(err)
		}
	}
	dropped, err := t.drop(ctx, present, request)
	if err != nil && present["db_migrate_owner"] {
		_ = t.release(ctx, request) // else nobody could begin
	}
	return dropped, classify(err)
}

func (t *table) release(ctx context.Context, request database.RunRequest) error {
	_, err := t.cas(ctx, "DELETE FROM "+t.own("db_migrate_owner")+" WHERE customers = ? IF run_id = ?", t.customersName(), request.ID)
	return err
}

// present tells which tables of the keyspace of ours there are.
func (t *table) present(ctx context.Context) (map[string]bool, error) {
	present := map[string]bool{}
	tables := t.session.Query("SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?", t.ours).IterContext(ctx)
	for name := ""; tables.Scan(&name); {
		present[name] = true
	}
	return present, tables.Close()
}

func (t *table) drop(ctx context.Context, present map[string]bool, request database.RunRequest) ([]database.DroppedTable, error) {
	var dropped []database.DroppedTable
	used := false
	for _, ours := range t.ourTables() {
		name := ours[0]
		switch {
		case !present[name]:
			continue
		case name == t.ledger:
			dropped = append(dropped, database.DroppedTable{Name: t.own(name), Whole: true})
			continue
		}
		rows, left, err := t.forget(ctx, name)
		if err != nil {
			return nil, err
		}
		used = used || left
		dropped = append(dropped, database.DroppedTable{Name: t.own(name), Rows: rows})
	}
	for i := range dropped {
		if dropped[i].Whole = dropped[i].Whole || !used; !dropped[i].Whole {
			continue
		}
		if err := t.dropTable(ctx, dropped[i].Name); err != nil {
			return nil, err
		}
	}
	if !used || !present["db_migrate_owner"] {
		return dropped, nil
	}
	return dropped, t.release(ctx, request)
}

// dropTries is how often a table is dropped to which a busy node answers too late.
const dropTries = 5

// dropTable drops a table, and again where no answer came: it may be gone then, and who
// asks is to be told that it was dropped.
func (t *table) dropTable(ctx context.Context, name string) (err error) {
	for range dropTries {
		if err = t.session.Query("DROP TABLE IF EXISTS " + name).ExecContext(ctx); !errors.Is(err, gocql.ErrTimeoutNoResponse) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("table %s cannot be dropped: %w; whoever has the right can: DROP TABLE %s", name, err, name)
	}
	return t.session.AwaitSchemaAgreement(ctx)
}

// forget deletes the migration's rows from a shared table, by lightweight
// transactions where others write so, and tells how many they were, and whether
// others are left. The owner row is ours as long as it lasts.
func (t *table) forget(ctx context.Context, name string) (rows int64, left bool, err error) {
	of := " FROM " + t.own(name)
	if name != "db_migrate_owner" {
		if err := t.session.Query("SELECT count(*)"+of+" WHERE book = ?", t.book()).ScanContext(ctx, &rows); err != nil {
			return 0, false, err
		}
	}
	switch name {
	case "db_migrate_runs":
		err = t.forgetRuns(ctx)
	case "db_migrate_state", "db_migrate_books":
		_, err = t.cas(ctx, "DELETE"+of+" WHERE book = ? IF EXISTS", t.book())
	case "db_migrate_failures":
		err = t.session.Query("DELETE"+of+" WHERE book = ?", t.book()).ExecContext(ctx)
	}
	if err != nil {
		return 0, false, err
	}
	column, ours := "book", t.book()
	if name == "db_migrate_owner" {
		column, ours = "customers", t.customersName()
	}
	remaining := t.session.Query("SELECT " + column + of).IterContext(ctx)
	for found := ""; remaining.Scan(&found); {
		left = left || found != ours
	}
	return rows, left, remaining.Close()
}

func (t *table) forgetRuns(ctx context.Context) error {
	runs := t.session.Query("SELECT number FROM "+t.own("db_migrate_runs")+" WHERE book = ?", t.book()).IterContext(ctx)
	var number int64
	for runs.Scan(&number) {
		if _, err := t.cas(ctx, "DELETE FROM "+t.own("db_migrate_runs")+" WHERE book = ? AND number = ? IF EXISTS", t.book(), number); err != nil {
			_ = runs.Close()
			return err
		}
	}
	return runs.Close()
}
