package activities

import (
	"context"
	"math"

	"db-migrate/database"
)

// FailureRequest asks for customers that failed, after a key (nil: from the first),
// at most limit of them.
type FailureRequest struct {
	After database.Key `json:"after,omitempty"`
	Limit int          `json:"limit"`
}

// FailureList is what a worker answers about customers that failed.
type FailureList struct {
	Fingerprint Fingerprint           `json:"fingerprint"`
	Worker      string                `json:"worker"`
	Letters     []database.DeadLetter `json:"letters"`
}

// afterEveryRun comes after all runs: ledgers count no further than this.
func afterEveryRun() database.Run { return database.Run{Number: math.MaxInt32} }

// ListFailures returns the dead letters of all runs; it writes nothing.
func (s *CustomerScanner) ListFailures(ctx context.Context, request FailureRequest) (FailureList, error) {
	own, err := s.Connection.Fingerprint()
	if err != nil {
		return FailureList{}, administrationFailure(err)
	}
	table, err := s.Connection.opened()
	if err != nil {
		return FailureList{}, administrationFailure(err)
	}
	letters, err := table.DeadLetters(ctx, afterEveryRun(), request.After, request.Limit)
	return FailureList{Fingerprint: own, Worker: workerName(), Letters: letters}, administrationFailure(err)
}
