package config

import (
	"fmt"
	"strings"
	"time"
)

// Program is who reads a key.
type Program uint8

// The programs that read keys.
const (
	Worker Program = 1 << iota
	Starter
	Both = Worker | Starter
)

func (p Program) String() string {
	switch p {
	case Worker:
		return "worker"
	case Starter:
		return "starter"
	}
	return "both"
}

// Key is what there is to know of a key beside its field and its default.
type Key struct {
	// Name is component/key.
	Name   string
	ReadBy Program
	// Does says in a sentence what it is for.
	Does string
	limit
}

// profile is the component whose key it is.
func (k Key) profile() string {
	name, _, _ := strings.Cut(k.Name, "/")
	return name
}

// Table is all keys, in their order: the one table from which they are checked,
// suggested, printed and documented (docs/configuration.md).
func Table() []Key {
	return []Key{
		{"status-board/mode", Starter, "How the board is drawn: console updates its lines in place, minimal prints a line when a text changes.", choice("console", "minimal")},
		{"status-board/dim-after", Starter, "How long a line may go without an update before it is dimmed.", span(time.Millisecond, time.Minute)},
		{"status-board/refresh", Starter, "How often the board is drawn, if something has changed.", span(20*time.Millisecond, 10*time.Second)},

		{"customer-migration/processes", Both, "How many batches run at once; the worker opens as many connections.", from(1, 1000)},
		{"customer-migration/batch-time", Starter, "How long a batch should take; batches are sized by it.", span(100*time.Millisecond, 5*time.Minute)},
		{"customer-migration/batch-size", Starter, "How many rows a batch has; auto sizes it by batch-time, and with 1 each row is an activity of its own.", auto(1_000_000)},
		{"customer-migration/batch-max", Starter, "How many rows a batch has at most.", from(1, 10_000_000)},
		{"customer-migration/memory", Worker, "What the rows in the worker's hands may take together, whatever a row's size: fewer are read at a time, and written at once, if they are heavy. Go's own memory limit follows it, unless GOMEMLIMIT is set.", sizes(64<<20, 1<<40)},
		{"customer-migration/rate", Starter, "How many rows a second are migrated at most, over all processes and workers; 0 means no limit.", from(0, 10_000_000)},
		{"customer-migration/failure-limit", Starter, "How many rows may fail before the run pauses and asks.", from(0, 1_000_000_000)},
		{"customer-migration/closing", Starter, "What is asked before a run is called completed: full asks the table whether rows are left, count compares the ledger with what was reported, off believes the report.", choice("full", "count", "off")},

		{"customer-migrator/migration", Both, "Which migration runs.", limit{needed: true, form: "a migration's name, such as customer-contact, or one with its table, such as shout@orders"}},
		{"customer-migrator/log-file", Worker, "The file that gets a line for each migrated row; empty means no log.", limit{emptyArgument: true, form: "a file's path"}},
		{"customer-migrator/transaction-size", Starter, "How many rows commit together at most; auto finds it by time, up to 1,000.", auto(100_000)},
		{"customer-migrator/sets-at-once", Starter, "How many sets each worker reads, decides and writes at once, however many processes there are; auto finds the fewest that do as much as more of them.", auto(1000)},
		{"customer-migrator/in-flight", Worker, "How many rows each process writes at once on Cassandra, which has no transactions; auto is 40.", auto(1000)},
		{"customer-migrator/attempts", Starter, "How often a row is tried before it becomes a dead letter.", from(1, 100)},
		{"customer-migrator/retry-interval", Starter, "The pause before a row's second attempt; it doubles with each attempt, up to a minute.", span(10*time.Millisecond, time.Hour)},
		// Shorter than the heartbeat timeout of 10 s: a hanging statement must
		// not look like a dead worker.
		{"customer-migrator/statement-timeout", Worker, "How long a statement may take.", span(100*time.Millisecond, 8*time.Second)},
		{"customer-migrator/row-lock-time", Worker, "How long a transaction may hold its row locks.", span(10*time.Millisecond, 5*time.Second)},

		{"customer-scanner/paging-state-path", Both, "The original's key; it is refused, since the paging state is kept in the database.",
			limit{emptyArgument: true, form: "empty only", refused: "the paging state is kept in the database that is migrated (table db_migrate_state); leave this key out"}},
		{"customer-scanner/source-dir", Worker, "The worker's folder from which files of ids (--file) are read.", limit{needed: true, form: "a folder's path"}},
		{"customer-scanner/fetch-size", Starter, "How many keys the scanner fetches from the database at a time.", from(1, 1_000_000)},
		{"customer-scanner/block-size", Starter, "How many rows the buffer holds; auto holds what the processes need next.", auto(10_000_000)},
		{"customer-scanner/sweeps", Starter, "How often the scan is repeated at most, until one finds nothing.", from(0, 100)},
		{"customer-scanner/where", Both, "A condition in SQL, as it stands after WHERE; rows of which it is not true are left alone. Worker and starter must have the same. Empty means all rows.", limit{whole: true, sql: true, form: "a condition in SQL, such as region = 'EU'"}},

		{"site-guard/mode", Worker, "Whether the live site comes first (auto); off lets the migration take what it can get, and heeds neither window nor query.", choice("auto", "off")},
		{"site-guard/latency", Worker, "How long the database may take to answer a read by key or a small commit, measured ten times a second; auto is about twice its best time, and no limit while nobody else is there.", limit{needed: true, form: "auto, or a time span from 100µs to 1m0s"}},
		{"site-guard/replica-lag", Worker, "How far a replica may be behind; from half of it on work slows down. 0s means as far as it likes.", limit{needed: true, form: "a time span from 0s to 24h0m0s"}},
		{"site-guard/replicas", Worker, "Replicas (host:port) of MySQL and MariaDB to ask how far they are behind, with the connection's user.", limit{form: "hosts with their ports"}},
		{"site-guard/query", Worker, "A query that answers whether to go on: true or no row, else the reason to wait. Empty means none.", limit{whole: true, sql: true, emptyArgument: true, form: "a query in SQL"}},
		{"site-guard/window", Worker, "The time of day for work, with its time zone, such as 22:00-06:00 Europe/Paris. Empty means always.", limit{emptyArgument: true, form: "a span of the day with its time zone"}},

		{"connection/driver", Both, "Which kind of database it is; mysql is for MariaDB too, simulated is the original's sleeps.", choice("sqlite", "postgres", "mysql", "cassandra", "simulated")},
		{"connection/url", Worker, "Where the database is.", limit{address: true, form: "a SQLite file's path, postgres://user@host/database, mysql://user@host:3306/database or cassandra://user@host:9042,host:9042/keyspace"}},
		{"connection/table", Both, "The table that is migrated. Worker and starter must write it alike: it is part of the task queue's name.", limit{needed: true, form: "a table's name"}},
		{"connection/row-name", Both, "What messages call one row: payment makes payments; for an irregular plural write both words, person,people. Empty means customer for a table customers, and row for any other.", limit{noun: true, form: "a noun, or singular,plural"}},
		{"connection/key", Worker, "The table's key columns; an empty list means its primary key.", limit{form: "names of columns"}},
		{"connection/schema", Worker, "The schema for db-migrate's own tables; empty means the table's.", limit{form: "a schema's name"}},
		{"connection/password", Worker, "The password, instead of one in the url; password-file is better.", limit{secret: true, emptyArgument: true, whole: true, form: "a text"}},
		{"connection/password-file", Worker, "The file that holds the password and nothing else.", limit{emptyArgument: true, form: "a file's path"}},
		{"connection/connect-timeout", Worker, "How long opening a connection may take.", span(time.Second, 5*time.Minute)},
		{"connection/customers", Worker, "How many rows the simulated database has; 0 means 1,000 to 2,000.", from(0, 100_000_000)},
		{"connection/seed", Worker, "The random seed of the simulated database.", from(0, 1<<53)},
	}
}

