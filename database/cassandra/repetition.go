package cassandra

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"db-migrate/database"
	"db-migrate/database/sqltext"
)

// A worker that dies between a row and its ledger row repeats the row, so that each
// statement may run twice. checkRepetition refuses those that would do harm then;
// one whose condition it makes false itself does not run twice.
func (e effect) checkRepetition(columns map[string]declared) []error {
	if e.using.has("TIMESTAMP") {
		return []error{errors.New("it has USING TIMESTAMP; leave it out: each write is dated so that a later one of the site's wins")}
	}
	if name := counterOf(columns); name != "" {
		return []error{fmt.Errorf("table %s has counters (%s), which a worker that dies may count twice, and which can be neither dated nor conditional; keep the number in a bigint column, and let the migration assign it", e.table, name)}
	}
	if e.runsOnce(columns) {
		return nil
	}
	var problems []error
	for _, one := range e.assignments {
		if err := e.checkAssignment(one, columns[one.column]); err != nil {
			problems = append(problems, err)
		}
	}
	if function := changing(e.where); function != "" {
		problems = append(problems, fmt.Errorf("its WHERE calls %s(), which gives another value each time, so that a repetition finds another row; %s", function, elsewhere))
	}
	return problems
}

// counterOf is a table's first counter; empty: it has none.
func counterOf(columns map[string]declared) string {
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		if columns[name].counter() {
			return name
		}
	}
	return ""
}

const elsewhere = "a worker that dies may run the statement twice; make it a conditional one whose condition it makes false itself (… SET …, done = true WHERE … IF done = null), or write the migration in Go"

func (e effect) checkAssignment(one assignment, column declared) error {
	name := one.column
	switch {
	case column.list() && one.adds:
		return fmt.Errorf("it adds to list %s, and twice if it runs twice; %s", name, elsewhere)
	case column.list() && one.element:
		return fmt.Errorf("it changes an element of list %s by its place, which may be another's when it runs again; %s", name, elsewhere)
	case !column.cells() && (one.adds || one.takes):
		return fmt.Errorf("it makes the new value of column %s out of the old one, and twice if it runs twice; %s", name, elsewhere)
	}
	function := changing(one.value)
	switch {
	case function == "":
	case e.verb == "INSERT" && column.key():
		return fmt.Errorf("it takes key column %s from %s(), so that a repetition inserts another row; %s", name, function, elsewhere)
	case one.adds || one.element:
		return fmt.Errorf("it adds %s() to column %s, another value each time; %s", function, name, elsewhere)
	}
	return nil
}

// changingFunctions give another value each time.
var changingFunctions = []string{"now", "uuid", "currenttimestamp", "currentdate", "currenttime", "currenttimeuuid",
	"current_timestamp", "current_date", "current_time", "current_timeuuid"}

// changing is the first function that gives another value each time.
func changing(list tokens) string {
	for i, token := range list {
		name := strings.ToLower(token.Text)
		if i+1 < len(list) && list[i+1].Text == "(" && slices.Contains(changingFunctions, name) {
			return name
		}
	}
	return ""
}

// changingColumns are columns that get another value with each repetition, which
// is told and not refused: the last value stays, whole.
func (e effect) changingColumns(columns map[string]declared) []string {
	var found []string
	for _, one := range e.assignments {
		if !e.runsOnce(columns) && changing(one.value) != "" {
			found = append(found, one.column)
		}
	}
	return found
}

// runsOnce reports whether the statement's condition is false once it has run.
func (e effect) runsOnce(columns map[string]declared) bool {
	if len(e.condition) == 0 {
		return false
	}
	if e.condition.has("EXISTS") {
		return e.condition.has("NOT") || e.verb == "DELETE" && len(e.assignments) == 0
	}
	return slices.ContainsFunc(e.condition.splitAt("AND"), func(one tokens) bool { return e.makesFalse(one, columns) })
}

// makesFalse reports whether the statement assigns what one condition excludes.
func (e effect) makesFalse(condition tokens, columns map[string]declared) bool {
	equals := condition.place("=")
	if equals < 1 || !isName(condition[0].Text) {
		return false
	}
	name, unequal := plainName(condition[0].Text), condition[1].Text == "!"
	if equals != 1 && (!unequal || equals != 2) {
		return false
	}
	for _, one := range e.assignments {
		if one.column == name && !one.element && !one.adds && !one.takes {
			set, compared := e.literal(one.value), e.literal(condition[equals+1:])
			return unequal && set.same(compared) || !unequal && set.differs(compared, columns[name])
		}
	}
	return false
}

// literal is a constant of a statement's; empty: it is none.
type literal string

// literal is what a DELETE assigns, too: null.
func (e effect) literal(list tokens) literal {
	switch {
	case e.verb == "DELETE" && len(list) == 0, len(list) == 1 && list[0].Is("null"):
		return "null"
	case len(list) == 1:
		return literalOf(list[0], "")
	case len(list) == 2 && list[0].Text == "-":
		return literalOf(list[1], "-")
	}
	return ""
}

func literalOf(token sqltext.Token, sign string) literal {
	if token.Is("true") || token.Is("false") {
		return literal(strings.ToLower(token.Text))
	}
	if number, err := strconv.ParseInt(sign+token.Text, 10, 64); err == nil {
		return literal(strconv.FormatInt(number, 10))
	}
	if token.Text[0] == '\'' {
		return literal(token.Text)
	}
	return ""
}

func (l literal) same(other literal) bool { return l != "" && l == other }

// differs: only of a text's column two texts that are written otherwise are two
// values; a date can be written in many ways.
func (l literal) differs(other literal, column declared) bool {
	if l == "" || other == "" || l == other {
		return false
	}
	return l == "null" || other == "null" || l[0] != '\'' && other[0] != '\'' || column.text()
}

// checkFurther refuses a further statement of a change that must not run twice; it
// is the row's own error, before anything is written. Each text is looked at once.
func (t *table) checkFurther(ctx context.Context, one *work) error {
	for _, statement := range one.write.Change.Statements {
		found, known := t.furtherFaults.Load(statement.Text)
		if !known {
			problem, err := t.repetitionOf(ctx, statement.Text)
			if err != nil {
				return classify(err)
			}
			found, _ = t.furtherFaults.LoadOrStore(statement.Text, problem)
		}
		if problem := found.(string); problem != "" {
			return database.OwnError(fmt.Errorf("row %s: a further statement of its change must not run twice: %s", one.write.Row.Key, problem))
		}
	}
	return nil
}

// repetitionOf is what is wrong with a statement's running twice; empty: nothing.
// A statement that this driver cannot read is the server's to refuse.
func (t *table) repetitionOf(ctx context.Context, text string) (string, error) {
	parsed, err := sqltext.Parse(text, sqltext.PostgreSQL)
	if err != nil {
		return "", nil
	}
	its, err := effectOf(parsed)
	if err != nil {
		return "", nil
	}
	columns, err := t.declaredColumns(ctx, its.keyspace, its.table)
	if err != nil {
		return "", err
	}
	its.using = nil // the migration dates it as it likes
	if err := errors.Join(its.checkRepetition(columns)...); err != nil {
		return err.Error(), nil
	}
	return "", nil
}
