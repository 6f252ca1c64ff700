package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/sdk/converter"

	"db-migrate/activities"
	"db-migrate/board"
	"db-migrate/database"
	"db-migrate/workflows"
)

func TestScannerLines(t *testing.T) {
	for _, test := range []struct {
		scanned int64
		state   string
		text    string
		status  board.Status
	}{
		{0, workflows.ScannerReading, "Starting customer scan ...", board.Normal},
		{1200, workflows.ScannerReading, "Scanned 1,200 customer rows", board.Normal},
		{1200, workflows.ScannerParked, "Scanned 1,200 customer rows (parked: 900 customers wait in the buffer of 1,000)", board.Normal},
		{1432, workflows.ScannerCompleted, "Completed table scan, after 1,432 customer rows", board.Success},
		{1432, workflows.ScannerClosing, "Scanned 1,432 customer rows. Checking that nothing is left", board.Normal},
		{0, workflows.ScannerClosing, "Scanned 0 customer rows. Checking that nothing is left", board.Normal},
		{0, workflows.ScannerCompleted, "Completed table scan, after 0 customer rows", board.Success},
	} {
		drawn := scannerLine(workflows.Status{Totals: workflows.Totals{Scanned: test.scanned},
			Scanner: workflows.ScannerStatus{State: test.state, Buffered: 900, Capacity: 1000}})
		require.Equal(t, line{text: test.text, status: test.status}, drawn)
	}
}

// TestAPartIsShown: in the scanner's line, cut if its keys are long, and before
// production is touched.
func TestAPartIsShown(t *testing.T) {
	for _, test := range []struct{ from, to, text string }{
		{"10", "", "from 10"}, {"", "20", "to 20"}, {"EU\t17", "US\t4", "from EU, 17 to US, 4"},
		{strings.Repeat("🦊", 300), "", "from " + strings.Repeat("🦊", 40) + "…"},
	} {
		drawn := scannerLine(workflows.Status{From: test.from, To: test.to, Totals: workflows.Totals{Scanned: 5}})
		require.Equal(t, "Scanned 5 customer rows "+test.text, drawn.text)
		settings := workflows.Settings{From: test.from, To: test.to}
		require.Contains(t, announcement(settings, activities.Inspection{}), "part        "+test.text+", both included\n")
		require.Less(t, len(startOptions(workflows.Subject{}, settings, "").StaticSummary), 400)
	}
	require.Contains(t, announcement(workflows.Settings{}, activities.Inspection{Where: "region = 'EU'"}), "only where  region = 'EU'\n")
	require.NotContains(t, announcement(workflows.Settings{}, activities.Inspection{}), "both included")
}

func TestProcessLines(t *testing.T) {
	running := workflows.Status{Phase: workflows.PhaseRunning}
	limited := workflows.Status{Phase: workflows.PhaseRunning, Rate: 500, Scanner: workflows.ScannerStatus{Buffered: 10}}
	in := func(phase string) workflows.Status { return workflows.Status{Phase: phase} }
	key := func(text string) database.Key { return database.Key{text} }
	beat := func(doing, customer string, done int) *activities.Progress {
		return &activities.Progress{Doing: doing, Key: key(customer), Customers: done}
	}
	batch := workflows.ProcessStatus{Busy: true, After: key("4000"), UpTo: key("5000"), Customers: 1000}
	small := workflows.ProcessStatus{Busy: true, After: key("40"), UpTo: key("140"), Customers: 100}
	single := workflows.ProcessStatus{Busy: true, After: key("6"), UpTo: key("7"), Customers: 1}
	file := workflows.ProcessStatus{Busy: true, Customers: 1500}
	for _, test := range []struct {
		status  workflows.Status
		process workflows.ProcessStatus
		beat    *activities.Progress
		text    string
	}{
		{running, workflows.ProcessStatus{}, nil, "Waiting for customers to migrate"},
		{limited, workflows.ProcessStatus{}, nil, "Waiting for its share of 500 customers a second"},
		{in(workflows.PhasePaused), workflows.ProcessStatus{}, nil, "Paused"},
		{in(workflows.PhaseCancelling), workflows.ProcessStatus{}, nil, "Done"},
		{in(workflows.PhaseCompleted), workflows.ProcessStatus{}, nil, "Done"},
		{running, single, nil, "Migrating customer 7"},
		{running, single, beat(activities.DoingChecking, "7", 0), "Checking customer 7"},
		{running, single, beat(activities.DoingMigrating, "7", 0), "Migrating customer 7"},
		{running, small, beat(activities.DoingChecking, "77", 37), "Checking customer 77 … 37 of 100"},
		{running, batch, nil, "Migrating customers 4000 to 5000 … (1,000)"},
		{running, batch, beat(activities.DoingMigrating, "4321", 300), "Migrating customers 4000 to 5000 … 300 of 1,000"},
		{running, workflows.ProcessStatus{Busy: true, UpTo: key("900"), Customers: 900}, nil, "Migrating customers up to 900 … (900)"},
		{running, file, nil, "Migrating 1,500 customers"},
		{running, file, beat(activities.DoingMigrating, "12", 1200), "Migrating customer 12 … 1,200 of 1,500"},
		{running, workflows.ProcessStatus{Busy: true, Customer: key("4711"), Attempt: 2}, nil, "Migrating customer 4711, attempt 2"},
	} {
		var progress activities.Progress
		if test.beat != nil {
			progress = *test.beat
		}
		require.Equal(t, test.text, processLine(test.status, test.process, progress, test.beat != nil).text)
	}
}

