package metrics

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/activities"
	"db-migrate/database"
	"db-migrate/siteguard"
)

// TestMetricsAreServed by their names: ours, the guard's and the SDK's.
func TestMetricsAreServed(t *testing.T) {
	guard := &siteguard.Guard{Source: nowhere{}}
	t.Cleanup(guard.Close)
	guard.Ready(t.Context())
	made := New(map[string]*siteguard.Guard{"shout": guard})
	made.OnSet(10, 20*time.Millisecond)
	made.batch(activities.BatchResult{Elapsed: time.Second, Ranges: []activities.RangeCounts{{Counts: activities.Counts{Migrated: 7, Skipped: 2}}}})
	sdk := made.SDK().WithTags(map[string]string{"namespace": "default"})
	sdk.Counter("temporal_request").Inc(2)
	sdk.WithTags(map[string]string{"operation": "Poll"}).Counter("temporal_request").Inc(3) // other labels, same name
	sdk.WithTags(map[string]string{"operation": "Poll"}).Counter("temporal_request").Inc(1)
	sdk.Timer("temporal_request_latency").Record(time.Second)
	sdk.Gauge("temporal_num_pollers").Update(4)
	address, err := made.Serve(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	answer, err := http.Get("http://" + address.String() + "/metrics")
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	for _, line := range []string{
		`db_migrate_rows_total{outcome="migrated"} 7`, `db_migrate_rows_total{outcome="skipped"} 2`,
		`db_migrate_batch_seconds_count{rest=""} 1`, `db_migrate_set_seconds_count 1`, `db_migrate_site_guard_share 1`,
		`temporal_request{namespace="default"} 2`, `temporal_request{namespace="default",operation="Poll"} 4`,
		`temporal_request_latency_seconds_count{namespace="default"} 1`, `temporal_num_pollers{namespace="default"} 4`,
	} {
		require.Contains(t, string(text), line)
	}
}

// nowhere is a database that feels nothing of a site.
type nowhere struct{}

func (nowhere) Site() (database.Site, error) { return nil, nil }

func TestAnAddressThatIsTakenIsRefused(t *testing.T) {
	made := New(nil)
	address, err := made.Serve(t.Context(), "127.0.0.1:0")
	require.NoError(t, err)
	_, err = made.Serve(t.Context(), address.String())
	require.ErrorContains(t, err, "address already in use")
}
