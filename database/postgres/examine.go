package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"db-migrate/database"
	"db-migrate/database/driverkit"
	"db-migrate/database/examine"
)

// Examine looks at the plans of all statements, and at what will feel them.
func (t *table) Examine(ctx context.Context) (database.Examination, error) {
	look := &examination{table: t, ctx: ctx, written: t.written()}
	look.seen.Key, look.seen.Ledger = t.KeyColumns(), t.own(t.ledger)
	for _, step := range []func() error{look.index, look.statements, look.rights, look.notices} {
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
	// written are the columns that the migration writes; nil: unknown.
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

func (e *examination) problem(format string, arguments ...any) {
	e.seen.Problems = append(e.seen.Problems, fmt.Sprintf(format, arguments...))
}

// index finds the index that serves the scan.
func (e *examination) index() error {
	found, err := one(e.ctx, e.readers, `SELECT x.relname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
		CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
		JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
		WHERE i.indrelid = $1::text::oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND m.amname = 'btree' AND k.place <= i.indnkeyatts
		GROUP BY x.relname, i.indisprimary HAVING array_agg(a.attname::text ORDER BY k.place) = $2::text[] ORDER BY i.indisprimary DESC LIMIT 1`, e.oid, e.KeyColumns())
	if found != nil {
		e.seen.Index = *found[0]
	}
	return err
}

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
	if err := e.reading(keys); err != nil {
		return err
	}
	set := examine.Set(keys)
	if e.plan.Statements == nil {
		return e.writing(set)
	}
	if err := e.tryCheck(set); err != nil {
		return err
	}
	if e.stretch != nil {
		if err := e.neighbours(keys); err != nil {
			return err
		}
	}
	for _, s := range e.planned() {
		if s.set {
			err = e.filled(s, set)
		} else {
			err = e.filled(s, set[:1])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tryCheck runs the check for the example: it only reads.
func (e *examination) tryCheck(keys []database.Key) error {
	notice, problem, err := examine.Check(e.ctx, e.table, keys)
	e.seen.Notices, e.seen.Problems = append(e.seen.Notices, notice...), append(e.seen.Problems, problem...)
	return err
}

// planned are the plan's statements.
func (t *table) planned() []*statement {
	if t.check == nil {
		return t.migrate
	}
	return append([]*statement{t.check}, t.migrate...)
}

// neighbours explains the first statement as it runs for a range of keys.
func (e *examination) neighbours(keys []database.Key) error {
	text, arguments, err := e.stretchText(database.Mark{}, keys[0], keys[len(keys)-1], examine.SampleKeys, false)
	if err != nil {
		return err
	}
	return e.describe("migrate neighbours", recorded{text, arguments})
}

func (e *examination) filled(s *statement, keys []database.Key) error {
	var p parameters
	text, err := e.fill(&p, s, keys)
	if err != nil {
		return err
	}
	return e.describe(s.name(e.plan.Migration), recorded{text, p.values})
}

// name is what the statement is called without the migration's name.
func (s *statement) name(migration string) string {
	return strings.TrimPrefix(s.place, "migration "+migration+", ")
}

// reading explains the scan and the read of a range.
func (e *examination) reading(keys []database.Key) error {
	list := strings.Join(names(e.keys, ""), ", ")
	last, err := e.queryKeys(e.ctx, e.readers, "SELECT "+list+" FROM "+e.customers()+" ORDER BY "+e.order(" DESC")+" LIMIT 1", nil)
	if err != nil || len(last) == 0 {
		return err
	}
	var scan, p parameters
	where, err := e.between(&scan, keys[0], last[0])
	if err != nil {
		return err
	}
	text := fmt.Sprintf("SELECT %s%s FROM %s%s ORDER BY %s LIMIT %d", list, examine.Matching(e.plan), e.customers(), where, e.order(""), examine.SampleKeys)
	if err := e.describe("scan", recorded{text, scan.values}); err != nil {
		return err
	}
	if where, err = e.between(&p, keys[0], keys[len(keys)-1], e.plan.Conditions()...); err != nil {
		return err
	}
	clause := fmt.Sprintf("%s ORDER BY %s LIMIT %d", where, e.order(""), examine.SampleKeys)
	recorder := &recorder{}
	if _, err := e.readRows(e.ctx, recorder, clause, examine.SampleKeys, p.values); !errors.Is(err, errRecorded) {
		return err
	}
	return e.describe("read", recorder.recorded)
}

// writing explains the write of changes that a migration in Go makes. The plan is
// that of the update alone: what is entered into the ledger has no choice.
func (e *examination) writing(keys []database.Key) error {
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
	recorder := &recorder{}
	if _, err := e.update(e.ctx, recorder, database.Mark{}, groups[0], true); !errors.Is(err, errRecorded) {
		return err
	}
	return e.describe("write", recorder.recorded)
}
