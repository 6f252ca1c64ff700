package integration_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"db-migrate/internal/testserver"
	"db-migrate/workflows"
)

// closingForm is how a migration is written, which decides what the closing balance can
// ask.
type closingForm struct {
	name           string
	check, migrate string
	// judged: a check for a set tells of every row whether it needs to be migrated.
	judged bool
	// again is the exit code of a further run: 1 where the check is true of migrated rows.
	again int
}

const (
	closingCheck   = "SELECT id FROM customers WHERE id IN (:ids) AND first_name IS NULL"
	closingMigrate = "UPDATE customers SET first_name = 'Ada' WHERE id IN (:ids) AND first_name IS NULL"
)

func (p product) closingForms() []closingForm {
	goForm := closingForm{name: "go"}
	if p.driver == "cassandra" {
		return []closingForm{goForm, {name: "checked-one", check: "SELECT id FROM customers WHERE id = :id", migrate: "UPDATE customers SET first_name = 'Ada' WHERE id = :id", again: 1},
			{name: "unchecked", migrate: "UPDATE customers SET first_name = 'Ada' WHERE id = :id"}}
	}
	return []closingForm{goForm, {name: "checked", check: closingCheck, migrate: closingMigrate, judged: true},
		{name: "checked-one", check: "SELECT id FROM customers WHERE id = :id AND first_name IS NULL", migrate: "UPDATE customers SET first_name = 'Ada' WHERE id = :id AND first_name IS NULL"},
		{name: "unchecked", migrate: "UPDATE customers SET first_name = 'Ada' WHERE id IN (:ids)"}}
}

// unsure reports whether nobody can tell of a row without a ledger row whether it is
// migrated, and a second time might do harm.
func (f closingForm) unsure(p product) bool { return f.name == "unchecked" && p.driver != "cassandra" }

// closingEnd is what the JSON output says of the end.
type closingEnd struct {
	summary
	NeededAgain int64 `json:"needed_again"`
	Left        int64
	LeftKeys    [][]string `json:"left_keys"`
	LeftKind    string     `json:"left_kind"`
	LeftCause   string     `json:"left_cause"`
	Lost, Late  int64
}

// requireTrue: the outcomes add up to what was scanned, on a table that was quiet.
func (e closingEnd) requireTrue(t testing.TB, rows int64) {
	t.Helper()
	require.Equal(t, rows, e.Scanned, "%+v", e)
	require.Equal(t, e.Scanned, e.Migrated+e.Skipped+e.NeededAgain+e.Failed, "%+v", e)
	require.Zero(t, e.Appeared+e.Vanished, "%+v", e)
}

// closingTrial is a table and a migration of it, whose end is looked at.
type closingTrial struct {
	*server
	form    closingForm
	rows    int
	options []string
	worker  *process
}

const closingRows = 3000

// closingTrial fills a table of so many rows, of which some are migrated already, and
// starts a worker.
func (s *stack) closingTrial(p product, form closingForm, rows int, options ...string) *closingTrial {
	s.Helper()
	c := &closingTrial{server: s.share(p), form: form, rows: rows}
	if p.driver == "sqlite" {
		c.url = s.path(fmt.Sprintf("closing_%d.db", testserver.FreePort(s)))
	}
	c.audit = nil
	c.fill(max(1, rows))
	if rows == 0 {
		c.do("DELETE FROM customers WHERE id = 1")
	}
	c.options = c.server.options("connection/table=customers", "customer-migration/processes=4")
	if form.migrate != "" {
		c.options = append(c.options, c.defined()...)
	}
	c.options = append(c.options, options...)
	c.worker = c.startWorker(c.options...)
	return c
}

// close lets the next trial have the task queue.
func (c *closingTrial) close() { c.worker.kill() }

// defined writes the migration's file.
func (c *closingTrial) defined() []string {
	c.Helper()
	folder, err := os.MkdirTemp(c.folderOf(), "config-")
	require.NoError(c, err)
	require.NoError(c, os.MkdirAll(filepath.Join(folder, "migrations"), 0o755))
	text := "name: " + c.form.name + "\nversion: \"1\"\n"
	if c.form.check != "" {
		text += "check: |\n  " + c.form.check + "\n"
	}
	text += "migrate: |\n  " + c.form.migrate + "\n"
	require.NoError(c, os.WriteFile(filepath.Join(folder, "migrations", c.form.name+".yaml"), []byte(text), 0o644))
	return []string{"--config", folder, "customer-migrator/migration=" + c.form.name}
}

func (c *closingTrial) folderOf() string { return c.stack.folder }

func (c *closingTrial) workflow() string {
	if c.form.migrate == "" {
		return workflow
	}
	return "migration/" + c.form.name + "/localhost"
}

func (c *closingTrial) ledger() string {
	if c.form.migrate == "" {
		return "db_migrate_ledger_customers_customer_contact"
	}
	return "db_migrate_ledger_customers_" + strings.ReplaceAll(c.form.name, "-", "_")
}

