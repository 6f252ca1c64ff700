package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"db-migrate/database"
	"db-migrate/database/driverkit"
	"db-migrate/database/sqltext"
)

// statement is one of the plan's statements.
type statement struct {
	sqltext.Statement
	// set: it is written for :ids, and runs for many customers at once.
	set bool
	// returning: it tells which customers it has updated.
	returning bool
}

// prepareStatements takes the plan's statements apart and lets SQLite compile
// each of them; it tells all that is wrong with them.
func (t *table) prepareStatements(ctx context.Context) error {
	plan := t.plan.Statements
	if plan == nil {
		return nil
	}
	var problems []error
	if check := t.CheckText(t.keyTuple()); check != "" {
		var err error
		t.check, err = t.parse(ctx, "check", check)
		problems = append(problems, err)
	}
	for i, text := range plan.Migrate {
		parsed, err := t.parse(ctx, fmt.Sprintf("migrate statement %d", i+1), text)
		if err == nil && i == 0 {
			err = t.ofTable(parsed)
		}
		t.migrate, problems = append(t.migrate, parsed), append(problems, err)
	}
	if first := t.migrate[0]; first != nil && first.FirstWord() != "UPDATE" && first.FirstWord() != "WITH" && !first.returning {
		problems = append(problems, driverkit.Broken("migration %s, migrate statement 1: it begins with %s; the first statement decides who was migrated, so it must be an UPDATE, or end with RETURNING and the key", t.plan.Migration, first.FirstWord()))
	}
	return errors.Join(problems...)
}

// ofTable refuses a first statement that updates another table.
func (t *table) ofTable(s *statement) error {
	named := s.Updates()
	if named == nil && s.Names(t.name) || named != nil && strings.EqualFold(sqltext.Unquoted(named[len(named)-1]), t.name) {
		return nil
	}
	return database.OtherTable(fmt.Sprintf("migration %s, migrate statement 1", t.plan.Migration), strings.Join(named, "."), t.name)
}

func (t *table) parse(ctx context.Context, what, text string) (*statement, error) {
	place := fmt.Sprintf("migration %s, %s", t.plan.Migration, what)
	parsed, err := sqltext.Parse(text, sqltext.SQLite)
	if err != nil {
		return nil, driverkit.Broken("%s: %w", place, err)
	}
	found := &statement{Statement: parsed, set: parsed.Has("ids"), returning: parsed.HasWord("RETURNING")}
	if err := found.CheckParameters(t.keyColumns()); err != nil {
		return nil, driverkit.Broken("%s: %w", place, err)
	}
	compiled, err := t.readers.PrepareContext(ctx, t.fill(found, 1))
	if err != nil {
		return nil, driverkit.Broken("%s: %w", place, err)
	}
	return found, compiled.Close()
}

func (t *table) keyColumns() []string {
	var names []string
	for _, key := range t.keys {
		names = append(names, key.name)
	}
	return names
}

// fill writes the statement for so many customers.
func (t *table) fill(s *statement, customers int) string {
	return s.Fill(func(name string) string {
		switch {
		case name != "ids":
			return "?"
		case len(t.keys) == 1:
			return strings.Join(repeat("?", customers), ",")
		}
		return "VALUES " + strings.Join(repeat(t.keyMarks(), customers), ",")
	})
}

// arguments are the statement's, for these customers.
func (t *table) arguments(s *statement, keys []database.Key) ([]any, error) {
	var arguments []any
	for _, name := range s.Parameters {
		if name == "ids" {
			all, err := t.allArguments(keys)
			if err != nil {
				return nil, err
			}
			arguments = append(arguments, all...)
			continue
		}
		values, err := t.keyArguments(nil, keys[0])
		if err != nil {
			return nil, err
		}
		at := max(0, slices.Index(t.keyColumns(), name))
		arguments = append(arguments, values[at])
	}
	return arguments, nil
}

