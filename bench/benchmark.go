package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"db-migrate/bench/measure"
	"db-migrate/bench/stage"
)

// benchmark is one that can be run by its name.
type benchmark struct {
	name, title string
	// rows and rounds are used if the command line says nothing else.
	rows, rounds int
	// server is the variable with the address of the server that it needs.
	server string
	// open makes ready what runs.
	open func(ctx context.Context, on *setup) (*measure.Race, error)
}

// usualRounds is how many rounds there are in which sides are compared.
const usualRounds = 5

// benchmarks are all of them, in the order of the table in docs/performance.md.
func benchmarks() []benchmark {
	return []benchmark{
		{"simulated", "the original's sleeps, 20 processes", 10_000, usualRounds, "", openSimulated},
		{"postgres-transaction", "PostgreSQL, Go, a transaction per customer, 20 processes", 200_000, usualRounds, postgresServer, openTransactions},
		{"postgres-transaction-sql", "PostgreSQL, SQL, a transaction per customer, 20 processes", 200_000, usualRounds, postgresServer, openSQLTransactions},
		{"postgres-sets", "PostgreSQL, SQL, in sets", 1_000_000, usualRounds, postgresServer, openSets},
		{"postgres-go", "PostgreSQL, Go, in sets", 1_000_000, usualRounds, postgresServer, openGoSets},
		{"postgres-bytes", "PostgreSQL, bytes of ledger, state and write-ahead log (target: ledger ≤ 80 a customer)", 1_000_000, usualRounds, postgresServer, openBytes},
		{"sqlite", "SQLite, Go, in sets", 1_000_000, usualRounds, "", openSQLite},
		{"mariadb", "MariaDB, Go, in sets", 200_000, usualRounds, mariadbServer, openMariaDB},
		{"cassandra", "Cassandra, Go, 20 processes", 200_000, usualRounds, cassandraServer, openCassandra},
		{"closing", "runs that ask the table at their end, beside such that do not; SQLite, PostgreSQL, MariaDB, in Go and in SQL", 1_000_000, usualRounds, "", openClosing},
		{"live-site", "PostgreSQL, SQL, in sets, beside a site of 500 statements a second; latency from when a statement was due", 1_000_000, 3, postgresServer, openLiveSite},
		{"no-work", "an activity per customer, without work", 5_000, usualRounds, "", openNoWork},
		{"set-peers", "work in sets beside an activity or a child workflow per customer", 1_000_000, usualRounds, postgresServer, openSetPeers},
		{"history", "what a migration leaves in Temporal (target: ≤ 0.001 events and ≤ 0.5 bytes a customer)", 1_000_000, 1, "", openHistory},
		{"memory", "peak of resident memory by number of customers", 1_000_000, 1, postgresServer, openMemory},
		{"starter", "the starter's processor time while it draws 20 processes on a terminal (target: ≤ 0.03 of a core)", 5_000, 3, "", openStarter},
		{"scale-out", "1 and 4 workers of 20 processes each, on work that waits", 20_000, usualRounds, "", openScaleOut},
	}
}

// Variables with the addresses of the servers, as for the tests.
const (
	postgresServer  = "TEST_POSTGRES_URL"
	mariadbServer   = "TEST_MYSQL_URL"
	cassandraServer = "TEST_CASSANDRA_URL"
)

// choose finds benchmarks by their names; none: all.
func choose(names []string) ([]benchmark, error) {
	if len(names) == 0 {
		return benchmarks(), nil
	}
	var chosen []benchmark
	for _, name := range names {
		found, err := named(name)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, found)
	}
	return chosen, nil
}

func named(name string) (benchmark, error) {
	var names []string
	for _, candidate := range benchmarks() {
		if candidate.name == name {
			return candidate, nil
		}
		names = append(names, candidate.name)
	}
	return benchmark{}, fmt.Errorf("there is no benchmark %q; there are %s", name, strings.Join(names, ", "))
}

