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
	groups, err := driverkit.GroupWrites(set, columns)
	require.NoError(t, err)
	require.Equal(t, []*driverkit.Group{
		{Assigned: []bool{false, true, false}, Writes: []database.Write{set[0], set[2]}, Places: []int{0, 2}},
		{Assigned: []bool{false, true, true}, Writes: []database.Write{set[1], set[3]}, Places: []int{1, 3}},
	}, groups)
	groups, err = driverkit.GroupWrites(set[:1], columns)
	require.NoError(t, err)
	require.Equal(t, []*driverkit.Group{{Assigned: []bool{false, true, false}, Writes: set[:1], Places: []int{0}}}, groups)
	groups, err = driverkit.GroupWrites(nil, columns)
	require.NoError(t, err)
	require.Empty(t, groups)
}

func TestAChangeWithoutAColumnOfTheMigrationsIsTheCustomersError(t *testing.T) {
	_, err := driverkit.GroupWrites([]database.Write{assigning("1", "city"), assigning("2", "zip")}, []string{"city"})
	require.EqualError(t, err, "customer 2: the change sets no column of the migration's")
	require.Equal(t, database.Own, database.ClassOf(err))
}
