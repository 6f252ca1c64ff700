package cassandra

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// table is the customers' table as one migration sees it.
type table struct {
	*connection
	plan database.Plan
	// schema and name are the table's own; ours is the keyspace of our tables.
	schema, name, ours string
	// cluster is the cluster's name.
	cluster string
	// keys are the columns of the primary key, those of the partition first.
	keys      []column
	partition int
	// rowless: there may be partitions of static columns only, which have no row.
	rowless bool
	// columns are those that are read: of the plan, and planned their names.
	columns []column
	planned []string
	ledger  string
	check   *statement
	migrate []*statement
	// furtherFaults is what is wrong with a change's further statements, by their text.
	furtherFaults sync.Map
	weights       weights
}

// Prepare holds the plan against the live table.
func (c *connection) Prepare(ctx context.Context, plan database.Plan) (database.Table, error) {
	prepared := &table{connection: c, plan: plan, schema: c.address.keyspace, name: c.options.Table}
	if schema, name, found := strings.Cut(c.options.Table, "."); found {
		prepared.schema, prepared.name = schema, name
	}
	prepared.ours = prepared.schema
	if c.options.Schema != "" {
		prepared.ours = c.options.Schema
	}
	prepared.ledger = prepared.ledgerName()
	if err := prepared.refuseWhere(); err != nil {
		return nil, err
	}
	columns, err := prepared.find()
	if err != nil {
		return nil, classify(err)
	}
	if err := c.session.Query("SELECT cluster_name FROM system.local").ScanContext(ctx, &prepared.cluster); err != nil {
		return nil, classify(err)
	}
	if plan.Counterpart() != "" {
		return nil, driverkit.Broken("migration %s: an undo needs transactions, which Cassandra does not have: its row and both ledgers must change together; leave undo out, and write a migration of its own that goes back", plan.Migration)
	}
	return prepared, classify(errors.Join(prepared.findColumns(columns), prepared.prepareStatements(ctx)))
}

// find finds the table and its key.
func (t *table) find() (map[string]column, error) {
	keyspace, err := t.described(t.schema)
	if err != nil {
		return nil, err
	}
	found := keyspace.Tables[t.name]
	if view := keyspace.MaterializedViews[t.name]; view != nil {
		return nil, driverkit.Broken("connection/table: %s is a materialized view, which follows table %s by itself; migrate that table", t.name, view.BaseTable.Name)
	}
	if found == nil {
		return nil, driverkit.Broken("connection/table: there is no table %s in keyspace %s; there are %s", t.name, t.schema, tables(keyspace))
	}
	columns := map[string]column{}
	for name, its := range found.Columns {
		columns[name] = column{name: name, kind: its.Type, part: its.Kind, descending: its.Order == gocql.DESC}
	}
	for _, its := range slices.Concat(found.PartitionKey, found.ClusteringColumns) {
		key := columns[its.Name]
		key.descending = its.Order == gocql.DESC
		t.keys = append(t.keys, key)
	}
	t.partition = len(found.PartitionKey)
	for _, its := range columns {
		t.rowless = t.rowless || its.part == gocql.ColumnStatic
	}
	return columns, t.checkKey()
}

func tables(keyspace *gocql.KeyspaceMetadata) string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(keyspace.Tables)), func(name string) bool { return strings.HasPrefix(name, "db_migrate_") })
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func (t *table) checkKey() error {
	if len(t.options.Key) > 0 && !slices.Equal(t.options.Key, t.KeyColumns()) {
		return driverkit.Broken("connection/key: on Cassandra the key is the primary key (%s); leave connection/key out", strings.Join(t.KeyColumns(), ", "))
	}
	for _, key := range t.keys {
		if typeNames()[key.kind.Type()] == "" {
			return driverkit.Broken("table %s has key column %s of a type that db-migrate cannot walk through; it can be a number, a text, a UUID, bytes or a date", t.name, key.name)
		}
	}
	clustering := t.keys[t.partition:]
	for _, key := range clustering {
		if key.descending != clustering[0].descending {
			return driverkit.Broken("table %s sorts its clustering columns (%s) in both directions, which db-migrate cannot walk through", t.name, strings.Join(names(clustering), ", "))
		}
	}
	return nil
}

// findColumns finds the plan's columns, and tells all that is wrong with them.
func (t *table) findColumns(columns map[string]column) error {
	var problems []error
	problem := func(wrong bool, text string, arguments ...any) {
		if wrong {
			problems = append(problems, driverkit.Broken(text, arguments...))
		}
	}
	t.planned = t.plan.Columns()
	for _, name := range t.planned {
		found, known := columns[name]
		problem(!known, "table %s has no column %s; it has %s", t.name, name, strings.Join(slices.Sorted(maps.Keys(columns)), ", "))
		problem(known && !found.scalar(), "migration %s uses column %s of table %s, a collection or the like, which is not supported", t.plan.Migration, name, t.name)
		problem(known && found.part == gocql.ColumnStatic, "migration %s uses column %s of table %s, which is static: all rows of a partition share it", t.plan.Migration, name, t.name)
		t.columns = append(t.columns, found)
	}
	for _, name := range t.plan.Writes {
		its, known := columns[name]
		problem(slices.Contains(t.KeyColumns(), name), "migration %s writes column %s of table %s, which is part of the key; a row must keep its key", t.plan.Migration, name, t.name)
		problem(known && its.kind.Type() == gocql.TypeCounter, "migration %s writes column %s of table %s, a counter, which can only be counted up and down", t.plan.Migration, name, t.name)
	}
	return errors.Join(problems...)
}

// Traits: there are no sets; rows are written one by one, several under way at once.
func (t *table) Traits() database.Traits {
	return database.Traits{InFlight: t.inFlight(), Repeatable: true, Site: t}
}

// Target names the table.
func (t *table) Target() database.Target {
	return database.Target{Driver: "cassandra", Host: strings.Join(t.address.hosts, ","), Database: t.schema, Table: t.name,
		Key: strings.Join(t.KeyColumns(), ", "), Books: t.ours, Identity: t.cluster}
}

// customers is the table's name as CQL.
func (t *table) customers() string { return quote(t.schema) + "." + quote(t.name) }

// own is the name of a table of ours as CQL.
func (t *table) own(name string) string { return quote(t.ours) + "." + quote(name) }

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func names(columns []column) []string {
	list := make([]string, len(columns))
	for i, column := range columns {
		list[i] = quote(column.name)
	}
	return list
}

func marks(count int) string { return strings.TrimSuffix(strings.Repeat("?, ", count), ", ") }

func list(columns []column) string { return strings.Join(names(columns), ", ") }

// equal is the condition that columns have given values.
func equal(columns []column) string { return strings.Join(names(columns), " = ? AND ") + " = ?" }
