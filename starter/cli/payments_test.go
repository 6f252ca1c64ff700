package cli

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/activities"
	"db-migrate/config"
	"db-migrate/database"
	"db-migrate/idfile"
	"db-migrate/internal/noun"
	"db-migrate/workflows"
)

// components are the original's, whose names stay.
var components = regexp.MustCompile(`customer-(migration|migrator|scanner|contact)`)

// requireNoCustomer holds that a text calls payments payments.
func requireNoCustomer(t *testing.T, text string) {
	t.Helper()
	require.NotContains(t, strings.ToLower(components.ReplaceAllString(text, "")), "customer")
}

// payments is a run of a table payments; name is connection/row-name.
func payments(name string) workflows.Status {
	target := database.Target{Driver: "postgres", Host: "db1", Database: "shop", Table: "public.payments", RowName: name}
	expected := activities.Fingerprint{Migration: "cents", Definition: "abc", Target: target}
	return workflows.Status{Migration: "cents", Environment: "localhost", Phase: workflows.PhaseRunning, Target: target, Expected: expected, Rate: 500,
		Totals: workflows.Totals{Scanned: 1200, Migrated: 1000, Skipped: 100, Failed: 2}, Troubled: 2,
		Scanner: workflows.ScannerStatus{State: workflows.ScannerParked, Buffered: 900, Capacity: 1000, Estimate: 5000}}
}

func key(text string) database.Key { return database.Key{text} }

// allLines are all lines that a board can show of a run.
func allLines(status workflows.Status) string {
	var text strings.Builder
	say := func(drawn line) { text.WriteString(drawn.text + "\n") }
	for _, state := range []string{workflows.ScannerReading, workflows.ScannerParked, workflows.ScannerClosing, workflows.ScannerCompleted} {
		status.Scanner.State = state
		say(scannerLine(status))
	}
	fresh := status
	fresh.Totals, fresh.Scanner.State = workflows.Totals{}, workflows.ScannerReading
	say(scannerLine(fresh))
	for _, process := range []workflows.ProcessStatus{
		{}, {Busy: true, Customers: 1500}, {Busy: true, Customers: 1}, {Busy: true, UpTo: key("7"), Customers: 1}, {Busy: true, UpTo: key("900"), Customers: 900},
		{Busy: true, After: key("40"), UpTo: key("140"), Customers: 100}, {Busy: true, After: key("4000"), UpTo: key("5000"), Customers: 1000}, {Busy: true, Customer: key("4711"), Attempt: 2},
	} {
		say(processLine(status, process, activities.Progress{}, false))
		say(processLine(status, process, activities.Progress{Doing: activities.DoingChecking, Key: key("77"), Customers: 37}, true))
	}
	idle := status
	idle.Rate = 0
	say(processLine(idle, workflows.ProcessStatus{}, activities.Progress{}, false))
	seen := observation{status: status, known: true}
	say(noteLine(seen, time.Now()))
	say(progressLine(status, status.Totals, &speedometer{}))
	say(summaryLine(seen, status.Totals, status.StartedAt))
	return text.String()
}

// TestTheBoardOfATableOfPayments speaks of payments, or, unless they have a name, of rows.
func TestTheBoardOfATableOfPayments(t *testing.T) {
	named, unnamed := allLines(payments("payment")), allLines(payments(""))
	requireNoCustomer(t, named)
	requireNoCustomer(t, unnamed)
	for _, text := range []string{"Starting payment scan ...", "Scanned 1,200 payment rows (parked: 900 payments wait in the buffer of 1,000)", "Completed table scan, after 1,200 payment rows",
		"Waiting for payments to migrate", "Waiting for its share of 500 payments a second", "Checking payment 77 … 37 of 100", "Migrating payments 4000 to 5000 … (1,000)", "Migrating 1,500 payments", "Migrating 1 payment\n",
		"payment 4711, attempt 2", "2 troubled payments wait for another attempt", "Migrated 1,000 payments (100 previously migrated, 2 failures)"} {
		require.Contains(t, named, text)
	}
	for _, text := range []string{"Starting table scan ...", "Scanned 1,200 rows (parked: 900 rows wait in the buffer of 1,000)", "Completed table scan, after 1,200 rows", "Waiting for rows to migrate", "Migrated 1,000 rows ("} {
		require.Contains(t, unnamed, text)
	}
}

