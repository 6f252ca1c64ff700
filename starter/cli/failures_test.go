package cli

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/config"
	"db-migrate/internal/noun"
	"db-migrate/workflows"
)

// TestARetryIsForAfterTheRun: while it goes on, a start of failed rows alone is refused.
func TestARetryIsForAfterTheRun(t *testing.T) {
	for _, test := range []struct {
		run  *ledgerRun
		says string
	}{
		{&ledgerRun{found: found{exists: true, running: true}, phase: workflows.PhaseRunning},
			"\n5 customers of migration low failed so far. After the run's end the next start tries them again; only them: starter retry low\n"},
		{&ledgerRun{found: found{exists: true, running: true}, phase: workflows.PhasePaused},
			"\n5 customers of migration low failed so far. The run is paused, and goes on with starter resume low. After the run's end the next start tries them again; only them: starter retry low\n"},
		{&ledgerRun{found: found{exists: true}, phase: workflows.PhaseCompleted}, "\n5 customers of migration low failed. The next start tries them again; only them: starter retry low\n"},
		{nil, "\n5 customers of migration low failed. The next start tries them again; only them: starter retry low\n"},
	} {
		var said bytes.Buffer
		configuration := &config.Configuration{}
		configuration.CustomerMigrator.Migration = "low"
		asked := &ledgerTarget{given: &flags{environment: "localhost", name: "low"}, configuration: configuration, terminal: streams{out: &said}, rows: noun.Of("customers", ""), run: test.run}
		asked.endFailures(5, 0, listing{})
		require.Equal(t, test.says, said.String())
	}
}
