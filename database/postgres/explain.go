package postgres

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"db-migrate/database/examine"
)

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
