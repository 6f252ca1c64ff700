package workflows

import "db-migrate/activities"

// TaskQueue is the queue of an environment: a worker of staging never takes
// production's work.
func TaskQueue(environment string) string { return "db-migrate/" + environment }

// ID is the overseer's workflow id. That Temporal lets one workflow run under an
// id is the lock against a second overseer.
func ID(migration, environment string, dryRun bool) string {
	id := activities.OverseerID(migration, environment)
	if dryRun {
		id += "/dry-run"
	}
	return id
}