// setup is what a benchmark is opened on.
type setup struct {
	*stage.Stage
	// rows is how many customers were asked for.
	rows int
	// server is the address of the server that the benchmark needs.
	server   string
	versions map[string]string
	closing  []func()
}

// atEnd calls a function when the benchmark is over; the last one comes first.
func (s *setup) atEnd(do func()) { s.closing = append(s.closing, do) }

func (s *setup) close() {
	for i := len(s.closing) - 1; i >= 0; i-- {
		s.closing[i]()
	}
}

// measure runs the benchmark on a stage of its own.
func (b benchmark) measure(ctx context.Context, asked options, progress io.Writer) (*measure.Report, error) {
	rows, rounds := b.rows, b.rounds
	if asked.rows > 0 {
		rows = asked.rows
	}
	if asked.rounds > 0 {
		rounds = asked.rounds
	}
	fmt.Fprintf(progress, "%s: %s (%d customers, %d rounds)\n", b.name, b.title, rows, rounds)
	on, err := b.setUp(ctx, asked, rows)
	if err != nil {
		return nil, err
	}
	defer on.close()
	fmt.Fprintln(progress, "  making ready")
	race, err := b.open(ctx, on)
	if err != nil {
		return nil, err
	}
	race.Name, race.Title, race.Rows, race.NoSweep = b.name, b.title, rows, asked.noSweep
	report, err := race.Run(ctx, rounds, progress)
	if err != nil {
		return nil, err
	}
	report.Machine = measure.ThisMachine()
	for product, version := range on.versions {
		report.Machine.Versions[product] = version
	}
	return report, nil
}

func (b benchmark) setUp(ctx context.Context, asked options, rows int) (*setup, error) {
	var folders [3]string
	for i, folder := range []string{asked.binaries, asked.config, asked.folder} {
		var err error
		if folders[i], err = filepath.Abs(folder); err != nil {
			return nil, err
		}
	}
	opened, err := stage.Open(ctx, folders[0], folders[1], folders[2])
	if err != nil {
		return nil, err
	}
	on := &setup{Stage: opened, rows: rows, versions: map[string]string{}}
	on.atEnd(opened.Close)
	if b.server != "" {
		on.server = os.Getenv(b.server)
	}
	return on, on.version(ctx, "temporal", opened.Version)
}

// version notes the version of a product that takes part.
func (s *setup) version(ctx context.Context, product string, ask func(context.Context) (string, error)) error {
	version, err := ask(ctx)
	s.versions[product] = version
	return err
}

// moduleVersion is that of a module which this program was built with.
func moduleVersion(path string) string {
	built, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, module := range built.Deps {
		if module.Path == path {
			return module.Version
		}
	}
	return ""
}

// migrate is a setting that runs db-migrate with these options.
func (s *setup) migrate(name string, options ...string) measure.Setting {
	return measure.Setting{Name: name, Run: func(ctx context.Context, _ int) (measure.Result, error) {
		return s.Migrate(ctx, stage.Migration{Options: options, Workers: 1})
	}}
}

// migrateAt are settings that run db-migrate with these numbers of processes.
func (s *setup) migrateAt(processes []int, options ...string) []measure.Setting {
	var settings []measure.Setting
	for _, number := range processes {
		with := append([]string{fmt.Sprintf("customer-migration/processes=%d", number)}, options...)
		settings = append(settings, s.migrate(fmt.Sprintf("%d processes", number), with...))
	}
	return settings
}

// migrateSets are settings that work in sets: with as many at once as db-migrate
// finds, by so many processes, and with fixed numbers.
func (s *setup) migrateSets(options ...string) []measure.Setting {
	settings := s.migrateAt([]int{4, processes}, options...)
	for _, number := range []int{2, 4, 8} {
		with := append([]string{fmt.Sprintf("customer-migration/processes=%d", number), fmt.Sprintf("customer-migrator/sets-at-once=%d", number)}, options...)
		settings = append(settings, s.migrate(fmt.Sprintf("%d processes, %d sets at once", number, number), with...))
	}
	return settings
}

// ours is db-migrate's name among the contestants.
const ours = "db-migrate"
