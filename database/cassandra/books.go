package cassandra

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database"
	"db-migrate/database/books"
)

// booksVersion is that of our tables' form.
const booksVersion = 2

// ledgerColumns are the names of the ledger's own columns as CQL: other ones where the
// key has a column of such a name.
func (t *table) ledgerColumns() books.LedgerColumns {
	name := func(plain string) string {
		if slices.Contains(t.KeyColumns(), plain) {
			return quote("db_migrate_" + plain)
		}
		return quote(plain)
	}
	return books.LedgerColumns{Run: name("run"), Range: name("range"), Outcome: name("outcome")}
}

// checkBook begins the book of this migration of this table, or refuses one that is
// about another table than the one of that name.
func (t *table) checkBook(ctx context.Context) (bool, error) {
	identity, err := t.identity(ctx)
	if err != nil {
		return false, err
	}
	columns := strings.Join(t.KeyColumns(), ", ")
	found, err := t.recognise(ctx, identity, columns)
	if err != nil || found {
		return found, err
	}
	return t.cas(ctx, "INSERT INTO "+t.own("db_migrate_books")+" (book, version, migration, customers, ledger, key_columns, identity) VALUES (?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS",
		t.book(), booksVersion, t.plan.Migration, t.customersName(), t.ledger, columns, identity)
}

// Recognise returns the error with which Begin would refuse the books that there are.
func (t *table) Recognise(ctx context.Context, request database.RunRequest) error {
	present, err := t.present(ctx)
	if err != nil {
		return classify(err)
	}
	if err := errors.Join(t.refuseOlder(present), t.refuseForeign(ctx, present)); err != nil || !present["db_migrate_books"] {
		return err
	}
	if err := t.compare(ctx, present); err != nil || request.Definition == "" || !present["db_migrate_runs"] {
		return classify(err)
	}
	_, err = t.changed(ctx, request)
	return classify(err)
}

// changed reports whether the definition is not that of the last run. Where rows are
// migrated by that it is refused; else there is nothing that it could mean otherwise.
func (t *table) changed(ctx context.Context, request database.RunRequest) (bool, error) {
	var definition string
	found, err := t.serial(ctx, "SELECT definition FROM "+t.own("db_migrate_runs")+" WHERE book = ? ORDER BY number DESC LIMIT 1", []any{t.book()}, &definition)
	if err == nil && !found {
		err = t.refuseOrphaned(ctx)
	}
	if err != nil || !found || definition == request.Definition || request.SameLedger {
		return false, err
	}
	outcome := 0
	migrated := t.session.Query(fmt.Sprintf("SELECT %s FROM %s WHERE %[1]s = %[3]d LIMIT 1 ALLOW FILTERING", t.ledgerColumns().Outcome, t.own(t.ledger), outcomeMigrated))
	switch err := migrated.ScanContext(ctx, &outcome); {
	case errors.Is(err, gocql.ErrNotFound), t.noLedgerYet(err):
		return true, nil
	case err != nil:
		return true, err
	}
	return true, &database.DefinitionError{Migration: request.Migration, Ledger: definition, Worker: request.Definition}
}

// refuseOrphaned refuses a ledger with rows of which no run is known: the numbers of runs
// begin anew, and its rows would be taken for the next run's own.
func (t *table) refuseOrphaned(ctx context.Context) error {
	outcome := 0
	err := t.session.Query(fmt.Sprintf("SELECT %s FROM %s LIMIT 1", t.ledgerColumns().Outcome, t.own(t.ledger))).ScanContext(ctx, &outcome)
	switch {
	case errors.Is(err, gocql.ErrNotFound), t.noLedgerYet(err):
		return nil
	case err != nil:
		return err
	}
	return t.refused(books.Orphaned, "db_migrate_runs")
}

// compare refuses books that are about another table than that of the name, or whose
// ledger is gone.
func (t *table) compare(ctx context.Context, present map[string]bool) error {
	if err := t.refuseLost(ctx, present); err != nil {
		return err
	}
	identity, err := t.identity(ctx)
	if err == nil {
		_, err = t.recognise(ctx, identity, strings.Join(t.KeyColumns(), ", "))
	}
	return err
}

// Current compares the books with the table as it is now. What TRUNCATE does to it
// leaves no trace.
func (t *table) Current(ctx context.Context, _ database.Run) (bool, error) {
	present, err := t.present(ctx)
	if err == nil && present["db_migrate_books"] {
		err = t.compare(ctx, present)
	}
	if errors.Is(err, gocql.ErrNotFound) { // the table is gone, as each statement says
		return false, nil
	}
	var refused *database.BooksError
	if errors.As(err, &refused) {
		err = &database.BooksError{Reason: refused.Reason + " (it happened while the run went on)"}
	}
	return false, classify(err)
}

