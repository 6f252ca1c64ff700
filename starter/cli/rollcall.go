package cli

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/sdk/client"

	"db-migrate/workflows"
)

// polledLately is within which time a worker that lives has asked Temporal for work: it
// asks for a minute, and then again.
const polledLately = 65 * time.Second

// findTable takes the table that a worker of the migration serves, if nobody has said
// another one here, and reports whether it is another one than before. It waits for a
// worker so long, if there is none. Workers of several tables that answer are refused:
// which one is meant?
func (f *flags) findTable(ctx context.Context, temporal *connection, patience time.Duration) (bool, error) {
	if f.tableSaid {
		return false, nil
	}
	hint := f.missingHint(ctx, temporal)
	for until := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		tables := servedTables(ctx, temporal, f.subject)
		if len(tables) > 1 {
			tables = f.answering(ctx, temporal, tables)
		}
		if len(tables) == 1 {
			f.tableSaid = true
			return f.takeTable(tables), nil
		}
		if len(tables) > 1 {
			return false, usage("workers of migration %s serve the tables %s; say which one is meant: customer-migrator/migration=%s@%s",
				f.subject.Migration, strings.Join(tables, " and "), f.subject.Migration, tables[0])
		}
		polled, err := isPolled(ctx, temporal, f.subject.TaskQueue())
		switch {
		case polled:
			return false, nil
		case ctx.Err() != nil:
			return false, f.interrupted()
		case !time.Now().Before(until):
			return false, f.unpolled(ctx, temporal, err)
		}
		hint(f.subject.TaskQueue())
	}
}

// answering are those of the tables whose worker answers: Temporal remembers one that has
// ended for a minute.
func (f *flags) answering(ctx context.Context, temporal *connection, tables []string) []string {
	present := make([]bool, len(tables))
	var group sync.WaitGroup
	for i, table := range tables {
		group.Go(func() {
			asked := f.subject
			asked.Table = table
			present[i] = isPresent(ctx, temporal, asked)
		})
	}
	group.Wait()
	var found []string
	for i, table := range tables {
		if present[i] {
			found = append(found, table)
		}
	}
	return found
}

// isPresent reports whether a worker of the subject answers in time.
func isPresent(ctx context.Context, temporal *connection, subject workflows.Subject) bool {
	waiting, cancel := context.WithTimeout(ctx, pollerTime)
	defer cancel()
	run, err := temporal.ExecuteWorkflow(waiting, client.StartWorkflowOptions{
		ID:        subject.QuestionID(workflows.Presence, os.Getpid()),
		TaskQueue: subject.TaskQueue(), WorkflowExecutionTimeout: 2 * pollerTime, StaticSummary: "Is a worker there?",
	}, workflows.AskName, workflows.Question{Activity: workflows.Presence})
	if err != nil {
		return false
	}
	defer temporal.forget(context.WithoutCancel(ctx), run)
	err = run.Get(waiting, nil)
	if waiting.Err() != nil {
		withdraw(context.WithoutCancel(ctx), temporal, run)
	}
	return err == nil
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
	var tables []string
	for _, poller := range livelyPollers(ctx, temporal, subject.RollCall()) {
		served, ours := workflows.SubjectOf(poller.GetIdentity())
		if ours && !slices.Contains(tables, served.Table) {
			tables = append(tables, served.Table)
		}
	}
	slices.Sort(tables)
	return tables
}

// livelyPollers are those of a task queue's that may still be there.
func livelyPollers(ctx context.Context, temporal *connection, queue string) []*taskqueue.PollerInfo {
	found, _ := pollers(ctx, temporal, queue)
	return slices.DeleteFunc(found, func(poller *taskqueue.PollerInfo) bool {
		return time.Since(poller.GetLastAccessTime().AsTime()) >= polledLately
	})
}

// pollers are the workers that have polled a task queue's activities in the last minutes.
func pollers(ctx context.Context, temporal *connection, queue string) ([]*taskqueue.PollerInfo, error) {
	description, err := temporal.DescribeTaskQueue(ctx, queue, enums.TASK_QUEUE_TYPE_ACTIVITY)
	return description.GetPollers(), err
}
