package settle

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/activities/throttle"
	"db-migrate/database"
	"db-migrate/migration"
)

// Ways in which rows end that an error strikes.
const (
	endsAsRow    = "the row is found, and the error is its own"
	endsPaused   = "nothing was written, and no row is to blame: the run pauses"
	endsWaiting  = "the server, or who holds the lock, is waited for, and the row is named"
	endsForSleep = "the server is waited for"
)

// tried is what the overseer does with rows: batches are attempted, what comes back is
// handed out again, and a troubled row is tried on its own. It holds the rows' end after
// so many repetitions, which are more than the overseer's bounds.
type tried struct {
	settler     *Settler
	table       *lockedWriter
	transaction int
	// troubled are rows whose own error is certain, and named those of which the
	// database's words were told.
	troubled, named map[string]bool
}

const (
	mostAttempts = 12 // more than activities' hopelessAfter
	aloneTries   = 10 // those of the overseer
)

func (r *tried) job(attempt int, letters bool) Job {
	r.table.calls = 0 // the bound is that of one attempt
	return Job{Mark: database.Mark{Run: database.Run{Number: 2}, Sequence: 1}, Attempt: attempt, Letters: letters, Transaction: r.transaction}
}

// lockedWriter is a table on which a write under a row lock succeeds, unless it fails.
type lockedWriter struct{ endlessTable }

func (l *lockedWriter) Traits() database.Traits {
	if l.singly {
		return database.Traits{Singly: l}
	}
	return database.Traits{}
}

func (l *lockedWriter) WriteLocked(ctx context.Context, mark database.Mark, key database.Key, decide func(database.Row) (database.Change, error)) (bool, error) {
	_, err := l.endlessTable.WriteLocked(ctx, mark, key, decide)
	return err == nil, err
}

// set tries a set until it is done, and says how that ended.
func (r *tried) set(t *testing.T, rows []database.Row, letters bool) string {
	alone := 0
	for attempt := 1; attempt <= mostAttempts; attempt++ {
		outcome, err := r.settler.Migrate(t.Context(), r.table, r.job(attempt, letters), Set{Rows: rows})
		for _, one := range outcome.Refused {
			r.named[one.Key.Text()] = true
			if one.Alone {
				alone++
			}
		}
		if err == nil {
			return r.rest(t, outcome)
		}
	}
	_, err := r.settler.Migrate(t.Context(), r.table, r.job(mostAttempts, letters), Set{Rows: rows})
	switch class := database.ClassOf(err); {
	case class == database.Contention && alone == 0 && len(r.named) == 0, class == database.Disconnected:
		return endsForSleep
	case class == database.Contention && alone == 0:
		return endsWaiting
	}
	return endsPaused
}

// rest goes on with the rows of a set that were not written.
func (r *tried) rest(t *testing.T, outcome Outcome) string {
	end := endsAsRow
	for _, one := range outcome.Troubled {
		if whose := r.single(t, one.Key); whose != endsAsRow {
			end = whose
		}
	}
	if len(outcome.Locked) > 0 {
		rows := make([]database.Row, len(outcome.Locked))
		for i, key := range outcome.Locked {
			rows[i].Key = key
		}
		return r.set(t, rows, true)
	}
	return end
}

// single tries a row on its own.
func (r *tried) single(t *testing.T, key database.Key) string {
	alone := 0
	for attempt := 1; attempt <= mostAttempts; attempt++ {
		_, err := r.settler.Single(t.Context(), r.table, r.job(attempt, true), key)
		var own *RowError
		var refused *RefusedError
		switch {
		case errors.As(err, &own):
			r.troubled[key.Text()] = true
			return endsAsRow
		case errors.As(err, &refused):
			r.named[refused.Refusal.Key.Text()] = true
			require.NotEmpty(t, refused.Refusal.Error)
			if refused.Refusal.Alone {
				alone++
			}
		}
		if alone >= aloneTries {
			r.troubled[key.Text()] = true
			return endsAsRow
		}
	}
	return endsWaiting
}

// inBubble runs a test whose pauses take no time.
func inBubble(test func(*testing.T)) func(*testing.T) {
	return func(t *testing.T) { synctest.Test(t, test) }
}

// TestEveryClassOfErrorsEnds after a bounded number of repetitions, whether it strikes a
// row of many or all: the row is found, or the run pauses; only what is known to be the
// server's, or a lock's that somebody holds, is waited for, and that is told.
func TestEveryClassOfErrorsEnds(t *testing.T) {
	rival := func(waits bool, text string) error {
		return &database.Error{Class: database.Contention, Err: &database.RivalError{Err: errors.New(text), Waits: waits}}
	}
	const rows = 60
	for name, test := range map[string]struct {
		err      error
		one, all string
	}{
		"own":                       {errOwn, endsAsRow, endsAsRow},
		"not known to any list":     {errUnknown, endsAsRow, endsPaused},
		"statement timeout":         {errSlow, endsAsRow, endsForSleep},
		"serialization or deadlock": {rival(false, "deadlock detected"), endsAsRow, endsPaused},
		"lock that nobody holds":    {rival(true, "lock timeout"), endsAsRow, endsPaused},
		"busy database":             {errLocked, endsWaiting, endsWaiting},
		"connection lost":           {errGone, endsForSleep, endsForSleep},
	} {
		for _, way := range []string{"write", "check", "row lock", "singly"} {
			for strikes, ends := range map[string]string{"one": test.one, "all": test.all} {
				t.Run(name+"/"+way+"/"+strikes, inBubble(func(t *testing.T) {
					table := &lockedWriter{endlessTable{written: map[string]bool{}}}
					transaction := 0
					switch way {
					case "write":
						table.write = test.err
					case "check":
						table.check = test.err
					case "row lock":
						table.unwritten, table.lock = true, test.err
					case "singly":
						table.write, table.singly, transaction = test.err, true, 1
					}
					if strikes == "one" {
						table.spoil = only(33)
					}
					r := &tried{table: table, transaction: transaction, troubled: map[string]bool{}, named: map[string]bool{},
						settler: &Settler{Migration: migration.Migration{Statements: &database.Statements{Check: "check"}}, Sizer: throttle.NewSizer(time.Second)}}
					require.Equal(t, ends, r.set(t, numbered(rows), false))
					if strikes == "one" && ends != endsForSleep {
						require.Len(t, r.troubled, map[bool]int{true: 1}[ends == endsAsRow])
						require.Subset(t, []string{database.Key{"33"}.Text()}, slices.Collect(maps.Keys(r.named)), "no other row is named")
					}
				}))
			}
		}
	}
}