// TestTheClosingWordsOfATableOfPayments, of a migration and of a dry run, of a whole table
// and of a file.
func TestTheClosingWordsOfATableOfPayments(t *testing.T) {
	troubled := []activities.Troubled{{Key: key("9"), Error: "it is broken"}}
	totals := workflows.Totals{Scanned: 1200, Migrated: 1000, Skipped: 100, Failed: 2, NeededAgain: 3, Appeared: 1, Vanished: 4}
	preview := &activities.Preview{Rows: 3, Refused: 1, Locked: 1, Set: 2, Held: time.Millisecond, Samples: []activities.Sample{{Key: key("1")}}, Failures: troubled}
	given := &flags{environment: "localhost", subject: workflows.Subject{Environment: "localhost", Migration: "cents", Table: "payments"}}
	for _, summary := range []workflows.Summary{
		{Phase: workflows.PhaseCompleted, Totals: totals, Left: 12, LeftKind: workflows.LeftStuck, LeftKeys: []database.Key{key("5")}, Again: 1, Late: 2, Lost: 1},
		{Phase: workflows.PhaseCancelled, Totals: totals},
		{Phase: workflows.PhaseCompleted, DryRun: true, Totals: totals, Refused: troubled, Preview: preview},
		{Phase: workflows.PhaseCompleted, DryRun: true, Totals: workflows.Totals{Skipped: 7}},
	} {
		for _, file := range []*idfile.Identity{nil, {Name: "ids.txt", Customers: 7}} {
			for _, name := range []string{"payment", ""} {
				status := payments(name)
				status.File = file
				var text bytes.Buffer
				closing(summary, "id", "run", status, &connection{}, given, &text, &text, nil)
				requireNoCustomer(t, text.String())
				require.Contains(t, text.String(), status.Rows().Many)
			}
		}
	}
}

// TestOtherCommandsForATableOfPayments: before a start, and of single rows.
func TestOtherCommandsForATableOfPayments(t *testing.T) {
	status := payments("payment")
	inspection := activities.Inspection{Fingerprint: status.Expected, Estimate: 5000}
	settings := workflows.Settings{Environment: production, Expected: status.Expected, Limits: workflows.Limits{Rate: 50}}
	var text bytes.Buffer
	say := func(words string) { text.WriteString(words + "\n") }
	say(announcement(settings, inspection))
	settings.File = &idfile.Identity{Name: "ids.txt", Customers: 7}
	say(announcement(settings, inspection))
	say(startOptions(workflows.Subject{Migration: "cents", Table: "payments"}, settings, "").StaticSummary)
	printCheck(activities.Check{Inspection: inspection, Examination: database.Examination{Key: []string{"id"}}}, &text)
	printStory(activities.RowStory{Fingerprint: status.Expected, Key: key("9"), Letter: &database.DeadLetter{}, Ledger: &database.LedgerRow{Failed: true}}, nil, &text)
	say(share(status.Rows(), progressLine(status, status.Totals, &speedometer{})))
	say(pace(status))
	listed := &ledgerTarget{given: &flags{environment: "localhost"}, configuration: &config.Configuration{}, terminal: streams{out: &text, err: io.Discard}, rows: status.Rows()}
	require.NoError(t, listed.printFailures([]database.DeadLetter{{Key: key("9"), Attempts: 3, Error: "it is broken"}}))
	listed.endFailures(1, 0, listing{})
	listed.endFailures(0, 0, listing{})
	listed.endFailures(0, 0, listing{text: "broken"})
	requireNoCustomer(t, text.String())
	for _, words := range []string{"payments    about 5,000", "payments    7 of the file ids.txt", "50 payments a second", "Migrates payments of", "payment 9 of migration cents", "of 5,000 payments", "payment 9 (3 attempts): it is broken", "1 payment of migration", "No payment of migration"} {
		require.Contains(t, text.String(), words)
	}
}

// TestTheNameSaidHereGoesBeforeTheRuns, and a name that nobody says here is the run's.
func TestTheNameSaidHereGoesBeforeTheRuns(t *testing.T) {
	for _, test := range []struct{ here, there, many string }{
		{"", "payment", "payments"}, {"invoice", "payment", "invoices"}, {"invoice", "", "invoices"}, {"", "", "rows"},
	} {
		target := database.Target{Table: "payments", RowName: test.there}
		(&connection{rowName: test.here}).name(&target)
		require.Equal(t, test.many, noun.Of(target.Table, target.RowName).Many)
	}
}
