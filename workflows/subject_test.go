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
		{"localhost", "shout", "orders"}, {"localhost", "shout", "shop.orders"}, {"localhost", "shout", "a/dry-run"}, {"localhost", "shout", "a"}, {"localhost", "shout", "Orders"},
		{"localhost", "shout", "größe"}, {"localhost", "shout", "gr%C3%B6%C3%9Fe"}, {"localhost", "shout", "a\tb"}, {"localhost", "shout", "a%09b"}, {"localhost", "shout", "100%"}}
	for _, subject := range subjects {
		found, ours := workflows.SubjectOf(subject.TaskQueue())
		require.True(t, ours)
		require.Equal(t, subject, found)
		for _, name := range []string{subject.TaskQueue(), subject.RollCall(), subject.ID(false), subject.QuestionID("InspectTable", 7)} {
			require.NotRegexp(t, `[^ -~]`, name, "a header of gRPC holds ASCII alone")
		}
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

// TestAnASCIITableKeepsItsQueue: a run that was started before is found by another program.
func TestAnASCIITableKeepsItsQueue(t *testing.T) {
	for _, table := range []string{"customers", "my orders", `"Orders"`, "`a`", "shop.orders", "a@b", "a/b", "it's", "a+b", "a?b#c", "[x]"} {
		subject := workflows.Subject{Environment: "localhost", Migration: "shout", Table: table}
		require.Equal(t, "db-migrate/localhost/shout/"+table, subject.TaskQueue())
		require.Equal(t, "question/InspectTable/shout@a b/localhost/7", workflows.Subject{Environment: "localhost", Migration: "shout", Table: "a b"}.QuestionID("InspectTable", 7))
	}
}
