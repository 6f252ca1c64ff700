package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
)

const (
	// previewRows is how many rows a dry run rehearses, and half as many more: some at
	// each end of the table, the others spread between.
	previewRows = 32
	// previewAttempts is how often it is tried: a dry run ends without it, too.
	previewAttempts = 3
)

// addNeeded keeps some of the rows that a dry run's batches have found.
func (o *overseer) addNeeded(result activities.BatchResult) {
	for _, key := range result.Needed {
		o.state.Needed.Add(key, previewRows)
	}
}

// preview rehearses rows at the end of a dry run.
func (o *overseer) preview(ctx workflow.Context) {
	keys := o.state.Needed.Keys()
	if !o.settings.DryRun || o.ending.early() || len(keys) == 0 {
		return
	}
	working := batchOptions(o.crew.working, "rehearse some rows, and undo it")
	options := workflow.GetActivityOptions(working)
	options.RetryPolicy = &temporal.RetryPolicy{MaximumAttempts: previewAttempts}
	var shown activities.Preview
	running := workflow.ExecuteActivity(workflow.WithActivityOptions(working, options), o.migrator.PreviewRows, activities.PreviewRequest{Order: o.order(), Keys: keys})
	if err := workflow.Await(ctx, func() bool { return running.IsReady() || o.ending.early() }); err != nil {
		return
	}
	if !running.IsReady() {
		o.crew.recall()
		if !within(ctx, recallTime, running.IsReady) {
			return
		}
	}
	if err := running.Get(ctx, &shown); err != nil {
		shown = activities.Preview{Unable: reasonOf(err)}
	}
	o.state.Preview = &shown
}
