package integration_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// closedWindow opens in two hours.
func closedWindow() string {
	now := time.Now().UTC()
	return fmt.Sprintf("site-guard/window=%s-%s UTC", now.Add(2*time.Hour).Format("15:04"), now.Add(3*time.Hour).Format("15:04"))
}

// TestWorkThatWaitsIsExplained in the status and in metrics, waits after a worker was
// killed too, and goes on when it is told to: no batch is needed to bring the news.
func TestWorkThatWaitsIsExplained(t *testing.T) {
	s := newStack(t)
	s.generate(3000)
	worker := s.startWorker("site-guard/mode=auto", closedWindow(), "--metrics", "127.0.0.1:0")
	starter := s.startStarter()
	waits := func() bool { return strings.Contains(s.statusText(), "Waiting: it is outside of the window") }
	s.until("the words in the status", waits)
	require.Zero(t, s.progress(), "rows that were written outside of the window")
	require.Contains(t, s.metricsOf(worker), "db_migrate_site_guard_share 0\n")
	require.Contains(t, worker.text(), "site-guard: Waiting: it is outside of the window")
	worker.kill()
	s.startWorker("site-guard/mode=auto", closedWindow())
	s.until("the words of the next worker", waits)
	require.Zero(t, s.progress())
	refused := s.start("starter", nil, "set", "site-guard/window=22-6")
	require.Equal(t, 2, refused.wait(t), refused.text())
	require.Contains(t, refused.text(), "it must be a span of the day with its time zone")
	set := s.start("starter", nil, "set", "site-guard/mode=off", "customer-migration/batch-time=1s")
	require.Zero(t, set.wait(t), set.text())
	require.Contains(t, s.statusText(), "set since the start: customer-migration/batch-time=1s, site-guard/mode=off")
	require.Zero(t, starter.wait(t), starter.text())
	require.Contains(t, starter.text(), `"site_guard":"Waiting: it is outside of the window`)
	s.requireExact(s.summary(starter), 3000, 0)
}

func (s *stack) statusText() string {
	asked := s.start("starter", nil, "status")
	asked.wait(s)
	return asked.text()
}

// metricsOf asks a worker for its metrics, at the address that it has printed.
func (s *stack) metricsOf(worker *process) string {
	s.Helper()
	_, after, found := strings.Cut(worker.text(), "metrics: ")
	require.True(s, found, worker.text())
	answer, err := http.Get(strings.Fields(after)[0])
	require.NoError(s, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(s, err)
	return string(text)
}
