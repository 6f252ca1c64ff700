package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	mysql "github.com/go-sql-driver/mysql"

	"db-migrate/database"
	"db-migrate/database/driverkit"
	"db-migrate/database/examine"
)

// Examine looks at the plans of all statements, and at what will feel them.
func (t *table) Examine(ctx context.Context) (database.Examination, error) {
	look := &examination{table: t, ctx: ctx, written: t.written()}
	look.seen.Key, look.seen.Index, look.seen.Ledger = t.KeyColumns(), t.index, t.own(t.ledger)
	for _, step := range []func() error{look.statements, look.notices} {
		if err := step(); err != nil {
			return database.Examination{}, classify(err)
		}
	}
	return look.seen, nil
}

// examination is one look at the table.
type examination struct {
	*table
	ctx context.Context
	// written are the columns that the migration writes.
	written []string
	// small: the table has so few rows that every plan may read all of them.
	small bool
	seen  database.Examination
}

// written are the columns that the plan writes, as far as they can be told.
func (t *table) written() []string {
	columns := t.plan.Writes
	for _, statement := range t.migrate {
		columns = append(columns[:len(columns):len(columns)], statement.Assigned()...)
	}
	return columns
}

func (e *examination) add(notice database.Notice) { e.seen.Notices = append(e.seen.Notices, notice) }

// statements explains each statement with the first customers as an example.
func (e *examination) statements() error {
	keys, err := driverkit.SoFar(e.Fetch(e.ctx, nil, nil, examine.SampleKeys))
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		e.add(examine.Nobody(e.plan.Where))
		return nil
	}
	e.small = len(keys) < examine.SampleKeys
	if err := e.reading(keys); err != nil {
		return err
	}
	set := examine.Set(keys)
	if e.plan.Statements == nil {
		return e.writing(set)
	}
	if e.check != nil {
		notices, problems, err := examine.Check(e.ctx, e.table, set)
		e.seen.Notices, e.seen.Problems = append(e.seen.Notices, notices...), append(e.seen.Problems, problems...)
		if err != nil {
			return err
		}
		if err := e.planned(e.readers, e.check, set); err != nil {
			return err
		}
	}
	for _, s := range e.migrate {
		if err := e.planned(e.writers, s, set); err != nil {
			return err
		}
	}
	return nil
}

// planned explains one of the plan's statements. A read-only session would not
// even explain an UPDATE.
func (e *examination) planned(in session, s *statement, keys []database.Key) error {
	if !s.set {
		keys = keys[:1]
	}
	arguments, err := e.arguments(s, keys)
	if err != nil {
		return err
	}
	return e.describe(in, strings.TrimPrefix(s.place, "migration "+e.table.plan.Migration+", "), recorder{e.fill(s, len(keys)), arguments})
}

// reading explains the scan and the read of a range.
func (e *examination) reading(keys []database.Key) error {
	where, arguments, err := e.between(keys[0], keys[len(keys)-1])
	if err != nil {
		return err
	}
	clause := fmt.Sprintf("%s ORDER BY %s LIMIT %d", where, e.order(""), examine.SampleKeys)
	if err := e.describe(e.readers, "scan", recorder{"SELECT " + e.keyList() + examine.Matching(e.plan) + " FROM " + e.indexed() + clause, arguments}); err != nil {
		return err
	}
	if where, arguments, err = e.between(keys[0], keys[len(keys)-1], e.plan.Conditions()...); err != nil {
		return err
	}
	clause = fmt.Sprintf("%s ORDER BY %s LIMIT %d", where, e.order(""), examine.SampleKeys)
	read := &recorder{}
	if _, err := e.readRows(e.ctx, read, clause, examine.SampleKeys, arguments); !errors.Is(err, errRecorded) {
		return err
	}
	return e.describe(e.readers, "read", *read)
}

// writing explains how the rows of a set are locked and updated, for a migration
// in Go.
func (e *examination) writing(keys []database.Key) error {
	lock, update := &recorder{}, &recorder{}
	if _, err := e.readLocked(e.ctx, lock, keys); !errors.Is(err, errRecorded) {
		return err
	}
	if err := e.describe(e.writers, "lock", *lock); err != nil {
		return err
	}
	rows, err := e.ReadKeys(e.ctx, keys)
	if err != nil {
		return err
	}
	writes := make([]database.Write, len(rows))
	for i, row := range rows {
		writes[i].Row = row
		for _, column := range e.plan.Writes {
			writes[i].Change.Set(column, row.Value(column))
		}
	}
	groups, err := e.groups(writes)
	if err != nil || len(groups) == 0 {
		return err
	}
	if err := e.updateGroup(e.ctx, update, groups[0]); !errors.Is(err, errRecorded) {
		return err
	}
	return e.describe(e.writers, "write", *update)
}

// recorder is a session that keeps the statement, and runs nothing.
type recorder struct {
	text      string
	arguments []any
}

// errRecorded ends a call whose statement is wanted, not its rows.
var errRecorded = errors.New("recorded")

func (r *recorder) QueryContext(_ context.Context, text string, arguments ...any) (*sql.Rows, error) {
	*r = recorder{text, arguments}
	return nil, errRecorded
}

func (r *recorder) ExecContext(_ context.Context, text string, arguments ...any) (sql.Result, error) {
	*r = recorder{text, arguments}
	return nil, errRecorded
}

// describe adds a statement with the server's plan for it.
func (e *examination) describe(in session, name string, statement recorder) error {
	var lines []string
	rows, err := in.QueryContext(e.ctx, "EXPLAIN "+statement.text, statement.arguments...)
	var failed *mysql.MySQLError
	if errors.As(err, &failed) {
		e.unexplained(name, statement, failed)
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		values, targets := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		step := planStep{}
		for i, column := range columns {
			step[strings.ToLower(column)] = values[i].String
		}
		lines = append(lines, step.line())
		if step.full() && !e.small {
			e.add(examine.FullScan(name, step["table"], step.line()))
		} else if rows, _ := strconv.ParseFloat(step["rows"], 64); step["key"] != "" && step["key"] != e.seen.Index && rows >= examine.ManyRows {
			e.add(examine.OtherIndex(name, step["table"], step["key"], rows))
		}
	}
	e.seen.Statements = append(e.seen.Statements, examine.Statement(name, statement.text, lines))
	return rows.Err()
}

// unexplained adds a statement that the server explains no plan for. That the
// worker's user may not run it is a problem.
func (e *examination) unexplained(name string, statement recorder, err *mysql.MySQLError) {
	e.seen.Statements = append(e.seen.Statements, examine.Statement(name, statement.text, []string{"no plan: " + err.Message}))
	if err.Number == tableDenied || err.Number == columnDenied {
		e.seen.Problems = append(e.seen.Problems, name+": "+err.Message)
	}
}

// Numbers of the servers' errors.
const (
	tableDenied  = 1142
	columnDenied = 1143
)

// planStep is a row of a plan, by the names of its columns.
type planStep map[string]string

// line is the step as people read it.
func (s planStep) line() string {
	line := s["select_type"]
	if s["table"] != "" {
		line += " " + s["table"] + ": " + s["type"]
	}
	if s["key"] != "" {
		line += " by " + s["key"]
	}
	if s["rows"] != "" {
		line += ", " + s["rows"] + " rows"
	}
	if s["extra"] != "" {
		line += "; " + s["extra"]
	}
	return line
}

// full tells whether the step reads a whole table or a whole index of one, which
// is no list of values.
func (s planStep) full() bool {
	return (s["type"] == "ALL" || s["type"] == "index") && !strings.HasPrefix(s["table"], "<")
}
