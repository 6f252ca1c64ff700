package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"db-migrate/database"
	"db-migrate/database/driverkit"
	"db-migrate/database/examine"
)

// Examine looks at the plans of all statements, and at what will feel them.
func (w *setWriter) Examine(ctx context.Context) (database.Examination, error) {
	look := &examination{setWriter: w, Look: examine.NewLook(ctx, w.Scan, w.sql, w.own(w.ledger))}
	var err error
	if look.rows, err = look.partitions(); err != nil {
		return database.Examination{}, classify(err)
	}
	for _, step := range []func() error{look.index, look.statements, look.rights, look.notices} {
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
	// rows are the names of the tables that hold the table's rows, and whether each has an
	// index that begins as the key does.
	rows map[string]bool
}

// index finds the index that serves the scan.
func (e *examination) index() error {
	found, err := one(e.Ctx, e.readers, `SELECT x.relname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
		CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
		JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
		WHERE i.indrelid = $1::text::oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND m.amname = 'btree' AND k.place <= i.indnkeyatts
		GROUP BY x.relname, i.indisprimary HAVING array_agg(a.attname::text ORDER BY k.place) = $2::text[] ORDER BY i.indisprimary DESC LIMIT 1`, e.oid, e.KeyColumns())
	if found != nil {
		e.Seen.Index = found.Text(0)
	}
	return err
}

func (e *examination) statements() error {
	d := examine.Describer{Writing: e.writing, Describe: func(name, text string, arguments []any, _ bool) error {
		return e.describe(name, updating{text: text, arguments: arguments})
	}}
	if e.stretch != nil {
		d.Before = e.neighbours
	}
	return e.Statements(e.setWriter, d)
}

// neighbours explains the first statement as it runs for a range of keys.
func (e *examination) neighbours(keys []database.Key) error {
	text, arguments, err := e.stretchText(database.Mark{}, keys[0], keys[len(keys)-1], examine.SampleKeys, false)
	if err != nil {
		return err
	}
	return e.describe("migrate neighbours", updating{text: text, arguments: arguments})
}

// writing explains the write of changes that a migration in Go makes.
func (e *examination) writing(writes []database.Write) error {
	groups, err := driverkit.GroupWrites(writes, e.Plan.Columns(), e.columns)
	if err != nil || len(groups) == 0 {
		return err
	}
	statement, err := e.updateText(database.Mark{}, groups[0], true)
	if err != nil {
		return err
	}
	return e.describe("write", statement)
}

// describe adds a statement with its plan. Where the ledger is not there yet, it is that
// of the update alone: what is entered into the ledger has no choice.
func (e *examination) describe(name string, statement updating) error {
	lines, full, err := e.planOf(statement.text, statement.arguments)
	var failed *pgconn.PgError
	if errors.As(err, &failed) && failed.Code == noTable && strings.Contains(failed.Message, e.ledger) {
		if statement.update == "" {
			e.Show(name, statement.text, []string{"no plan before the ledger is there"})
			return nil
		}
		lines, full, err = e.planOf(statement.update, statement.arguments[:statement.ofUpdate])
	}
	switch {
	case errors.As(err, &failed):
		lines = []string{"no plan: " + failed.Message}
		if failed.Code == denied {
			e.Problem("%s: %s", name, failed.Message)
		}
	case err != nil:
		return err
	}
	e.noteScans(name, full)
	e.Show(name, statement.text, lines)
	return nil
}

func (e *examination) noteScans(name string, scans []fullScan) {
	full := 0
	if bare := slices.IndexFunc(scans, e.withoutIndex); bare >= 0 { // others are read for its sake
		e.Add(examine.NoIndex(name, scans[bare].table, strings.Join(e.KeyColumns(), ", ")))
		full++
	}
	for _, scan := range scans {
		_, ours := e.rows[scan.table]
		switch {
		case scan.index != "":
			if scan.table == e.name && scan.index != e.Seen.Index {
				e.Add(examine.OtherIndex(name, scan.table, scan.index, scan.rows))
			}
		case ours:
			if full++; full == 1 && !e.Few { // a plan for a few rows may read all of them
				e.Add(examine.FullScan(name, e.name, scan.line))
			}
		default:
			e.Add(examine.Notice("%s reads all of table %s each time it runs: %s", name, scan.table, scan.line))
		}
	}
}

// withoutIndex reports whether a plan reads all of a table that inherits, for want of an
// index there.
func (e *examination) withoutIndex(scan fullScan) bool {
	indexed, ours := e.rows[scan.table]
	return ours && !indexed && scan.table != e.name && scan.index == "" && !e.Few
}

// fullScan is a whole table that a plan reads, or, with an index, what it reads of
// the customers by it.
type fullScan struct {
	table, line, index string
	rows               float64
}

// planOf is PostgreSQL's plan, as its client shows it, and the whole tables that
// it reads.
func (e *examination) planOf(text string, arguments []any) ([]string, []fullScan, error) {
	var lines []string
	err := e.Each("EXPLAIN "+text, arguments, func(values []string) { lines = append(lines, values[0]) })
	if err != nil {
		return nil, nil, err
	}
	found, err := one(e.Ctx, e.readers, "EXPLAIN (FORMAT JSON) "+text, arguments...)
	if err != nil {
		return nil, nil, err
	}
	var plans []struct{ Plan node }
	if err := json.Unmarshal([]byte(found.Text(0)), &plans); err != nil {
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
	found := n.reads()
	for _, below := range n.Plans {
		found = append(found, below.full()...)
	}
	return found
}

// reads is what the step itself reads.
func (n node) reads() []fullScan {
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
	return found
}
