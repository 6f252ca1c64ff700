package cassandra

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database"
	"db-migrate/database/driverkit"
	"db-migrate/database/sqltext"
)

// statement is one of the plan's statements.
type statement struct {
	// place names it in errors.
	place  string
	text   string
	parsed sqltext.Statement
	// parameters are the places in the key of its parameters, and compared the columns
	// with which the server compares each, or to which it assigns it.
	parameters []int
	compared   []string
	// conditional: it is a lightweight transaction, which reports whether it was
	// applied.
	conditional bool
	// effect is what it changes, and columns those of the table that it changes.
	effect  effect
	columns map[string]declared
	look    *look
}

// prepareStatements takes the plan's statements apart and lets the server prepare
// each of them; it tells all that is wrong with them.
func (t *table) prepareStatements(ctx context.Context) error {
	plan := t.plan.Statements
	if plan == nil {
		return nil
	}
	var problems []error
	if strings.TrimSpace(plan.Check) != "" {
		var err error
		t.check, err = t.parse(ctx, "check", plan.Check)
		problems = append(problems, err)
	}
	for i, text := range plan.Migrate {
		parsed, err := t.parse(ctx, fmt.Sprintf("migrate statement %d", i+1), text)
		if err == nil && i == 0 {
			err = t.ofTable(parsed)
		}
		if err == nil {
			err = t.prepareEffect(ctx, parsed)
		}
		if err == nil && i == 0 {
			err = t.namesRow(parsed)
		}
		t.migrate, problems = append(t.migrate, parsed), append(problems, err)
	}
	if errors.Join(problems...) == nil {
		problems = append(problems, t.refuseAssignedTwice())
	}
	if len(t.migrate) == 0 {
		problems = append(problems, driverkit.Broken("migration %s has no migrate statement", t.plan.Migration))
	}
	return errors.Join(problems...)
}

// ofTable refuses a first statement that updates another table.
func (t *table) ofTable(s *statement) error {
	named := s.parsed.Updates()
	if named == nil {
		return nil // whatever it inserts or deletes, effects tell
	}
	keyspace, name := t.address.keyspace, cqlName(named[len(named)-1])
	if len(named) > 1 {
		keyspace = cqlName(named[0])
	}
	if keyspace == t.schema && name == t.name {
		return nil
	}
	return database.OtherTable(s.place, keyspace+"."+name, t.schema+"."+t.name)
}

// namesRow refuses a first statement that writes other rows of the table than the one that
// its parameters name: each column of the key must be its own parameter. What a partition
// has once, its static columns, is named by the partition's key.
func (t *table) namesRow(s *statement) error {
	if !s.effect.isOn(t.schema, t.name) {
		return nil
	}
	for i, place := range s.parameters {
		key := t.keys[place].name
		if slices.Contains(t.KeyColumns(), s.compared[i]) && s.compared[i] != key {
			return driverkit.Broken("%s: it compares column %s with :%s, another column of the key; the row that it is about is named by %s", s.place, s.compared[i], key, t.namedRow())
		}
	}
	for place, key := range t.keys {
		named := slices.ContainsFunc(s.compared, func(column string) bool { return column == key.name })
		if !named && (s.columns[key.name].part != "clustering" || !s.staticAlone()) {
			return driverkit.Broken("%s: it does not name column %s of the key by its parameter, so that it would write other rows than the one it is asked for; name the row by %s", s.place, t.keys[place].name, t.namedRow())
		}
	}
	return nil
}

// namedRow is how a statement names its row.
func (t *table) namedRow() string {
	conditions := make([]string, len(t.keys))
	for i, key := range t.keys {
		conditions[i] = key.name + " = :" + key.name
	}
	return strings.Join(conditions, " AND ")
}

// refuseAssignedTwice refuses a column of the row that two statements set to values of
// their own: the statements of a row are written at one time, and of two values of one time
// Cassandra keeps the greater.
func (t *table) refuseAssignedTwice() error {
	type setting struct{ place, value string }
	set := map[string]setting{}
	for _, s := range t.migrate {
		if s.effect.verb == "DELETE" || !s.effect.isOn(t.schema, t.name) {
			continue
		}
		for _, one := range s.effect.assignments {
			if one.element || one.adds || one.takes || s.columns[one.column].key() {
				continue
			}
			found := setting{s.place, one.value.text()}
			if before, twice := set[one.column]; twice && before.value != found.value {
				return driverkit.Broken("%s: it sets column %s, as %s does; both are written at one time, and of two values of one time Cassandra keeps the greater, not the last; set it once", s.place, one.column, before.place)
			}
			set[one.column] = found
		}
	}
	return nil
}

