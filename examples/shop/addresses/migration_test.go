package addresses

import (
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

func TestSplit(t *testing.T) {
	for lines, want := range map[string]Address{
		"12 Hanoi Way\n35200 Sasebo\nJapan": {"12 Hanoi Way", "35200", "Sasebo"},
		"12 Hanoi Way, 35200 Sasebo":        {"12 Hanoi Way", "35200", "Sasebo"},
		" 7 Rue A \r\n\r\n75001  Le Havre ": {"7 Rue A", "75001", "Le Havre"},
	} {
		address, err := Split(lines)
		require.NoError(t, err)
		require.Equal(t, want, address)
	}
	for _, lines := range []string{"", "ask at the desk", "12 Hanoi Way\nSasebo", "12 Hanoi Way\n35200"} {
		_, err := Split(lines)
		require.ErrorContains(t, err, "the address")
	}
}

func TestEachChangeNotesWhatWasBefore(t *testing.T) {
	for _, migration := range Migrations() {
		require.NoError(t, migration.Validate())
		row := func(street any) database.Row {
			return database.Row{Key: database.Key{"7"}, Columns: []string{"billing_address", "billing_street"},
				Values: []any{"12 Hanoi Way, 35200 Sasebo", street}}
		}
		change, err := migration.Change(t.Context(), row(nil))
		require.NoError(t, err)
		require.Len(t, change.Assignments, 3)
		require.Equal(t, []any{int64(7), "12 Hanoi Way, 35200 Sasebo"}, change.Statements[0].Arguments)
		change, err = migration.Change(t.Context(), row("12 Hanoi Way"))
		require.NoError(t, err)
		require.Equal(t, migration.Name != "customer-address-cassandra", change.PreviouslyMigrated)
	}
}
