package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"db-migrate/database"
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
	keys, err := database.SoFar(e.Fetch(e.ctx, nil, nil, examine.SampleKeys))
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

// describe adds a statement with its plan.
func (e *examination) describe(name string, statement recorded) error {
	lines, full, err := e.planOf(statement)
	var failed *pgconn.PgError
	switch {
	case errors.As(err, &failed) && failed.Code == "42P01" && strings.Contains(failed.Message, e.ledger):
		return e.withoutLedger(name, statement)
	case errors.As(err, &failed):
		lines = []string{"no plan: " + failed.Message}
		if failed.Code == "42501" {
			e.problem("%s: %s", name, failed.Message)
		}
	case err != nil:
		return err
	}
	for _, scan := range full {
		switch {
		case scan.index != "":
			if scan.table == e.name && scan.index != e.seen.Index {
				e.add(examine.OtherIndex(name, scan.table, scan.index, scan.rows))
			}
			continue
		case scan.table == e.name:
			e.add(examine.FullScan(name, scan.table, scan.line))
		default:
			e.add(examine.Notice("%s reads all of table %s each time it runs: %s", name, scan.table, scan.line))
		}
	}
	e.seen.Statements = append(e.seen.Statements, examine.Statement(name, statement.text, lines))
	return nil
}

// withoutLedger explains the update inside of a write, whose ledger is not there
// yet; the parameters behind those of the update go to the ledger.
func (e *examination) withoutLedger(name string, whole recorded) error {
	update, _, found := strings.Cut(whole.text, ")\n\t\tINSERT INTO ")
	update, isUpdate := strings.CutPrefix(update, "WITH updated AS (")
	if !found || !isUpdate {
		e.seen.Statements = append(e.seen.Statements, examine.Statement(name, whole.text, []string{"no plan before the ledger is there"}))
		return nil
	}
	arguments := whole.arguments
	for len(arguments) > 0 && !strings.Contains(update, fmt.Sprintf("$%d::", len(arguments))) {
		arguments = arguments[:len(arguments)-1]
	}
	before := len(e.seen.Statements)
	if err := e.describe(name, recorded{update, arguments}); err != nil {
		return err
	}
	for i := range e.seen.Statements[before:] {
		e.seen.Statements[before+i].Text = examine.Statement(name, whole.text, nil).Text
	}
	return nil
}

// recorded is a statement that was not run.
type recorded struct {
	text      string
	arguments []any
}

// errRecorded ends a call whose statement is wanted, not its rows.
var errRecorded = errors.New("recorded")

// recorder is a session that keeps the statement, and runs nothing.
type recorder struct{ recorded }

func (r *recorder) Query(_ context.Context, text string, arguments ...any) (pgx.Rows, error) {
	if len(arguments) > 0 {
		if _, format := arguments[0].(pgx.QueryResultFormats); format {
			arguments = arguments[1:]
		}
	}
	r.recorded = recorded{text, arguments}
	return nil, errRecorded
}

func (r *recorder) Exec(_ context.Context, text string, arguments ...any) (pgconn.CommandTag, error) {
	r.recorded = recorded{text, arguments}
	return pgconn.CommandTag{}, errRecorded
}

// fullScan is a whole table that a plan reads, or, with an index, what it reads of
// the customers by it.
type fullScan struct {
	table, line, index string
	rows               float64
}

// planOf is PostgreSQL's plan, as its client shows it, and the whole tables that
// it reads.
func (e *examination) planOf(statement recorded) ([]string, []fullScan, error) {
	var lines []string
	err := query(e.ctx, e.readers, "EXPLAIN "+statement.text, statement.arguments, func(values []*string) error {
		lines = append(lines, *values[0])
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	found, err := one(e.ctx, e.readers, "EXPLAIN (FORMAT JSON) "+statement.text, statement.arguments...)
	if err != nil {
		return nil, nil, err
	}
	var plans []struct{ Plan node }
	if err := json.Unmarshal([]byte(*found[0]), &plans); err != nil {
		return nil, nil, err
	}
	var full []fullScan
	for _, plan := range plans {
		full = append(full, plan.Plan.full()...)
	}
	return lines, full, nil
}

// node is a step of a plan.
type node struct {
	Type      string `json:"Node Type"`
	Relation  string `json:"Relation Name"`
	Alias     string
	Index     string `json:"Index Name"`
	Condition string `json:"Index Cond"`
	Filter    string
	Rows      float64 `json:"Plan Rows"`
	Plans     []node
}

// full are the whole tables that the step and those below it read. Since our
// sessions avoid sequential scans, a walk through a whole index stands for one.
func (n node) full() []fullScan {
	var found []fullScan
	indexed := n.Type == "Index Scan" || n.Type == "Index Only Scan"
	bitmap := len(n.Plans) == 1 && n.Plans[0].Type == "Bitmap Index Scan" && n.Plans[0].Condition == ""
	if n.Type == "Seq Scan" || indexed && n.Condition == "" || bitmap {
		line := n.Type + " on " + n.Alias
		if indexed {
			line = n.Type + " using " + n.Index + " on " + n.Alias + ", without a condition"
		}
		if n.Filter != "" {
			line += ", filter " + n.Filter
		}
		found = append(found, fullScan{table: n.Relation, line: line})
	}
	if indexed && n.Condition != "" {
		found = append(found, fullScan{table: n.Relation, index: n.Index, rows: n.Rows})
	}
	if n.Type == "Bitmap Heap Scan" && len(n.Plans) == 1 && n.Plans[0].Condition != "" {
		found = append(found, fullScan{table: n.Relation, index: n.Plans[0].Index, rows: n.Plans[0].Rows})
	}
	for _, below := range n.Plans {
		found = append(found, below.full()...)
	}
	return found
}
