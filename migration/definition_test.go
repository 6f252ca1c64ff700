package migration_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/migration"
)

// TestTheDefinitionOfWhomItIsFor: a condition makes it another definition, and the
// ledgers that were written before there were conditions stay valid.
func TestTheDefinitionOfWhomItIsFor(t *testing.T) {
	plain := migration.Migration{Name: "a", Version: "1", Reads: []string{"x"}, Writes: []string{"y"}}
	require.Equal(t, "491b084c32d4", plain.Definition())
	one, other := plain, plain
	one.Where, other.Where = "x = 1", "x = 2"
	require.NotEqual(t, plain.Definition(), one.Definition())
	require.NotEqual(t, one.Definition(), other.Definition())
	require.Equal(t, "x = 1", one.Plan().Where)
}
