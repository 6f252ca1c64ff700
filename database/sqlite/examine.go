package sqlite

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"db-migrate/database"
	"db-migrate/database/driverkit"
	"db-migrate/database/examine"
)

// Examine looks at the plans of all statements, and at what will feel them.
func (t *table) Examine(ctx context.Context) (database.Examination, error) {
	look := &examination{table: t, ctx: ctx, written: t.written()}
	look.seen.Key, look.seen.Ledger = t.keyColumns(), quote(t.ledger)
	for _, step := range []func() error{look.index, look.statements, look.notices} {
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
	seen    database.Examination
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

// index finds out what serves the scan.
func (e *examination) index() error {
	steps, err := e.walk(e.ctx)
	_, using, _ := strings.Cut(steps, " USING ")
	using, _, _ = strings.Cut(using, " (")
	e.seen.Index = strings.TrimPrefix(strings.TrimPrefix(using, "COVERING "), "INDEX ")
	return err
}

// example is a statement of so many parameters.
type example struct {
	name, text string
	parameters int
}

// statements explains each statement; SQLite's plans do not depend on values.
func (e *examination) statements() error {
	keys, err := driverkit.SoFar(e.Fetch(e.ctx, nil, nil, examine.SampleKeys))
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		e.add(examine.Nobody(e.plan.Where))
	}
	set := examine.Set(keys)
	if e.check != nil {
		if err := e.tryCheck(set); err != nil {
			return err
		}
	}
	for _, one := range append(e.ours(), e.planned(max(1, len(set)))...) {
		if err := e.describe(one); err != nil {
			return err
		}
	}
	return nil
}

// ours are the statements that the driver makes.
func (e *examination) ours() []example {
	tuple, marks := e.keyTuple(), e.keyMarks()
	from := fmt.Sprintf(" FROM %s WHERE ", quote(e.name))
	between := fmt.Sprintf("%s > %s AND %s <= %s", tuple, marks, tuple, marks)
	order := fmt.Sprintf(" ORDER BY %s LIMIT ?", e.order("ASC"))
	matching := strings.Join(append(e.plan.Conditions(), between), " AND ")
	list := []example{{"scan", "SELECT " + strings.Join(e.keySelection(), ", ") + examine.Matching(e.plan) + from + between + order, 2*len(e.keys) + 1}, {"read", "SELECT " + e.selection() + from + matching + order, 2*len(e.keys) + 1}}
	if len(e.plan.Writes) == 0 {
		return list
	}
	var assignments []database.Assignment
	for _, name := range e.plan.Writes {
		assignments = append(assignments, database.Assignment{Column: name})
	}
	parameters := len(assignments) + len(e.keys) + len(e.columns)
	for _, column := range e.columns {
		if !column.text() {
			parameters++ // its type is compared, too
		}
	}
	return append(list, example{"write", e.updateText(assignments, true), parameters})
}

// planned are the plan's statements, for so many customers.
func (e *examination) planned(customers int) []example {
	var list []example
	add := func(name string, s *statement) {
		parameters := len(s.Parameters)
		if s.set {
			parameters *= customers * len(e.keys)
		}
		list = append(list, example{name, e.fill(s, customers), parameters})
	}
	if e.check != nil {
		add("check", e.check)
	}
	for i, s := range e.migrate {
		add(fmt.Sprintf("migrate statement %d", i+1), s)
	}
	return list
}

// tryCheck runs the check for the example: it only reads.
func (e *examination) tryCheck(keys []database.Key) error {
	notices, problems, err := examine.Check(e.ctx, e.table, keys)
	e.seen.Notices, e.seen.Problems = append(e.seen.Notices, notices...), append(e.seen.Problems, problems...)
	return err
}

// describe adds a statement with SQLite's plan for it.
func (e *examination) describe(one example) error {
	rows, err := e.readers.QueryContext(e.ctx, "EXPLAIN QUERY PLAN "+one.text, make([]any, one.parameters)...)
	if err != nil {
		return fmt.Errorf("%s: %w", one.name, err)
	}
	defer rows.Close()
	var lines []string
	depth := map[int64]int{}
	err = scanRows(rows, 4, func(values []any) error {
		id, _ := values[0].(int64)
		parent, _ := values[1].(int64)
		line := fmt.Sprint(values[3])
		depth[id] = depth[parent] + 1
		lines = append(lines, strings.Repeat("  ", depth[id]-1)+line)
		if table := scanned(line); table != "" {
			e.add(examine.FullScan(one.name, table, line))
		}
		return nil
	})
	e.seen.Statements = append(e.seen.Statements, examine.Statement(one.name, one.text, lines))
	return err
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
	for _, look := range []func() error{e.triggers, e.columnNotices, e.indexNotices, e.foreignKeys, e.journal} {
		if err := look(); err != nil {
			return err
		}
	}
	return nil
}

// each hands the values of each row to use, as texts; NULL is the empty text.
func (e *examination) each(text string, arguments []any, use func([]string)) error {
	rows, err := e.readers.QueryContext(e.ctx, text, arguments...)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	return scanRows(rows, len(columns), func(values []any) error {
		texts := make([]string, len(values))
		for i, value := range values {
			if value != nil {
				texts[i] = fmt.Sprint(value)
			}
		}
		use(texts)
		return nil
	})
}

var triggerHead = regexp.MustCompile(`(?is)^\s*CREATE\s+(?:TEMP\s+|TEMPORARY\s+)?TRIGGER\s.*?\b(?:(BEFORE|AFTER|INSTEAD\s+OF)\s+)?(UPDATE|INSERT|DELETE)(?:\s+OF\s+(.*?))?\s+ON\s`)

func (e *examination) triggers() error {
	return e.each("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE ORDER BY name", []any{e.name}, func(values []string) {
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
		if notice, fires := trigger.Notice(e.written); fires {
			e.add(notice)
		}
	})
}

func (e *examination) columnNotices() error {
	return e.each("SELECT name, hidden FROM pragma_table_xinfo(?)", []any{e.name}, func(values []string) {
		if notice, found := examine.ChangeTime(values[0], e.written); found {
			e.add(notice)
		}
		if values[1] == "2" || values[1] == "3" {
			e.add(examine.Generated(values[0], "as the table's definition says"))
		}
	})
}

// indexNotices names indexes on a written column. One of an expression or with a
// condition is named whatever it is about.
func (e *examination) indexNotices() error {
	return e.each(`SELECT list.name, group_concat(coalesce(part.name, 'an expression'), char(1)), max(list.partial) OR max(part.cid = -2) FROM pragma_index_list(?) AS list
		JOIN pragma_index_xinfo(list.name) AS part WHERE part.key = 1 GROUP BY list.name ORDER BY list.name`, []any{e.name}, func(values []string) {
		columns := strings.Split(values[1], "\x01")
		if examine.Common(columns, e.written) || values[2] == "1" {
			e.add(examine.Index(values[0], columns))
		}
	})
}

func (e *examination) foreignKeys() error {
	err := e.each(`SELECT id, "table", group_concat("from", char(1)) FROM pragma_foreign_key_list(?) GROUP BY id`, []any{e.name}, func(values []string) {
		if columns := strings.Split(values[2], "\x01"); examine.Common(columns, e.written) {
			e.add(examine.ForeignKeyFrom("to "+values[1], columns, values[1]))
		}
	})
	if err != nil {
		return err
	}
	return e.each(`SELECT s.name, group_concat(coalesce(f."to", ''), char(1)) FROM sqlite_schema s JOIN pragma_foreign_key_list(s.name) f
		WHERE s.type = 'table' AND f."table" = ? COLLATE NOCASE GROUP BY s.name, f.id`, []any{e.name}, func(values []string) {
		if columns := strings.Split(values[1], "\x01"); examine.Common(columns, e.written) {
			e.add(examine.ForeignKeyTo("of "+values[0], values[0], columns))
		}
	})
}

// journal: the file's journal mode stays as the worker sets it.
func (e *examination) journal() error {
	return e.each("PRAGMA journal_mode", nil, func(values []string) {
		if !slices.Contains([]string{"wal", "memory"}, values[0]) {
			e.add(examine.Notice("the file is in journal mode %s; the first write puts it into WAL mode, and it stays there: two more files lie beside it, and it must not be on a network drive", values[0]))
		}
	})
}
