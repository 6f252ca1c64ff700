package database_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func TestTheLastValueOfAColumnCounts(t *testing.T) {
	var change database.Change
	change.Set("name", "Anna")
	change.Set("city", nil)
	change.Set("name", nil)
	require.Equal(t, []database.Assignment{{Column: "name", Value: nil}, {Column: "city", Value: nil}}, change.Assignments)
	value, assigned := change.Assigned("name")
	require.True(t, assigned)
	require.Nil(t, value)
}
