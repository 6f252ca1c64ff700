package books

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"db-migrate/database"
)

// Names of the tables that all migrations of a schema share.
const (
	booksTable    = "db_migrate_books"
	runsTable     = "db_migrate_runs"
	stateTable    = "db_migrate_state"
	ownerTable    = "db_migrate_owner"
	failuresTable = "db_migrate_failures"
)

// version is that of our tables' form. A program with another one refuses them.
const version = 2

// Outcomes in the ledger.
const (
	OutcomeMigrated = 1
	OutcomeFailed   = 2
)

// Column is a column of the key in a ledger, its name and type as SQL.
type Column struct{ Name, Type string }

// LedgerName is the ledger of a migration of a table. Where the name would be too
// long, or holds what not every database takes, a hash tells it from others.
func LedgerName(subject Subject, migration string, limit int) string {
	plain := strings.Map(plainLetter, subject.Short)
	name := "db_migrate_ledger_" + plain + "_" + strings.ReplaceAll(migration, "-", "_")
	if plain == subject.Short && len(name) <= limit {
		return name
	}
	hash := sha256.Sum256([]byte(subject.Short + "\x00" + migration))
	return name[:min(len(name), limit-9)] + "_" + hex.EncodeToString(hash[:4])
}

func plainLetter(letter rune) rune {
	switch {
	case letter >= 'a' && letter <= 'z', letter >= 'A' && letter <= 'Z', letter >= '0' && letter <= '9', letter == '_':
		return letter
	}
	return '_'
}

// LedgerColumns are the names of a ledger's own columns as SQL: other ones where the
// key has a column of such a name.
type LedgerColumns struct{ Run, Range, Outcome string }

func (b *Books) ledgerColumns() LedgerColumns {
	name := func(plain string) string {
		if slices.ContainsFunc(b.subject.Key, func(key string) bool { return strings.EqualFold(key, plain) }) {
			return b.dialect.Quote("db_migrate_" + plain)
		}
		return b.dialect.Quote(plain)
	}
	return LedgerColumns{Run: name("run"), Range: name("range"), Outcome: name("outcome")}
}

// definition is a table of ours, its columns as SQL, and the statement that creates it.
type definition struct {
	name    string
	columns []string
	create  string
}

