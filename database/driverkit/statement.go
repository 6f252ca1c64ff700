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

// tells refuses a first statement from which nobody learns which rows it has migrated.
func (c *Statements) tells(ctx context.Context, dialect Dialect, s *Statement) error {
	if err := s.decides(ctx, dialect); err != nil {
		return err
	}
	if err := c.byRow(ctx, dialect, s); err != nil {
		return err
	}
	if !s.ReturnsKey(c.KeyColumns()) {
		return Broken("%s: its RETURNING must answer the key, %s, and nothing else, as the columns are called: it tells which rows are migrated", s.Place, strings.Join(c.KeyColumns(), ", "))
	}
	if !dialect.Returns && !s.KeepsToKey(c.KeyColumns()) {
		return Broken("%s: this server does not say which rows an UPDATE has changed, and so its WHERE must name them: add AND %s; what stands beside may only narrow it", s.Place, c.keyCondition(s))
	}
	return nil
}

// answersByRow refuses a check that answers something else than keys, or whose answer
// about a row depends on which others are asked about with it: sets have no meaning, and
// each question has others.
func (c *Statements) answersByRow(ctx context.Context, dialect Dialect, check *Statement) error {
	key := strings.Join(c.KeyColumns(), ", ")
	if !check.SelectsKey(c.KeyColumns()) {
		return Broken("%s: it must select the key, %s, and nothing else: what it answers are the keys of rows that need the migration", check.Place, key)
	}
	if check.LocksRows() {
		return Broken("%s: a check only reads; leave FOR UPDATE and FOR SHARE out: what it finds is read and decided again when it is written", check.Place)
	}
	if err := c.selectsOurs(ctx, dialect, check); err != nil {
		return err
	}
	return c.byRow(ctx, dialect, check)
}

// byRow refuses a statement that does not go by the key, or by which what becomes of a row
// depends on the others of its set.
func (c *Statements) byRow(ctx context.Context, dialect Dialect, s *Statement) error {
	if column, parameter := s.SwapsKey(c.KeyColumns()); column != "" {
		return Broken("%s: it compares %s with :%s, and :%s is the value of column %s: another row would be meant", s.Place, column, parameter, parameter, parameter)
	}
	if s.MisnamesKey(c.KeyColumns()) {
		return Broken("%s: :ids are keys, and what stands before IN (:ids) must be the key's columns as they are, in the key's order: %s IN (:ids)", s.Place, c.Tuple())
	}
	more, err := dialect.aggregates(ctx, s)
	if err != nil {
		return err
	}
	if what := s.DependsOnSet(c.KeyColumns(), more...); what != "" {
		return Broken("%s: with %s beside :ids, what it means for a row depends on the other rows of the same set, which are chosen by time and place; ask about each row by itself, by a subquery of the whole table for example", s.Place, what)
	}
	if column := s.ReadsProgress(); column != "" {
		return Broken("%s: it sets %s to what a query makes of %s in all rows of the table: that depends on how many of them are migrated already, and rows that are written together get the same; leave %s out of that query, or compare it with the row (WHERE x.parent = %s.id)", s.Place, column, column, column, c.Table)
	}
	if s.SetsVariables() {
		return Broken("%s: it counts in a variable (:=), which begins anew with each set and each connection; compute the value from the row, or from the whole table", s.Place)
	}
	return nil
}

// selectsOurs refuses a check that answers the column of another table which is called as
// the key's, beside ours: its values may be keys of ours, and mean other rows.
func (c *Statements) selectsOurs(ctx context.Context, dialect Dialect, check *Statement) error {
	if dialect.IsTable == nil {
		return nil
	}
	selected, beside := check.SelectsFrom()
	for _, name := range selected {
		if ours, err := dialect.IsTable(ctx, name); ours || err != nil {
			return err
		}
		for _, other := range beside {
			ours, err := dialect.IsTable(ctx, other)
			if err != nil {
				return err
			}
			if ours {
				return Broken("%s: it selects the %s of %s, and it must be that of table %s, whose rows are migrated", check.Place, strings.Join(c.KeyColumns(), ", "), strings.Join(name, "."), c.Table)
			}
		}
	}
	return nil
}

// decides refuses a first statement that does not tell which rows it has migrated, or
// that updates another table.
func (s *Statement) decides(ctx context.Context, dialect Dialect) error {
	if err := s.refuseIgnoring(); err != nil {
		return err
	}
	switch first := s.FirstWord(); {
	case first == "UPDATE", dialect.Returns && (first == "WITH" || s.Returning):
		return dialect.OfTable(ctx, s)
	case dialect.Returns:
		return Broken("%s: it begins with %s; the first statement decides which rows are migrated, so it must be an UPDATE, or end with RETURNING and the key", s.Place, first)
	default:
		return Broken("%s: it begins with %s; the first statement decides which rows are migrated, so it must be an UPDATE", s.Place, first)
	}
}

