package sqlite

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/examine"
)

// Examine looks at the plans of all statements, and at what will feel them.
func (w *setWriter) Examine(ctx context.Context) (database.Examination, error) {
	look := &examination{setWriter: w, Look: examine.NewLook(ctx, w.Scan, w.sql, quote(w.ledger))}
	for _, step := range []func() error{look.index, look.statements, look.notices} {
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

// serving is what a step of a plan uses.
var serving = regexp.MustCompile(` USING (?:COVERING )?(?:INDEX )?(.*?)(?: \(|;|$)`)

// index finds out what serves the scan.
func (e *examination) index() error {
	steps, err := e.walk(e.Ctx)
	if found := serving.FindStringSubmatch(steps); found != nil {
		e.Seen.Index = found[1]
	}
	return err
}

// statements explains each statement; SQLite's plans do not depend on values.
func (e *examination) statements() error {
	return e.Statements(e.setWriter, examine.Describer{Describe: e.describe, Writing: e.writing, Anybody: slices.Repeat([]string{"0"}, len(e.keys))})
}

// writing explains the update of a row.
func (e *examination) writing([]database.Write) error {
	if len(e.Plan.Writes) == 0 {
		return nil
	}
	assigned := e.assignments()
	arguments := make([]any, len(assigned)+len(e.keys)+len(e.columns))
	for _, column := range e.columns {
		if !column.text() {
			arguments = append(arguments, nil) // its type is compared, too
		}
	}
	return e.describe("write", e.updateText(assigned, true), arguments, true)
}

// describe adds a statement with SQLite's plan for it.
func (e *examination) describe(name, text string, arguments []any, _ bool) error {
	var lines []string
	depth := map[int64]int{}
	err := e.Session.Query(e.Ctx, "EXPLAIN QUERY PLAN "+text, arguments, func(values books.Values) error {
		line := values.Text(3)
		depth[values.Number(0)] = depth[values.Number(1)] + 1
		lines = append(lines, strings.Repeat("  ", depth[values.Number(0)]-1)+line)
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for _, line := range lines {
		if table := scanned(strings.TrimSpace(line)); table != "" && !e.small(table) {
			e.Add(examine.FullScan(name, table, line))
		}
	}
	e.Show(name, text, lines)
	return nil
}

// small reports whether a table has so few rows that reading all of them is no matter. An
// alias is taken for the customers' table.
func (e *examination) small(table string) bool {
	few := e.Few
	if strings.EqualFold(table, e.name) {
		return few
	}
	err := e.Each(fmt.Sprintf("SELECT count(*) < %[1]d FROM (SELECT 1 FROM %[2]s LIMIT %[1]d)", examine.ManyRows, quote(table)), nil, func(values []string) { few = values[0] == "1" })
	return few && err == nil || e.Few
}

var scanStep = regexp.MustCompile(`^SCAN ([^ (0-9][^ ]*)`)

// scanned is the table that a step of a plan reads from end to end, by the name
// that the statement gives it; empty: none. A list of values is no table.
func scanned(step string) string {
	found := scanStep.FindStringSubmatch(step)
	if found == nil || found[1] == "CONSTANT" || strings.Contains(step, "VIRTUAL TABLE") {
		return ""
	}
	return found[1]
}

// notices looks at what will feel the migration.
func (e *examination) notices() error {
	return e.Notices(examine.Step{What: "triggers", Do: e.triggers}, examine.Step{What: "columns", Do: e.columnNotices}, examine.Step{What: "indexes", Do: e.indexNotices},
		examine.Step{What: "foreign keys", Do: e.foreignKeys}, examine.Step{What: "conflicts", Do: e.conflicts}, examine.Step{What: "the journal", Do: e.journal})
}

var replacing = regexp.MustCompile(`(?i)\bON\s+CONFLICT\s+REPLACE\b`)

// conflicts tells of constraints for which SQLite deletes rows.
func (e *examination) conflicts() error {
	return e.Each("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE", []any{e.name}, func(values []string) {
		if replacing.MatchString(values[0]) {
			e.Add(examine.Loud("a constraint of the table says ON CONFLICT REPLACE: a migrated row that collides with another one DELETES that, without an error"))
		}
	})
}

var triggerHead = regexp.MustCompile(`(?is)^\s*CREATE\s+(?:TEMP\s+|TEMPORARY\s+)?TRIGGER\s.*?\b(?:(BEFORE|AFTER|INSTEAD\s+OF)\s+)?(UPDATE|INSERT|DELETE)(?:\s+OF\s+(.*?))?\s+ON\s`)

func (e *examination) triggers() error {
	return e.Each("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE ORDER BY name", []any{e.name}, func(values []string) {
		head := triggerHead.FindStringSubmatch(values[1])
		if head == nil || !strings.EqualFold(head[2], "UPDATE") {
			return
		}
		trigger := examine.Trigger{Name: values[0], When: strings.ToUpper(head[1])}
		if trigger.When == "" {
			trigger.When = "BEFORE"
		}
		for name := range strings.SplitSeq(head[3], ",") {
			if name = strings.Trim(strings.TrimSpace(name), "\"`[]"); name != "" {
				trigger.Columns = append(trigger.Columns, name)
			}
		}
		if notice, fires := trigger.Notice(e.Written); fires {
			e.Add(notice)
		}
	})
}

func (e *examination) columnNotices() error {
	return e.Each("SELECT name, hidden FROM pragma_table_xinfo(?)", []any{e.name}, func(values []string) {
		if notice, found := examine.ChangeTime(values[0], e.Written); found {
			e.Add(notice)
		}
		if values[1] == "2" || values[1] == "3" {
			e.Add(examine.Generated(values[0], "as the table's definition says"))
		}
	})
}

// indexNotices names indexes on a written column. One of an expression or with a
// condition is named whatever it is about.
func (e *examination) indexNotices() error {
	return e.Each(`SELECT list.name, group_concat(coalesce(part.name, 'an expression'), char(10)), max(list.partial) OR max(part.cid = -2) FROM pragma_index_list(?) AS list
		JOIN pragma_index_xinfo(list.name) AS part WHERE part.key = 1 GROUP BY list.name ORDER BY list.name`, []any{e.name}, func(values []string) {
		columns := examine.Split(values[1])
		if examine.Common(columns, e.Written) || values[2] == "1" {
			e.Add(examine.Index(values[0], columns))
		}
	})
}

func (e *examination) foreignKeys() error {
	return e.ForeignKeys(`SELECT 'to ' || "table", "table", group_concat("from", char(10)) FROM pragma_foreign_key_list(?) GROUP BY id`,
		`SELECT 'of ' || s.name, s.name, group_concat(coalesce(f."to", ''), char(10)) FROM sqlite_schema s JOIN pragma_foreign_key_list(s.name) f
		WHERE s.type = 'table' AND f."table" = ? COLLATE NOCASE GROUP BY s.name, f.id`, []any{e.name})
}

// journal: the file's journal mode stays as the worker sets it.
func (e *examination) journal() error {
	return e.Each("PRAGMA journal_mode", nil, func(values []string) {
		if !slices.Contains([]string{"wal", "memory"}, values[0]) {
			e.Add(examine.Notice("the file is in journal mode %s; the first write puts it into WAL mode, and it stays there: two more files lie beside it, and it must not be on a network drive", values[0]))
		}
	})
}
