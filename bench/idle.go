package main

import (
	"context"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"db-migrate/activities"
	"db-migrate/bench/stage"
	"db-migrate/database"
	"db-migrate/database/simulated"
	"db-migrate/idfile"
	"db-migrate/migration"
	"db-migrate/system"
	"db-migrate/worker/service"
	"db-migrate/workflows"
)

// idleDriver is the simulated database without its sleeps and its ledger: what is
// left is the cost of db-migrate and Temporal.
type idleDriver struct{ simulated.Driver }

// Open is the driver's.
func (d idleDriver) Open(ctx context.Context, options database.Options) (database.Connection, error) {
	opened, err := d.Driver.Open(ctx, options)
	return idleConnection{opened}, err
}

type idleConnection struct{ database.Connection }

// Prepare is the connection's.
func (c idleConnection) Prepare(ctx context.Context, plan database.Plan) (database.Table, error) {
	table, err := c.Connection.Prepare(ctx, plan)
	return idleTable{table}, err
}

type idleTable struct{ database.Table }

// Check: every customer needs to be migrated.
func (t idleTable) Check(_ context.Context, keys []database.Key) ([]bool, error) {
	return allTrue(len(keys)), nil
}

// Write: every customer is migrated at once.
func (t idleTable) Write(_ context.Context, _ database.Mark, writes []database.Write) (database.Written, error) {
	return database.Written{Rows: allTrue(len(writes))}, nil
}

func allTrue(count int) []bool {
	all := make([]bool, count)
	for i := range all {
		all[i] = true
	}
	return all
}

// idleServer is a worker with a connection to Temporal of its own, as each process
// has: closed, none of its polls is left to swallow another worker's tasks.
type idleServer struct {
	worker.Worker
	temporal client.Client
}

// Stop ends the worker.
func (s idleServer) Stop() {
	s.Worker.Stop()
	s.temporal.Close()
}

// serveIdle serves db-migrate's components on the idle database, as its worker
// does; call its Stop.
func serveIdle(ctx context.Context, on *stage.Stage, rows, processes int) (worker.Worker, error) {
	built, err := idleSystem(ctx, rows, processes)
	if err != nil {
		return nil, err
	}
	temporal, err := client.DialContext(ctx, service.Uncompressed(on.ClientOptions()))
	if err != nil {
		return nil, err
	}
	serving := idleServer{temporal: temporal, Worker: worker.New(temporal, workflows.Subject{Environment: "localhost", Migration: migration.SimulatedName, Table: "customers"}.TaskQueue(), service.WorkerOptions(processes, nil))}
	built.Register(serving)
	return serving, serving.Start()
}

func idleSystem(ctx context.Context, rows, processes int) (*system.System, error) {
	catalog, err := migration.NewCatalog(nil, "")
	if err != nil {
		return nil, err
	}
	chosen, err := catalog.Named(migration.SimulatedName)
	if err != nil {
		return nil, err
	}
	connection := &activities.Connection{Driver: idleDriver{}, Migration: chosen,
		Options: database.Options{Table: "customers", Customers: rows, Seed: seed, Processes: processes}}
	if err := connection.Open(ctx); err != nil {
		return nil, err
	}
	files := &idfile.Folder{Path: "."}
	scanner := &activities.CustomerScanner{Connection: connection, Files: files}
	migrator := activities.NewCustomerMigrator(connection, chosen, nil, files)
	return &system.System{Connection: connection, Files: files, Scanner: scanner, Migrator: migrator,
		Overseer: &workflows.MigrationOverseer{Scanner: scanner, Migrator: migrator}}, nil
}
