package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
	"db-migrate/database/sqltext"
)

// statement is one of the plan's statements.
type statement struct {
	sqltext.Statement
	// place names it in errors.
	place string
	// set: it is written for :ids, and runs for many customers at once.
	set bool
	// returning: it tells which customers it has updated.
	returning bool
}

// prepareStatements takes the plan's statements apart and lets PostgreSQL prepare
// each of them; it tells all that is wrong with them.
func (t *table) prepareStatements(ctx context.Context) error {
	plan := t.plan.Statements
	if plan == nil {
		return nil
	}
	var problems []error
	if check := t.CheckText(tuple(names(t.keys, ""))); check != "" {
		var err error
		t.check, err = t.prepare(ctx, "check", check, func(*statement) (int, error) { return len(t.keys), nil })
		problems = append(problems, err)
	}
	for i, text := range plan.Migrate {
		parsed, err := t.prepare(ctx, fmt.Sprintf("migrate statement %d", i+1), text, func(parsed *statement) (int, error) {
			if i > 0 {
				return -1, nil
			}
			t.stretch = t.findStretch(parsed)
			if err := t.ofTable(ctx, parsed); err != nil {
				return 0, err
			}
			if err := t.decidesWho(parsed); err != nil {
				return 0, err
			}
			return len(t.keys), nil
		})
		problems = append(problems, err)
		t.migrate = append(t.migrate, parsed)
	}
	return errors.Join(problems...)
}

// ofTable refuses a first statement that updates another table; what is behind a view
// nobody can tell, and a parent's rows are its partitions'.
func (t *table) ofTable(ctx context.Context, s *statement) error {
	named, oid, kind := strings.Join(s.Updates(), "."), "", ""
	if named == "" {
		if s.Names(t.name) {
			return nil
		}
		return database.OtherTable(s.place, "", t.schema+"."+t.name)
	}
	err := t.readers.QueryRow(ctx, "SELECT oid::text, relkind::text FROM pg_class WHERE oid = to_regclass($1)", named).Scan(&oid, &kind)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && (oid == t.oid || kind != "r" && kind != "p") {
		return nil // the server says what is wrong with a name that it does not know
	}
	if err != nil {
		return err
	}
	return database.OtherTable(s.place, named, t.schema+"."+t.name)
}

// prepare takes a statement apart, and lets the server prepare it with as many
// columns as complete says.
func (t *table) prepare(ctx context.Context, what, text string, complete func(*statement) (int, error)) (*statement, error) {
	parsed, err := t.parse(what, text)
	if err != nil {
		return nil, err
	}
	columns, err := complete(parsed)
	if err != nil {
		return nil, err
	}
	return parsed, t.try(ctx, parsed, columns)
}

// decidesWho makes the first statement tell whom it has updated.
func (t *table) decidesWho(first *statement) error {
	if first.FirstWord() != "UPDATE" && first.FirstWord() != "WITH" && !first.returning {
		return driverkit.Broken("%s: it begins with %s; the first statement decides who was migrated, so it must be an UPDATE, or end with RETURNING and the key", first.place, first.FirstWord())
	}
	if !first.returning {
		last := len(first.Texts) - 1
		// the line before may end in a comment
		first.Texts[last] += "\nRETURNING " + t.returned()
	}
	return nil
}

// returned is the key as the first statement may name it.
func (t *table) returned() string {
	if t.stretch != nil {
		return t.stretch.returned()
	}
	return strings.Join(names(t.keys, t.customers()+"."), ", ")
}

func (t *table) parse(what, text string) (*statement, error) {
	place := fmt.Sprintf("migration %s, %s", t.plan.Migration, what)
	parsed, err := sqltext.Parse(text, sqltext.PostgreSQL)
	if err != nil {
		return nil, driverkit.Broken("%s: %w", place, err)
	}
	found := &statement{Statement: parsed, place: place, set: parsed.Has("ids"), returning: parsed.HasWord("RETURNING")}
	if err := found.CheckParameters(t.KeyColumns()); err != nil {
		return nil, driverkit.Broken("%s: %w", place, err)
	}
	t.fence(found)
	return found, nil
}

