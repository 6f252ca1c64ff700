package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"db-migrate/database"
)

// strides finds the ends of ranges, if they are so large that only these are worth
// fetching; nil: keys are fetched.
func strides(table database.Table, request PageRequest) database.Strides {
	traits := table.Traits()
	if traits.Conditional || request.RangeSize < request.FetchSize {
		return nil
	}
	return traits.Strides
}

// scanByStrides reads a page, a range at a time.
func scanByStrides(ctx context.Context, table database.Strides, request PageRequest) (Page, error) {
	var builder pageBuilder
	after, until := request.After, time.Now().Add(pageTime)
	for {
		found, err := table.Stride(ctx, after, request.UpTo, request.RangeSize)
		if err != nil {
			return Page{}, err
		}
		activity.RecordHeartbeat(ctx)
		if found.UpTo != nil {
			builder.addRange(found.UpTo, found.Customers)
			after = found.UpTo
		}
		if found.Last || builder.full(request) || time.Now().After(until) {
			return builder.page(found.Last), nil
		}
	}
}
