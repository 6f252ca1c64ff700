package examine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// Look is one look at a table.
type Look struct {
	Ctx     context.Context
	Session books.Session
	Scan    *driverkit.Scan
	// SQL are the plan's statements.
	SQL *driverkit.Statements
	// Written are the columns that the migration writes.
	Written []string
	Seen    database.Examination
	// Few: the table has so few rows that every plan may read all of them.
	Few bool
}

// NewLook begins a look; ledger is the ledger's name as SQL.
func NewLook(ctx context.Context, scan *driverkit.Scan, sql *driverkit.Statements, ledger string) *Look {
	look := &Look{Ctx: ctx, Session: scan.Session(), Scan: scan, SQL: sql, Written: sql.Assigned()}
	look.Seen.Key, look.Seen.Ledger = scan.KeyColumns(), ledger
	return look
}

// Add adds a notice, and Problem why the migration cannot run.
func (l *Look) Add(notice database.Notice) { l.Seen.Notices = append(l.Seen.Notices, notice) }

// Problem adds a problem.
func (l *Look) Problem(format string, arguments ...any) {
	l.Seen.Problems = append(l.Seen.Problems, fmt.Sprintf(format, arguments...))
}

// Show adds a statement with its plan.
func (l *Look) Show(name, text string, plan []string) {
	l.Seen.Statements = append(l.Seen.Statements, Statement(name, text, plan))
}

// Each hands the values of each row to use, as texts; NULL is the empty text.
func (l *Look) Each(text string, arguments []any, use func([]string)) error {
	return l.Session.Query(l.Ctx, text, arguments, func(values books.Values) error {
		texts := make([]string, len(values))
		for i := range values {
			texts[i] = values.Text(i)
		}
		use(texts)
		return nil
	})
}

// Step is a part of a look.
type Step struct {
	What string
	Do   func() error
}

// Notices looks at what will feel the migration. What cannot be looked at, since the
// worker's user may not see it, is said to be unseen.
func (l *Look) Notices(steps ...Step) error {
	for _, step := range steps {
		if err := step.Do(); err != nil {
			if l.Ctx.Err() != nil {
				return l.Ctx.Err()
			}
			l.Add(Unseen(step.What, err))
		}
	}
	return nil
}

// Separator stands between the names of columns in a row.
const Separator = "\n"

// Split are the names of a row's list.
func Split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, Separator)
}

// Indexes names those that a query answers with name and columns, if one is written.
func (l *Look) Indexes(text string, arguments []any) error {
	return l.Each(text, arguments, func(values []string) {
		if columns := Split(values[1]); Common(columns, l.Written) {
			l.Add(Index(values[0], columns))
		}
	})
}

// ForeignKeys names those that two queries answer with name, table and columns, if one
// is written: keys from the table, and keys to it.
func (l *Look) ForeignKeys(from, to string, arguments []any) error {
	err := l.Each(from, arguments, func(values []string) {
		if columns := Split(values[2]); Common(columns, l.Written) {
			l.Add(ForeignKeyFrom(values[0], columns, values[1]))
		}
	})
	if err != nil {
		return err
	}
	return l.Each(to, arguments, func(values []string) {
		if columns := Split(values[2]); Common(columns, l.Written) {
			l.Add(ForeignKeyTo(values[0], values[1], columns))
		}
	})
}

// Describer is how a driver shows statements.
type Describer struct {
	// Describe adds a statement with the database's plan for it; writes: it would write.
	Describe func(name, text string, arguments []any, writes bool) error
	// Writing describes how changes of a migration in Go are written.
	Writing func(writes []database.Write) error
	// Before describes what runs before the migrate statements; nil: nothing.
	Before func(keys []database.Key) error
	// Anybody is a key for a database whose plans do not depend on values; nil: without
	// rows there are no plans.
	Anybody database.Key
}

// Statements describes each statement with the first rows as an example.
func (l *Look) Statements(table database.Migrate, d Describer) error {
	keys, err := driverkit.SoFar(l.Scan.Fetch(l.Ctx, nil, nil, SampleKeys))
	if err != nil {
		return err
	}
	l.Few = len(keys) < SampleKeys
	if len(keys) == 0 {
		l.Add(Nobody(l.Scan.Plan.Where))
		if keys = []database.Key{d.Anybody}; d.Anybody == nil {
			return nil
		}
	}
	if err := l.reading(keys, d); err != nil {
		return err
	}
	set := Set(keys)
	if l.Scan.Plan.Statements != nil {
		return l.planned(table, keys, set, d)
	}
	rows, err := l.Scan.ReadKeys(l.Ctx, set)
	if err != nil && !errors.Is(err, database.ErrCut) { // sets of heavy rows are as small
		return err
	}
	return d.Writing(changes(rows, l.Scan.Plan.Writes))
}

// changes write rows as they are.
func changes(rows []database.Row, columns []string) []database.Write {
	writes := make([]database.Write, len(rows))
	for i, row := range rows {
		writes[i].Row = row
		for _, column := range columns {
			writes[i].Change.Set(column, row.Value(column))
		}
	}
	return writes
}

// reading describes the scan and the read of a range.
func (l *Look) reading(keys []database.Key, d Describer) error {
	last, err := l.Scan.Greatest(l.Ctx)
	if err != nil {
		return err
	}
	if last == nil {
		last = keys[0]
	}
	text, arguments, err := l.Scan.FetchText(keys[0], last, SampleKeys)
	if err != nil {
		return err
	}
	if err := d.Describe("scan", text, arguments, false); err != nil {
		return err
	}
	clause, arguments, err := l.Scan.RangeClause(keys[0], keys[len(keys)-1], SampleKeys)
	if err != nil {
		return err
	}
	return d.Describe("read", l.Scan.RowsText(clause), arguments, false)
}

// planned tries the check, and describes the plan's statements.
func (l *Look) planned(table database.Migrate, keys, set []database.Key, d Describer) error {
	if l.SQL.Checking != nil {
		notices, problems, err := Check(l.Ctx, table, set)
		l.Seen.Notices, l.Seen.Problems = append(l.Seen.Notices, notices...), append(l.Seen.Problems, problems...)
		if err != nil {
			return err
		}
	}
	if d.Before != nil {
		if err := d.Before(keys); err != nil {
			return err
		}
	}
	list := l.SQL.Migrate
	if l.SQL.Checking != nil {
		list = slices.Concat([]*driverkit.Statement{l.SQL.Checking}, list)
	}
	for _, s := range list {
		some := set
		if !s.Set {
			some = set[:1]
		}
		text, arguments, err := l.SQL.Written(s, some)
		if err != nil {
			return err
		}
		if err := d.Describe(s.Name, text, arguments, s != l.SQL.Checking); err != nil {
			return err
		}
	}
	return nil
}