func TestSummaryLines(t *testing.T) {
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		phase   string
		dryRun  bool
		failed  int64
		elapsed time.Duration
		text    string
		status  board.Status
	}{
		{workflows.PhaseRunning, false, 0, 67 * time.Second, "Migrated 1,002 customers (430 previously migrated, 0 failures) in 1 minute, 7 seconds", board.Normal},
		{workflows.PhaseCompleted, false, 0, 10 * time.Millisecond, "Migrated 1,002 customers (430 previously migrated, 0 failures) in less than a second", board.Success},
		{workflows.PhaseCompleted, false, 1, time.Hour, "Migrated 1,002 customers (430 previously migrated, 1 failure) in 1 hour", board.Error},
		{workflows.PhaseCancelled, false, 0, time.Second, "Migrated 1,002 customers (430 previously migrated, 0 failures) in 1 second", board.Error},
		{workflows.PhaseCompleted, true, 0, 8 * 24 * time.Hour, "Migration needed for 1,002 customers (430 previously migrated, 0 failures) in 1 week, 1 day", board.Success},
	} {
		totals := workflows.Totals{Migrated: 1002, Skipped: 430, Failed: test.failed}
		drawn := summaryLine(observation{status: workflows.Status{Phase: test.phase, DryRun: test.dryRun, StartedAt: start, Totals: totals}}, totals, start.Add(test.elapsed))
		require.Equal(t, test.text, drawn.text)
		require.Equal(t, test.status, drawn.status, test.text)
	}
}

func TestNotes(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		seen observation
		text string
	}{
		{observation{}, ""},
		{observation{status: workflows.Status{Phase: workflows.PhasePaused, PauseReason: "lunch"}}, "PAUSED: lunch"},
		{observation{ways: (&flags{environment: "staging", name: "low"}).ways(), status: workflows.Status{Phase: workflows.PhasePaused, PauseReason: "lunch"}},
			"PAUSED: lunch (go on: starter resume low -e staging; end it: starter cancel low -e staging)"},
		{observation{troubles: []string{"a"}, status: workflows.Status{Phase: workflows.PhaseFailed, Reason: "no such table", Troubled: 2, Contended: 2}}, "FAILED: no such table"},
		{observation{troubles: []string{"a"}, status: workflows.Status{Phase: workflows.PhaseCancelled, Troubled: 2}}, ""},
		{observation{status: workflows.Status{Phase: workflows.PhaseCancelling, CancelReason: "enough"}}, "ending: enough"},
		{observation{status: workflows.Status{Phase: workflows.PhaseCancelled, CancelReason: "enough"}}, "cancelled: enough"},
		{observation{status: workflows.Status{Phase: workflows.PhaseCancelled, CancelReason: "cancelled by request"}}, "cancelled by request"},
		{observation{stale: "no worker answers", since: now.Add(-time.Minute)}, "no worker answers; this is from 1 minute ago"},
		{observation{troubles: []string{"ScanPage, attempt 3: no such table"}}, "1 attempt is repeated (ScanPage, attempt 3: no such table)"},
		{observation{status: workflows.Status{Phase: workflows.PhaseRunning, Contended: 1}}, ""},
		{observation{status: workflows.Status{Phase: workflows.PhaseRunning, Contended: 2}}, "rows stay locked, or statements take longer than customer-migrator/statement-timeout; they are tried again"},
		{observation{stale: "no worker answers"}, "no worker answers"}, // it has never been answered
		{observation{status: workflows.Status{Phase: workflows.PhaseRunning, RefusedRow: &workflows.Locked{Key: database.Key{"33"}, Error: "odd", Alone: true, Tries: 2}}},
			"customer 33 was refused 2 times: odd (no other session is known to be in its way; after 10 tries and a minute it counts as failed)"},
		{observation{status: workflows.Status{Troubled: 1, TroubledRow: database.Key{"7"}, TroubledError: "value too long"}}, "1 troubled customer waits for another attempt (customer 7: value too long)"},
		{observation{troubles: []string{"a", "b"}, status: workflows.Status{Troubled: 2}}, "2 attempts are repeated (a); 2 troubled customers wait for another attempt"},
	} {
		require.Equal(t, test.text, notes(test.seen, now))
	}
}

