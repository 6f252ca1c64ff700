package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
	"db-migrate/database"
)

// Workflow types of those who look after the database. Each asks a worker, which
// alone knows it.
const (
	ExaminationName    = "ExamineTarget"
	LedgerName         = "DescribeLedger"
	LedgerDropName     = "DropLedger"
	FailuresName       = "ListFailures"
	administrationTime = 2 * time.Minute
)

// ExamineTarget asks a worker what it sees of the live table.
func (m *MigrationOverseer) ExamineTarget(ctx workflow.Context) (activities.Check, error) {
	var check activities.Check
	err := workflow.ExecuteActivity(administration(ctx, "what the worker sees of the live table"), m.Scanner.ExamineTable).Get(ctx, &check)
	return check, err
}

// DescribeLedger asks a worker for the DDL of the tables of our own.
func (m *MigrationOverseer) DescribeLedger(ctx workflow.Context) (activities.LedgerDescription, error) {
	var ledger activities.LedgerDescription
	err := workflow.ExecuteActivity(administration(ctx, "how the tables of db-migrate are created"), m.Scanner.DescribeLedger).Get(ctx, &ledger)
	return ledger, err
}

// DropLedger has a worker drop the ledger.
func (m *MigrationOverseer) DropLedger(ctx workflow.Context, drop activities.LedgerDrop) ([]database.DroppedTable, error) {
	var dropped []database.DroppedTable
	err := workflow.ExecuteActivity(administration(ctx, "drops the migration's ledger"), m.Scanner.DropLedger, drop).Get(ctx, &dropped)
	return dropped, err
}

// ListFailures asks a worker for customers that failed.
func (m *MigrationOverseer) ListFailures(ctx workflow.Context, request activities.FailureRequest) (activities.FailureList, error) {
	var list activities.FailureList
	err := workflow.ExecuteActivity(administration(ctx, "which customers failed"), m.Scanner.ListFailures, request).Get(ctx, &list)
	return list, err
}

// administration bounds an activity whose answer somebody waits for.
func administration(ctx workflow.Context, summary string) workflow.Context {
	options := workflow.GetActivityOptions(shortOptions(ctx, summary))
	options.ScheduleToCloseTimeout = administrationTime
	return workflow.WithActivityOptions(ctx, options)
}

// InspectionName is the inspection's workflow type.
const InspectionName = "InspectTarget"

// inspectionTime bounds the inspection: somebody waits for the answer.
const inspectionTime = 30 * time.Second

// InspectTarget asks a worker which table and definition it serves, so that the
// starter can show it, and every worker can compare with it.
func (m *MigrationOverseer) InspectTarget(ctx workflow.Context, request activities.InspectionRequest) (activities.Inspection, error) {
	options := workflow.GetActivityOptions(shortOptions(ctx, "what the worker would work on"))
	options.ScheduleToCloseTimeout = inspectionTime
	var inspection activities.Inspection
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), m.Scanner.InspectTable, request).Get(ctx, &inspection)
	return inspection, err
}
