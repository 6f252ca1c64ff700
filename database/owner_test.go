package database_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// TestAnOwnersEndIsACommand that whoever is refused can type.
func TestAnOwnersEndIsACommand(t *testing.T) {
	for environment, command := range map[string]string{"localhost": "(starter cancel whisper)", "staging": "(starter cancel whisper -e staging)"} {
		owner := &database.OwnerError{Table: "customers", Migration: "whisper", Environment: environment}
		require.ErrorContains(t, owner, "let it finish, or cancel it first "+command+", or start with --take-over")
	}
}