// refuseLost refuses a book whose ledger is gone: without it nobody can tell which rows
// are migrated. A node may hear of a new table later than others.
func (t *table) refuseLost(ctx context.Context, present map[string]bool) error {
	if present[t.ledger] || !present["db_migrate_books"] {
		return nil
	}
	if err := t.session.AwaitSchemaAgreement(ctx); err != nil {
		return err
	}
	again, err := t.present(ctx)
	if err != nil || again[t.ledger] {
		return err
	}
	var version int
	found, err := t.serial(ctx, "SELECT version FROM "+t.own("db_migrate_books")+" WHERE book = ?", []any{t.book()}, &version)
	if err != nil || !found {
		return err
	}
	return t.refused("table %s, which says which rows are migrated, was dropped: without it they would be migrated a second time; restore that table, or forget what is left of the ledger with \"starter ledger drop\" if a check tells which rows still need it, or none is migrated", t.own(t.ledger))
}

// recognise reports whether there is a book of this migration of this table, and refuses
// one that is about another table.
func (t *table) recognise(ctx context.Context, identity, columns string) (bool, error) {
	var version int
	var key, known string
	found, err := t.serial(ctx, "SELECT version, key_columns, identity FROM "+t.own("db_migrate_books")+" WHERE book = ?", []any{t.book()}, &version, &key, &known)
	switch {
	case err != nil:
		return false, err
	case !found:
		return false, t.refuseShared(ctx)
	case version != booksVersion:
		return false, t.refused("the tables db_migrate_* in keyspace %s are of version %d, and this program keeps version %d; end the migrations with the program that began them, then drop these tables, or name another keyspace in connection/schema", t.ours, version, booksVersion)
	case key != columns:
		return false, t.refused("it was written by the key (%s), and the table's key is (%s)", key, columns)
	case known != identity:
		return false, t.refused("it is about another table of that name, which was dropped since: the ledger says nothing about the rows of this one; forget it with \"starter ledger drop\"")
	}
	return true, nil
}

// refuseShared refuses a ledger whose name another book has.
func (t *table) refuseShared(ctx context.Context) error {
	kept := t.session.Query("SELECT book, ledger FROM " + t.own("db_migrate_books")).IterContext(ctx)
	other := ""
	for book, ledger := "", ""; kept.Scan(&book, &ledger); {
		if ledger == t.ledger && book != t.book() {
			other = book
		}
	}
	if err := kept.Close(); err != nil || other == "" {
		return err
	}
	return t.refused("a ledger of that name is kept for migration %s: give the migration another name, or name another keyspace in connection/schema", other)
}

// refuseOlder refuses tables of an older program's, which have no books.
func (t *table) refuseOlder(present map[string]bool) error {
	if !present["db_migrate_runs"] || present["db_migrate_books"] {
		return nil
	}
	return &database.Error{Class: database.Broken, Err: &database.BooksError{Reason: fmt.Sprintf(
		"the tables db_migrate_* in keyspace %s are of version 0, and this program keeps version %d; end the migrations with the program that began them, then drop these tables, or name another keyspace in connection/schema",
		t.ours, booksVersion)}}
}

