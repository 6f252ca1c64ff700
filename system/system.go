package system

import (
	"db-migrate/activities"
	"db-migrate/activities/settle"
	"db-migrate/config"
	"db-migrate/database"
	"db-migrate/database/drivers"
	"db-migrate/idfile"
	"db-migrate/migration"
	"db-migrate/workflows"
)

// System is the components of a worker, wired.
type System struct {
	Connection *activities.Connection
	Files      *idfile.Folder
	Scanner    *activities.CustomerScanner
	Migrator   *activities.CustomerMigrator
	Overseer   *workflows.MigrationOverseer
}

// New builds the components from the configuration. log may be nil.
func New(configuration *config.Configuration, catalog migration.Catalog, log *settle.MigrationLog) (*System, error) {
	driver, err := drivers.Named(configuration.Connection.Driver)
	if err != nil {
		return nil, err
	}
	chosen, err := catalog.Named(migration.NameFor(configuration.Connection.Driver, configuration.CustomerMigrator.Migration))
	if err != nil {
		return nil, err
	}
	chosen.Where = configuration.CustomerScanner.Where
	options, err := connectionOptions(configuration)
	if err != nil {
		return nil, err
	}
	connection := &activities.Connection{Driver: driver, Options: options, Migration: chosen}
	files := &idfile.Folder{Path: configuration.CustomerScanner.SourceDir}
	built := wire(connection, files, log)
	return built, built.Check()
}

// wire gives each component those that it needs.
func wire(connection *activities.Connection, files *idfile.Folder, log *settle.MigrationLog) *System {
	scanner := &activities.CustomerScanner{Connection: connection, Files: files}
	migrator := activities.NewCustomerMigrator(connection, connection.Migration, log, files)
	return &System{
		Connection: connection,
		Files:      files,
		Scanner:    scanner,
		Migrator:   migrator,
		Overseer:   &workflows.MigrationOverseer{Scanner: scanner, Migrator: migrator},
	}
}

func connectionOptions(configuration *config.Configuration) (database.Options, error) {
	connection := configuration.Connection
	password, err := connection.Secret()
	if err != nil {
		return database.Options{}, err
	}
	return database.Options{
		URL: connection.URL, Password: password, Table: connection.Table, Key: connection.Key, Schema: connection.Schema,
		Processes:        configuration.CustomerMigration.Processes,
		InFlight:         configuration.CustomerMigrator.InFlight.Value(),
		ConnectTimeout:   connection.ConnectTimeout.Duration(),
		StatementTimeout: configuration.CustomerMigrator.StatementTimeout.Duration(),
		LockTime:         configuration.CustomerMigrator.RowLockTime.Duration(),
		Customers:        connection.Customers, Seed: int64(connection.Seed),
	}, nil
}