// begin starts a run that is slow enough to be disturbed.
func (c *closingTrial) begin(options ...string) *process {
	c.Helper()
	return c.startStarter(append(append([]string{"customer-migration/rate=300", "customer-migration/batch-size=100"}, c.options...), options...)...)
}

// end waits for the run's end, and returns what it says.
func (c *closingTrial) end(starter *process, code int) closingEnd {
	c.Helper()
	require.Equal(c, code, starter.wait(c), "%s %s: %s", c.driver, c.form.name, tailOf(starter.text()))
	lines := strings.Split(strings.TrimSpace(starter.text()), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		var last closingEnd
		if json.Unmarshal([]byte(lines[i]), &last) == nil && last.WorkflowID != "" {
			require.Equal(c, workflows.PhaseCompleted, last.Phase, last)
			return last
		}
	}
	require.FailNow(c, "no summary", starter.text())
	return closingEnd{}
}

func tailOf(text string) string { return text[max(0, len(text)-1500):] }

// untilMigrated waits until the run has migrated so many.
func (c *closingTrial) untilMigrated(number int) {
	c.Helper()
	connected := c.client()
	c.until("progress", func() bool {
		found, ok := statusOf(connected, c.workflow())
		return ok && found.Phase == workflows.PhaseRunning && found.Totals.Migrated >= int64(number)
	})
}

// takeBack takes the changes of the n first rows of the ledger back and, as a server
// does that loses commits, their ledger rows. The run waits meanwhile, if there is one,
// and then goes on as fast as it can.
func (c *closingTrial) takeBack(n int, ledgerToo bool) {
	c.Helper()
	connected := c.client()
	var now workflows.Status
	c.until("a status", func() (ok bool) {
		now, ok = statusOf(connected, c.workflow())
		return ok
	})
	if now.Phase == workflows.PhaseRunning {
		c.update(connected, workflows.UpdatePause, struct{}{})
		c.until("the end of running batches", func() bool {
			found, ok := statusOf(connected, c.workflow())
			return ok && !slices.ContainsFunc(found.Processes, func(process workflows.ProcessStatus) bool { return process.Busy })
		})
		defer func() {
			c.update(connected, workflows.UpdateRate, workflows.RateRequest{})
			c.update(connected, workflows.UpdateResume, struct{}{})
		}()
	}
	if c.driver == "cassandra" {
		c.takeBackInCassandra(n)
		return
	}
	chosen := fmt.Sprintf("(SELECT id FROM (SELECT id FROM %s WHERE outcome = 1 ORDER BY id LIMIT %d) chosen)", c.ledger(), n)
	c.do("UPDATE customers SET first_name = NULL WHERE id IN " + chosen)
	if ledgerToo {
		c.do(fmt.Sprintf("DELETE FROM %s WHERE id IN %s", c.ledger(), chosen))
	}
}

func (c *closingTrial) update(connected client.Client, name string, request any) {
	c.Helper()
	updated, err := connected.UpdateWorkflow(c.Context(), client.UpdateWorkflowOptions{WorkflowID: c.workflow(), UpdateName: name,
		Args: []any{request}, WaitForStage: client.WorkflowUpdateStageCompleted})
	require.NoError(c, err, name)
	require.NoError(c, updated.Get(c.Context(), nil), name)
}

// takeBackInCassandra dates what it takes back by what was written: a node that forgets
// leaves no later tombstone.
func (c *closingTrial) takeBackInCassandra(n int) {
	c.Helper()
	session := c.session()
	defer session.Close()
	rows := session.Query(fmt.Sprintf("SELECT id, WRITETIME(outcome) FROM %s LIMIT %d", c.ledger(), n)).Iter()
	entered := map[int64]int64{}
	for id, at := int64(0), int64(0); rows.Scan(&id, &at); {
		entered[id] = at
	}
	require.NoError(c, rows.Close())
	require.Len(c, entered, n)
	for id, at := range entered {
		var written int64
		require.NoError(c, session.Query("SELECT WRITETIME(first_name) FROM customers WHERE id = ?", id).Scan(&written))
		require.NoError(c, session.Query("UPDATE customers USING TIMESTAMP ? SET first_name = null WHERE id = ?", written, id).Exec())
		require.NoError(c, session.Query("DELETE FROM "+c.ledger()+" USING TIMESTAMP ? WHERE id = ?", at, id).Exec())
	}
}

// unfilled is how many rows lack what the migration makes.
func (c *closingTrial) unfilled() int64 {
	if c.driver == "cassandra" {
		return c.keyCount("SELECT COUNT(*) FROM customers") - c.keyCount("SELECT COUNT(first_name) FROM customers")
	}
	return c.keyCount("SELECT COUNT(*) FROM customers WHERE first_name IS NULL")
}

func (c *closingTrial) ledgered() int64 {
	return c.keyCount("SELECT COUNT(*) FROM " + c.ledger())
}

// everyForm is set where each form is to be tried on each database. Else a test that is
// not about forms is run with one of them on each, and the next test begins with another.
const everyForm = "EVERY_FORM"

