package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"db-migrate/database"
)

// PreviewRequest asks what would become of these rows.
type PreviewRequest struct {
	Order
	Keys []database.Key `json:"keys"`
}

// PreviewRows migrates rows in transactions that are undone, and shows what came of it.
func (m *CustomerMigrator) PreviewRows(ctx context.Context, request PreviewRequest) (Preview, error) {
	table, err := m.Connection.tableFor(ctx, request.Order)
	if err != nil {
		return Preview{}, failure(err)
	}
	beating := startHeart(ctx, Progress{Of: len(request.Keys)}, m.Guard)
	defer beating.stop()
	shown, err := m.settler.Preview(ctx, table, request.job(0, activity.GetInfo(ctx).Attempt, beating), request.Keys)
	return shown, failure(err)
}