// definitions are our tables, ledgers first.
func (b *Books) definitions() []definition {
	types := b.dialect.Types
	var list []definition
	add := func(name string, columns ...string) {
		list = append(list, definition{name, columnNames(columns), fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (%s)%s", b.dialect.Own(name), strings.Join(columns, ", "), b.dialect.Options)})
	}
	for _, name := range b.ledgers() {
		list = append(list, definition{name, b.ledgerColumnNames(), b.ledgerDefinition(name)})
	}
	add(booksTable, "book "+types.Number+" PRIMARY KEY", "version "+types.Int+" NOT NULL", "migration "+types.Name+" NOT NULL", "customers "+types.Name+" NOT NULL",
		"ledger "+types.Name+" NOT NULL", "key_columns "+types.Words+" NOT NULL", "identity "+types.Name+" NOT NULL", "storage "+types.Name+" NOT NULL",
		"created_at "+types.Began, "UNIQUE (migration, customers)")
	add(runsTable, "number "+types.Number+" PRIMARY KEY", "run_id "+types.Name+" NOT NULL UNIQUE", "book "+types.Int+" NOT NULL", "migration "+types.Name+" NOT NULL", "environment "+types.Name+" NOT NULL",
		"cluster "+types.Words+" NOT NULL", "definition "+types.Name+" NOT NULL", "started_at "+types.Began, "ended_at "+types.Time, "outcome "+types.Name)
	add(stateTable, "book "+types.Int+" NOT NULL PRIMARY KEY", "migration "+types.Name+" NOT NULL", "run "+types.Int+" NOT NULL", "since "+types.Int+" NOT NULL", "again "+types.Flag+" NOT NULL", "sequence "+types.Big+" NOT NULL", "position "+types.Text, "closed "+types.Flag+" NOT NULL")
	add(ownerTable, "customers "+types.Name+" NOT NULL PRIMARY KEY", "migration "+types.Name+" NOT NULL", "environment "+types.Name+" NOT NULL", "cluster "+types.Words+" NOT NULL", "run_id "+types.Name+" NOT NULL", "since "+types.Began, "workflow "+types.Words+" NOT NULL")
	add(failuresTable, "book "+types.Int+" NOT NULL", "migration "+types.Name+" NOT NULL", "customer "+types.Key+" NOT NULL", "run "+types.Int+" NOT NULL", b.dialect.Quote("range")+" "+types.Int+" NOT NULL",
		"error "+types.Text+" NOT NULL", "attempts "+types.Int+" NOT NULL", "failed_at "+types.Began, "PRIMARY KEY (book, customer)")
	return list
}

// columnNames are the names in a list of columns and constraints of ours.
func columnNames(columns []string) []string {
	var names []string
	for _, column := range columns {
		if name, _, _ := strings.Cut(column, " "); name != "PRIMARY" && name != "UNIQUE" {
			names = append(names, name)
		}
	}
	return names
}

// ledgerColumnNames are the ledger's own columns: those of another key are told by it.
func (b *Books) ledgerColumnNames() []string {
	ours := b.ledgerColumns()
	return []string{ours.Range, ours.Run, ours.Outcome}
}

// ledgerDefinition creates a ledger: on PostgreSQL a row of a bigint key takes 75
// bytes with its index, so there is no time in it, and numbers are no larger than
// need be.
func (b *Books) ledgerDefinition(name string) string {
	ours, columns, keys := b.ledgerColumns(), []string{}, []string{}
	for _, key := range b.subject.Columns {
		columns, keys = append(columns, key.Name+" "+key.Type+" NOT NULL"), append(keys, key.Name)
	}
	types := b.dialect.Types
	columns = append(columns, ours.Range+" "+types.Int+" NOT NULL", ours.Run+" "+types.Small+" NOT NULL", ours.Outcome+" "+types.Small+" NOT NULL",
		fmt.Sprintf("%sPRIMARY KEY (%s)", b.constraint(name), strings.Join(keys, ", ")))
	return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (%s)%s%s", b.dialect.Own(name), strings.Join(columns, ", "), b.dialect.Options, b.subject.LedgerOptions)
}

// constraint names the ledger's primary key, where the server would cut the name.
func (b *Books) constraint(ledger string) string {
	if b.dialect.NameLimit != postgresLimit {
		return ""
	}
	return "CONSTRAINT " + b.dialect.Quote(ledger+KeySuffix) + " "
}

// create creates the tables that are missing; a DBA may have made them before.
func (b *Books) create(ctx context.Context, in Session) error {
	present, err := b.present(ctx, in)
	if err != nil {
		return err
	}
	if err := b.refuseOlder(ctx, in, present); err != nil {
		return err
	}
	if present[booksTable] {
		if err := b.refuseLost(ctx, in); err != nil {
			return err
		}
		if err := b.refuseOtherTypes(ctx); err != nil {
			return err
		}
	}
	for _, ours := range b.definitions() {
		if present[ours.name] {
			continue
		}
		if _, err := in.Execute(ctx, ours.create, nil); err != nil {
			return fmt.Errorf("table %s cannot be created (%s): %w", ours.name, b.createAdvice(), err)
		}
	}
	return nil
}

func (b *Books) createAdvice() string {
	if b.dialect.Schema == "" {
		return "the worker must be able to write the file"
	}
	return fmt.Sprintf("give the right to create in %s, or name another one in connection/schema", b.dialect.Where)
}

// refuseForeign refuses a table of somebody else's under one of our names: it lacks a
// column of ours.
func (b *Books) refuseForeign(ctx context.Context, in Session, table string, columns []string) error {
	qualified := make([]string, len(columns))
	for i, column := range columns {
		qualified[i] = "ours." + column // SQLite takes a lone name in quotes for a text
	}
	nothing := func(Values) error { return nil }
	from := " FROM " + b.dialect.Own(table) + " ours WHERE 1 = 0"
	err := in.Query(ctx, "SELECT "+strings.Join(qualified, ", ")+from, nil, nothing)
	if err == nil || b.store.Reader().Query(ctx, "SELECT 1"+from, nil, nothing) != nil {
		return err
	}
	return &database.Error{Class: database.Broken, Err: &database.BooksError{Reason: fmt.Sprintf(
		"table %s in %s is not db-migrate's, or was changed (%v); rename it, or name another schema in connection/schema", table, b.dialect.Where, err)}}
}

// refuseOlder refuses tables of another form than this program's.
func (b *Books) refuseOlder(ctx context.Context, in Session, present map[string]bool) error {
	found := int64(0)
	if present[booksTable] {
		if err := b.refuseForeign(ctx, in, booksTable, []string{"version"}); err != nil {
			return err
		}
		newest, err := b.one(ctx, in, "SELECT coalesce(max(version), ?) FROM "+b.dialect.Own(booksTable), version)
		if err != nil {
			return err
		}
		found = newest.Number(0)
	}
	if found == version || !present[booksTable] && !present[runsTable] {
		return b.refuseAllForeign(ctx, in, present)
	}
	return &database.Error{Class: database.Broken, Err: &database.BooksError{Reason: fmt.Sprintf(
		"the tables db_migrate_* in %s are of version %d, and this program keeps version %d; end the migrations with the program that began them, then drop these tables, or name another schema in connection/schema",
		b.dialect.Where, found, version)}}
}

func (b *Books) refuseAllForeign(ctx context.Context, in Session, present map[string]bool) error {
	for _, ours := range b.definitions() {
		if !present[ours.name] {
			continue
		}
		if err := b.refuseForeign(ctx, in, ours.name, ours.columns); err != nil {
			return err
		}
	}
	return nil
}

// present tells which of our tables there are.
func (b *Books) present(ctx context.Context, in Session) (map[string]bool, error) {
	present := map[string]bool{}
	for _, ours := range b.definitions() {
		found, err := b.store.Present(ctx, in, ours.name)
		if err != nil {
			return nil, err
		}
		present[ours.name] = found
	}
	return present, nil
}

// OurTables are the names of our tables, and the statements that create them.
func (b *Books) OurTables() (names, statements []string) {
	for _, ours := range b.definitions() {
		names, statements = append(names, ours.name), append(statements, ours.create)
	}
	return names, statements
}

// ledgers are the plan's own ledger, and that of the migration that undoes it.
func (b *Books) ledgers() []string {
	if b.plan.UndoneBy == "" || b.other == "" {
		return []string{b.ledger}
	}
	return []string{b.ledger, b.other}
}

// missing reports whether an error comes from a table of ours that is not there.
func (b *Books) missing(ctx context.Context, err error, table string) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	found, failed := b.store.Present(ctx, b.store.Reader(), table)
	return failed == nil && !found
}
