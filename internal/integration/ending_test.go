package integration_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	"db-migrate/workflows"
)

// mending is a migration in SQL whose definition is changed between two workers.
type mending struct {
	*stack
	folder, name string
}

func (s *stack) mending(name string) *mending {
	s.Helper()
	s.generate(2000)
	s.execute("UPDATE customers SET first_name = NULL", "DELETE FROM audit")
	m := &mending{stack: s, folder: s.path("configuration"), name: name}
	require.NoError(s, os.MkdirAll(filepath.Join(m.folder, "migrations"), 0o755))
	return m
}

// define writes the migration, whose update has this condition beside its ids.
func (m *mending) define(condition string) {
	m.Helper()
	text := fmt.Sprintf("name: %s\nversion: \"1\"\ncheck: SELECT id FROM customers WHERE id IN (:ids) AND first_name IS NULL\n"+
		"migrate: UPDATE customers SET first_name = 'x' WHERE id IN (:ids) %s\n", m.name, condition)
	require.NoError(m, os.WriteFile(filepath.Join(m.folder, "migrations", m.name+".yaml"), []byte(text), 0o644))
}

func (m *mending) options(more ...string) []string {
	return append(more, "--config", m.folder, "customer-migrator/migration="+m.name)
}

func (m *mending) startWorker(more ...string) *process {
	m.Helper()
	return m.stack.startWorker(m.options(more...)...)
}

// control says a command about the migration.
func (m *mending) control(code int, words ...string) string {
	m.Helper()
	return m.tell(code, m.options(words...)...)
}

const (
	wrongSQL = "OR id IN (SELECT c.id + 1 FROM customers AS c WHERE c.id IN (:ids))"
	rightSQL = "AND first_name IS NULL"
)

// failing starts a run whose batches always fail.
func (m *mending) failing() (worker, starter *process) {
	m.Helper()
	m.define(wrongSQL)
	worker = m.startWorker()
	starter = m.startStarter(m.options()...)
	m.until("a batch that fails", func() bool {
		require.False(m, ended(starter), starter.text())
		return strings.Contains(m.said(m.options("status")...), " repeated (MigrateCustomers")
	})
	return worker, starter
}

// mended starts the mended migration, which must run to its end.
func (m *mending) mended() {
	m.Helper()
	again := m.startStarter(m.options("--same-ledger")...)
	require.Zero(m, again.wait(m), again.text())
	require.Equal(m, "completed", m.summary(again).Phase)
	require.Zero(m, m.number("SELECT COUNT(*) FROM customers WHERE first_name IS NULL"))
	require.EqualValues(m, 2000, m.number("SELECT COUNT(*) FROM audit"))
	require.Zero(m, m.number("SELECT COUNT(*) FROM db_migrate_owner"))
}

// TestSQLThatAlwaysFailsIsCancelled: the cancel ends the run, and the mended
// migration starts.
func TestSQLThatAlwaysFailsIsCancelled(t *testing.T) {
	t.Parallel()
	for name, words := range map[string][]string{
		"drained": {"cancel"},
		"at once": {"cancel", "--now"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newStack(t).mending("wrong")
			worker, starter := m.failing()
			require.Contains(t, m.control(0, words...), "cancel: the migration is cancelled; Migrated 0 customers")
			require.Equal(t, 1, starter.wait(t), starter.text())
			require.Equal(t, "cancelled", m.summary(starter).Phase)
			require.Zero(t, m.number("SELECT COUNT(*) FROM db_migrate_owner"))
			worker.signal(syscall.SIGTERM)
			worker.wait(t)
			m.define(rightSQL)
			m.startWorker()
			m.mended()
		})
	}
}

// TestAWorkerOfAnotherDefinitionEndsARun: it may not migrate anything for it, but the
// run's end is noted.
func TestAWorkerOfAnotherDefinitionEndsARun(t *testing.T) {
	t.Parallel()
	m := newStack(t).mending("wrong")
	worker, starter := m.failing()
	worker.kill()
	m.define(rightSQL)
	m.startWorker()
	require.Contains(t, m.control(0, "cancel", "--now"), "cancel: the migration is cancelled")
	require.Equal(t, 1, starter.wait(t), starter.text())
	require.Zero(t, m.number("SELECT COUNT(*) FROM db_migrate_owner"))
	m.mended()
}

