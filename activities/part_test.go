package activities

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/internal/memorytable"
)

// failing is a table whose keys cannot be parsed for the time being.
type failing struct {
	database.Table
	err error
}

func (f failing) ParseKey(ctx context.Context, columns []string) (database.Key, error) {
	if f.err != nil {
		return nil, f.err
	}
	return f.Table.ParseKey(ctx, columns)
}

// TestAPartIsRefusedOnlyIfNoRowCanHaveItsEnd.
func TestAPartIsRefusedOnlyIfNoRowCanHaveItsEnd(t *testing.T) {
	var refused *database.PartError
	_, err := Part{From: "one"}.parse(t.Context(), memorytable.New(3))
	require.ErrorAs(t, err, &refused)
	for _, class := range []database.Class{database.Broken, database.Contention, database.Disconnected} {
		outage := &database.Error{Class: class, Err: errors.New("no answer")}
		_, err = Part{From: "1"}.parse(t.Context(), failing{memorytable.New(3), outage})
		require.ErrorIs(t, err, outage)
		require.NotErrorAs(t, err, &refused)
	}
}
