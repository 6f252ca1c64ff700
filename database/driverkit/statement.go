package driverkit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/sqltext"
)

// Statement is one of the plan's statements.
type Statement struct {
	sqltext.Statement
	// Place names it in errors, and Name without the migration.
	Place, Name string
	// Set: it is written for :ids, and runs for many rows at once.
	Set bool
	// Returning: it says itself which rows it has updated.
	Returning bool
	// KeyAlone: it asks nothing of a row but its key, so that it changes each that there is.
	KeyAlone bool
}

// Statements are those of the plan.
type Statements struct {
	*Reader
	// Checking says which rows need it; nil: all do.
	Checking *Statement
	Migrate  []*Statement
	// Stored is a check's query, whose values come as they are stored; nil: as it stands.
	Stored func(query string) string
	// IsKey reports whether words of a statement name the key.
	IsKey func(words []string) bool
	// KeysMayMove: the table has triggers or the like that can change a key, and an UPDATE
	// does not tell of it.
	KeysMayMove bool
}

// Dialect is what a driver knows of statements.
type Dialect struct {
	SQL sqltext.Dialect
	// Compile lets the database prepare a statement; it runs nothing. check: it is the
	// check, else the number says which of the others it is.
	Compile func(ctx context.Context, s *Statement, check bool, number int) error
	// OfTable refuses a first statement that updates another table.
	OfTable func(ctx context.Context, s *Statement) error
	// IsTable reports whether a name, in the parts that a statement writes, means the
	// migrated table.
	IsTable func(ctx context.Context, name []string) (bool, error)
	// Returns: an UPDATE can return rows.
	Returns bool
	// Aggregates are the names of functions of the database's own, and of its users', that
	// make one row of many; nil: those are known.
	Aggregates func(ctx context.Context) ([]string, error)
}

// aggregates are those of the database, if a statement is for a set.
func (d Dialect) aggregates(ctx context.Context, s *Statement) ([]string, error) {
	if d.Aggregates == nil || !s.Set {
		return nil, nil
	}
	return d.Aggregates(ctx)
}

// Prepare takes the plan's statements apart, and tells all that is wrong with them.
// check is the plan's check; empty: there is none.
func (c *Statements) Prepare(ctx context.Context, dialect Dialect, check string) error {
	var problems []error
	if check != "" {
		parsed, err := c.parse(dialect, "check", check)
		if c.Checking = parsed; err == nil {
			err = c.answersByRow(ctx, dialect, parsed)
		}
		if err == nil {
			err = dialect.Compile(ctx, parsed, true, 0)
		}
		problems = append(problems, err)
	}
	for i, text := range c.Plan.Statements.Migrate {
		parsed, err := c.parse(dialect, fmt.Sprintf("migrate statement %d", i+1), text)
		if err == nil && i == 0 {
			err = c.tells(ctx, dialect, parsed)
		}
		if err == nil {
			err = c.isBound(parsed)
		}
		if err == nil {
			err = c.keepsKeys(ctx, dialect, parsed)
		}
		if c.Migrate = append(c.Migrate, parsed); err == nil {
			err = dialect.Compile(ctx, parsed, false, i+1)
		}
		problems = append(problems, err)
	}
	return errors.Join(append(problems, c.undoable(ctx, dialect))...)
}

func (c *Statements) parse(dialect Dialect, name, text string) (*Statement, error) {
	place := fmt.Sprintf("migration %s, %s", c.Plan.Migration, name)
	parsed, err := sqltext.Parse(text, dialect.SQL)
	if err == nil {
		err = parsed.CheckParameters(c.KeyColumns())
	}
	if err != nil {
		return nil, Broken("%s: %w", place, err)
	}
	return &Statement{Statement: parsed, Place: place, Name: name, Set: parsed.Has("ids"), Returning: dialect.Returns && parsed.Returns(),
		KeyAlone: parsed.KeyAlone(c.Table, c.KeyColumns())}, nil
}

