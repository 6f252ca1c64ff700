package cassandra

import (
	"strconv"
	"strings"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database/examine"
)

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
			e.add(examine.Loud("connection/url says consistency=%s, and keyspace %s keeps %d copies of each row: what is read may be OLD, and the ledger may not show who is migrated, so that rows may be migrated twice or not at all; leave consistency out (LOCAL_QUORUM)",
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