// try lets the server prepare the statement, and counts the columns that it
// returns; -1: any number.
func (t *table) try(ctx context.Context, s *statement, columns int) error {
	var p parameters
	text, err := t.fill(&p, s, []database.Key{make(database.Key, len(t.keys))})
	if err != nil {
		return err
	}
	held, err := t.readers.Acquire(ctx)
	if err != nil {
		return err
	}
	defer held.Release()
	described, err := held.Conn().Prepare(ctx, "", text)
	if err != nil {
		return driverkit.Broken("%s: %w", s.place, err)
	}
	if columns >= 0 && len(described.Fields) != columns {
		return driverkit.Broken("%s: it returns %d columns; it must return the key (%s) and nothing else", s.place, len(described.Fields), strings.Join(t.KeyColumns(), ", "))
	}
	return nil
}

// fill writes the statement for these customers.
func (t *table) fill(p *parameters, s *statement, keys []database.Key) (string, error) {
	var problem error
	text := s.Fill(func(name string) string {
		if name == "ids" {
			set, err := t.keySet(p, keys)
			if err != nil {
				problem = err
			}
			return set
		}
		at := t.keyPlace(name)
		return t.keys[at].cast(p.text(t.keys[at].argument(keys[0][at])))
	})
	return text, problem
}

// keyPlace is the column of the key that a parameter names; :id is the first.
func (t *table) keyPlace(name string) int { return max(0, slices.Index(t.KeyColumns(), name)) }

// portions are the customers that a statement takes at a time.
func (s *statement) portions(keys []database.Key) [][]database.Key {
	if s.set {
		return [][]database.Key{keys}
	}
	return slices.Collect(slices.Chunk(keys, 1))
}

// Check tells which customers need to be migrated.
func (t *table) Check(ctx context.Context, keys []database.Key) ([]bool, error) {
	needed := make([]bool, len(keys))
	if t.check == nil || len(keys) == 0 {
		return slices.Repeat([]bool{true}, len(keys)), nil
	}
	found, err := t.runAll(ctx, t.readers, t.check, keys)
	if err != nil {
		return nil, t.explain(err)
	}
	places, err := database.PlacesOf(keys, found, t.same(ctx, t.readers))
	for _, place := range places {
		if place >= 0 {
			needed[place] = true
		}
	}
	return needed, t.explain(err)
}

// runAll runs a statement for all keys, and returns those that it answers.
func (t *table) runAll(ctx context.Context, in session, s *statement, keys []database.Key) ([]database.Key, error) {
	var found []database.Key
	for _, some := range s.portions(keys) {
		var p parameters
		text, err := t.fill(&p, s, some)
		if err != nil {
			return nil, err
		}
		answered, err := t.queryKeys(ctx, in, text, p.values)
		if err != nil {
			return nil, err
		}
		found = append(found, answered...)
	}
	return found, nil
}

// writeByStatements runs the plan's statements, and notes whom the first one has
// updated; the others run for these alone.
func (t *table) writeByStatements(ctx context.Context, tx session, mark database.Mark, writes []database.Write, written []bool) error {
	keys := keysOf(writes)
	migrated, err := t.runAll(ctx, tx, t.migrate[0], keys)
	if err != nil {
		return err
	}
	places, err := database.PlacesOf(keys, migrated, t.same(ctx, tx))
	if err != nil {
		return err
	}
	for i, place := range places {
		if place < 0 {
			return driverkit.Broken("%s: it updated customer %s, whom its parameters do not name; its WHERE must keep to them", t.migrate[0].place, migrated[i])
		}
		written[place], migrated[i] = true, keys[place]
	}
	if len(migrated) == 0 {
		return nil
	}
	if err := t.enter(ctx, tx, mark, migrated, books.OutcomeMigrated); err != nil {
		return err
	}
	for _, further := range t.migrate[1:] {
		if err := t.execute(ctx, tx, further, migrated); err != nil {
			return err
		}
	}
	return t.Leave(ctx, bookSession{tx}, migrated)
}

func (t *table) execute(ctx context.Context, tx session, s *statement, keys []database.Key) error {
	for _, some := range s.portions(keys) {
		var p parameters
		text, err := t.fill(&p, s, some)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, text, p.values...); err != nil {
			return err
		}
	}
	return nil
}
