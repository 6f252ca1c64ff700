package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/activities"
)

// costs is what a database takes for a set, and for each row in it.
type costs struct{ set, row time.Duration }

// batch is what becomes of a batch with such costs: after half as long again as it should
// take, it ends before its next set.
func (c costs) batch(sizing *Sizing, limits Limits) activities.BatchResult {
	result := activities.BatchResult{Attempt: 1}
	for left, set := sizing.batch(limits), sizing.rangeSize(limits); left > 0 && result.Elapsed <= limits.BatchTime*3/2; left -= set {
		set = min(set, left)
		result.Customers += set
		result.Ranges = append(result.Ranges, activities.RangeCounts{})
		result.Elapsed += c.set + time.Duration(set)*c.row
	}
	return result
}

// work observes batches, and returns the last.
func (c costs) work(sizing *Sizing, limits Limits, batches int) activities.BatchResult {
	var last activities.BatchResult
	for range batches {
		last = c.batch(sizing, limits)
		sizing.observe(last, limits)
	}
	return last
}

// TestWhatASetCostsBesideItsRows: where a set takes longer than a batch should, however
// few rows it has, smaller batches would only be dearer. A row that is dear itself leaves
// the batches small.
func TestWhatASetCostsBesideItsRows(t *testing.T) {
	limits := Limits{Processes: 20, BatchTime: time.Second, BatchMax: 250_000, BatchMin: LeastBatch}
	for name, test := range map[string]struct {
		costs
		atLeast, atMost int
	}{
		"a busy node":                {costs{2 * time.Second, time.Millisecond}, 1000, 4000},
		"a very busy node":           {costs{20 * time.Second, 10 * time.Millisecond}, 1000, 4000},
		"slow rows":                  {costs{0, time.Second}, 1, 20},
		"slow rows on a busy node":   {costs{2 * time.Second, time.Second}, 1, 20},
		"neither":                    {costs{5 * time.Millisecond, 100 * time.Microsecond}, 1000, 10_000},
		"less than a batch may take": {costs{200 * time.Millisecond, time.Millisecond}, 100, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			sizing := Sizing{Least: &LeastRange{}}
			last := test.work(&sizing, limits, 400)
			require.GreaterOrEqual(t, last.Customers, test.atLeast)
			require.LessOrEqual(t, last.Customers, test.atMost)
		})
	}
}

// TestRowsThatBecomeDear: what was found of other rows is forgotten.
func TestRowsThatBecomeDear(t *testing.T) {
	limits := Limits{Processes: 20, BatchTime: time.Second, BatchMax: 250_000, BatchMin: LeastBatch}
	sizing := Sizing{Least: &LeastRange{}}
	costs{2 * time.Second, time.Millisecond}.work(&sizing, limits, 400)
	require.GreaterOrEqual(t, sizing.Least.Rows, 1000)
	last := costs{0, 100 * time.Millisecond}.work(&sizing, limits, 400)
	require.LessOrEqual(t, last.Customers, 40)
}

// TestARunFromBeforeTheLeastRangeWasFound keeps its sizes.
func TestARunFromBeforeTheLeastRangeWasFound(t *testing.T) {
	limits := Limits{Processes: 20, BatchTime: time.Second, BatchMax: 250_000, BatchMin: LeastBatch}
	sizing := Sizing{}
	last := costs{2 * time.Second, time.Millisecond}.work(&sizing, limits, 400)
	require.LessOrEqual(t, last.Customers, LeastBatch)
}
