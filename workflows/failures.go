package workflows

import (
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"

	"db-migrate/activities"
)

// mayPass reports whether an error is one that Temporal retries, as it does without
// end: such a one gets here only if somebody has bounded the attempts in Temporal.
func mayPass(err error) bool {
	var application *temporal.ApplicationError
	var timeout *temporal.TimeoutError
	var panicked *temporal.PanicError
	if errors.As(err, &application) {
		return !application.NonRetryable()
	}
	return errors.As(err, &timeout) || errors.As(err, &panicked)
}

// runOver reports whether the database's books say that the run is over.
func runOver(err error) bool { return isOf(err, activities.TypeRunOver) }

// isOf reports whether an activity has failed with an error of a type.
func isOf(err error, kind string) bool {
	var failed *temporal.ApplicationError
	return errors.As(err, &failed) && failed.Type() == kind
}

// reasonOf is what people can act on in an activity's error.
func reasonOf(err error) string {
	var application *temporal.ApplicationError
	var timeout *temporal.TimeoutError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &application):
		return application.Message()
	case errors.As(err, &timeout):
		return fmt.Sprintf("no worker has answered in time (%s)", timeout.TimeoutType())
	}
	return err.Error()
}

// refusalOf is what the database has said of a row for others' sake, if an activity has
// failed with that.
func refusalOf(err error) (activities.Refusal, bool) {
	var failed *temporal.ApplicationError
	var refusal activities.Refusal
	if !errors.As(err, &failed) || failed.Type() != activities.TypeLocked {
		return refusal, false
	}
	_ = failed.Details(&refusal) // the message says it, too
	refusal.Error = failed.Message()
	return refusal, true
}

// customerError is the customer's own error, as the activity failed with it.
func customerError(err error) string {
	var failed *temporal.ApplicationError
	if errors.As(err, &failed) && failed.Type() == activities.TypeCustomer {
		return failed.Message()
	}
	return ""
}
