package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/activities"
	"db-migrate/database"
)

// TestRowsThatNobodyLocksPauseTheRun after ten batches and a minute in which nothing was
// done; a lock that somebody holds is waited for.
func TestRowsThatNobodyLocksPauseTheRun(t *testing.T) {
	nobody := activities.BatchResult{RestReason: activities.RestContention, Alone: true, Failure: "60 of 60 rows are locked",
		Locked: []activities.Refusal{{Key: database.Key{"1"}, Error: "odd (SQLSTATE 40001)", Alone: true}}}
	somebody := nobody
	somebody.Alone = false
	some := nobody
	some.Customers = 1
	for name, test := range map[string]struct {
		results []activities.BatchResult
		pauses  bool
	}{
		"nobody":                      {[]activities.BatchResult{nobody}, true},
		"somebody":                    {[]activities.BatchResult{somebody}, false},
		"nobody, then somebody":       {[]activities.BatchResult{nobody, nobody, somebody}, false},
		"nobody, and rows are done":   {[]activities.BatchResult{nobody, some}, false},
		"nobody, and a batch is done": {[]activities.BatchResult{nobody, {}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var c crew
			now, paused := time.Unix(0, 0), 0
			for i := range 40 {
				c.met(now, test.results[i%len(test.results)])
				if paused == 0 && c.lockedByNobody(now) {
					paused = i + 1
				}
				now = c.pauseUntil.Add(time.Second)
			}
			require.Equal(t, test.pauses, paused > 0)
			if test.pauses {
				require.GreaterOrEqual(t, paused, aloneTries)
			}
		})
	}
}

// TestLockedWords say which row is refused, by which words, and whether somebody is there.
func TestLockedWords(t *testing.T) {
	for _, test := range []struct {
		status Status
		words  string
	}{
		{Status{Contended: 1, Locked: &Locked{Error: "odd"}}, ""},
		{Status{Contended: 2, Phase: PhasePaused}, ""},
		{Status{Contended: 2}, "rows stay locked, or statements take longer than customer-migrator/statement-timeout; they are tried again"},
		{Status{Contended: 2, Locked: &Locked{Key: database.Key{"33"}, Error: "lock timeout"}},
			"rows stay locked, or statements take longer than customer-migrator/statement-timeout; they are tried again (customer 33: lock timeout)"},
		{Status{Contended: 2, Locked: &Locked{Error: "20 of 20 rows are locked"}},
			"rows stay locked, or statements take longer than customer-migrator/statement-timeout; they are tried again (20 of 20 rows are locked)"},
		{Status{Contended: 2, Locked: &Locked{Key: database.Key{"33"}, Error: "odd", Alone: true}},
			"customers are refused by errors that speak of other sessions, and none is known to be in their way; they are tried again (customer 33: odd)"},
	} {
		test.status.Target.Table = "customers"
		require.Equal(t, test.words, LockedWords(test.status))
	}
	refused := Status{RefusedRow: &Locked{Key: database.Key{"33"}, Error: "lock timeout", Tries: 2}}
	refused.Target.Table = "customers"
	require.Equal(t, "customer 33 was refused 2 times: lock timeout (another session is in its way, and it is tried again until that is gone)", RefusedWords(refused))
}

// TestUncountedWords are of a paused run alone: one that goes on counts them soon.
func TestUncountedWords(t *testing.T) {
	status := Status{Phase: PhasePaused, Uncounted: true}
	status.Target.RowName = "payment"
	require.Equal(t, "the last payments that a lost worker migrated may not be counted yet; they are, once the run goes on", UncountedWords(status))
	for _, other := range []Status{{Phase: PhasePaused}, {Phase: PhaseRunning, Uncounted: true}, {Phase: PhasePaused, Uncounted: true, DryRun: true}} {
		require.Empty(t, UncountedWords(other))
	}
}
