package system

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"db-migrate/activities"
	"db-migrate/activities/settle"
	"db-migrate/activities/throttle"
	"db-migrate/config"
	"db-migrate/database"
	"db-migrate/idfile"
	"db-migrate/migration"
	"db-migrate/siteguard"
	"db-migrate/workflows"
)

// System is the components of a worker, wired.
type System struct {
	Connection *activities.Connection
	Files      *idfile.Folder
	Guard      *siteguard.Guard
	Scanner    *activities.CustomerScanner
	Migrator   *activities.CustomerMigrator
	Overseer   *workflows.MigrationOverseer
}

// New builds the components from the configuration, over the driver that it names: the
// worker alone links the drivers. log may be nil.
func New(configuration *config.Configuration, driver database.Driver, catalog migration.Catalog, log *settle.MigrationLog) (*System, error) {
	if err := checkWriting(configuration, driver); err != nil {
		return nil, err
	}
	chosen, err := catalog.Named(migration.NameFor(configuration.Connection.Driver, configuration.CustomerMigrator.Migration))
	if unread := migration.Unread(configuration.Directory); err != nil && len(unread) > 0 {
		return nil, fmt.Errorf("%w; not read, since its name must end in .yaml: %s", err, strings.Join(unread, ", "))
	}
	if err != nil {
		return nil, err
	}
	chosen.Where = configuration.CustomerScanner.Where
	options, err := connectionOptions(configuration)
	if err != nil {
		return nil, err
	}
	connection := &activities.Connection{Driver: driver, Options: options, Migration: chosen, Memory: configuration.CustomerMigration.Memory.Bytes(), RowName: configuration.Connection.RowName}
	files := &idfile.Folder{Path: configuration.CustomerScanner.SourceDir, Reserved: database.FilesOf(driver, configuration.Connection.URL)}
	if err := checkLog(configuration, files.Reserved); err != nil {
		return nil, err
	}
	guard, err := guardSettings(configuration)
	if err != nil {
		return nil, err
	}
	built := wire(connection, files, log)
	built.Guard.Settings = guard
	return built, built.Check()
}

// checkLog refuses a log that would be written into a file of the database.
func checkLog(configuration *config.Configuration, reserved []string) error {
	file := configuration.CustomerMigrator.LogFile
	path, err := filepath.Abs(file)
	if file == "" || err != nil {
		return nil
	}
	info, err := os.Stat(path)
	if slices.Contains(reserved, path) || err == nil && idfile.IsOneOf(info, reserved) != "" {
		return configuration.Refused("customer-migrator/log-file", "it is a file of the database; name another one")
	}
	return nil
}

// checkWriting refuses keys that mean nothing to a database with transactions, or to one
// without.
func checkWriting(configuration *config.Configuration, driver database.Driver) error {
	given, name := configuration.CustomerMigrator, strings.ToUpper(driver.Name()[:1])+driver.Name()[1:]
	var problems []error
	if !driver.Sets() && given.TransactionSize != 0 {
		problems = append(problems, configuration.Refused("customer-migrator/transaction-size",
			name+" has no transactions; leave it at auto, and set customer-migrator/in-flight, the rows that each process writes at once"))
	}
	if !driver.Sets() && given.SetsAtOnce != 0 {
		problems = append(problems, configuration.Refused("customer-migrator/sets-at-once",
			name+" has no sets; leave it at auto, and set customer-migration/processes, or customer-migrator/in-flight, the rows that each process writes at once"))
	}
	if driver.Sets() && given.InFlight != 0 {
		problems = append(problems, configuration.Refused("customer-migrator/in-flight",
			"only a database without transactions has rows in flight; leave it at auto, and set customer-migrator/transaction-size"))
	}
	return errors.Join(problems...)
}

// wire gives each component those that it needs.
func wire(connection *activities.Connection, files *idfile.Folder, log *settle.MigrationLog) *System {
	guard := &siteguard.Guard{Source: connection}
	scanner := &activities.CustomerScanner{Connection: connection, Files: files, Guard: guard}
	migrator := activities.NewCustomerMigrator(connection, connection.Migration, log, files)
	migrator.Guard = guard
	return &System{
		Connection: connection,
		Files:      files,
		Guard:      guard,
		Scanner:    scanner,
		Migrator:   migrator,
		Overseer:   &workflows.MigrationOverseer{Scanner: scanner, Migrator: migrator},
	}
}

func guardSettings(configuration *config.Configuration) (siteguard.Settings, error) {
	given := configuration.SiteGuard
	settings, err := siteguard.Parse(map[string]string{siteguard.KeyMode: given.Mode, siteguard.KeyLatency: given.Latency,
		siteguard.KeyReplicaLag: given.ReplicaLag, siteguard.KeyQuery: given.Query, siteguard.KeyWindow: given.Window})
	settings.Replicas = given.Replicas
	return settings, err
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
		ReadBytes:        throttle.ReadBytes(configuration.CustomerMigration.Memory.Bytes(), configuration.CustomerMigration.Processes),
		InFlight:         configuration.CustomerMigrator.InFlight.Value(),
		ConnectTimeout:   connection.ConnectTimeout.Duration(),
		StatementTimeout: configuration.CustomerMigrator.StatementTimeout.Duration(),
		LockTime:         configuration.CustomerMigrator.RowLockTime.Duration(),
		Customers:        connection.Customers, Seed: int64(connection.Seed),
	}, nil
}
