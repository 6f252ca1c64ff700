package driverkit

import (
	"context"
	"slices"
	"strings"

	"db-migrate/database/sqltext"
)

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
	if column := s.ReadsProgress(c.KeyColumns(), c.checked()); column != "" {
		return Broken("%s: it sets %s, and reads %s of other rows of the table: that depends on which of them are migrated already, and rows that are written together do not see each other. Read another column; or say in check and WHERE what %s of these rows must be before it is read, as down a tree: AND EXISTS (SELECT 1 FROM %s p WHERE p.id = … AND p.%s IS NOT NULL)",
			s.Place, column, column, column, c.Table, column)
	}
	if s.SetsVariables() {
		return Broken("%s: it counts in a variable (:=), which begins anew with each set and each connection; compute the value from the row, or from the whole table", s.Place)
	}
	return nil
}

// checked is the check; an empty statement: there is none.
func (c *Statements) checked() sqltext.Statement {
	if c.Checking == nil {
		return sqltext.Statement{}
	}
	return c.Checking.Statement
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
