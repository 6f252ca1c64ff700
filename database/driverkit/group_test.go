package driverkit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// assigning is a customer's write that assigns these columns.
func assigning(key string, columns ...string) database.Write {
	write := database.Write{Row: database.Row{Key: database.Key{key}}}
	for _, column := range columns {
		write.Change.Set(column, key)
	}
	return write
}

func TestWritesAreGroupedByTheirColumns(t *testing.T) {
	columns := []string{"name", "city", "code"}
	set := []database.Write{assigning("1", "city"), assigning("2", "code", "city"), assigning("3", "city"), assigning("4", "city", "code")}
	groups, err := driverkit.GroupWrites(set, columns, []int{0, 1, 2})
	require.NoError(t, err)
	require.Len(t, groups, 2)
	require.Equal(t, []int{1}, groups[0].Columns)
	require.Equal(t, []database.Write{set[0], set[2]}, groups[0].Writes)
	require.Equal(t, []int{0, 2}, groups[0].Places)
	require.Equal(t, []int{1, 2}, groups[1].Columns)
	require.Equal(t, []database.Write{set[1], set[3]}, groups[1].Writes)
	require.Equal(t, []int{1, 3}, groups[1].Places)
	groups, err = driverkit.GroupWrites(set[:1], columns, []int{0, 1, 2})
	require.NoError(t, err)
	require.Len(t, groups, 1)
	require.Equal(t, set[:1], groups[0].Writes)
	groups, err = driverkit.GroupWrites(nil, columns, []int{0, 1, 2})
	require.NoError(t, err)
	require.Empty(t, groups)
}

func TestAChangeWithoutAColumnOfTheMigrationsIsTheCustomersError(t *testing.T) {
	_, err := driverkit.GroupWrites([]database.Write{assigning("1", "city"), assigning("2", "zip")}, []string{"city"}, []string{"city"})
	require.EqualError(t, err, "row 2: the change sets no column of the migration's")
	require.Equal(t, database.Own, database.ClassOf(err))
}
