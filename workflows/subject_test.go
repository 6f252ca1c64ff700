package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

// TestEachSubjectHasItsOwnQueueAndIDs: neither environment, migration nor table is taken
// for another one, and the usual table has the short id.
func TestEachSubjectHasItsOwnQueueAndIDs(t *testing.T) {
	usual := workflows.Subject{Environment: "localhost", Migration: "shout", Table: "customers"}
	require.Equal(t, "db-migrate/localhost/shout/customers", usual.TaskQueue())
	require.Equal(t, "migration/shout/localhost", usual.ID(false))
	require.Equal(t, "migration/shout/localhost/dry-run", usual.ID(true))
	queues, ids := map[string]bool{}, map[string]bool{}
	subjects := []workflows.Subject{usual, {"staging", "shout", "customers"}, {"localhost", "shout-undo", "customers"},
		{"localhost", "shout", "orders"}, {"localhost", "shout", "shop.orders"}, {"localhost", "shout", "a/dry-run"}, {"localhost", "shout", "a"}, {"localhost", "shout", "Orders"}}
	for _, subject := range subjects {
		found, ours := workflows.SubjectOf(subject.TaskQueue())
		require.True(t, ours)
		require.Equal(t, subject, found)
		queues[subject.TaskQueue()], ids[subject.ID(false)], ids[subject.ID(true)] = true, true, true
	}
	require.Len(t, queues, len(subjects))
	require.Len(t, ids, 2*len(subjects))
	require.Equal(t, "migration/shout@shop.orders/localhost", subjects[4].ID(false))
	require.Equal(t, "shout@shop.orders", subjects[4].Name())
	for _, strange := range []string{"db-migrate/localhost", "peer/localhost/shout/customers", ""} {
		_, ours := workflows.SubjectOf(strange)
		require.False(t, ours, strange)
	}
}