// Fill writes a statement for these keys; one that is written for a single row takes the
// first.
func (k *Keys) Fill(arguments *Arguments, s *Statement, keys []database.Key) (string, error) {
	var problem error
	text := s.Fill(func(name string) string {
		if name == "ids" {
			set, err := k.Set(arguments, keys)
			problem = errors.Join(problem, err)
			return set
		}
		at := k.Place(name)
		value, err := k.Value(at, keys[0])
		problem = errors.Join(problem, err)
		return k.Columns[at].Typed(arguments.Add(value))
	})
	return text, problem
}

// Written is a statement for these keys, with its arguments.
func (c *Statements) Written(s *Statement, keys []database.Key) (string, []any, error) {
	arguments := c.arguments()
	text, err := c.Fill(arguments, s, keys)
	return text, arguments.Values, err
}

// portions are the keys that a statement takes at a time.
func (c *Statements) portions(s *Statement, keys []database.Key) [][]database.Key {
	if s.Set {
		return c.Portions(keys)
	}
	return slices.Collect(slices.Chunk(keys, 1))
}

// Check tells which rows need to be migrated.
func (c *Statements) Check(ctx context.Context, keys []database.Key) ([]bool, error) {
	return c.Needed(ctx, c.Session(), keys)
}

// Needed is Check in a session.
func (c *Statements) Needed(ctx context.Context, in books.Session, keys []database.Key) ([]bool, error) {
	if c.Checking == nil {
		return slices.Repeat([]bool{true}, len(keys)), nil
	}
	selected, err := c.Answers(ctx, in, c.Checking, c.Stored, keys)
	if err != nil {
		return nil, err
	}
	needed := make([]bool, len(keys))
	places, err := database.PlacesOf(keys, selected, c.SameIn(ctx, in))
	if err != nil {
		return nil, err
	}
	for i, place := range places {
		if place < 0 {
			return nil, Astray("%s: it answered row %s, for which it was not asked; it must select the key (%s) of rows among those that its parameters name", c.Checking.Place, selected[i], strings.Join(c.KeyColumns(), ", "))
		}
		needed[place] = true
	}
	return needed, nil
}

// Answers runs a statement for all keys, and returns those that it answers; form is how
// its text is run, nil: as it is.
func (c *Statements) Answers(ctx context.Context, in books.Session, s *Statement, form func(string) string, keys []database.Key) ([]database.Key, error) {
	var found []database.Key
	for _, some := range c.portions(s, keys) {
		text, arguments, err := c.Written(s, some)
		if err != nil {
			return nil, err
		}
		if form != nil {
			text = form(text)
		}
		answered, err := c.KeysIn(ctx, in, text, arguments)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Place, err)
		}
		if err := c.ofAsked(ctx, in, s, some, answered); err != nil {
			return nil, err
		}
		found = append(found, answered...)
	}
	return found, nil
}

// ofAsked refuses what a statement for one row answers about others: their own statements
// would take it for theirs.
func (c *Statements) ofAsked(ctx context.Context, in books.Session, s *Statement, asked, answered []database.Key) error {
	if s.Set || len(answered) == 0 {
		return nil
	}
	places, err := database.PlacesOf(asked, answered, c.SameIn(ctx, in))
	if err != nil {
		return err
	}
	for i, place := range places {
		if place < 0 && s == c.Checking {
			return Astray("%s: asked for row %s, it answered row %s; its WHERE must keep to the row that its parameters name", s.Place, asked[0], answered[i])
		}
		if place < 0 {
			return c.unasked(ctx, in, asked, answered[i])
		}
	}
	return nil
}

// Execute runs a statement for all keys, and returns how many rows it has changed.
func (c *Statements) Execute(ctx context.Context, in books.Session, s *Statement, keys []database.Key) (int64, error) {
	total := int64(0)
	for _, some := range c.portions(s, keys) {
		text, arguments, err := c.Written(s, some)
		if err != nil {
			return 0, err
		}
		rows, err := in.Execute(ctx, text, arguments)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", s.Place, err)
		}
		total += rows
	}
	return total, nil
}

// Assigned are the columns that the plan writes, as far as they can be told.
func (c *Statements) Assigned() []string {
	columns := slices.Clone(c.Plan.Writes)
	for _, statement := range c.Migrate {
		columns = append(columns, statement.Assigned()...)
	}
	return columns
}