// slowSQL takes a while for each set.
const slowSQL = "AND first_name IS NULL AND (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT COUNT(*) FROM n) > 0"

// TestWhatNobodySettledIsCounted: the worker is killed in its first batch, and another
// one, of another definition, notes the run's end by what the ledger has.
func TestWhatNobodySettledIsCounted(t *testing.T) {
	t.Parallel()
	m := newStack(t).mending("slow")
	m.define(slowSQL)
	sizes := []string{"customer-migrator/transaction-size=5", "customer-migration/batch-size=1000"}
	worker := m.startWorker(sizes...)
	starter := m.startStarter(m.options(sizes...)...)
	m.until("rows that are migrated", func() bool { return m.number("SELECT COUNT(*) FROM audit") > 20 })
	worker.kill()
	m.define(rightSQL)
	m.startWorker()
	m.control(0, "cancel", "--now")
	require.Equal(t, 1, starter.wait(t), starter.text())
	require.Equal(t, m.number("SELECT COUNT(*) FROM audit"), m.summary(starter).Migrated)
	m.mended()
}

// TestAWorkerOfAnotherMigrationTakesNothing: the run is ended in Temporal, and the next
// start of that migration takes the table over.
func TestAWorkerOfAnotherMigrationTakesNothing(t *testing.T) {
	t.Parallel()
	m := newStack(t).mending("wrong")
	worker, starter := m.failing()
	worker.kill()
	other := &mending{stack: m.stack, folder: m.folder, name: "right"}
	other.define(rightSQL)
	serving := other.startWorker()
	require.Contains(t, m.control(0, "cancel", "--now"), "cancel: the run was ended in Temporal, since no worker answers")
	require.Equal(t, 1, starter.wait(t), starter.text())
	require.NotContains(t, serving.text(), "wrong")
	other.mended()
	require.EqualValues(t, 1, m.number("SELECT COUNT(*) FROM db_migrate_runs WHERE migration = 'wrong' AND outcome = 'replaced'"))
}

// TestALedgerIsDroppedAfterAnEndOutsideOfTheDatabase, without --take-over: Temporal knows
// that the owner's run is over. While it is not, nothing is dropped.
func TestALedgerIsDroppedAfterAnEndOutsideOfTheDatabase(t *testing.T) {
	t.Parallel()
	m := newStack(t).mending("wrong")
	worker, _ := m.failing()
	other := &mending{stack: m.stack, folder: m.folder, name: "right"}
	other.define(rightSQL)
	other.startWorker()
	require.Contains(t, other.control(1, "ledger", "drop", "--yes"), "table customers is owned by migration wrong", "whose run goes on")
	worker.kill()
	require.NoError(t, m.client().TerminateWorkflow(m.Context(), "migration/wrong/localhost", "", "by hand"))
	require.EqualValues(t, 1, m.number("SELECT COUNT(*) FROM db_migrate_owner"))
	m.startWorker()
	require.Contains(t, m.control(0, "ledger", "drop", "--yes"), "dropped table")
	require.Zero(t, m.number("SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE 'db_migrate%'"))
}

// TestARunIsCancelledWithoutAnyWorker: it is ended in Temporal, says so everywhere,
// and the next start takes the table over.
func TestARunIsCancelledWithoutAnyWorker(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]syscall.Signal{"stopped": syscall.SIGTERM, "killed": syscall.SIGKILL, "frozen": syscall.SIGSTOP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newStack(t).mending("wrong")
			worker, starter := m.failing()
			worker.signal(signal)
			if signal != syscall.SIGSTOP {
				worker.wait(t)
			} else {
				require.Contains(t, m.control(3, "failures"), "takes the question up; nothing was started")
			}
			said := m.control(0, "cancel", "--reason", "the SQL is wrong")
			require.Contains(t, said, "cancel: the run was ended in Temporal, since no worker answers")
			require.Contains(t, said, "the next start on this table releases it")
			require.Equal(t, 1, starter.wait(t), starter.text())
			require.Contains(t, starter.text(), "the run was terminated in Temporal: starter cancel, while no worker answered: the SQL is wrong")
			var printed workflows.Status
			require.NoError(t, json.Unmarshal([]byte(m.control(0, "status", "--output", "json")), &printed))
			require.Equal(t, "terminated", printed.Phase)
			require.Equal(t, "starter cancel, while no worker answered: the SQL is wrong", printed.Reason)
			require.Contains(t, m.control(1, "pause"), "no migration runs")
			require.Contains(t, m.control(1, "cancel"), "no migration runs")
			worker.kill()
			m.define(rightSQL)
			m.startWorker()
			m.mended()
		})
	}
}

