package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"db-migrate/activities"
)

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
