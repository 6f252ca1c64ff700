package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"db-migrate/activities/settle"
	"db-migrate/database"
)

// Types of the application errors that activities fail with.
const (
	// TypeCustomer: the customer's own error; not retried by Temporal, since
	// the overseer counts and times the attempts.
	TypeCustomer = "CustomerError"
	// TypeLocked: the row is kept from being migrated for others' sake, as the database
	// says; its details are a Refusal. Not retried by Temporal either.
	TypeLocked = "RowLocked"
	// TypeDatabase: the database is not as it should be; retried without end.
	TypeDatabase = "DatabaseError"
	// TypeService: what the migration calls does not answer; retried without end.
	TypeService = "ServiceError"
	// TypeWrongWorker: another worker should take it; retried without end.
	TypeWrongWorker = "WrongWorker"
	// TypeFile: the file of customers cannot be used; not retried, since
	// somebody waits for the answer.
	TypeFile = "FileError"
	// TypePart: there is no such part of the table; not retried either.
	TypePart = "PartError"
	// TypeHopeless: an activity fails again and again for a cause that somebody has to
	// mend; not retried: the run pauses, and says why.
	TypeHopeless = "Hopeless"
	// TypeRefused: the run may not begin; not retried.
	TypeRefused = "Refused"
	// TypeRunOver: the database's books say that this run is over, or do not know it;
	// not retried, and it ends the overseer.
	TypeRunOver = "RunOver"
)

// wrongWorkerDelay leaves a right worker time to take the task.
const wrongWorkerDelay = 3 * time.Second

// failure makes an activity's error of an error, by its class.
func failure(err error) error {
	var wrongWorker *WrongWorkerError
	var owner *database.OwnerError
	var definition *database.DefinitionError
	var part *database.PartError
	var service *settle.PostponedError
	var refused *database.BooksError
	var over *database.RunOverError
	var own *settle.RowError
	var locked *settle.RefusedError
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &own):
		return temporal.NewNonRetryableApplicationError(reason(err), TypeCustomer, nil)
	case errors.As(err, &locked):
		return temporal.NewNonRetryableApplicationError(reason(err), TypeLocked, nil, locked.Refusal)
	case errors.As(err, &wrongWorker):
		return temporal.NewApplicationErrorWithOptions(reason(err), TypeWrongWorker,
			temporal.ApplicationErrorOptions{NextRetryDelay: wrongWorkerDelay})
	case errors.As(err, &over):
		return temporal.NewNonRetryableApplicationError(reason(err), TypeRunOver, nil)
	case errors.As(err, &refused), errors.As(err, &owner), errors.As(err, &definition), errors.As(err, &part):
		return temporal.NewNonRetryableApplicationError(reason(err), TypeRefused, nil)
	case errors.As(err, &service):
		return temporal.NewApplicationError(reason(err), TypeService)
	default:
		return temporal.NewApplicationError(reason(err), TypeDatabase)
	}
}

// hopelessAfter is the attempt at which an activity is given up that fails for no row's
// sake: after a minute, so that a failover is over. The run then pauses, and says why.
const hopelessAfter = 10

// astrayAfter is so for a statement that goes astray, as it does each time: after some
// fifteen seconds, in case the site has met it by chance.
const astrayAfter = 5

// hopeless is the attempt at which an activity is given up that fails with this.
func hopeless(err error) int32 {
	var astray *database.AstrayError
	if errors.As(err, &astray) {
		return astrayAfter
	}
	return hopelessAfter
}

// lasting is failure for an activity of a run that is not about rows which could be set
// aside: what waits, a lock or a server that is gone, is waited for; what does not pass
// by itself is not tried without end.
func lasting(ctx context.Context, err error) error {
	if err == nil || activity.GetInfo(ctx).Attempt < hopeless(err) || passes(err) {
		return failure(err)
	}
	return temporal.NewNonRetryableApplicationError(reason(err), TypeHopeless, nil)
}

// passes reports whether an error may pass by itself, or has another way to be told.
func passes(err error) bool {
	class := database.ClassOf(err)
	var wrongWorker *WrongWorkerError
	return class == database.Disconnected || class == database.Contention && !errors.Is(err, database.ErrStatementTimeout) ||
		errors.As(err, &wrongWorker) || settle.Foreign(err)
}

// inspectionFailure is that of an inspection: somebody waits for the answer, so
// what only somebody can mend is told at once.
func inspectionFailure(err error) error {
	var refused *database.PartError
	if errors.As(err, &refused) {
		return temporal.NewNonRetryableApplicationError(reason(refused), TypePart, nil)
	}
	if err == nil || database.ClassOf(err) != database.Broken {
		return failure(err)
	}
	var wrongWorker *WrongWorkerError
	if errors.As(err, &wrongWorker) {
		return failure(err)
	}
	return temporal.NewNonRetryableApplicationError(reason(err), TypeDatabase, nil)
}

// administrationFailure is failure for somebody who waits for the answer: what
// has to be mended first is not tried again.
func administrationFailure(err error) error {
	var wrongWorker *WrongWorkerError
	broken := err != nil && database.ClassOf(err) == database.Broken
	if broken && !errors.As(err, &wrongWorker) && !errors.Is(err, context.Canceled) {
		return temporal.NewNonRetryableApplicationError(reason(err), TypeRefused, nil)
	}
	return failure(err)
}

// fileFailure says that a file of ids cannot be used; somebody waits for the answer.
func fileFailure(err error) error {
	return temporal.NewNonRetryableApplicationError(reason(fmt.Errorf("worker on %s: %s", workerName(), strings.ReplaceAll(err.Error(), "\n", "; "))), TypeFile, nil)
}

// failureLength bounds what an activity fails with, in characters.
const failureLength = 8_000

// reason is an error as an activity fails with it: a text that no history can hold
// would make the failure fail, without end.
func reason(err error) string { return database.CleanText(err.Error(), failureLength) }
