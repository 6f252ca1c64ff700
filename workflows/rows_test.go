package workflows

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/activities"
	"db-migrate/database"
	"db-migrate/internal/noun"
)

func keyed(text string) database.Key { return database.Key{text} }

// shownInTemporal is all that Temporal's Web UI shows of a run of a table.
func shownInTemporal(table, name string) string {
	target := database.Target{Driver: "postgres", Table: table, RowName: name}
	o := &overseer{state: &State{Expected: activities.Fingerprint{Target: target}}}
	rows := o.rows()
	status := Status{Migration: "cents", Target: target, From: "1", Left: 5, LeftCause: "why", Totals: Totals{Scanned: 1000},
		Scanner: ScannerStatus{Buffered: 900, Capacity: 1000}}
	control := Control{FailureLimit: 100}
	texts := []string{details(status, time.Unix(1700000000, 0)), control.tooMany(101, rows, Limits{FailureLimit: 100}), control.tooMany(101, rows, Limits{FailureLimit: 50}),
		customerSummary(rows, TroubledCustomer{Key: keyed("4711"), Attempts: 1}, Limits{Attempts: 3})}
	for _, parts := range [][]database.Range{
		{{Bytes: &database.ByteRange{From: 1, To: 2}, Customers: 10}}, {{Keys: []database.Key{keyed("7")}, Customers: 1}}, {{Keys: []database.Key{keyed("7"), keyed("8")}, Customers: 2}},
		{{Customers: 3}}, {{UpTo: keyed("7"), Customers: 1}}, {{UpTo: keyed("9"), Customers: 4000}}, {{After: keyed("9"), UpTo: keyed("99"), Customers: 90}},
		{{After: keyed("9"), UpTo: keyed("99"), Customers: 90}, {After: keyed("99"), UpTo: keyed("120"), Customers: 20}}, {{After: keyed("50"), UpTo: keyed("99"), Customers: 49}, {After: keyed("9"), UpTo: keyed("20"), Customers: 11}},
	} {
		texts = append(texts, batchSummary(rows, parts))
	}
	err := o.validateRate(RateRequest{Rate: -1})
	return strings.Join(append(texts, err.Error()), "\n")
}

// TestTemporalsWebUISpeaksOfTheTablesRows, as the original of customers.
func TestTemporalsWebUISpeaksOfTheTablesRows(t *testing.T) {
	for _, test := range []struct {
		table, name string
		says        []string
	}{
		{"public.payments", "payment", []string{"Payments from 1, both included", "| | payments |", "900 of 1,000 payments in the buffer", "**5 payments are left:** why", "too many payments failed: more than", "more than 100 payments failed: customer-migration/failure-limit is 50, and resuming has raised it to 100",
			"payment 4711, attempt 2 of 3", "10 payments by id, bytes 1 to 2 of the file", "\npayment 7\n", "2 payments by id, 7 …", "4,000 payments up to 9", "90 payments after 9 up to 99", "110 payments after 9 up to 120", "60 payments of 2 ranges", "a number of payments a second"}},
		{"public.payments", "", []string{"Rows from 1, both included", "too many rows failed", "row 4711, attempt 2 of 3", "4,000 rows up to 9"}},
		{"public.customers", "", []string{"Customers from 1, both included", "| | customers |", "too many customers failed: more than the failure limit of 100 (customer-migration/failure-limit)", "customer 4711, attempt 2 of 3", "4,000 customers up to 9"}},
	} {
		shown := shownInTemporal(test.table, test.name)
		for _, words := range test.says {
			require.Contains(t, shown, words)
		}
		if test.table != "public.customers" {
			require.NotContains(t, strings.ToLower(strings.ReplaceAll(shown, "customer-migration/", "")), "customer")
		}
	}
}

// TestWhatIsToBeTypedIsCode: Markdown would make one dash of two.
func TestWhatIsToBeTypedIsCode(t *testing.T) {
	status := Status{Phase: PhaseFailed, Rate: 700, Reason: "the table was made anew; start with --same-ledger --again", PauseReason: "5 - 3", Scanner: ScannerStatus{State: ScannerClosing}}
	shown := details(status, time.Unix(1700000000, 0))
	require.Contains(t, shown, "start with `--same-ledger` `--again`\n")
	require.Contains(t, shown, "5 - 3\n")
	require.Contains(t, shown, "**Limited** to 700 customers a second.")
	require.NotContains(t, shown, "All that was found is done")
}

// TestARunKeepsWhatItsRowsAreCalled, and a worker that calls them otherwise serves it.
func TestARunKeepsWhatItsRowsAreCalled(t *testing.T) {
	running := activities.Fingerprint{Migration: "cents", Target: database.Target{Table: "payments", RowName: "payment"}}
	worker := running
	worker.Target.RowName = "invoice"
	require.False(t, ResumeRequest{Mended: &worker}.mends(running), "another name is no other work")
	worker.Definition = "another"
	require.True(t, ResumeRequest{Mended: &worker}.mends(running))
	require.Equal(t, noun.Noun{One: "payment", Many: "payments"}, running.Rows())
}
