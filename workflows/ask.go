package workflows

import (
	"encoding/json"
	"fmt"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// AskName is the workflow type of a question: the worker alone knows its database.
const AskName = "AskWorker"

// Presence is the question whether a worker is there at all: it asks no activity.
const Presence = "Presence"

// Question is one that a worker answers by one activity.
type Question struct {
	// Activity is one of the scanner's questions; Summary is shown in the Web UI.
	Activity string `json:"activity"`
	Summary  string `json:"summary"`
	// Patience bounds the answer, since somebody waits for it.
	Patience time.Duration `json:"patience"`
	// Input is the activity's; empty: it takes none.
	Input json.RawMessage `json:"input,omitempty"`
}

// AskWorker asks a question and passes the answer on as it is.
func (m *MigrationOverseer) AskWorker(ctx workflow.Context, question Question) (converter.RawValue, error) {
	var answer converter.RawValue
	if question.Activity == Presence {
		return answer, nil
	}
	if _, known := m.Scanner.Questions()[question.Activity]; !known {
		return answer, temporal.NewNonRetryableApplicationError(fmt.Sprintf("there is no question %q; the worker may be older than the starter", question.Activity), "Question", nil)
	}
	options := workflow.GetActivityOptions(shortOptions(ctx, question.Summary))
	options.ScheduleToCloseTimeout = question.Patience
	var arguments []any
	if len(question.Input) > 0 {
		arguments = append(arguments, question.Input)
	}
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), question.Activity, arguments...).Get(ctx, &answer)
	return answer, err
}
