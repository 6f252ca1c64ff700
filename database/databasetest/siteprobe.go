package databasetest

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// siteProbeRules are for drivers that feel what the live site feels.
func siteProbeRules() []rule {
	return []rule{
		{name: "the site's probe reads, commits and looks", test: siteProbeFeels},
		{name: "the site's probe reads an empty table", test: siteProbeReadsNothing},
		{name: "the site's probe asks the user's query", test: siteProbeAsks, needs: []Feature{SQL}},
	}
}

func (f *fixture) siteProbe() database.SiteProbe {
	f.Helper()
	site := f.table.Traits().Site
	if site == nil {
		f.Skip("this driver knows nothing of a site")
	}
	probe, err := site.OpenProbe(f.Context(), database.ProbeOptions{Timeout: 8 * time.Second})
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, probe.Close()) })
	return probe
}

// siteProbeFeels: nothing of the site's, of the books or of the ledger changes by it.
func siteProbeFeels(t *testing.T, h Harness) {
	f := h.numbers(t)
	probe := f.siteProbe()
	before := valuesOf(f.readAll())
	for range 3 {
		require.NoError(t, probe.Read(t.Context()))
		if err := probe.Commit(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
			require.NoError(t, err)
		}
		signs, err := probe.Look(t.Context())
		require.NoError(t, err)
		for _, signal := range signs.Signals {
			require.NotEmpty(t, signal.Name)
			require.NotEmpty(t, signal.Words, signal.Name)
		}
	}
	require.Equal(t, before, valuesOf(f.readAll()))
	f.delete("Anna") // the row that it reads
	require.NoError(t, probe.Read(t.Context()))
}

// valuesOf are rows without when they were read.
func valuesOf(rows []database.Row) []database.Row {
	for i := range rows {
		rows[i].Seen = nil
	}
	return rows
}

func siteProbeReadsNothing(t *testing.T, h Harness) {
	f := h.start(t, Numbers, plan(), 0)
	probe := f.siteProbe()
	require.NoError(t, probe.Read(t.Context()))
	f.insert(0)
	require.NoError(t, probe.Read(t.Context()))
}

func siteProbeAsks(t *testing.T, h Harness) {
	f := h.numbers(t)
	probe := f.siteProbe()
	for query, test := range map[string]struct {
		answer string
		found  bool
	}{
		"SELECT 'the import runs'": {"the import runs", true},
		"SELECT 1":                 {"1", true},
		"SELECT NULL":              {"", false},
		"SELECT name FROM customers WHERE name = 'no'": {"", false},
		"SELECT name FROM customers ORDER BY name":     {"Anna", true},
	} {
		answer, found, err := probe.Ask(t.Context(), query)
		require.NoError(t, err, query)
		require.Equal(t, test.found, found, query)
		require.Equal(t, test.answer, answer, query)
	}
	_, _, err := probe.Ask(t.Context(), "SELECT nothing FROM nowhere")
	require.Error(t, err)
	_, _, err = probe.Ask(t.Context(), "DELETE FROM customers")
	require.Error(t, err, "it may only read")
	require.Len(t, f.readAll(), 3)
}
