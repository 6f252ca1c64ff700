package settle

import (
	"time"

	"db-migrate/activities/throttle"
	"db-migrate/database"
	"db-migrate/migration"
)

// Settler settles sets by one migration. It may be used by several goroutines.
type Settler struct {
	Migration migration.Migration
	// Log is told each row that was migrated; it may be nil.
	Log *MigrationLog
	// Sizer is told how long transactions have held their locks.
	Sizer *throttle.Sizer
	// Memory bounds what the rows in hand take; nil: they may take what they do.
	Memory *throttle.Memory
}

// Job says for which run and range rows are settled, and how.
type Job struct {
	Mark database.Mark
	// Again: rows that earlier runs have migrated are migrated once more, if they need it.
	// Without a check, not those of runs that this one goes on with: from Since on.
	Again bool
	Since int64
	// Attempt is which attempt at these rows this is, from 1. An error of which nobody
	// knows whose it is fails the first attempts.
	Attempt int
	// Worked: an attempt before this one may have written some of the rows. Listed: they
	// were named one by one. Letters: they were, since most of them have a dead letter.
	Worked, Listed, Letters bool
	// Transaction is how many rows commit together; 0: all of a set.
	Transaction int
	// Doing is told what is being done with which row first; it may be nil.
	Doing func(what string, key database.Key)
}

// What is being done with the rows in hand.
const (
	DoingChecking  = "checking"
	DoingMigrating = "migrating"
)

// settling is the work on one set, by as many transactions as it takes.
type settling struct {
	settler *Settler
	table   database.Table
	job     Job
	decide  decider
	books   books
	// mark is the job's; in it, Replaces is set while rows take the place of what earlier
	// runs have left.
	mark database.Mark
	out  Outcome
	// waited is how long the set has been kept from writing by locks.
	waited time.Duration
	// repeated: who asks repeats what is refused for others' sake.
	repeated bool
	// asked is how long the last check took.
	asked time.Duration
	// deciding and writing are what is known of statements that failed, and may have
	// failed for one row.
	deciding, writing doubt
}

func (s *Settler) begin(table database.Table, job Job) *settling {
	decide := newDecider(table, s.Migration, s.Memory.Room())
	return &settling{settler: s, table: table, job: job, decide: decide, mark: job.Mark,
		books: books{table: table, job: job, judges: decide.judges()}}
}

func (c *settling) doing(what string, key database.Key) {
	if c.job.Doing != nil {
		c.job.Doing(what, key)
	}
}

func (c *settling) trouble(key database.Key, err error) {
	c.out.Troubled = append(c.out.Troubled, c.troubled(key, err))
}

func (c *settling) troubled(key database.Key, err error) Troubled {
	return Troubled{Key: key, Sequence: c.mark.Sequence, Error: ErrorText(err.Error())}
}