// each calls use with the customers that a statement takes at a time.
func (s *statement) each(keys []database.Key, limit int, use func([]database.Key) error) error {
	size := 1
	if s.set {
		size = limit
	}
	for _, some := range portions(keys, size) {
		if err := use(some); err != nil {
			return err
		}
	}
	return nil
}

// Check tells which customers need to be migrated.
func (t *table) Check(ctx context.Context, keys []database.Key) ([]bool, error) {
	needed := make([]bool, len(keys))
	if t.check == nil {
		for i := range needed {
			needed[i] = true
		}
		return needed, nil
	}
	var selected []database.Key
	err := t.check.each(keys, t.inLimit(), func(some []database.Key) error {
		arguments, err := t.arguments(t.check, some)
		if err != nil {
			return err
		}
		found, err := t.queryKeys(ctx, t.asStored(t.fill(t.check, len(some))), arguments...)
		selected = append(selected, found...)
		return err
	})
	if err != nil {
		return nil, err
	}
	places, err := database.PlacesOf(keys, selected, t.same(ctx))
	for _, place := range places {
		if place >= 0 {
			needed[place] = true
		}
	}
	return needed, err
}

// updateByStatement runs the first of the migrate statements, and tells whom it
// updated. It compares nothing: its WHERE says whom it is for.
func (t *table) updateByStatement(ctx context.Context, writes []database.Write, _ bool) ([]bool, error) {
	keys, written := keysOf(writes), make([]bool, len(writes))
	var updated []database.Key
	err := t.migrate[0].each(keys, t.inLimit(), func(some []database.Key) error {
		found, err := t.runReturning(ctx, t.migrate[0], some)
		updated = append(updated, found...)
		return err
	})
	if err != nil {
		return nil, err
	}
	places, err := database.PlacesOf(keys, updated, t.same(ctx))
	for i, place := range places {
		if place < 0 {
			return nil, driverkit.Broken("migration %s, migrate statement 1: it updated customer %s, whom its parameters do not name; its WHERE must keep to them", t.plan.Migration, updated[i])
		}
		written[place] = true
	}
	return written, err
}

func keysOf(writes []database.Write) []database.Key {
	keys := make([]database.Key, len(writes))
	for i, write := range writes {
		keys[i] = write.Row.Key
	}
	return keys
}

func (t *table) runReturning(ctx context.Context, s *statement, keys []database.Key) ([]database.Key, error) {
	text := t.fill(s, len(keys))
	if !s.returning {
		text += "\nRETURNING " + strings.Join(t.keySelection(), ", ") // the line before may end in a comment
	}
	arguments, err := t.arguments(s, keys)
	if err != nil {
		return nil, err
	}
	rows, err := t.writer.conn.QueryContext(ctx, text, arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if columns, err := rows.Columns(); err != nil || len(columns) != len(t.keys) {
		return nil, errors.Join(err, driverkit.Broken("migration %s, migrate statement 1: it returns (%s); it must return the key (%s) and nothing else", t.plan.Migration, strings.Join(columns, ", "), strings.Join(t.keyColumns(), ", ")))
	}
	var found []database.Key
	err = scanRows(rows, len(t.keys), func(values []any) error {
		key, err := t.key(values)
		found = append(found, key)
		return err
	})
	return found, err
}

// furtherByStatement runs the statements after the first, for those who were
// migrated.
func (t *table) furtherByStatement(ctx context.Context, migrated []database.Write) error {
	keys := keysOf(migrated)
	for _, further := range t.migrate[1:] {
		if err := t.execute(ctx, further, keys); err != nil {
			return err
		}
	}
	return t.Leave(ctx, writeSession{t}, keys)
}

// execute runs a statement for these customers.
func (t *table) execute(ctx context.Context, s *statement, keys []database.Key) error {
	return s.each(keys, t.inLimit(), func(some []database.Key) error {
		arguments, err := t.arguments(s, some)
		if err != nil {
			return err
		}
		return t.writer.execute(ctx, t.fill(s, len(some)), arguments...)
	})
}
