package integration_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAServiceIsDownAtFirst: what the example's migration calls answers with 503
// until many calls were made. Nobody is blamed, although a customer's own error
// would have no second attempt; those whom the service does not know are.
func TestAServiceIsDownAtFirst(t *testing.T) {
	t.Parallel()
	on := newShop(t, "sqlite")
	output, err := exec.Command("go", "build", "-o", filepath.Join(on.bin, "callservice-worker"), "db-migrate/examples/callservice/worker").CombinedOutput()
	require.NoError(t, err, string(output))
	var calls, refused atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		switch address := request.FormValue("address"); {
		case calls.Add(1) <= 300:
			answer.WriteHeader(http.StatusServiceUnavailable)
		case strings.HasPrefix(address, "ask"):
			refused.Add(1)
			answer.WriteHeader(http.StatusNotFound)
		default:
			fmt.Fprintf(answer, `{"latitude": %d, "longitude": 0.25}`, len(address))
		}
	}))
	defer server.Close()
	folder, err := filepath.Abs("../../examples/callservice/config")
	require.NoError(t, err)
	options := []string{"--config", folder, "connection/url=" + on.url, "customer-migrator/attempts=1"}
	on.startWorkerAs("callservice-worker", []string{"GEOCODER_URL=" + server.URL}, options...)
	starter := on.startStarter(options...)
	require.Equal(t, 1, starter.wait(t), starter.text())
	end := on.summary(starter)
	require.Equal(t, "completed", end.Phase)
	require.EqualValues(t, shopPoison, end.Failed)
	require.EqualValues(t, on.customers-shopPoison, end.Migrated)
	require.Greater(t, calls.Load(), 300+on.customers-1)
	require.Positive(t, refused.Load())
	require.EqualValues(t, shopPoison, on.count("SELECT COUNT(*) FROM db_migrate_failures WHERE error LIKE '%there is no place \"ask at the desk\"%'"))
	require.EqualValues(t, on.customers-shopPoison, on.count("SELECT COUNT(*) FROM customer WHERE latitude = length(CAST(billing_address AS BLOB)) AND longitude = 0.25"))
	t.Logf("%d calls for %d customers", calls.Load(), on.customers)
}
