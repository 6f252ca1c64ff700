package integration_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/client"

	"db-migrate/workflows"
)

// TestRecordHistories records the histories that workflows/replay_test.go
// replays: RECORD_HISTORIES=1 go test ./internal/integration -run TestRecordHistories
// It writes over those of earlier code, which are to stay: give the new ones names
// of their own, after the version that they hold, and bring the old ones back.
func TestRecordHistories(t *testing.T) {
	if os.Getenv("RECORD_HISTORIES") == "" {
		t.Skip("records anew only with RECORD_HISTORIES=1")
	}
	t.Run("happy", func(t *testing.T) {
		s := newStackAlone(t)
		s.generate(3000)
		s.startWorker()
		require.Zero(t, s.startStarter().wait(t))
		s.record("happy")
	})
	t.Run("troubled customers", func(t *testing.T) {
		s := newStackAlone(t)
		s.generate(500, "--poison", "3")
		s.startWorker()
		require.Equal(t, 1, s.startStarter().wait(t))
		s.record("troubled-customers")
	})
	t.Run("paused, and the worker killed", func(t *testing.T) {
		s := newStackAlone(t)
		s.generate(2000)
		limits := []string{"customer-migration/rate=200", "customer-migration/processes=3"}
		worker := s.startWorker(limits...)
		starter := s.startStarter(limits...)
		s.until("some progress", func() bool { return s.progress() > 300 })
		require.Zero(t, s.start("starter", nil, "pause", "--reason", "recorded").wait(t))
		require.Zero(t, s.start("starter", nil, "resume").wait(t))
		s.until("more progress", func() bool { return s.progress() > 600 })
		worker.kill()
		s.startWorker(limits...)
		require.Zero(t, starter.wait(t))
		s.record("paused-and-killed")
	})
	t.Run("paused, and the worker lost", func(t *testing.T) {
		s := newStackAlone(t)
		s.generate(3000)
		limits := []string{"customer-migration/rate=200", "customer-migration/processes=3"}
		worker := s.startWorker(limits...)
		starter := s.startStarter(limits...)
		s.until("some progress", func() bool { return s.progress() > 1000 })
		s.tell(0, "pause")
		worker.signal(syscall.SIGKILL) // its batch was called back, and does not know it
		<-worker.done
		s.startWorker(limits...)
		s.untilStatus(s.client(), "the batch to be lost", func(status workflows.Status) bool { return !status.Processes[0].Busy })
		s.tell(0, "resume")
		require.Zero(t, starter.wait(t))
		s.record("paused-and-lost")
	})
	t.Run("cancelled", func(t *testing.T) {
		s := newStackAlone(t)
		s.generate(2000)
		limits := []string{"customer-migration/rate=200", "customer-migration/processes=3"}
		s.startWorker(limits...)
		starter := s.startStarter(limits...)
		s.until("some progress", func() bool { return s.progress() > 300 })
		require.Zero(t, s.start("starter", nil, "cancel").wait(t))
		require.Equal(t, 1, starter.wait(t))
		s.record("cancelled")
	})
	t.Run("continue-as-new", func(t *testing.T) {
		s := newStackAlone(t, "--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=60")
		s.generate(200, "--poison", "1")
		limits := []string{"customer-migration/batch-size=1", "customer-migration/processes=3"}
		s.startWorker(limits...)
		first := ""
		starter := s.startStarter(limits...)
		s.until("the first run", func() bool { first = s.runID(); return first != "" })
		require.Equal(t, 1, starter.wait(t))
		s.recordRun("continue-as-new-before", first)
		s.record("continue-as-new-after")
	})
}

func (s *stack) runID() string {
	description, err := s.client().DescribeWorkflowExecution(context.Background(), workflow, "")
	if err != nil {
		return ""
	}
	return description.GetWorkflowExecutionInfo().GetExecution().GetRunId()
}

func (s *stack) record(name string) { s.recordRun(name, "") }

func (s *stack) recordRun(name, run string) {
	s.Helper()
	recorded := &history.History{Events: eventsOf(s.T, s.client(), run)}
	text, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(recorded)
	require.NoError(s, err)
	folder := filepath.Join("..", "..", "workflows", "testdata", "histories")
	require.NoError(s, os.MkdirAll(folder, 0o755))
	require.NoError(s, os.WriteFile(filepath.Join(folder, name+".json"), s.neutral(text), 0o644))
}

var (
	dataPattern     = regexp.MustCompile(`"data": *"[^"]*"`)
	identityPattern = regexp.MustCompile(`"identity": *"[^"]*"`)
)

// neutral takes the names of this machine and its folders out of a history.
func (s *stack) neutral(text []byte) []byte {
	text = identityPattern.ReplaceAll(text, []byte(`"identity": "recorded"`))
	return dataPattern.ReplaceAllFunc(text, func(found []byte) []byte {
		encoded := string(found[bytes.IndexByte(found, ':')+1:])
		raw, err := base64.StdEncoding.DecodeString(strings.Trim(encoded, ` "`))
		if err != nil {
			return found
		}
		raw = bytes.ReplaceAll(raw, []byte(s.folder), []byte("/data"))
		return []byte(`"data": "` + base64.StdEncoding.EncodeToString(raw) + `"`)
	})
}

// eventsOf reads the history of a run of the overseer; "" is the current one.
func eventsOf(t *testing.T, connected client.Client, run string) []*history.HistoryEvent {
	t.Helper()
	var found []*history.HistoryEvent
	iterator := connected.GetWorkflowHistory(t.Context(), workflow, run, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for iterator.HasNext() {
		event, err := iterator.Next()
		require.NoError(t, err)
		found = append(found, event)
	}
	return found
}
