package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"db-migrate/activities"
	"db-migrate/board"
	"db-migrate/config"
	"db-migrate/database"
)

// rowCommand tells all that is known of one row.
func rowCommand(given *flags, terminal streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "row KEY" + nameUse,
		Short: "Shows what happened to one row: its attempts, errors, times and workers",
		RunE: func(command *cobra.Command, arguments []string) error {
			arguments = wordsFirst(arguments)
			if len(arguments) == 0 || arguments[0] == "" || isOption(arguments[0]) {
				return usage("row: which one? starter row KEY; columns of a key with a tab between them")
			}
			return withTarget(given, terminal, func(ctx context.Context, t *target) error {
				return t.ledger(terminal).tellRow(ctx, arguments[0])
			})(command, arguments[1:])
		},
	}
	refuseNegative(command, func(number string) error {
		return fmt.Errorf("row: a key that begins with a dash stands after --: starter row -- %s", number)
	})
	return command
}

// wordsFirst puts what is no component/key=value before what is, each in its order: people
// type them either way.
func wordsFirst(arguments []string) []string {
	words, options := []string{}, []string{}
	for _, argument := range arguments {
		if isOption(argument) {
			options = append(options, argument)
		} else {
			words = append(words, argument)
		}
	}
	return append(words, options...)
}

// isOption reports whether a word is component/key=value, and no row's key.
func isOption(word string) bool {
	key, _, found := strings.Cut(word, "=")
	return found && slices.Contains(config.Keys(), key)
}

// attempt is one that Temporal's history knows of.
type attempt struct {
	At      time.Time `json:"at"`
	Worker  string    `json:"worker,omitempty"`
	Outcome string    `json:"outcome"`
	RunID   string    `json:"run_id"`
}

// tellRow asks the worker for what the database knows, and Temporal for the attempts.
func (t *ledgerTarget) tellRow(ctx context.Context, key string) error {
	asked := question{activity: "DescribeRow", summary: "What became of a row?", doing: "look for the row", input: activities.RowRequest{Key: key}}
	var story activities.RowStory
	if err := asked.ask(ctx, t.connection, t.given, &story); err != nil {
		return err
	}
	t.name(&story.Fingerprint.Target)
	t.adopt(story.Fingerprint)
	if err := sameMigration(migrationName(t.configuration), story.Fingerprint, story.Worker); err != nil {
		return err
	}
	if err := t.samePlace(ctx, story.Fingerprint); err != nil {
		return err
	}
	if story.NoKey != "" {
		return usage("row %s: no row of table %s can have that key: %s; columns of a key stand with a tab between them", board.Clean(key), story.Fingerprint.Target.Table, board.Clean(story.NoKey))
	}
	attempts, err := t.attempts(ctx, story.Key)
	if t.given.output == outputJSON {
		return errors.Join(json.NewEncoder(t.terminal.out).Encode(struct {
			activities.RowStory
			Attempts []attempt `json:"attempts,omitempty"`
		}{story, attempts}), err)
	}
	printStory(story, attempts, t.terminal.out)
	if err != nil {
		return unreachable("the attempts in Temporal's history could not be read", err)
	}
	return nil
}

func printStory(story activities.RowStory, attempts []attempt, output io.Writer) {
	key := board.Clean(story.Key.String())
	fmt.Fprintf(output, "%s %s of migration %s\n", story.Fingerprint.Rows().One, key, story.Fingerprint.Migration)
	if !story.Found {
		fmt.Fprintln(output, "  The table has no such row, or customer-scanner/where leaves it out.")
	}
	switch ledger, letter := story.Ledger, story.Letter; {
	case ledger == nil:
		fmt.Fprintln(output, "  The ledger has no entry: no run has migrated it, and it has not failed.")
	case !ledger.Failed:
		fmt.Fprintf(output, "  Migrated by run %d, by the ledger.\n", ledger.Run)
	case letter == nil:
		fmt.Fprintf(output, "  Failed in run %d, by the ledger; its error is not noted.\n", ledger.Run)
	default:
		fmt.Fprintf(output, "  Failed in run %d after %s, %s: %s\n", letter.Run, counted(letter.Attempts, "attempt"), localTime(letter.FailedAt), board.Clean(letter.Error))
	}
	if len(attempts) == 0 {
		fmt.Fprintln(output, "  Temporal's history has no attempt at it: only rows with an error are named there, until the run's retention is over.")
	}
	for _, one := range attempts {
		fmt.Fprintf(output, "  %s  %s  (%s)\n", localTime(one.At), board.Clean(one.Outcome), board.Clean(one.Worker))
	}
}

