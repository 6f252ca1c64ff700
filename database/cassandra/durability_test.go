package cassandra_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/internal/testserver/cql"
)

// TestWhatCouldBeTakenBackIsTold: writes that are acknowledged before they are on
// disk, and copies of which too few are asked.
func TestWhatCouldBeTakenBackIsTold(t *testing.T) {
	t.Parallel()
	o := oddTable(t, "(id int PRIMARY KEY, x text)")
	address := o.options.URL
	plan := database.Plan{Migration: "m", Writes: []string{"x"}}
	require.NoError(t, o.prepare(plan))
	told := fmt.Sprint(o.loud())
	require.Contains(t, told, "the nodes acknowledge a write BEFORE it is on disk (commitlog_sync: periodic, every 10s)")
	require.Contains(t, told, "has durable_writes = false")
	require.NotContains(t, told, "copies")
	keyspace, _, _ := strings.Cut(address[strings.LastIndex(address, "/")+1:], "?")
	cql.Schema(t, o.session, "ALTER KEYSPACE "+keyspace+" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 3} AND durable_writes = true")
	for _, consistency := range []string{"ONE", "LOCAL_ONE"} {
		o.options.URL = address + "&consistency=" + consistency
		require.NoError(t, o.prepare(plan))
		told := fmt.Sprint(o.loud())
		require.NotContains(t, told, "durable_writes")
		require.Contains(t, told, "consistency="+consistency+", and keyspace "+keyspace+" keeps 3 copies of each row")
	}
}
