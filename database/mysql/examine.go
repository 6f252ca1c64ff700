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
func (w *setWriter) Examine(ctx context.Context) (database.Examination, error) {
	look := &examination{setWriter: w, Look: examine.NewLook(ctx, w.Scan, w.sql, w.own(w.ledger))}
	look.Seen.Index = w.index
	for _, step := range []func() error{look.statements, look.notices} {
		if err := step(); err != nil {
			return database.Examination{}, classify(err)
		}
	}
	return look.Seen, nil
}

// examination is one look at the table.
type examination struct {
	*setWriter
	*examine.Look
}

func (e *examination) statements() error {
	return e.Statements(e.setWriter, examine.Describer{Describe: e.describe, Writing: e.writing})
}

// writing explains how the rows of a set are locked and updated, for a migration
// in Go.
func (e *examination) writing(writes []database.Write) error {
	clause, arguments, err := e.KeysClause(driverkit.KeysOf(writes), e.lockEnding())
	if err != nil {
		return err
	}
	if err := e.describe("lock", e.rowsText(clause), arguments, true); err != nil {
		return err
	}
	groups, err := driverkit.GroupWrites(writes, e.Plan.Columns(), e.columns)
	if err != nil || len(groups) == 0 {
		return err
	}
	text, arguments, err := e.groupText(groups[0])
	if err != nil {
		return err
	}
	return e.describe("write", text, arguments, true)
}

// describe adds a statement with the server's plan for it. A read-only session would not
// even explain an UPDATE.
func (e *examination) describe(name, text string, arguments []any, writes bool) error {
	in := e.readers
	if writes {
		in = e.writers
	}
	steps, err := plan(e.Ctx, in, "EXPLAIN "+text, arguments)
	var failed *mysql.MySQLError
	if errors.As(err, &failed) {
		e.unexplained(name, text, failed)
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	var lines []string
	for _, step := range steps {
		lines = append(lines, step.line())
		rows, _ := strconv.ParseFloat(step["rows"], 64)
		if step.full() && !e.Few && (strings.EqualFold(step["table"], e.name) || rows >= examine.ManyRows) {
			e.Add(examine.FullScan(name, step["table"], step.line()))
		} else if !step.full() && step["key"] != "" && step["key"] != e.Seen.Index && rows >= examine.ManyRows {
			e.Add(examine.OtherIndex(name, step["table"], step["key"], rows))
		}
	}
	e.Show(name, text, lines)
	return nil
}

// Numbers of the servers' errors.
const (
	tableDenied  = 1142
	columnDenied = 1143
)

// unexplained adds a statement that the server explains no plan for. That the
// worker's user may not run it is a problem.
func (e *examination) unexplained(name, text string, err *mysql.MySQLError) {
	e.Show(name, text, []string{"no plan: " + err.Message})
	if err.Number == tableDenied || err.Number == columnDenied {
		e.Problem("%s: %s", name, err.Message)
	}
}

// plan is the server's for a statement.
func plan(ctx context.Context, in session, text string, arguments []any) ([]planStep, error) {
	rows, err := in.QueryContext(ctx, text, arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var steps []planStep
	values, targets := make([]sql.NullString, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		step := planStep{}
		for i, column := range columns {
			step[strings.ToLower(column)] = values[i].String
		}
		steps = append(steps, step)
	}
	return steps, rows.Err()
}

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

// full reports whether the step reads a whole table or a whole index of one, which
// is no list of values.
func (s planStep) full() bool {
	return (s["type"] == "ALL" || s["type"] == "index") && !strings.HasPrefix(s["table"], "<")
}
