package database

import (
	"context"
	"time"
)

// Sleep waits for a time, or until ctx is done: then its error is returned. No time
// is no wait.
func Sleep(ctx context.Context, wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
