package workflows

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/activities"
	"db-migrate/siteguard"
)

// TestWhatCanBeSetIsChecked, each key by its own rule.
func TestWhatCanBeSetIsChecked(t *testing.T) {
	require.NoError(t, SetRequest{map[string]string{keyProcesses: "4", keyBatchTime: "2s", keyRate: "0", keySetsAtOnce: "auto",
		siteguard.KeyLatency: "5ms", siteguard.KeyWindow: "22:00-06:00 Europe/Paris"}}.Check())
	for key, test := range map[string]struct{ text, said string }{
		keyProcesses:                 {"0", `customer-migration/processes: "0" must be a whole number from 1 to 1000`},
		keyBatchTime:                 {"1h", `customer-migration/batch-time: "1h" must be a time span from 100ms to 5m`},
		keyRate:                      {"fast", `customer-migration/rate: "fast" must be a number`},
		keySetsAtOnce:                {"few", `customer-migrator/sets-at-once: "few" must be a whole number`},
		siteguard.KeyLatency:         {"fast", `site-guard/latency: "fast" must be auto, or a time span`},
		"customer-migration/closing": {"off", "customer-migration/closing cannot be changed while a migration runs; there are site-guard/mode, "},
	} {
		require.ErrorContains(t, SetRequest{map[string]string{key: test.text}}.Check(), test.said)
	}
	require.ErrorContains(t, SetRequest{}.Check(), "there is nothing to set")
}

// TestWhatWasSetIsAdopted by the run that continues as new, too.
func TestWhatWasSetIsAdopted(t *testing.T) {
	o := &overseer{state: &State{Set: map[string]string{keyProcesses: "4", keyBatchTime: "2s", keySetsAtOnce: "3", siteguard.KeyLatency: "5ms"}},
		limits: Limits{Processes: 20, BatchTime: time.Second}}
	o.adopt()
	require.Equal(t, Limits{Processes: 4, BatchTime: 2 * time.Second, SetsAtOnce: 3}, o.limits)
	wishes, err := o.guardSettings()
	require.NoError(t, err)
	require.Equal(t, map[string]string{siteguard.KeyLatency: "5ms"}, wishes)
}

// TestTheWorstIsKept for the summary, and the last for the status.
func TestTheWorstIsKept(t *testing.T) {
	var slowed Slowed
	slowed.note(nil)
	slowed.note(&activities.Beside{Share: 1, Line: "Full speed"})
	slowed.note(&activities.Beside{Share: 0.4, Words: "Slowed to 40 %: a"})
	slowed.note(&activities.Beside{Share: 0.6, Words: "Slowed to 60 %: b"})
	require.Equal(t, "Slowed to 40 %: a", slowed.Worst.Words)
	require.Equal(t, "Slowed to 60 %: b", slowed.Now.Words)
}
