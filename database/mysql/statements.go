package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

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
}

// prepareStatements takes the plan's statements apart and lets the server prepare
// each of them; it tells all that is wrong with them.
func (t *table) prepareStatements(ctx context.Context) error {
	plan := t.plan.Statements
	if plan == nil {
		return nil
	}
	var problems []error
	if check := t.CheckText(tuple(names(t.keys, ""))); check != "" {
		var err error
		t.check, err = t.parse(ctx, t.readers, "check", check)
		problems = append(problems, err)
	}
	for i, text := range plan.Migrate {
		parsed, err := t.parse(ctx, t.writers, fmt.Sprintf("migrate statement %d", i+1), text)
		if err == nil && i == 0 {
			err = t.ofTable(ctx, parsed)
		}
		t.migrate, problems = append(t.migrate, parsed), append(problems, err)
	}
	if first := t.migrate[0]; first != nil && first.FirstWord() != "UPDATE" {
		problems = append(problems, driverkit.Broken("%s: it begins with %s; the first statement decides who was migrated, so it must be an UPDATE", first.place, first.FirstWord()))
	}
	return errors.Join(problems...)
}

// ofTable refuses a first statement that updates another table; what is behind a view
// nobody can tell.
func (t *table) ofTable(ctx context.Context, s *statement) error {
	named := s.Updates()
	if named == nil {
		if s.Names(t.name) {
			return nil
		}
		return database.OtherTable(s.place, "", t.schema+"."+t.name)
	}
	schema, name := t.database, sqltext.Unquoted(named[len(named)-1])
	if len(named) > 1 {
		schema = sqltext.Unquoted(named[0])
	}
	if strings.EqualFold(schema, t.schema) && strings.EqualFold(name, t.name) {
		return nil
	}
	views := 0
	err := t.readers.QueryRowContext(ctx, "SELECT count(*) FROM information_schema.tables WHERE table_schema = ? AND table_name = ? AND table_type LIKE '%VIEW'", schema, name).Scan(&views)
	if err != nil || views > 0 {
		return err
	}
	return database.OtherTable(s.place, schema+"."+name, t.schema+"."+t.name)
}

// parse lets the server prepare a statement, and runs nothing; a read-only session
// would not even prepare an UPDATE.
func (t *table) parse(ctx context.Context, in *sql.DB, what, text string) (*statement, error) {
	place := describe(t.plan.Migration, what)
	parsed, err := sqltext.Parse(text, sqltext.MySQL)
	if err != nil {
		return nil, driverkit.Broken("%s: %w", place, err)
	}
	found := &statement{Statement: parsed, place: place, set: parsed.Has("ids")}
	if err := found.CheckParameters(t.KeyColumns()); err != nil {
		return nil, driverkit.Broken("%s: %w", place, err)
	}
	prepared, err := in.PrepareContext(ctx, t.fill(found, 1))
	if err != nil {
		return nil, driverkit.Broken("%s: %w", place, err)
	}
	return found, prepared.Close()
}

// fill writes the statement for so many customers.
func (t *table) fill(s *statement, customers int) string {
	return s.Fill(func(name string) string {
		if name != "ids" {
			return t.keys[t.keyPlace(name)].mark()
		}
		return strings.TrimSuffix(strings.Repeat(t.keyMarks()+", ", customers), ", ")
	})
}

// arguments are the statement's, for these customers.
func (t *table) arguments(s *statement, keys []database.Key) ([]any, error) {
	if s.set {
		return t.allArguments(keys)
	}
	values, err := t.keyArguments(nil, keys[0])
	if err != nil {
		return nil, err
	}
	var arguments []any
	for _, name := range s.Parameters {
		arguments = append(arguments, values[t.keyPlace(name)])
	}
	return arguments, nil
}

// keyPlace is the column of the key that a parameter names; :id is the first.
func (t *table) keyPlace(name string) int { return max(0, slices.Index(t.KeyColumns(), name)) }

// portions are the customers that a statement takes at a time.
func (s *statement) portions(keys []database.Key) [][]database.Key {
	if s.set {
		return slices.Collect(slices.Chunk(keys, transactionLimit))
	}
	return slices.Collect(slices.Chunk(keys, 1))
}

// Check tells which customers need to be migrated.
func (t *table) Check(ctx context.Context, keys []database.Key) ([]bool, error) {
	needed, err := t.checkIn(ctx, t.readers, keys)
	return needed, classify(err)
}

