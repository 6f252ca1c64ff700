package cassandra

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database"
	"db-migrate/database/examine"
	"db-migrate/database/sqltext"
)

// Examine looks at how the statements find their rows, since Cassandra explains
// no plans, and at what will feel them.
func (t *table) Examine(ctx context.Context) (database.Examination, error) {
	look := &examination{table: t, ctx: ctx, written: t.written()}
	look.seen.Key, look.seen.Index, look.seen.Ledger = t.KeyColumns(), "the tokens of "+list(t.keys[:t.partition]), t.own(t.ledger)
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
	seen    database.Examination
}

// written are the columns that the plan writes, as far as they can be told.
func (t *table) written() []string {
	columns := t.plan.Writes
	for _, statement := range t.migrate {
		if parsed, err := sqltext.Parse(statement.text, sqltext.PostgreSQL); err == nil {
			columns = append(columns[:len(columns):len(columns)], parsed.Assigned()...)
		}
	}
	return columns
}

func (e *examination) add(notice database.Notice) { e.seen.Notices = append(e.seen.Notices, notice) }

func (e *examination) statements() error {
	token := "token(" + list(e.keys[:e.partition]) + ")"
	where := " FROM " + e.customers() + " WHERE " + token + " > ? AND " + token + " <= ?"
	for _, one := range [][2]string{{"scan", "SELECT " + token + where}, {"read", "SELECT " + e.selected() + where}} {
		e.seen.Statements = append(e.seen.Statements, examine.Statement(one[0], one[1], []string{"a range of tokens: the nodes that own it are asked, page by page"}))
	}
	if e.plan.Statements == nil {
		change := &work{key: make([]raw, len(e.keys)), values: make([]raw, len(e.columns)), assigned: make([]bool, len(e.columns))}
		for i, column := range e.columns {
			change.assigned[i] = examine.Common([]string{column.name}, e.plan.Writes)
		}
		text := e.updateText(change.lives()[0], usingDated)
		return e.describe("write", text)
	}
	if e.check != nil {
		if err := e.describe("check", e.check.text); err != nil {
			return err
		}
	}
	for _, s := range e.migrate {
		name := strings.TrimPrefix(s.place, "migration "+e.plan.Migration+", ")
		if err := e.describe(name, s.text); err != nil {
			return err
		}
		if columns := s.effect.changingColumns(s.columns); len(columns) > 0 {
			e.add(examine.Loud("%s gives columns %s another value each time it runs, and a worker that dies may run it twice for a row: the last value stays", name, strings.Join(columns, ", ")))
		}
	}
	return nil
}

// describe adds a statement, and tells by what it finds its rows: with the whole
// partition key in its parameters one partition's nodes are asked, else all.
func (e *examination) describe(name, text string) error {
	var bound []string
	err := e.session.Bind(text, func(info *gocql.QueryInfo) ([]any, error) {
		for _, at := range info.PKeyColumns {
			bound = append(bound, info.Args[at].Name)
		}
		return nil, errPrepared
	}).ExecContext(e.ctx)
	if err != nil && !errors.Is(err, errPrepared) {
		return fmt.Errorf("%s: %w", name, err)
	}
	line := "one partition, by " + strings.Join(bound, ", ")
	parsed, err := sqltext.Parse(text, sqltext.PostgreSQL)
	filtering := err == nil && parsed.HasWord("FILTERING")
	switch {
	case len(bound) == 0:
		line = "no partition key among its parameters: all nodes are asked"
		e.add(examine.FullScan(name, e.name, line))
	case filtering:
		line += ", filtered after it was read as a whole"
		e.add(examine.Notice("%s says ALLOW FILTERING: it reads the whole partition each time", name))
	}
	e.seen.Statements = append(e.seen.Statements, examine.Statement(name, text, []string{line}))
	return nil
}

// notices looks at what will feel the migration.
func (e *examination) notices() error {
	for _, look := range []struct {
		what string
		do   func() error
	}{{"the table's settings", e.settings}, {"expiry", e.expiries}, {"the nodes' settings", e.durability}, {"the keyspace", e.replication}, {"columns", e.columnNotices}, {"indexes", e.indexNotices}, {"materialized views", e.views}, {"triggers", e.triggers}} {
		if err := look.do(); err != nil {
			if e.ctx.Err() != nil {
				return e.ctx.Err()
			}
			e.add(examine.Unseen(look.what, err))
		}
	}
	return nil
}

func (e *examination) schemaRows(text string, use func(map[string]any), values ...any) error {
	rows := e.session.Query(text, values...).IterContext(e.ctx)
	for {
		row := map[string]any{}
		if !rows.MapScan(row) {
			return rows.Close()
		}
		use(row)
	}
}

