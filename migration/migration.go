package migration

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"db-migrate/database"
)

// Change makes a change of a customer's row. It may call other services, must
// not touch the table itself, and must give the same change when it is called
// again for the same row: a row that changed meanwhile is read and asked again.
// An error is the customer's own, and makes the customer troubled, unless it is
// one of Later's, or ctx is done. So is a panic; a goroutine that it starts begins
// with Guard, since a panic there ends the worker. With Migration.Parallel it is called from
// several goroutines at once.
type Change func(ctx context.Context, row database.Row) (database.Change, error)

// Migration is one migration, in Go (Change) or in SQL (Statements).
type Migration struct {
	// Name chooses the migration, and names its ledger: lower-case letters,
	// digits and hyphens.
	Name string
	// Version is stated by migrations in Go: change it with the meaning.
	Version string
	// File is the user's YAML file that a migration in SQL was read from; empty: none.
	File string
	// Reads are the columns that Change looks at, Writes those it may set.
	Reads, Writes []string
	Change        Change
	// Where is the worker's condition for customers (customer-scanner/where).
	Where string
	// Parallel is how many calls of Change each process may have under way at
	// once, for a Change that waits for another service; 0: one.
	Parallel   int
	Statements *database.Statements
	// Undoes is the migration that this one undoes, and UndoneBy the one that
	// undoes it; empty: none.
	Undoes, UndoneBy string
	// Undone are the statements of the migration that this one undoes, and Undo those of
	// the one that undoes it.
	Undone, Undo []string
}

// nameLength is how long a name may be.
const nameLength = 40

var (
	namePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	errName     = errors.New("the name must be lower-case letters, digits and hyphens, begin with a letter and have at most 40 characters")
)

// CheckName tells what is wrong with a migration's name.
func CheckName(name string) error {
	if !namePattern.MatchString(name) {
		return fmt.Errorf("%q: %w", name, errName)
	}
	return nil
}

// Validate tells what is wrong with the definition, all at once.
func (m Migration) Validate() error {
	var problems []error
	complain := func(wrong bool, text string, arguments ...any) {
		if wrong {
			problems = append(problems, fmt.Errorf("migration %q: "+text, append([]any{m.Name}, arguments...)...))
		}
	}
	complain(CheckName(m.Name) != nil, "%w", errName)
	complain((m.Change == nil) == (m.Statements == nil), "needs either a Change function or statements, and not both")
	complain(m.Change != nil && m.Version == "", "a migration in Go states its Version")
	complain(m.Change != nil && len(m.Writes) == 0, "names no column in Writes")
	complain(m.Parallel < 0, "Parallel is %d; it must be 0 or more", m.Parallel)
	complain(m.Statements != nil && m.Parallel != 0, "Parallel is for a Change function; statements have no use for it")
	complain(m.Statements != nil && len(m.Statements.Migrate) == 0, "has no migrate statement")
	complain(m.UndoneBy != "" && !namePattern.MatchString(m.UndoneBy), "has an undo, whose name %q would be too long; it may have at most %d characters itself", m.UndoneBy, nameLength-len(undoSuffix))
	return errors.Join(problems...)
}

// Plan is what the migration asks of the table.
func (m Migration) Plan() database.Plan {
	return database.Plan{Migration: m.Name, Reads: m.Reads, Writes: m.Writes, Where: m.Where, Statements: m.Statements, Undoes: m.Undoes, UndoneBy: m.UndoneBy, Undone: m.Undone}
}

// UndoPlan is what the undo asks of the table, as a migration of its own: before there is a
// ledger, the undo itself cannot be prepared. False: there is none.
func (m Migration) UndoPlan() (database.Plan, bool) {
	return database.Plan{Migration: m.UndoneBy, Where: m.Where, Statements: &database.Statements{Migrate: m.Undo}}, len(m.Undo) > 0
}

// Definition is a hash of all that gives the migration its meaning: its name,
// its stated version, its columns and statements, and whom it is for.
func (m Migration) Definition() string {
	parts := []any{m.Name, m.Version, m.Reads, m.Writes, m.Statements}
	if m.Where != "" {
		parts = append(parts, m.Where)
	}
	text, err := json.Marshal(parts)
	if err != nil {
		panic(err) // strings and lists of strings always marshal
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}