func (t *table) checkIn(ctx context.Context, in session, keys []database.Key) ([]bool, error) {
	if t.check == nil {
		return all(len(keys)), nil
	}
	var selected []database.Key
	for _, some := range t.check.portions(keys) {
		arguments, err := t.arguments(t.check, some)
		if err != nil {
			return nil, err
		}
		found, err := t.queryKeys(ctx, in, t.fill(t.check, len(some)), arguments)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.check.place, err)
		}
		selected = append(selected, found...)
	}
	needed := make([]bool, len(keys))
	places, err := database.PlacesOf(keys, selected, t.same(ctx, in))
	for _, place := range places {
		if place >= 0 {
			needed[place] = true
		}
	}
	return needed, err
}

// writeByStatements runs the plan's statements for customers whose rows are
// locked. The number of rows that the first one finds tells who was updated: all
// of a set, or else it is undone, and tried customer by customer.
func (t *table) writeByStatements(ctx context.Context, in session, mark database.Mark, writes []database.Write, locked []database.Row, written []bool) error {
	wanted, err := t.stillNeeded(ctx, in, locked)
	if err != nil {
		return err
	}
	var migrated []database.Key
	for _, some := range t.migrate[0].portions(wanted) {
		found, err := t.runFirst(ctx, in, some)
		if err != nil {
			return err
		}
		migrated = append(migrated, found...)
	}
	if len(migrated) == 0 {
		return nil
	}
	if err := t.enter(ctx, in, mark, migrated, books.OutcomeMigrated); err != nil {
		return err
	}
	for _, further := range t.migrate[1:] {
		if err := t.execute(ctx, in, further, migrated); err != nil {
			return err
		}
	}
	if err := t.Leave(ctx, bookSession{in}, migrated); err != nil {
		return err
	}
	done := map[string]bool{}
	for _, key := range migrated {
		done[key.Text()] = true
	}
	for i, write := range writes {
		written[i] = done[write.Row.Key.Text()]
	}
	return nil
}

// stillNeeded checks again under the locks, so that a set need not be undone for
// a customer whom the site has changed since.
func (t *table) stillNeeded(ctx context.Context, in session, locked []database.Row) ([]database.Key, error) {
	keys := make([]database.Key, len(locked))
	for i, row := range locked {
		keys[i] = row.Key
	}
	needed, err := t.checkIn(ctx, in, keys)
	if err != nil {
		return nil, err
	}
	var wanted []database.Key
	for i, key := range keys {
		if needed[i] {
			wanted = append(wanted, key)
		}
	}
	return wanted, nil
}

// runFirst runs the first statement, and returns whom it has updated.
func (t *table) runFirst(ctx context.Context, in session, keys []database.Key) ([]database.Key, error) {
	first := t.migrate[0]
	if len(keys) > 1 {
		if _, err := in.ExecContext(ctx, "SAVEPOINT db_migrate_set"); err != nil {
			return nil, err
		}
	}
	rows, err := t.rowsOf(ctx, in, first, keys)
	switch {
	case err != nil:
		return nil, err
	case rows > int64(len(keys)):
		return nil, driverkit.Broken("%s: it updated %d rows for %d customers; its WHERE must keep to those whom its parameters name", first.place, rows, len(keys))
	case rows == int64(len(keys)):
		return keys, nil
	case rows == 0 || len(keys) == 1:
		return nil, nil
	}
	if _, err := in.ExecContext(ctx, "ROLLBACK TO SAVEPOINT db_migrate_set"); err != nil {
		return nil, err
	}
	var migrated []database.Key
	for _, key := range keys {
		found, err := t.runFirst(ctx, in, []database.Key{key})
		if err != nil {
			return nil, err
		}
		migrated = append(migrated, found...)
	}
	return migrated, nil
}

func (t *table) rowsOf(ctx context.Context, in session, s *statement, keys []database.Key) (int64, error) {
	arguments, err := t.arguments(s, keys)
	if err != nil {
		return 0, err
	}
	result, err := in.ExecContext(ctx, t.fill(s, len(keys)), arguments...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", s.place, err)
	}
	return result.RowsAffected()
}

func (t *table) execute(ctx context.Context, in session, s *statement, keys []database.Key) error {
	for _, some := range s.portions(keys) {
		if _, err := t.rowsOf(ctx, in, s, some); err != nil {
			return err
		}
	}
	return nil
}
