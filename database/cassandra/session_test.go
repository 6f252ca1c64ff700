package cassandra_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/cassandra"
	"db-migrate/database/databasetest"
)

// TestTheURLsConsistencyIsAskedFor: a keyspace of one replica has no two.
func TestTheURLsConsistencyIsAskedFor(t *testing.T) {
	used := pool(t)
	for consistency, says := range map[string]string{
		"ONE": "", "LOCAL_ONE": "", "QUORUM": "", "LOCAL_QUORUM": "", "ALL": "",
		"TWO": "Cannot achieve consistency level TWO; too few replicas are up: start the nodes that are down",
	} {
		m := &made{T: t, Site: used.site(t, databasetest.Numbers, "&consistency="+consistency)}
		connection, err := cassandra.Driver{}.Open(t.Context(), m.Options)
		if err == nil {
			defer connection.Close()
			var table database.Table
			if table, err = connection.Prepare(t.Context(), goPlan()); err == nil {
				_, err = table.Read(t.Context(), database.Range{}, nil, 10)
			}
		}
		if says == "" {
			require.NoError(t, err, consistency)
			continue
		}
		require.ErrorContains(t, err, says)
		require.Equal(t, database.Disconnected, database.ClassOf(err), "no customer is blamed")
	}
}

// TestStatementsArePrepared, as the node sees it.
func TestStatementsArePrepared(t *testing.T) {
	m := pool(t).made(t, databasetest.Numbers, goPlan(), "")
	_, err := m.table.Write(t.Context(), m.mark, writes(m.read()))
	require.NoError(t, err)
	session := m.Actions.(*liveSite).session
	_, keyspace, _ := strings.Cut(strings.TrimPrefix(m.Options.URL, "cassandra://"), "/")
	keyspace, _, _ = strings.Cut(keyspace, "?")
	var text string
	var updates, reads int
	prepared := session.Query("SELECT query_string FROM system.prepared_statements").Iter()
	for prepared.Scan(&text) {
		switch {
		case !strings.Contains(text, keyspace):
		case strings.HasPrefix(text, "UPDATE"):
			updates++
		case strings.HasPrefix(text, "SELECT"):
			reads++
		}
	}
	require.NoError(t, prepared.Close())
	require.Positive(t, updates)
	require.Positive(t, reads)
}
