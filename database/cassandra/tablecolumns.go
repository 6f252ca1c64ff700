package cassandra

import (
	"context"
	"strings"
)

// declared is a column of any table as it was declared.
type declared struct {
	name, kind string
	// part is partition_key, clustering, static or regular.
	part string
}

func (d declared) key() bool     { return d.part == "partition_key" || d.part == "clustering" }
func (d declared) list() bool    { return strings.HasPrefix(d.kind, "list<") }
func (d declared) counter() bool { return d.kind == "counter" }

func (d declared) text() bool {
	return d.kind == "text" || d.kind == "varchar" || d.kind == "ascii"
}

// cells reports whether a value has several cells, each with a date of its own.
func (d declared) cells() bool {
	for _, kind := range []string{"list<", "set<", "map<"} {
		if strings.HasPrefix(d.kind, kind) {
			return true
		}
	}
	return d.ownType()
}

// plainKinds are the server's own types of one cell, without those in <>.
const plainKinds = " ascii bigint blob boolean counter date decimal double duration float inet int smallint text time timestamp timeuuid tinyint uuid varchar varint "

// ownType: a type of the site's own, which is not frozen.
func (d declared) ownType() bool {
	return !strings.Contains(d.kind, "<") && !strings.HasPrefix(d.kind, "'") && !strings.Contains(plainKinds, " "+d.kind+" ")
}

// declaredColumns are the columns of a table by their names.
func (c *connection) declaredColumns(ctx context.Context, keyspace, table string) (map[string]declared, error) {
	if keyspace == "" {
		keyspace = c.address.keyspace
	}
	rows := c.session.Query("SELECT column_name, type, kind FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?", keyspace, table).IterContext(ctx)
	found := map[string]declared{}
	var one declared
	for rows.Scan(&one.name, &one.kind, &one.part) {
		found[one.name] = one
	}
	return found, rows.Close()
}
