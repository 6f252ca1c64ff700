package cassandra

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database"
	"db-migrate/database/sqltext"
)

// statement is one of the plan's statements.
type statement struct {
	// place names it in errors.
	place string
	text  string
	// parameters are the places in the key of its parameters.
	parameters []int
	// conditional: it is a lightweight transaction, which tells whether it was
	// applied.
	conditional bool
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
		t.migrate, problems = append(t.migrate, parsed), append(problems, err)
	}
	if len(t.migrate) == 0 {
		return errors.Join(append(problems, broken("migration %s has no migrate statement", t.plan.Migration))...)
	}
	if first := t.migrate[0]; first != nil && strings.HasPrefix(strings.ToUpper(first.text), "SELECT") {
		problems = append(problems, broken("%s: it begins with SELECT; it must be an UPDATE, INSERT or DELETE", first.place))
	}
	return errors.Join(problems...)
}

func (t *table) parse(ctx context.Context, what, text string) (*statement, error) {
	found := &statement{place: fmt.Sprintf("migration %s, %s", t.plan.Migration, what)}
	parsed, err := sqltext.Parse(text, sqltext.PostgreSQL) // the quotes of CQL are PostgreSQL's
	if err != nil {
		return nil, broken("%s: %w", found.place, err)
	}
	if parsed.Has("ids") {
		return nil, broken("%s: there are no sets on Cassandra; write :id, and customers are written one by one, several in flight", found.place)
	}
	if err := parsed.CheckParameters(t.KeyColumns()); err != nil {
		return nil, broken("%s: %w", found.place, err)
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
		for i, place := range s.parameters {
			if i < len(info.Args) && plainType(info.Args[i].TypeInfo) != plainType(t.keys[place].kind) {
				return nil, broken("parameter %d stands for key column %s (%s), but is compared with %s (%s)", i+1, t.keys[place].name, typeNames()[t.keys[place].kind.Type()], info.Args[i].Name, typeNames()[info.Args[i].TypeInfo.Type()])
			}
		}
		return nil, errPrepared
	}).ExecContext(ctx)
	if err == nil || errors.Is(err, errPrepared) {
		return nil
	}
	return broken("%s: %w", s.place, err)
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

// runStatements runs the plan's statements for a customer, dated like the read of
// the row. A first statement with a condition (IF) tells whether it was applied;
// without one it always is.
func (t *table) runStatements(ctx context.Context, one *work) (bool, error) {
	for i, s := range t.migrate {
		query := t.session.Query(s.text, s.values(one.key)...)
		if s.conditional {
			applied, err := query.MapScanCASContext(ctx, map[string]any{})
			if err != nil {
				return false, classify(fmt.Errorf("%s: %w", s.place, err))
			}
			if i == 0 && !applied {
				return false, nil
			}
			continue
		}
		if err := query.WithTimestamp(one.seen.at).ExecContext(ctx); err != nil {
			return false, classify(fmt.Errorf("%s: %w", s.place, err))
		}
	}
	return true, nil
}