// staticAlone reports whether the statement changes nothing but static columns.
func (s *statement) staticAlone() bool {
	regular := slices.ContainsFunc(s.effect.assignments, func(one assignment) bool {
		return s.columns[one.column].part != "static" && !s.columns[one.column].key()
	})
	return len(s.effect.assignments) > 0 && !regular
}

// cqlName is a name as Cassandra has it: without quotes it is in lower case.
func cqlName(written string) string {
	if plain := sqltext.Unquoted(written); plain != written {
		return plain
	}
	return strings.ToLower(written)
}

// prepareEffect finds out what a statement changes, refuses what must not run
// twice, and prepares the look at what it has written.
func (t *table) prepareEffect(ctx context.Context, s *statement) error {
	var err error
	if s.effect, err = effectOf(s.parsed); err != nil {
		return driverkit.Broken("%s: %w", s.place, err)
	}
	if s.columns, err = t.declaredColumns(ctx, s.effect.keyspace, s.effect.table); err != nil {
		return err
	}
	var problems []error
	for _, problem := range s.effect.checkRepetition(s.columns) {
		problems = append(problems, driverkit.Broken("%s: %w", s.place, problem))
	}
	if len(problems) == 0 {
		s.look, err = t.prepareLook(ctx, s)
	}
	return errors.Join(append(problems, err)...)
}

func (t *table) parse(ctx context.Context, what, text string) (*statement, error) {
	found := &statement{place: fmt.Sprintf("migration %s, %s", t.plan.Migration, what)}
	parsed, err := sqltext.Parse(text, sqltext.PostgreSQL) // the quotes of CQL are PostgreSQL's
	found.parsed = parsed
	if err != nil {
		return nil, driverkit.Broken("%s: %w", found.place, err)
	}
	if parsed.Has("ids") {
		return nil, driverkit.Broken("%s: there are no sets on Cassandra; write :id, and rows are written one by one, several in flight", found.place)
	}
	if err := parsed.CheckParameters(t.KeyColumns()); err != nil {
		return nil, driverkit.Broken("%s: %w", found.place, err)
	}
	for _, name := range parsed.Parameters {
		found.parameters = append(found.parameters, max(0, slices.Index(t.KeyColumns(), name)))
	}
	found.text, found.conditional = parsed.Fill(func(string) string { return "?" }), parsed.HasWord("IF")
	return found, t.try(ctx, found)
}

// errPrepared ends a query once the server has prepared it.
var errPrepared = errors.New("prepared")

// try lets the server prepare a statement, and runs nothing. A parameter must be
// where a column of the key's type is: keys travel as their bytes.
func (t *table) try(ctx context.Context, s *statement) error {
	err := t.session.Bind(s.text, func(info *gocql.QueryInfo) ([]any, error) {
		s.compared = nil
		for i, place := range s.parameters {
			if i < len(info.Args) {
				s.compared = append(s.compared, info.Args[i].Name)
			}
			if i < len(info.Args) && plainType(info.Args[i].TypeInfo) != plainType(t.keys[place].kind) {
				return nil, driverkit.Broken("parameter %d stands for key column %s (%s), but is compared with %s (%s)", i+1, t.keys[place].name, typeNames()[t.keys[place].kind.Type()], info.Args[i].Name, typeNames()[info.Args[i].TypeInfo.Type()])
			}
		}
		return nil, errPrepared
	}).ExecContext(ctx)
	if err == nil || errors.Is(err, errPrepared) {
		return nil
	}
	return driverkit.Broken("%s: %w", s.place, err)
}

// plainType is the type by which values travel.
func plainType(kind gocql.TypeInfo) gocql.Type {
	if kind.Type() == gocql.TypeText {
		return gocql.TypeVarchar
	}
	return kind.Type()
}

func (s *statement) values(key []raw) []any {
	values := make([]any, len(s.parameters))
	for i, place := range s.parameters {
		values[i] = key[place]
	}
	return values
}

// Check tells which customers need to be migrated: those of whom the statement
// returns a row.
func (t *table) Check(ctx context.Context, keys []database.Key) ([]bool, error) {
	needed := make([]bool, len(keys))
	if t.check == nil {
		for i := range needed {
			needed[i] = true
		}
		return needed, nil
	}
	err := t.each(ctx, len(keys), func(ctx context.Context, i int) error {
		key, err := t.keyValues(keys[i])
		if err != nil {
			return err
		}
		rows := t.session.Query(t.check.text, t.check.values(key)...).IterContext(ctx)
		needed[i] = rows.NumRows() > 0
		if err := rows.Close(); err != nil {
			return fmt.Errorf("%s: %w", t.check.place, err)
		}
		return nil
	})
	return needed, err
}
