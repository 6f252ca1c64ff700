package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"db-migrate/board"
	"db-migrate/config"
	"db-migrate/internal/noun"
	"db-migrate/workflows"
)

// Fields of a run's memo: who has started it, and why.
const (
	memoBy     = "started_by"
	memoReason = "reason"
)

// listed is a run as Temporal lists it.
type listed struct {
	id, runID       string
	subject         workflows.Subject
	dryRun, running bool
	state           string
	startedAt       time.Time
	memo
}

// memo says who has started a run, and why.
type memo struct{ startedBy, reason string }

func readMemo(info *workflowpb.WorkflowExecutionInfo) (read memo) {
	for field, to := range map[string]*string{memoBy: &read.startedBy, memoReason: &read.reason} {
		if payload := info.GetMemo().GetFields()[field]; payload != nil {
			_ = converter.GetDefaultDataConverter().FromPayload(payload, to) // unknown, then
		}
	}
	return read
}

func listCommand(given *flags, terminal streams) *cobra.Command {
	return &cobra.Command{Use: "list" + keysUse, Short: "Lists the environment's migrations and their runs: state, progress, who started them, and when",
		RunE: func(command *cobra.Command, arguments []string) error {
			return given.connected(command.Context(), arguments, func(temporal *connection, _ *config.Configuration) error {
				return listRuns(command.Context(), temporal, given, terminal.out)
			})
		}}
}

// listedRuns bounds how many runs are listed, and knownRuns among how many one is looked
// for: the newest.
const (
	listedRuns = 50
	knownRuns  = 1000
)

// runs are the environment's overseers, the newest first, so many at most.
func (t *connection) runs(ctx context.Context, environment string, running bool, most int32) ([]listed, error) {
	query := fmt.Sprintf("WorkflowType = '%s' AND TaskQueue STARTS_WITH '%s' AND ExecutionStatus != 'ContinuedAsNew'", workflows.WorkflowName, workflows.TaskQueues(environment))
	if running {
		query += " AND ExecutionStatus = 'Running'"
	}
	answer, err := t.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Namespace: t.namespace, PageSize: most, Query: query})
	if err != nil {
		return nil, err
	}
	var found []listed
	for _, info := range answer.GetExecutions() {
		if subject, ours := workflows.SubjectOf(info.GetTaskQueue()); ours {
			found = append(found, newListed(info, subject))
		}
	}
	return found, nil
}

func newListed(info *workflowpb.WorkflowExecutionInfo, subject workflows.Subject) listed {
	id := info.GetExecution().GetWorkflowId()
	return listed{id: id, runID: info.GetExecution().GetRunId(), subject: subject, dryRun: id == subject.ID(true),
		running: info.GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING, state: stateIn(info), startedAt: info.GetStartTime().AsTime(), memo: readMemo(info)}
}

// stateIn is the state of a run as Temporal knows it: of one that goes on, what its
// overseer has last said in a search attribute. One that was ended from outside keeps that
// for ever, so that it says nothing then.
func stateIn(info *workflowpb.WorkflowExecutionInfo) string {
	state := stateOf(info.GetStatus())
	said := info.GetSearchAttributes().GetIndexedFields()[workflows.NewAttributes().State.GetName()]
	if state == workflows.PhaseRunning && said != nil {
		_ = converter.GetDefaultDataConverter().FromPayload(said, &state) // else it runs, that is known
	}
	return state
}

func stateOf(status enums.WorkflowExecutionStatus) string {
	switch status {
	case enums.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return workflows.PhaseRunning
	case enums.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return workflows.PhaseCompleted
	case enums.WORKFLOW_EXECUTION_STATUS_CANCELED:
		return workflows.PhaseCancelled
	case enums.WORKFLOW_EXECUTION_STATUS_FAILED:
		return workflows.PhaseFailed
	case enums.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return workflows.PhaseTerminated
	case enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return workflows.PhaseTimedOut
	}
	return strings.ToLower(status.String())
}

// title is how a run is named to people.
func (r listed) title() string {
	if r.dryRun {
		return r.subject.Name() + " (dry run)"
	}
	return r.subject.Name()
}