// refuseForeign refuses tables of somebody else's under our names: they lack a column that
// none but ours has.
func (t *table) refuseForeign(ctx context.Context, present map[string]bool) error {
	telling := map[string]string{"db_migrate_books": "key_columns", "db_migrate_runs": "run_id", "db_migrate_state": "sequence",
		"db_migrate_owner": "workflow", "db_migrate_failures": "attempts", t.ledger: strings.Trim(t.ledgerColumns().Outcome, `"`)}
	for _, ours := range t.ourTables() {
		name := ours[0]
		if !present[name] {
			continue
		}
		column := ""
		err := t.session.Query("SELECT column_name FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ? AND column_name = ?", t.ours, name, telling[name]).ScanContext(ctx, &column)
		if errors.Is(err, gocql.ErrNotFound) {
			return &database.Error{Class: database.Broken, Err: &database.BooksError{Reason: fmt.Sprintf(
				"table %s in keyspace %s is not db-migrate's, or was changed: it has no column %s; rename it, or name another keyspace in connection/schema", name, t.ours, telling[name])}}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// identity is what Cassandra itself calls the table: a new one for each table made.
func (t *table) identity(ctx context.Context) (string, error) {
	var id gocql.UUID
	err := t.session.Query("SELECT id FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?", t.schema, t.name).ScanContext(ctx, &id)
	return id.String(), err
}

func (t *table) refused(format string, arguments ...any) error {
	return &database.BooksError{Reason: fmt.Sprintf("ledger %s of migration %s and table %s: ", t.ledger, t.plan.Migration, t.customersName()) + fmt.Sprintf(format, arguments...)}
}

// endOthers ends the runs of a book that never ended, but one.
func (t *table) endOthers(ctx context.Context, book, except string) error {
	runs := t.session.Query("SELECT number, run_id, ended_at FROM "+t.own("db_migrate_runs")+" WHERE book = ?", book).Consistency(gocql.LocalSerial).IterContext(ctx)
	var number int64
	var id string
	var ended *time.Time
	var open []int64
	for runs.Scan(&number, &id, &ended) {
		if ended == nil && id != except {
			open = append(open, number)
		}
	}
	if err := runs.Close(); err != nil {
		return err
	}
	for _, number := range open {
		if _, err := t.cas(ctx, "UPDATE "+t.own("db_migrate_runs")+" SET ended_at = ?, outcome = 'replaced' WHERE book = ? AND number = ? IF ended_at = null", time.Now(), book, number); err != nil {
			return err
		}
	}
	return nil
}

// Alive reports whether the books know the run, and whether it has not ended.
func (t *table) Alive(ctx context.Context, run database.Run) (bool, error) {
	id, alive, err := t.runNow(ctx, run)
	return alive && id == run.ID, err
}

// runNow is the run's id in the books, and whether it has not ended.
func (t *table) runNow(ctx context.Context, run database.Run) (id string, alive bool, err error) {
	var ended *time.Time
	found, err := t.serial(ctx, "SELECT run_id, ended_at FROM "+t.own("db_migrate_runs")+" WHERE book = ? AND number = ?", []any{t.book(), run.Number}, &id, &ended)
	if err != nil {
		if present, failed := t.present(ctx); failed == nil && !present["db_migrate_runs"] {
			return "", false, nil
		}
	}
	return id, found && ended == nil, classify(err)
}

// prove proves that the run is alive, before a piece is written for it. What was under
// way when the run ended may still be written: there is no lock that could keep it.
func (t *table) prove(ctx context.Context, mark database.Mark) error {
	alive, err := t.Alive(ctx, mark.Run)
	if err == nil && !alive {
		return &database.RunOverError{Run: mark.Run}
	}
	return err
}

// identifierLimit is Cassandra's for the name of a table, in characters.
const identifierLimit = 48

// ledgerName is the ledger of the plan's migration and this table.
func (t *table) ledgerName() string {
	short := t.name
	if t.ours != t.schema {
		short = t.schema + "_" + t.name
	}
	return books.LedgerName(books.Subject{Short: short}, t.plan.Migration, identifierLimit)
}

// book names the books of one migration of one table.
func (t *table) book() string { return t.plan.Migration + " of " + t.customersName() }

// ourTables are the tables of our own and the statements that create them. The
// ledger has the customers' own key, so that its tokens are theirs.
func (t *table) ourTables() [][2]string {
	columns := make([]string, len(t.keys))
	for i, key := range t.keys {
		columns[i] = quote(key.name) + " " + typeNames()[key.kind.Type()]
	}
	primary, order := "("+list(t.keys[:t.partition])+")", ""
	if clustering := t.keys[t.partition:]; len(clustering) > 0 {
		primary += ", " + list(clustering)
		if clustering[0].descending {
			order = " WITH CLUSTERING ORDER BY (" + strings.Join(names(clustering), " DESC, ") + " DESC)"
		}
	}
	create := func(name, columns string) [2]string {
		return [2]string{name, "CREATE TABLE IF NOT EXISTS " + t.own(name) + " (" + columns + ")"}
	}
	ours := t.ledgerColumns()
	ledger := create(t.ledger, fmt.Sprintf("%s, %s int, %s int, %s tinyint, PRIMARY KEY (%s)", strings.Join(columns, ", "), ours.Run, ours.Range, ours.Outcome, primary))
	ledger[1] += order
	return [][2]string{
		ledger,
		create("db_migrate_books", "book text PRIMARY KEY, version int, migration text, customers text, ledger text, key_columns text, identity text"),
		create("db_migrate_runs", "book text, number int, run_id text, migration text, environment text, cluster text, definition text, reset boolean, started_at timestamp, ended_at timestamp, outcome text, PRIMARY KEY (book, number)"),
		create("db_migrate_state", "book text PRIMARY KEY, migration text, run int, since int, again boolean, sequence bigint, position text, closed boolean"),
		create("db_migrate_owner", "customers text PRIMARY KEY, migration text, environment text, cluster text, run_id text, since timestamp, workflow text"),
		create("db_migrate_failures", "book text, customer text, migration text, run int, range int, error text, attempts int, failed_at timestamp, PRIMARY KEY (book, customer)"),
	}
}

// typeNames are the types that a key can have, as CQL writes them.
func typeNames() map[gocql.Type]string {
	return map[gocql.Type]string{
		gocql.TypeAscii: "ascii", gocql.TypeText: "text", gocql.TypeVarchar: "text", gocql.TypeBlob: "blob",
		gocql.TypeTinyInt: "tinyint", gocql.TypeSmallInt: "smallint", gocql.TypeInt: "int", gocql.TypeBigInt: "bigint", gocql.TypeVarint: "varint",
		gocql.TypeUUID: "uuid", gocql.TypeTimeUUID: "timeuuid", gocql.TypeBoolean: "boolean", gocql.TypeInet: "inet",
		gocql.TypeTimestamp: "timestamp", gocql.TypeDate: "date", gocql.TypeTime: "time", gocql.TypeDecimal: "decimal",
	}
}
