package stage

import (
	"context"
	"errors"

	"db-migrate/database"
	"db-migrate/database/drivers"
	"db-migrate/migration/contact"
)

// LoopLedger is the ledger of the loops' migration, «loop», as each driver names
// it.
const LoopLedger = "db_migrate_ledger_customers_loop"

// makeLedger lets db-migrate's own driver create the ledger of the loops: like
// meets like.
func makeLedger(ctx context.Context, driver, url string) error {
	chosen, err := drivers.Named(driver)
	if err != nil {
		return err
	}
	opened, err := chosen.Open(ctx, database.Options{URL: url, Table: "customers", Processes: 1})
	if err != nil {
		return err
	}
	shipped := contact.Migration()
	table, err := opened.Prepare(ctx, database.Plan{Migration: "loop", Reads: shipped.Reads, Writes: shipped.Writes})
	if err == nil {
		err = begin(ctx, table)
	}
	return errors.Join(err, opened.Close())
}

// begin creates the tables, and gives the customers' table free again.
func begin(ctx context.Context, table database.Table) error {
	begun, err := table.Begin(ctx, database.RunRequest{ID: "loop", Migration: "loop", Environment: "bench", Cluster: "none", Definition: "loop"})
	if err != nil {
		return err
	}
	return table.End(ctx, begun.Run, database.Ending{Outcome: "completed", Discard: true})
}