// TestAnyEndOutsideOfTheDatabaseIsMadeUpFor: another migration takes the table over from
// a run that Temporal knows to be over, without being told to, and the books end it.
func TestAnyEndOutsideOfTheDatabaseIsMadeUpFor(t *testing.T) {
	for name, end := range map[string]func(*mending){
		"cancelled without a worker": func(m *mending) { m.control(0, "cancel") },
		"terminated": func(m *mending) {
			require.NoError(m, m.client().TerminateWorkflow(m.Context(), "migration/wrong/localhost", "", "by hand"))
		},
		"forgotten": func(m *mending) {
			_, err := m.client().WorkflowService().DeleteWorkflowExecution(m.Context(), &workflowservice.DeleteWorkflowExecutionRequest{
				Namespace: m.namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: "migration/wrong/localhost"}})
			require.NoError(m, err)
			m.until("the run to be deleted", func() bool {
				_, err := m.client().DescribeWorkflowExecution(m.Context(), "migration/wrong/localhost", "")
				return err != nil
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newStack(t).mending("wrong")
			worker, _ := m.failing()
			other := &mending{stack: m.stack, folder: m.folder, name: "right"}
			other.define(rightSQL)
			worker.kill()
			next := other.startWorker()
			refused := m.startStarter(other.options()...)
			require.Equal(t, 1, refused.wait(t), refused.text())
			require.Contains(t, refused.text(), "table customers is owned by migration wrong", "while its run is not over")
			next.kill()
			end(m)
			other.startWorker()
			other.mended()
			require.EqualValues(t, 1, m.number("SELECT COUNT(*) FROM db_migrate_runs WHERE migration = 'wrong' AND outcome = 'replaced'"))
		})
	}
}

// TestAnEndThatTheDatabaseRefusesIsTold: the run has ended all the same, and the next
// start takes the table over.
func TestAnEndThatTheDatabaseRefusesIsTold(t *testing.T) {
	t.Parallel()
	m := newStack(t).mending("wrong")
	worker, starter := m.failing()
	m.execute("CREATE TRIGGER keep BEFORE DELETE ON db_migrate_owner BEGIN SELECT RAISE(ABORT, 'owners are kept'); END")
	said := m.control(0, "cancel", "--now")
	require.Contains(t, said, "cancel: the migration is cancelled")
	require.Regexp(t, "its end could not be noted in the database .*owners are kept.*; the next start on this table releases it", said)
	require.Equal(t, 1, starter.wait(t), starter.text())
	require.Regexp(t, "could not be noted in the database .*owners are kept", m.control(0, "status"))
	worker.signal(syscall.SIGTERM)
	worker.wait(t)
	m.execute("DROP TRIGGER keep")
	m.define(rightSQL)
	m.startWorker()
	m.mended()
}

// TestNothingHasChangedWhereNothingHas: what is said to a run without a worker is not
// carried out later.
func TestNothingHasChangedWhereNothingHas(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(2000)
	worker := s.startWorker(slow("20")...)
	starter := s.startStarter(slow("20")...)
	s.until("some progress", func() bool { return s.progress() > 10 })
	worker.signal(syscall.SIGTERM)
	worker.wait(t)
	for _, words := range [][]string{{"pause"}, {"rate", "1"}, {"resume"}} {
		said := s.tell(3, append(words, "--config", s.folder)...)
		require.Contains(t, said, "no worker answers, so that the migration was not told; nothing has changed")
		require.Contains(t, said, "bin/worker --config "+s.folder)
	}
	s.startWorker(slow("20")...)
	require.Contains(t, s.tell(0, "rate", "0"), "the migration is running; ")
	require.Zero(t, starter.wait(t), starter.text())
	s.requireExact(s.summary(starter), 2000, 0)
}

