package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"db-migrate/activities"
	"db-migrate/activities/settle"
	"db-migrate/config"
	"db-migrate/database"
	"db-migrate/database/drivers"
	"db-migrate/migration"
	"db-migrate/system"
	"db-migrate/workflows"
)

// serveAll stands for all migrations of the configuration folder and the program.
const serveAll = "all"

// service is the components that serve one migration of one table, and its worker.
type service struct {
	*system.System
	subject     workflows.Subject
	fingerprint activities.Fingerprint
	worker      worker.Worker
	// answering polls the migration's roll call.
	answering worker.Worker
}

// services are those of one process: any number side by side.
type services []*service

// subjects are the migrations to serve, each with its table.
func subjects(given flags, configuration *config.Configuration, written []migration.Migration) ([]workflows.Subject, error) {
	usual := workflows.Subject{Environment: given.environment, Table: configuration.Connection.Table,
		Migration: migration.NameFor(configuration.Connection.Driver, configuration.CustomerMigrator.Migration)}
	switch {
	case given.serve == "":
		return []workflows.Subject{usual}, nil
	case configuration.Connection.Driver == "simulated":
		return nil, errors.New("--serve: the simulated database has one migration; leave --serve out")
	case configuration.Argued("customer-migrator/migration"):
		return nil, errors.New("--serve: customer-migrator/migration is given, too; leave one of them out")
	}
	words := strings.Split(given.serve, ",")
	if given.serve == serveAll {
		catalog, err := migration.NewOwnCatalog(written, configuration.Directory)
		if err != nil {
			return nil, err
		}
		words = catalog.Names()
	}
	var found []workflows.Subject
	for _, word := range words {
		name, table, named := strings.Cut(strings.TrimSpace(word), "@")
		one := usual
		if one.Migration = name; named {
			one.Table = table
		}
		if err := migration.CheckName(name); err != nil || one.Table == "" {
			return nil, fmt.Errorf("--serve: %q must be a migration's name, or one with its table, such as shout@orders", word)
		}
		if slices.Contains(found, one) {
			return nil, fmt.Errorf("--serve: %s appears twice", one.Name())
		}
		found = append(found, one)
	}
	if len(found) == 0 {
		return nil, errors.New("--serve all: there is no migration in Go, and none in the folder migrations of --config")
	}
	return found, nil
}

// build makes the components of each migration. Its batches take turns at one gate, since
// all work on one database.
func build(given flags, configuration *config.Configuration, program Program, migrationLog *settle.MigrationLog) (services, error) {
	wanted, err := subjects(given, configuration, program.Migrations)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	driver, err := drivers.Named(configuration.Connection.Driver)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	catalog, err := migration.NewCatalog(program.Migrations, configuration.Directory)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	version, err := buildOf(program)
	if err != nil {
		return nil, &exitError{exitFailed, err}
	}
	var all services
	for _, subject := range wanted {
		built, err := system.New(configuration.Serving(subject.Migration, subject.Table), driver, catalog, migrationLog)
		if err != nil {
			return nil, &exitError{exitUsage, err}
		}
		built.Connection.Build = version
		if len(all) > 0 {
			built.Migrator.ShareGate(all[0].Migrator)
		}
		all = append(all, &service{System: built, subject: subject})
	}
	return all, nil
}

// open opens the database for each. Of all that there are, those that do not fit their
// table are told and left out; of those that somebody has named, each must fit.
func (all services) open(ctx context.Context, lenient bool, stderr io.Writer) (services, error) {
	var opened services
	var first error
	for _, one := range all {
		err := one.Connection.Open(ctx)
		if err == nil {
			one.fingerprint, err = one.Connection.Fingerprint()
		}
		if err == nil {
			opened = append(opened, one)
			continue
		}
		if !lenient || database.ClassOf(err) != database.Broken {
			return nil, errors.Join(notStarted(err), opened.close())
		}
		if first == nil {
			first = err
		}
		fmt.Fprintf(stderr, "worker: migration %s is not served: %v\n", one.subject.Name(), err)
	}
	if len(opened) == 0 {
		return nil, notStarted(first)
	}
	return opened, nil
}

// notStarted says that a worker serves nothing. A fault of the migration's text, or of a
// table's name, is no fault of the database's.
func notStarted(err error) error {
	why := ""
	var unopened *activities.UnopenedError
	if errors.As(err, &unopened) || database.ClassOf(err) != database.Broken {
		why = ": cannot use the database"
	}
	return &exitError{exitUsage, fmt.Errorf("%w\nworker not started%s", err, why)}
}

func (all services) close() error {
	var problems []error
	for _, one := range all {
		one.Guard.Close()
		problems = append(problems, one.Connection.Close())
	}
	return errors.Join(problems...)
}

// start lets a worker poll the task queue of each.
func (all services) start(temporal client.Client, polling worker.Options) error {
	for _, one := range all {
		serving := worker.New(temporal, one.subject.TaskQueue(), polling)
		one.Register(serving)
		err := serving.Start()
		if err != nil {
			all.stop()
			return fmt.Errorf("task queue %s: %w", one.subject.TaskQueue(), err)
		}
		one.worker = serving
		if one.answering, err = answer(temporal, one); err != nil {
			all.stop()
			return err
		}
	}
	return nil
}

// answer lets the migration's roll call see which table is served, so that a starter
// finds the worker without knowing it.
func answer(temporal client.Client, one *service) (worker.Worker, error) {
	answering := worker.New(temporal, one.subject.RollCall(), worker.Options{Identity: one.subject.TaskQueue(), DisableWorkflowWorker: true})
	answering.RegisterActivity(one.Scanner.InspectTable)
	if err := answering.Start(); err != nil {
		return nil, fmt.Errorf("task queue %s: %w", one.subject.RollCall(), err)
	}
	return answering, nil
}

// stop stops all at once: each waits for the transactions that it has in hand.
func (all services) stop() {
	var stopping sync.WaitGroup
	for _, one := range all {
		if one.worker != nil {
			stopping.Go(one.worker.Stop)
		}
		if one.answering != nil {
			stopping.Go(one.answering.Stop)
		}
	}
	stopping.Wait()
}
