package mysql_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/mysql"
)

// TestLargeTablesAreEstimated by the statistics, whole, in parts and under a
// condition. InnoDB's whole was half of the truth, and its parts twice.
func TestLargeTablesAreEstimated(t *testing.T) {
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, region varchar(10))",
		"INSERT INTO customers SELECT seq, IF(seq % 4 = 0, 'EU', 'US') FROM seq_1_to_300000", "ANALYZE TABLE customers PERSISTENT FOR ALL")
	connection, err := mysql.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	for _, test := range []struct {
		where    string
		part     database.Part
		expected int
	}{
		{"", database.Part{}, 300_000},
		{"", database.Part{From: database.Key{"50001"}, To: database.Key{"90000"}}, 40_000},
		{"region = 'EU'", database.Part{}, 75_000},
		{"region = 'EU'", database.Part{From: database.Key{"50001"}, To: database.Key{"90000"}}, 10_000},
	} {
		table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Reads: []string{"region"}, Where: test.where})
		require.NoError(t, err)
		bound, err := table.BoundPart(t.Context(), test.part)
		require.NoError(t, err)
		require.Greater(t, bound.Estimate, int64(test.expected/3), "%+v", test)
		require.Less(t, bound.Estimate, int64(test.expected*3), "%+v", test)
	}

	table, err := connection.Prepare(t.Context(), database.Plan{Migration: "m", Reads: []string{"region"}, Where: "region = 'nowhere'"})
	require.NoError(t, err)
	_, err = table.Fetch(t.Context(), nil, nil, 10)
	var unfinished *database.UnfinishedError
	require.ErrorAs(t, err, &unfinished, "it stops after many who do not match")
	seen, err := table.Examine(t.Context())
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(seen.Notices), "customer-scanner/where is true of none of the first rows")
}