func (e *examination) settings() error {
	return e.schemaRows("SELECT default_time_to_live, cdc FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?", func(row map[string]any) {
		switch seconds, _ := row["default_time_to_live"].(int); {
		case seconds > 0 && e.plan.Statements == nil:
			e.add(examine.Notice("the table's default_time_to_live is %d s: what the migration writes expires with the cells that it was made of", seconds))
		case seconds > 0:
			e.add(examine.Loud("the table's default_time_to_live is %d s: what the migration writes will EXPIRE after that, whatever the rest of its row does", seconds))
		}
		if on, _ := row["cdc"].(bool); on {
			e.add(examine.Notice("change data capture is on (cdc = true): every migrated row is kept in each node's cdc_raw; when nobody reads it and its space is used up, the nodes refuse writes"))
		}
	}, e.schema, e.name)
}

func (e *examination) columnNotices() error {
	return e.schemaRows("SELECT column_name FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?", func(row map[string]any) {
		name, _ := row["column_name"].(string)
		if notice, found := examine.ChangeTime(name, e.written); found {
			e.add(notice)
		}
	}, e.schema, e.name)
}

func (e *examination) indexNotices() error {
	return e.schemaRows("SELECT index_name, options FROM system_schema.indexes WHERE keyspace_name = ? AND table_name = ?", func(row map[string]any) {
		options, _ := row["options"].(map[string]string)
		name, _ := row["index_name"].(string)
		if target := strings.Trim(options["target"], `"`); examine.Common([]string{target}, e.written) {
			e.add(examine.Index(name, []string{target}))
		}
	}, e.schema, e.name)
}

func (e *examination) views() error {
	return e.schemaRows("SELECT view_name, base_table_name FROM system_schema.views WHERE keyspace_name = ?", func(row map[string]any) {
		if row["base_table_name"] == e.name {
			e.add(examine.Loud("materialized view %s is kept up with every migrated row, by a read BEFORE each write", row["view_name"]))
		}
	}, e.schema)
}

func (e *examination) triggers() error {
	return e.schemaRows("SELECT trigger_name FROM system_schema.triggers WHERE keyspace_name = ? AND table_name = ?", func(row map[string]any) {
		name, _ := row["trigger_name"].(string)
		notice, _ := examine.Trigger{Name: name, When: "BEFORE"}.Notice(nil)
		e.add(notice)
	}, e.schema, e.name)
}

// durability looks at what could take back a write that the nodes have acknowledged.
func (e *examination) durability() error {
	settings := map[string]string{}
	err := e.schemaRows("SELECT name, value FROM system_views.settings WHERE name IN ('commitlog_sync', 'commitlog_sync_period', 'commitlog_sync_period_in_ms')", func(row map[string]any) {
		name, _ := row["name"].(string)
		settings[name], _ = row["value"].(string)
	})
	if settings["commitlog_sync"] == "periodic" {
		e.add(examine.Loud("the nodes acknowledge a write BEFORE it is on disk (commitlog_sync: periodic, every %s): if all replicas of a row crash at once, its last writes are gone, though the run has counted them as migrated; "+
			"after such a crash drop the ledger (starter ledger drop) and start again, with a check or a function that finds the rows that still need it", period(settings)))
	}
	return err
}

// period is how often the commit log is written, which has had two names.
func period(settings map[string]string) string {
	for _, text := range []string{settings["commitlog_sync_period"], settings["commitlog_sync_period_in_ms"] + "ms"} {
		if period, err := time.ParseDuration(text); err == nil {
			return period.String()
		}
	}
	return "few seconds"
}

// replication looks at how many copies there are, and how many are asked.
func (e *examination) replication() error {
	return e.schemaRows("SELECT replication, durable_writes FROM system_schema.keyspaces WHERE keyspace_name = ?", func(row map[string]any) {
		if durable, known := row["durable_writes"].(bool); known && !durable {
			e.add(examine.Loud("keyspace %s has durable_writes = false: its writes are in memory only until they are flushed, and a node that crashes LOSES them, though the run has counted them as migrated", e.schema))
		}
		replication, _ := row["replication"].(map[string]string)
		asked, copies := e.address.consistency, copiesOf(replication, e.address.consistency == gocql.LocalOne)
		if count := map[gocql.Consistency]int{gocql.One: 1, gocql.LocalOne: 1, gocql.Two: 2, gocql.Three: 3}[asked]; count > 0 && 2*count <= copies {
			e.add(examine.Loud("connection/url says consistency=%s, and keyspace %s keeps %d copies of each row: what is read may be OLD, and the ledger may not show which rows are migrated, so that rows may be migrated twice or not at all; leave consistency out (LOCAL_QUORUM)",
				asked, e.schema, copies))
		}
	}, e.schema)
}

// copiesOf is how many copies of a row a keyspace keeps: in all, or in the data center
// that keeps most.
func copiesOf(replication map[string]string, local bool) int {
	sum, most := 0, 0
	for name, value := range replication {
		full, _, _ := strings.Cut(value, "/") // 3/1: one of them is transient
		count, err := strconv.Atoi(full)
		if name == "class" || err != nil {
			continue
		}
		sum, most = sum+count, max(most, count)
	}
	if local {
		return most
	}
	return sum
}