// namesOf are the names by which each of the runs is meant and no other one: the usual
// table's is said, too.
func namesOf(runs []listed) []string {
	var names []string
	for _, run := range runs {
		name := fullName(run.subject)
		if run.dryRun {
			name += " (--dry-run)"
		}
		names = append(names, name)
	}
	return names
}

func fullName(subject workflows.Subject) string { return subject.Migration + "@" + subject.Table }

// jsonListed is a run in the JSON output, a line each.
type jsonListed struct {
	Migration  string            `json:"migration"`
	Table      string            `json:"table"`
	DryRun     bool              `json:"dry_run,omitempty"`
	Phase      string            `json:"phase"`
	Totals     *workflows.Totals `json:"totals,omitempty"`
	StartedAt  time.Time         `json:"started_at"`
	StartedBy  string            `json:"started_by,omitempty"`
	Reason     string            `json:"reason,omitempty"`
	WorkflowID string            `json:"workflow_id"`
	RunID      string            `json:"run_id"`
}

func listRuns(ctx context.Context, temporal *connection, given *flags, stdout io.Writer) error {
	runs, err := temporal.runs(ctx, given.environment, false, listedRuns)
	if err != nil {
		return unreachable("the runs could not be listed", err)
	}
	if len(runs) == 0 && given.output != outputJSON {
		fmt.Fprintf(stdout, "Temporal knows of no migration in environment %s.\n", given.environment)
	}
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	for i, run := range runs {
		now := temporal.progress(ctx, run)
		if ctx.Err() != nil {
			return unreachable("the runs could not be listed", ctx.Err())
		}
		if given.output == outputJSON {
			line := jsonListed{run.subject.Migration, run.subject.Table, run.dryRun, now.phase, now.totals, run.startedAt, run.startedBy, run.reason, run.id, run.runID}
			if err := json.NewEncoder(stdout).Encode(line); err != nil {
				return err
			}
			continue
		}
		if i == 0 {
			fmt.Fprintln(table, "MIGRATION\tSTATE\tPROGRESS\tSTARTED\tBY\tREASON")
		}
		done := "not known: no worker answers"
		if now.totals != nil {
			done = sumUp(now.rows, *now.totals, run.dryRun) + inHand(run.state)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", run.title(), now.phase+now.remains(), done, run.startedAt.Local().Format("2006-01-02 15:04:05"), board.Clean(run.startedBy), board.Clean(run.reason))
	}
	err = table.Flush()
	if len(runs) == listedRuns && given.output != outputJSON {
		fmt.Fprintf(stdout, "These are the newest %d runs; Temporal's Web UI lists all.\n", listedRuns)
	}
	return err
}

// progress is how far a run is, or had come.
type progress struct {
	phase string
	rows  noun.Noun
	// totals are nil where nobody can tell.
	totals *workflows.Totals
	// left is how many rows a run has left at its end.
	left int64
}

// remains says what of a completed run is not done.
func (p progress) remains() string {
	if p.totals == nil || p.phase != workflows.PhaseCompleted {
		return ""
	}
	var parts []string
	for _, one := range []struct {
		number int64
		words  string
	}{{p.left, "left"}, {p.totals.NeededAgain, "needed again"}, {p.totals.Failed, "failed"}} {
		if one.number > 0 {
			parts = append(parts, ", "+humanize.Comma(one.number)+" "+one.words)
		}
	}
	return strings.Join(parts, "")
}

// progress asks how far a run is, or had come.
func (t *connection) progress(ctx context.Context, run listed) progress {
	asking, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	if !run.running {
		end, err := t.closure(asking, run.id, run.runID)
		if err == nil && end.summary != nil {
			return progress{end.phase, noun.Of(run.subject.Table, end.summary.RowName), &end.summary.Totals, end.summary.Left}
		}
	}
	status, err := t.statusOf(asking, run.id, run.runID)
	if err != nil {
		return progress{phase: run.state}
	}
	found := progress{status.Phase, status.Rows(), &status.Totals, status.Left}
	if !run.running {
		found.phase = run.state // as it was ended from outside
		return found
	}
	*found.totals = t.totalsNow(asking, run.id, status)
	return found
}