// TestTheQuestionOfProductionLeavesNothingOut: each option that makes a run another one is
// shown before somebody agrees to it.
func TestTheQuestionOfProductionLeavesNothingOut(t *testing.T) {
	seen := activities.Inspection{Estimate: 401}
	limits := workflows.Limits{FailureLimit: 100}
	for _, test := range []struct {
		settings workflows.Settings
		says     string
		not      string
	}{
		{workflows.Settings{Limits: limits}, "pauses after 100 failures\n", "again"},
		{workflows.Settings{}, "about 401\n", "those"},
		{workflows.Settings{Limits: limits, FailFast: true}, "ends (--fail-fast) after 100 failures\n", "pauses"},
		{workflows.Settings{Retry: true}, "those that failed in earlier runs, of about 401 in the table\n", "  about"},
		{workflows.Settings{Again: true}, "  again       customers that an earlier run has migrated are migrated once more, if they need it\n", "ledger"},
		{workflows.Settings{SameLedger: true}, "  same-ledger it goes on although the migration's definition changed\n", "again"},
		{workflows.Settings{Reset: true}, "  reset       the paging state", "again"},
		{workflows.Settings{TakeOver: true}, "  take-over   the table is taken over", "again"},
	} {
		text := announcement(test.settings, seen)
		require.Contains(t, text, test.says)
		require.NotContains(t, text, test.not)
	}
}

// TestAPausedRunHasNoRemainingTime: it does not come nearer to its end.
func TestAPausedRunHasNoRemainingTime(t *testing.T) {
	now, speed := time.Now(), &speedometer{}
	for second := range 30 {
		speed.add(now.Add(time.Duration(second)*time.Second), int64(100*second))
	}
	status := workflows.Status{Phase: workflows.PhaseRunning, Scanner: workflows.ScannerStatus{Estimate: 10_000}}
	require.NotEmpty(t, progressLine(status, workflows.Totals{Migrated: 2900}, speed).text)
	status.Phase = workflows.PhasePaused
	require.Empty(t, progressLine(status, workflows.Totals{Migrated: 2900}, speed).text)
}

// TestAHeartbeatOfAnotherBatchIsNotShown, nor counted: the status and the heartbeats are
// asked for one after the other.
func TestAHeartbeatOfAnotherBatchIsNotShown(t *testing.T) {
	seen := observation{beats: map[int]activities.Progress{1: {Of: 132, Customers: 12}, 2: {Of: 132, Customers: 12}, 3: {Of: 132}}}
	for number, test := range map[int]struct {
		process workflows.ProcessStatus
		shown   bool
	}{
		1: {workflows.ProcessStatus{Busy: true, Customers: 132}, true},
		2: {workflows.ProcessStatus{Busy: true, Customers: 5320}, false},
		3: {workflows.ProcessStatus{Customers: 132}, false},
		4: {workflows.ProcessStatus{Busy: true, Customers: 132}, false},
	} {
		test.process.Number = number
		_, shown := seen.beatOf(test.process)
		require.Equal(t, test.shown, shown, "process %d", number)
	}
}

// TestWhatWasHeardOfALostBatchIsShown while it is called back, or waits for a worker: its
// rows stay done. How it fared beside the site is over.
func TestWhatWasHeardOfALostBatchIsShown(t *testing.T) {
	heard, err := converter.GetDefaultDataConverter().ToPayloads(activities.Progress{Process: 2, Customers: 12, Beside: &activities.Beside{Share: 1}})
	require.NoError(t, err)
	for state, beside := range map[enums.PendingActivityState]bool{enums.PENDING_ACTIVITY_STATE_STARTED: true,
		enums.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED: false, enums.PENDING_ACTIVITY_STATE_SCHEDULED: false} {
		o := &observer{last: observation{beats: map[int]activities.Progress{}}}
		o.beat(&workflowpb.PendingActivityInfo{State: state, HeartbeatDetails: heard})
		require.Equal(t, 12, o.last.beats[2].Customers, state)
		require.Equal(t, beside, o.last.beats[2].Beside != nil, state)
	}
}
