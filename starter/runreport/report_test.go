package runreport_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"db-migrate/database"
	"db-migrate/starter/runreport"
)

// recorded reads recorded histories, as parts of one run.
func recorded(t *testing.T, names ...string) runreport.Run {
	t.Helper()
	reader := runreport.NewReader(runreport.Run{Name: "customer-contact", Environment: "localhost", Rows: "customers", Phase: "completed"})
	for _, name := range names {
		file, err := os.Open("../../workflows/testdata/histories/" + name + ".json")
		require.NoError(t, err)
		history, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
		require.NoError(t, err)
		require.NoError(t, file.Close())
		for _, event := range history.GetEvents() {
			reader.Read(event)
		}
	}
	return reader.Run()
}

func page(t *testing.T, run runreport.Run) string {
	t.Helper()
	var text strings.Builder
	require.NoError(t, runreport.Write(&text, run, time.Now()))
	return text.String()
}

// TestAPageOfRecordedRuns has what the histories have.
func TestAPageOfRecordedRuns(t *testing.T) {
	for name, test := range map[string]struct {
		parts        []string
		rows, failed int
		says         []string
	}{
		"to its end":         {[]string{"happy"}, 3000, 0, []string{"Nobody has asked for anything while it ran."}},
		"paused, and killed": {[]string{"paused-and-killed"}, 2000, 0, []string{"<td>pause", "<td>resume"}},
		"rows that failed":   {[]string{"troubled-customers"}, 500, 3, nil},
		"cancelled":          {[]string{"cancelled"}, 535, 0, []string{"<td>cancel"}},
		"continued as new":   {[]string{"continue-as-new-before", "continue-as-new-after"}, 66, 1, []string{"in 2 parts"}},
	} {
		t.Run(name, func(t *testing.T) {
			run := recorded(t, test.parts...)
			require.Equal(t, len(test.parts), run.Parts)
			require.Equal(t, test.rows, run.Done())
			require.Len(t, run.Letters, test.failed)
			require.True(t, run.Ended.After(run.Started))
			text := page(t, run)
			for _, words := range append(test.says, "customers a second", "<td>MigrateCustomers</td>") {
				require.Contains(t, text, words)
			}
			require.NotContains(t, text, "://", "it loads nothing")
		})
	}
}

// TestAPageShowsTextsAsTexts, whatever is in them.
func TestAPageShowsTextsAsTexts(t *testing.T) {
	began := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	run := runreport.Run{Name: "m", Phase: "failed", Reason: "<script>", Rows: "rows", Started: began, Ended: began,
		Letters: []database.DeadLetter{{Key: database.Key{"<b>\x1b[31m"}, Error: "<img src=x>", Attempts: 3}},
		Asked:   []runreport.Asked{{At: began, What: "pause reason=<i>", By: "a&b"}}}
	text := page(t, run)
	for _, words := range []string{"<script>", "<b>\u00b7", "<img", "<i>", "\x1b", "NaN", "Inf"} {
		require.NotContains(t, text, words)
	}
	require.Contains(t, text, "&lt;img src=x&gt;")
}

// TestWhatHeldItBack: reasons that differ in their figures alone are one, told as it was
// at its worst.
func TestWhatHeldItBack(t *testing.T) {
	began := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	run := runreport.Run{Name: "m", Phase: "completed", Rows: "rows", Started: began, Ended: began.Add(time.Minute)}
	for i, share := range []float64{1, 0.42, 0.3, 1} {
		held := map[float64]string{0.42: "Slowed to 42 %: the database answers in 3.1 ms, limit 2.0", 0.3: "Slowed to 30 %: the database answers in 4.8 ms, limit 2.0"}[share]
		run.Batches = append(run.Batches, runreport.Batch{Ended: began.Add(time.Duration(i+1) * 10 * time.Second), Rows: 100, Elapsed: 5 * time.Second, Share: share, Held: held})
	}
	text := page(t, run)
	require.Contains(t, text, "Slowed to 30 %: the database answers in 4.8 ms, limit 2.0</td><td class=\"number\">2</td><td class=\"number\">30 %</td>")
	require.NotContains(t, text, "42 %")
	require.Contains(t, text, "What the site left to it")
}