// refuseIgnoring refuses an UPDATE that leaves rows as they are without an error, which
// MariaDB counts as changed nevertheless, and one that deletes the rows in its way.
func (s *Statement) refuseIgnoring() error {
	tokens := s.Tokens()
	if s.FirstWord() != "UPDATE" {
		return nil
	}
	for i, token := range tokens[:min(4, len(tokens))] {
		switch {
		case token.Is("IGNORE") && i > 0 && !tokens[i-1].Is("OR"):
			return Broken("%s: IGNORE leaves rows as they are that break a constraint, without a word; leave IGNORE out, and such rows become failures with their error", s.Place)
		case token.Is("REPLACE") && i > 0 && tokens[i-1].Is("OR"):
			return Broken("%s: OR REPLACE deletes other rows that are in the way; leave it out, and the rows that collide become failures with their error", s.Place)
		}
	}
	return nil
}

// keepsKeys refuses a statement that sets a column of the table's key: the scan and the
// ledger would take the row for another one.
func (c *Statements) keepsKeys(ctx context.Context, dialect Dialect, s *Statement) error {
	for _, assigned := range s.Assignments() {
		at := slices.IndexFunc(c.KeyColumns(), func(key string) bool { return s.SameName(assigned.Column, key) })
		if at < 0 || assigned.Itself {
			continue
		}
		ours, err := dialect.IsTable(ctx, assigned.Table)
		if err != nil {
			return err
		}
		if ours {
			return Broken("%s: it sets column %s of table %s, which is part of the key; a row must keep its key, since the ledger knows it by it", s.Place, c.KeyColumns()[at], c.Table)
		}
	}
	return nil
}

// isBound refuses a statement that changes rows with each set that have nothing to do
// with the set.
func (c *Statements) isBound(s *Statement) error {
	if s.MisnamesKey(c.KeyColumns()) {
		return Broken("%s: :ids are keys, and what stands before IN (:ids) must be their columns in the key's order: %s IN (:ids)", s.Place, c.Tuple())
	}
	if column := s.AddsPerSet(); column != "" {
		return Broken("%s: it adds to %s of rows that several rows of a set may share, and would do so once with each set, however many of these are in it: compute the value anew (SET %s = (SELECT sum(…) FROM … WHERE …)), or join a query that sums the set's rows (FROM (SELECT …, sum(…) FROM … WHERE … IN (:ids) GROUP BY …))", s.Place, column, column)
	}
	if s.MixesRows() {
		return Broken("%s: two tables of it are compared with :ids, and not with each other: each row would meet those that happen to be in one set with it; join them by the key, or leave :ids out for one of them", s.Place)
	}
	what := s.Unbound()
	switch what {
	case "":
		return nil
	case "INSERT", "REPLACE", "MERGE":
		return Broken("%s: its %s takes rows out of another table that no parameter names, and would take them again with each set: say in its query which rows of the set it is about, as in SELECT … FROM … WHERE customer_id IN (:ids)", s.Place, what)
	}
	return Broken("%s: the condition of its %s lets rows in that no parameter names, and they would be changed with each set: join what has the parameter with the rest by AND, and put alternatives in brackets, as in WHERE customer_id IN (:ids) AND (… OR …)", s.Place, what)
}

// keyCondition is how a statement names its rows by the key.
func (c *Statements) keyCondition(s *Statement) string {
	key := c.KeyColumns()
	switch {
	case s.Set && len(key) == 1:
		return key[0] + " IN (:ids)"
	case s.Set:
		return "(" + strings.Join(key, ", ") + ") IN (:ids)"
	}
	conditions := make([]string, len(key))
	for i, column := range key {
		conditions[i] = column + " = :" + column
	}
	return strings.Join(conditions, " AND ")
}

// undoable refuses a migration with an undo, and that undo, if it deletes the rows that
// the undo would have to find.
func (c *Statements) undoable(ctx context.Context, dialect Dialect) error {
	migration, texts := c.Plan.Undoes, c.Plan.Undone
	if c.Plan.UndoneBy != "" {
		migration, texts = c.Plan.Migration, c.Plan.Statements.Migrate
	}
	deleting, inserts := 0, false
	for i, text := range texts {
		parsed, err := sqltext.Parse(text, dialect.SQL)
		if err != nil {
			return nil // it has been told, or its own worker tells it
		}
		deletes, err := anyTable(ctx, dialect, parsed.Deletes())
		if err != nil {
			return err
		}
		if deletes && deleting == 0 {
			deleting = i + 1
		}
		added, err := anyTable(ctx, dialect, parsed.Inserts())
		if inserts = inserts || added; err != nil {
			return err
		}
	}
	if deleting == 0 || inserts {
		return nil
	}
	return Broken("migration %s, migrate statement %d: it deletes rows of table %s, which no undo can find again by a scan of the table; leave undo out, and keep a copy of the rows in another table", migration, deleting, c.Table)
}