func choice(values ...string) limit  { return limit{choices: values} }
func from(least, most float64) limit { return limit{least: least, most: most} }

// auto is a number from 1, or found while running.
func auto(most float64) limit {
	return limit{least: 1, most: most, form: "auto, or a number from 1 to " + plain(most)}
}

// sizes is a number of bytes.
func sizes(least, most Size) limit {
	return limit{least: float64(least), most: float64(most), form: fmt.Sprintf("a number of bytes from %s to %s, such as 512MiB or 2GiB", least, most)}
}

func span(shortest, longest time.Duration) limit { return limit{shortest: shortest, longest: longest} }

// Keys are the names of all keys, in their order.
func Keys() []string {
	var names []string
	for _, key := range Table() {
		names = append(names, key.Name)
	}
	return names
}

// keysByName is the table, to look keys up in.
func keysByName() map[string]Key {
	keys := map[string]Key{}
	for _, key := range Table() {
		keys[key.Name] = key
	}
	return keys
}

// For are those of the arguments (component/key=value) that do something on a program's
// command line.
func For(program Program, arguments []string) []string {
	keys := keysByName()
	var found []string
	for _, argument := range arguments {
		name, _, _ := strings.Cut(argument, "=")
		if key, known := keys[name]; !known || !key.misplaced(program) {
			found = append(found, argument)
		}
	}
	return found
}
