// Package workflows holds the migration overseer: a Temporal workflow that asks
// the customer scanner for pages of ranges, keeps them in a small bounded
// buffer, and hands them out to a fixed number of processes, each of which runs
// one customer migrator activity at a time.
//
// The code here is deterministic: everything it decides follows from its input
// and the results of activities. State that outlives a continue-as-new is in
// State; everything else is built anew in each run.
package workflows
