package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"

	"db-migrate/workflows"
)

// polledLately is within which time a worker that lives has asked Temporal for work: it
// asks for a minute, and then again.
const polledLately = 65 * time.Second

// findTable takes the table that a worker of the migration serves, if nobody has said
// another one here, and reports whether it is another one than before. It waits for a
// worker so long, if there is none. Workers of several tables are refused: which one is
// meant?
func (f *flags) findTable(ctx context.Context, temporal *connection, patience time.Duration) (bool, error) {
	if f.tableSaid {
		return false, nil
	}
	for until := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		tables := servedTables(ctx, temporal, f.subject)
		if len(tables) == 1 {
			f.tableSaid = true
			return f.takeTable(tables), nil
		}
		if len(tables) > 1 {
			return false, usage("workers of migration %s serve the tables %s (one of them may have ended within the last minute); say which one is meant: connection/table=%s",
				f.subject.Migration, strings.Join(tables, " and "), tables[0])
		}
		if ctx.Err() != nil || !time.Now().Before(until) || waitForWorker(ctx, temporal, f.subject.TaskQueue(), 0) {
			return false, ctx.Err()
		}
	}
}

// takeTable takes the only one of the tables, and reports whether it is another one than
// before.
func (f *flags) takeTable(tables []string) bool {
	if len(tables) != 1 || tables[0] == f.subject.Table {
		return false
	}
	f.subject.Table, f.table = tables[0], tables[0]
	return true
}

// servedTables are the tables of the migration's workers, by its roll call.
func servedTables(ctx context.Context, temporal *connection, subject workflows.Subject) []string {
	description, err := temporal.DescribeTaskQueue(ctx, subject.RollCall(), enums.TASK_QUEUE_TYPE_ACTIVITY)
	if err != nil {
		return nil
	}
	var tables []string
	for _, poller := range description.GetPollers() {
		served, ours := workflows.SubjectOf(poller.GetIdentity())
		if ours && time.Since(poller.GetLastAccessTime().AsTime()) < polledLately && !slices.Contains(tables, served.Table) {
			tables = append(tables, served.Table)
		}
	}
	slices.Sort(tables)
	return tables
}