// anyTable reports whether one of the names means the migrated table.
func anyTable(ctx context.Context, dialect Dialect, names [][]string) (bool, error) {
	for _, name := range names {
		if ours, err := dialect.IsTable(ctx, name); ours || err != nil {
			return ours, err
		}
	}
	return false, nil
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

// Ledgers enter the keys of rows that were migrated, and take them out of the ledger of
// the counterpart. Known reports whether one of the rows has a ledger row already.
type Ledgers struct {
	Enter, Leave func(keys []database.Key) error
	Known        func(keys []database.Key) (bool, error)
}

// Run runs the statements for these rows. first runs the first of them, and returns the
// keys of the rows that it has updated; they are entered, and the others run for them
// alone.
func (c *Statements) Run(ctx context.Context, in books.Session, writes []database.Write, first func(keys []database.Key) ([]database.Key, error), ledgers Ledgers) ([]bool, error) {
	keys, written := KeysOf(writes), make([]bool, len(writes))
	migrated, err := c.wholly(ctx, in, keys, first)
	if err != nil {
		return nil, err
	}
	places, err := database.PlacesOf(keys, migrated, c.SameIn(ctx, in))
	if err != nil {
		return nil, err
	}
	for i, place := range places {
		if place < 0 {
			return nil, c.unasked(ctx, in, keys, migrated[i])
		}
		written[place], migrated[i] = true, keys[place]
	}
	if err := errors.Join(c.refused(ctx, in, keys, written, ledgers), c.Moved(ctx, in, migrated)); err != nil {
		return nil, err
	}
	if len(migrated) == 0 {
		return written, nil
	}
	if err := ledgers.Enter(migrated); err != nil {
		return nil, err
	}
	for _, further := range c.Migrate[1:] {
		if _, err := c.Execute(ctx, in, further, migrated); err != nil {
			return nil, err
		}
	}
	return written, ledgers.Leave(migrated)
}

// wholly runs the first statement. One that writes in a WITH, too, has done so for rows
// that it then left as they were, and would do so again at each attempt: it is undone, and
// run for the others alone.
func (c *Statements) wholly(ctx context.Context, in books.Session, keys []database.Key, first func(keys []database.Key) ([]database.Key, error)) ([]database.Key, error) {
	if !c.Migrate[0].WritesInWith() {
		return first(keys)
	}
	for len(keys) > 0 {
		if _, err := in.Execute(ctx, "SAVEPOINT db_migrate_first", nil); err != nil {
			return nil, err
		}
		migrated, err := first(keys)
		if err != nil {
			return nil, err
		}
		places, err := database.PlacesOf(keys, migrated, c.SameIn(ctx, in))
		slices.Sort(places)
		places = slices.Compact(places)
		if err != nil || len(places) == len(keys) || slices.Contains(places, -1) {
			return migrated, err
		}
		if _, err := in.Execute(ctx, "ROLLBACK TO SAVEPOINT db_migrate_first", nil); err != nil {
			return nil, err
		}
		for i, place := range places {
			migrated[i] = keys[place]
		}
		keys = migrated[:len(places)]
	}
	return nil, nil
}

// unasked says why the first statement has updated a row that it was not asked for: that
// is one of those that it was, under another key, or the statement goes beyond them.
func (c *Statements) unasked(ctx context.Context, in books.Session, keys []database.Key, updated database.Key) error {
	there, err := c.existing(ctx, in, keys, "")
	switch place := c.Migrate[0].Place; {
	case err != nil:
		return err
	case len(there) < len(keys) && len(c.Migrate[0].Deletes()) == 0:
		return KeyChanged(place)
	default:
		return Astray("%s: it updated row %s, which its parameters do not name; its WHERE must keep to the rows that they name", place, updated)
	}
}

// Moved looks whether the rows that were updated still have their keys, where something
// may have changed them.
func (c *Statements) Moved(ctx context.Context, in books.Session, keys []database.Key) error {
	place := "migration " + c.Plan.Migration
	if len(c.Migrate) > 0 {
		place = c.Migrate[0].Place
	}
	if !c.KeysMayMove || len(keys) == 0 || len(c.Migrate) > 0 && c.Migrate[0].FirstWord() != "UPDATE" {
		return nil
	}
	if there, err := c.existing(ctx, in, keys, ""); err != nil || len(there) == len(keys) {
		return err
	}
	return KeyChanged(place)
}

// KeyChanged is the error of a row that has another key behind a statement.
func KeyChanged(place string) error {
	return database.OwnError(fmt.Errorf("%s: the row has another key after the statement: something changes the key, a trigger for example; a row must keep its key, since the ledger knows it by it", place))
}

// refused tells of rows that are there, and that a statement which asks for their key
// alone has left as they were. Whether rows that a check, or the statement's own
// conditions, leave out were migrated before, is found out elsewhere.
func (c *Statements) refused(ctx context.Context, in books.Session, keys []database.Key, written []bool, ledgers Ledgers) error {
	first, place := c.Migrate[0], 0
	left := slices.DeleteFunc(slices.Clone(keys), func(database.Key) bool { place++; return written[place-1] })
	if len(left) == 0 || !first.KeyAlone || c.Checking != nil {
		return nil
	}
	there, err := c.existing(ctx, in, left, c.Plan.Filter())
	if err != nil || len(there) == 0 {
		return err
	}
	switch known, err := ledgers.Known(there); {
	case err != nil:
		return err
	case known:
		return database.ErrLedgerConflict
	}
	return database.OwnError(fmt.Errorf("%s: it names the row by its key alone, and changed nothing: a trigger or a rule may refuse it", first.Place))
}

// existing are those of the keys that rows have, of which a condition is true, with its
// AND.
func (c *Statements) existing(ctx context.Context, in books.Session, keys []database.Key, filter string) ([]database.Key, error) {
	var found []database.Key
	for _, some := range c.Portions(keys) {
		arguments := c.arguments()
		condition, err := c.OneOf(arguments, some)
		if err != nil {
			return nil, err
		}
		there, err := c.KeysIn(ctx, in, "SELECT "+c.SelectedList()+" FROM "+c.From+" WHERE "+condition+filter, arguments.Values)
		if err != nil {
			return nil, err
		}
		found = append(found, there...)
	}
	return found, nil
}

// NeededIn asks the check for the keys of a window: as a range, where the check's WHERE
// begins with the key, and else as a query of them; row by row where it is written so.
func (c *Statements) NeededIn(window database.Window) (books.Condition, error) {
	if c.Checking == nil {
		return books.Condition{}, nil
	}
	if !c.Checking.Set {
		return c.neededByRow(window)
	}
	found, isRange := c.Checking.FindKeySet(c.IsKey)
	if !isRange || c.Plan.Where != "" || c.Plan.Undoes != "" {
		return c.neededByQuery(window)
	}
	arguments, text := c.arguments(), "(1 = 1"
	for _, side := range between(window.After, window.UpTo) {
		if side.Key == nil {
			continue
		}
		condition, err := c.Beyond(arguments, found.Key, side)
		if err != nil {
			return books.Condition{}, err
		}
		text += " AND " + condition
	}
	return books.Condition{Text: found.Before + text + ")" + found.After, Arguments: arguments.Values}, nil
}

// neededByQuery puts a query of the window's keys in the place of :ids.
func (c *Statements) neededByQuery(window database.Window) (books.Condition, error) {
	rows, err := c.RowsIn(window)
	if err != nil {
		return books.Condition{}, err
	}
	arguments := rows.Arguments
	if c.Marks { // each has its own; a number can stand more than once
		arguments = slices.Repeat(rows.Arguments, len(c.Checking.Parameters))
	}
	keys := "SELECT " + c.List() + " FROM " + rows.Text
	return books.Condition{Text: c.Checking.Fill(func(string) string { return keys }), Arguments: arguments}, nil
}

// neededByRow asks a check that is written for one row about each of the window.
func (c *Statements) neededByRow(window database.Window) (books.Condition, error) {
	rows, err := c.RowsIn(window)
	if err != nil {
		return books.Condition{}, err
	}
	var names []string
	for _, name := range c.Names() {
		names = append(names, "db_migrate_k."+name)
	}
	check := c.Checking.Fill(func(parameter string) string { return names[c.Place(parameter)] })
	text := fmt.Sprintf("SELECT %s FROM (SELECT %s FROM %s) db_migrate_k WHERE EXISTS (%s\n)", strings.Join(names, ", "), c.List(), rows.Text, check)
	return books.Condition{Text: text, Arguments: rows.Arguments, Doubtful: true}, nil
}

// IsOnlyColumn reports whether words name the only column of the key, with the table's
// name before it or without.
func (k *Keys) IsOnlyColumn(words []string) bool {
	return len(k.Columns) == 1 && (len(words) == 1 || len(words) == 3 && words[1] == ".") &&
		strings.EqualFold(sqltext.Unquoted(words[len(words)-1]), k.Columns[0].Name)
}

// Assigned are the columns that the plan writes, as far as they can be told.
func (c *Statements) Assigned() []string {
	columns := slices.Clone(c.Plan.Writes)
	for _, statement := range c.Migrate {
		columns = append(columns, statement.Assigned()...)
	}
	return columns
}
