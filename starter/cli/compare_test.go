package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

// TestARunWithOtherSettings is watched, or given the rate that was asked for: nobody has to
// cancel it.
func TestARunWithOtherSettings(t *testing.T) {
	given := &flags{environment: "staging", arguments: []string{"customer-migrator/migration=low"}}
	require.Equal(t, `watch it as it runs: starter watch -e staging customer-migrator/migration=low
give it that rate: starter rate 60 -e staging customer-migrator/migration=low
or cancel it, and the next start goes on from there: starter cancel -e staging customer-migrator/migration=low`,
		given.otherwise(workflows.Limits{Rate: 40}, workflows.Limits{Rate: 60}))
	require.NotContains(t, given.otherwise(workflows.Limits{Rate: 40, Attempts: 3}, workflows.Limits{Rate: 40, Attempts: 5}), "starter rate")
}

// TestDifferencesReadAsTheyAreTyped: a time span has its unit.
func TestDifferencesReadAsTheyAreTyped(t *testing.T) {
	with := func(batchTime time.Duration, attempts int) workflows.Settings {
		return workflows.Settings{Limits: workflows.Limits{BatchTime: batchTime, Attempts: attempts}}
	}
	require.Equal(t, []string{"attempts: it runs with 3, asked for 5", "batch-time: it runs with 5s, asked for 1m30s"},
		compareSettings(with(5*time.Second, 3), with(90*time.Second, 5)))
}