// onEverything runs a test for each form on each database.
func onEverything(t *testing.T, test func(s *stack, p product, form closingForm)) {
	for _, p := range everywhere() {
		onForms(t, p, p.closingForms(), test)
	}
}

// onOneForm runs a test for one of the forms that are meant on each database.
func onOneForm(t *testing.T, meant func(product, closingForm) bool, test func(s *stack, p product, form closingForm)) {
	for i, p := range everywhere() {
		forms := slices.DeleteFunc(p.closingForms(), func(form closingForm) bool { return !meant(p, form) })
		if len(forms) > 1 && os.Getenv(everyForm) == "" {
			at := (len(t.Name()) + i) % len(forms)
			forms = forms[at : at+1]
		}
		onForms(t, p, forms, test)
	}
}

func anyForm(product, closingForm) bool { return true }

func onForms(t *testing.T, p product, forms []closingForm, test func(s *stack, p product, form closingForm)) {
	for _, form := range forms {
		t.Run(p.driver+", "+form.name, func(t *testing.T) {
			t.Parallel()
			test(newStack(t), p, form)
		})
	}
}

// endUnsure waits for the end of a run that has lost rows of which nobody can tell whether
// they are migrated: they are told, and nothing is written to them, by the next start
// neither. These lack the change, and are migrated once somebody says so.
func (c *closingTrial) endUnsure(starter *process, rows, lost int64, options ...string) {
	c.Helper()
	end := c.end(starter, 1)
	require.Equal(c, []int64{rows, lost, lost, 0}, []int64{end.Scanned, end.Left, end.Lost, end.FoundAgain}, "%+v", end)
	require.Equal(c, end.Scanned, end.Migrated+end.Skipped+end.NeededAgain+end.Failed+end.Left, "%+v", end)
	require.Equal(c, workflows.LeftUnsure, end.LeftKind)
	require.Contains(c, end.LeftCause, "somebody has deleted rows of the ledger")
	require.Len(c, end.LeftKeys, int(min(10, lost)))
	refused := c.startStarter(append(c.options, options...)...)
	require.Equal(c, 1, refused.wait(c), refused.text())
	require.Contains(c, refused.text(), "nobody can tell whether they are migrated: look at some that have no row there")
	next := c.end(c.startStarter(append(append(c.options, "--same-ledger"), options...)...), int(min(1, end.Failed)))
	require.Equal(c, []int64{lost, 0}, []int64{next.Migrated, next.Left}, "%+v", next)
}

// lostRows are how many rows are lost behind the scan, trial by trial: few and many.
func lostRows(p product, form closingForm) []int {
	numbers := []int{1, 7, 1000}
	if os.Getenv(everyForm) != "" {
		return numbers
	}
	at := (len(p.driver) + len(form.name)) % len(numbers)
	return numbers[at : at+1]
}

// TestRowsThatAreLostBehindTheScan are found and migrated, and the totals are as if
// nothing had been lost. Where nobody can tell whether a row is migrated, it is told.
func TestRowsThatAreLostBehindTheScan(t *testing.T) {
	t.Parallel()
	onEverything(t, func(s *stack, p product, form closingForm) {
		for _, lost := range lostRows(p, form) {
			c := s.closingTrial(p, form, closingRows)
			starter := c.begin()
			c.untilMigrated(lost + 200)
			c.takeBack(lost, true)
			if form.unsure(p) {
				c.endUnsure(starter, closingRows, int64(lost))
				require.Zero(c, c.unfilled())
				c.close()
				continue
			}
			end := c.end(starter, 0)
			end.requireTrue(c, closingRows)
			require.EqualValues(c, lost, end.Lost, "%s %s: %+v", p.driver, form.name, end)
			require.EqualValues(c, lost, end.FoundAgain, "%s %s: %+v", p.driver, form.name, end)
			require.Zero(c, c.unfilled(), "%s %s", p.driver, form.name)
			require.Equal(c, end.Migrated, c.ledgered(), "%s %s", p.driver, form.name)
			c.close()
		}
	})
}

// TestRowsThatAreChangedBack are told, where a check for a set can tell: they were
// migrated, and are not written a second time.
func TestRowsThatAreChangedBack(t *testing.T) {
	t.Parallel()
	onOneForm(t, func(_ product, form closingForm) bool { return form.judged }, func(s *stack, p product, form closingForm) {
		c := s.closingTrial(p, form, closingRows)
		starter := c.begin()
		c.untilMigrated(300)
		c.takeBack(12, false)
		end := c.end(starter, 1)
		end.requireTrue(c, closingRows)
		require.EqualValues(c, 12, end.Left)
		require.Len(c, end.LeftKeys, 10)
		require.Equal(c, workflows.LeftUndone, end.LeftKind)
		require.Contains(c, end.LeftCause, "the site has changed them back")
		require.EqualValues(c, 12, c.unfilled())
		again := c.startStarter(append(c.options, "--again")...)
		require.EqualValues(c, 12, c.end(again, 0).Migrated)
		require.Zero(c, c.unfilled())
	})
}
