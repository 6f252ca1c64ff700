package cli

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/internal/noun"
	"db-migrate/workflows"
)

// TestWhatToDoAboutRowsThatAreLeft: only where a row is not migrated does a further
// start help, and only where it was changed back --again.
func TestWhatToDoAboutRowsThatAreLeft(t *testing.T) {
	for kind, says := range map[string]string{
		workflows.LeftLost:      "The next start finds and migrates them: starter\n",
		workflows.LeftLate:      "The next start finds and migrates them: starter\n",
		workflows.LeftUndone:    "then migrate such rows once more: starter --again\n",
		workflows.LeftUnmet:     "Do not use --again: it would migrate them a second time.",
		workflows.LeftUnsure:    "If they have it, that would migrate them a second time.",
		workflows.LeftRewritten: "To migrate these: starter --again\n",
		workflows.LeftStuck:     "Then start it once more: starter\n",
	} {
		var text strings.Builder
		explainLeft(noun.Of("customers", ""), workflows.Summary{Left: 12, LeftKind: kind, LeftCause: "why", LeftKeys: []database.Key{{"7"}, {"EU", "8"}}}, &flags{environment: "localhost"}, &text)
		require.Contains(t, text.String(), "12 customers left: why.\n  customer 7\n  customer EU, 8\n  and 10 more\n")
		require.Contains(t, text.String(), says)
	}
}

func TestNothingButWhatIsLeftWhileItIsLookedFor(t *testing.T) {
	closing := workflows.Status{Phase: workflows.PhaseRunning, Totals: workflows.Totals{Scanned: 100, Migrated: 100}, Scanner: workflows.ScannerStatus{State: workflows.ScannerClosing}}
	require.Equal(t, "checking that nothing is left", progressLine(closing, closing.Totals, &speedometer{}).text)
}