// TestAPausedRunWithoutAWorkerIsShownAsPaused: Temporal knows that without one. What the
// starter prints to start one names the run's database.
func TestAPausedRunWithoutAWorkerIsShownAsPaused(t *testing.T) {
	t.Parallel()
	s := newStackAlone(t)
	s.generate(2000)
	worker := s.startWorker(slow("20")...)
	starter := s.startStarter(slow("20")...)
	s.until("some progress", func() bool { return s.progress() > 10 })
	s.tell(0, "pause")
	worker.kill() // Temporal takes it for one that lives
	s.until("the list", func() bool { return strings.Contains(s.said("list"), "not known: no worker answers") })
	require.Regexp(t, `customer-contact +paused +not known: no worker answers`, s.said("list"))
	require.Contains(t, s.tell(0, "report", "--output-file", s.path("report.html")), "customer-contact is paused")
	said := s.tell(3, "resume")
	require.Contains(t, said, "waiting for a worker to answer …\n")
	require.Contains(t, said, "say it again: bin/worker connection/url="+s.path("customers.db")+"\n")
	starter.kill()
}

// TestATerminatedRunIsShownAsThat, and one that has failed as failed, with the reason.
func TestATerminatedRunIsShownAsThat(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(4000)
	worker := s.startWorker(slow("20")...)
	starter := s.startStarter(slow("20")...)
	s.until("some progress", func() bool { return s.progress() > 20 })
	require.NoError(t, s.client().TerminateWorkflow(context.Background(), workflow, "", "wrong table"))
	require.Equal(t, 1, starter.wait(t), starter.text())
	require.Equal(t, "terminated", s.summary(starter).Phase)
	require.Contains(t, starter.text(), "starter: the run was terminated in Temporal: wrong table")
	text := s.tell(0, "status")
	require.Contains(t, text, "(localhost): terminated\n")
	require.Contains(t, text, "TERMINATED: wrong table")
	require.Regexp(t, `customer-contact +terminated +Migrated [1-9]\d* customers`, s.tell(0, "list"))
	var printed workflows.Status
	require.NoError(t, json.Unmarshal([]byte(s.tell(0, "status", "--output", "json")), &printed))
	require.Equal(t, "terminated", printed.Phase)
	require.Equal(t, "wrong table", printed.Reason)

	s.execute("UPDATE db_migrate_owner SET cluster = 'another cluster'")
	refused := s.startStarter()
	require.Equal(t, 1, refused.wait(t), refused.text())
	require.Equal(t, "failed", s.summary(refused).Phase)
	for _, gone := range []bool{false, true} {
		if gone {
			worker.signal(syscall.SIGTERM)
			worker.wait(t)
		}
		require.NoError(t, json.Unmarshal([]byte(s.tell(0, "status", "--output", "json")), &printed))
		require.Equal(t, "failed", printed.Phase)
		require.Contains(t, printed.Reason, "table customers is owned by migration customer-contact")
		require.Contains(t, s.tell(0, "status"), "FAILED: table customers is owned by")
	}
	require.Contains(t, s.tell(3, "failures", "--config", s.folder), "start one: bin/worker --config "+s.folder)
}

// TestWhoeverAttachesAfterARateWasSet: no rate makes a difference then.
func TestWhoeverAttachesAfterARateWasSet(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(20_000)
	s.startWorker(slow("100")...)
	starter := s.startStarter(slow("100")...)
	s.until("some progress", func() bool { return s.progress() > 0 })
	processes := "customer-migration/processes=4"
	require.Contains(t, s.tell(2, slow("80")...), "rate: it runs with 100, asked for 80")
	require.Contains(t, s.tell(0, "rate", "50"), "at 50 customers a second")
	attached := []*process{s.startStarter(processes), s.startStarter(slow("50")...), s.startStarter(slow("100")...)}
	for _, watching := range attached {
		s.until("a status", func() bool {
			require.False(t, ended(watching), watching.text())
			return len(watching.text()) > 500
		})
	}
	s.tell(0, "rate", "0")
	for _, watching := range append(attached, starter) {
		require.Zero(t, watching.wait(t), watching.text())
	}
}
