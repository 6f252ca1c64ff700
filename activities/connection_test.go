package activities

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// busyBooks are books that wait for a lock in vain.
type busyBooks struct{ database.Table }

func (busyBooks) SavePagingState(context.Context, database.Run, database.PagingState) error {
	return &database.Error{Class: database.Contention, Err: errors.New("database is locked")}
}

// TestALockedPagingStateIsLeftToALaterBatch: it fails no activity.
func TestALockedPagingStateIsLeftToALaterBatch(t *testing.T) {
	connection := &Connection{}
	require.NoError(t, connection.savePagingState(t.Context(), busyBooks{}, Order{}, &database.PagingState{Sequence: 3}))
}