func localTime(at time.Time) string { return at.Local().Format("2006-01-02 15:04:05") }

// attempts reads the histories of the migration's runs, the oldest first.
func (t *ledgerTarget) attempts(ctx context.Context, key database.Key) ([]attempt, error) {
	id := t.given.subject.ID(false)
	answer, err := t.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Namespace: t.namespace, PageSize: listedRuns, Query: fmt.Sprintf("WorkflowId = '%s'", strings.ReplaceAll(id, "'", "''"))})
	if err != nil {
		return nil, err
	}
	var found []attempt
	for _, info := range answer.GetExecutions() {
		reader := attemptReader{key: key, runID: info.GetExecution().GetRunId(), scheduled: map[int64]*history.ActivityTaskScheduledEventAttributes{}, started: map[int64]*history.ActivityTaskStartedEventAttributes{}}
		err := t.eachEvent(ctx, id, reader.runID, reader.read)
		var missing *serviceerror.NotFound
		if err != nil && !errors.As(err, &missing) {
			return nil, err
		}
		found = append(found, reader.found...)
	}
	slices.SortStableFunc(found, func(a, b attempt) int { return a.At.Compare(b.At) })
	return found, nil
}

// attemptReader finds a row's attempts in a history.
type attemptReader struct {
	key       database.Key
	runID     string
	scheduled map[int64]*history.ActivityTaskScheduledEventAttributes
	started   map[int64]*history.ActivityTaskStartedEventAttributes
	found     []attempt
}

func (r *attemptReader) read(event *history.HistoryEvent) {
	switch event.GetEventType() {
	case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		r.scheduled[event.GetEventId()] = event.GetActivityTaskScheduledEventAttributes()
	case enums.EVENT_TYPE_ACTIVITY_TASK_STARTED:
		started := event.GetActivityTaskStartedEventAttributes()
		r.started[started.GetScheduledEventId()] = started
	case enums.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
		completed := event.GetActivityTaskCompletedEventAttributes()
		r.completed(event, completed.GetScheduledEventId(), completed.GetResult())
	case enums.EVENT_TYPE_ACTIVITY_TASK_FAILED:
		failed := event.GetActivityTaskFailedEventAttributes()
		if r.about(failed.GetScheduledEventId()) {
			r.note(event, failed.GetScheduledEventId(), failed.GetFailure().GetMessage())
		}
	}
}

// completed looks at what an activity has returned: a batch names the rows that failed in
// it.
func (r *attemptReader) completed(event *history.HistoryEvent, scheduled int64, result *commonpb.Payloads) {
	if r.about(scheduled) {
		var outcome string
		if read(result, &outcome) {
			r.note(event, scheduled, outcome)
		}
		return
	}
	var batch activities.BatchResult
	if r.scheduled[scheduled].GetActivityType().GetName() != "MigrateCustomers" || !read(result, &batch) {
		return
	}
	for _, locked := range batch.Locked {
		if locked.Key.Equal(r.key) {
			r.note(event, scheduled, locked.Error)
		}
	}
	for _, troubled := range batch.Troubled {
		if troubled.Key.Equal(r.key) {
			r.note(event, scheduled, troubled.Error)
		}
	}
}

// about reports whether an activity was for the row alone.
func (r *attemptReader) about(scheduled int64) bool {
	attributes := r.scheduled[scheduled]
	switch attributes.GetActivityType().GetName() {
	case "MigrateCustomer":
		var single activities.Single
		return read(attributes.GetInput(), &single) && single.Key.Equal(r.key)
	case "BuryCustomer":
		var burial activities.Burial
		return read(attributes.GetInput(), &burial) && burial.Letter.Key.Equal(r.key)
	}
	return false
}

// read decodes a value; what is of another form is none.
func read(payloads *commonpb.Payloads, to any) bool {
	return converter.GetDefaultDataConverter().FromPayloads(payloads, to) == nil
}

func (r *attemptReader) note(event *history.HistoryEvent, scheduled int64, outcome string) {
	r.found = append(r.found, attempt{At: event.GetEventTime().AsTime(), Worker: r.started[scheduled].GetIdentity(), Outcome: outcome, RunID: r.runID})
}
