package integration_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

// onSQL runs a test for one of these forms on each database that has parts, conditions and
// checks for sets.
func onSQL(t *testing.T, forms []string, test func(s *stack, p product, form closingForm)) {
	onOneForm(t, func(p product, form closingForm) bool {
		return p.driver != "cassandra" && slices.Contains(forms, form.name)
	}, test)
}

// TestLostRowsOfAPart are found in the part that was asked for, and nowhere else.
func TestLostRowsOfAPart(t *testing.T) {
	t.Parallel()
	onSQL(t, []string{"go", "checked", "unchecked"}, func(s *stack, p product, form closingForm) {
		c := s.closingTrial(p, form, closingRows)
		outside := c.keyCount("SELECT COUNT(*) FROM customers WHERE first_name IS NULL AND (id < 501 OR id > 2500)")
		starter := c.begin("--from", "501", "--to", "2500")
		c.untilMigrated(300)
		c.takeBack(7, true)
		if form.unsure(p) {
			c.endUnsure(starter, 2000, 7, "--from", "501", "--to", "2500")
		} else {
			end := c.end(starter, 0)
			end.requireTrue(c, 2000)
			require.EqualValues(c, 7, end.FoundAgain)
		}
		require.Zero(c, c.keyCount("SELECT COUNT(*) FROM customers WHERE first_name IS NULL AND id BETWEEN 501 AND 2500"))
		require.Equal(c, outside, c.unfilled())
		c.close()
	})
}

// TestLostRowsOfACondition are found where the worker's condition is true.
func TestLostRowsOfACondition(t *testing.T) {
	t.Parallel()
	onSQL(t, []string{"go", "checked", "unchecked"}, func(s *stack, p product, form closingForm) {
		c := s.closingTrial(p, form, closingRows, "customer-scanner/where=id % 3 < 2")
		meant := c.keyCount("SELECT COUNT(*) FROM customers WHERE id % 3 < 2")
		starter := c.begin()
		c.untilMigrated(300)
		c.takeBack(7, true)
		if form.unsure(p) {
			c.endUnsure(starter, meant, 7)
		} else {
			end := c.end(starter, 0)
			end.requireTrue(c, meant)
			require.EqualValues(c, 7, end.FoundAgain)
		}
		require.Zero(c, c.keyCount("SELECT COUNT(*) FROM customers WHERE first_name IS NULL AND id % 3 < 2"))
		c.close()
	})
}

// TestLostRowsOfAFile are told, since the table does not know whom the file names; the
// next start with the file migrates them.
func TestLostRowsOfAFile(t *testing.T) {
	t.Parallel()
	onSQL(t, []string{"go", "checked"}, func(s *stack, p product, form closingForm) {
		text := ""
		for id := 1; id <= 2000; id++ {
			text += fmt.Sprintln(id)
		}
		require.NoError(s, os.WriteFile(s.path("ids.txt"), []byte(text), 0o644))
		c := s.closingTrial(p, form, closingRows)
		starter := c.begin("--file", "ids.txt")
		c.untilMigrated(300)
		c.takeBack(7, true)
		end := c.end(starter, 1)
		require.Equal(c, []int64{2000, 7}, []int64{end.Scanned, end.Left}, "%+v", end)
		require.Equal(c, end.Scanned, end.Migrated+end.Skipped+end.Left, "%+v", end)
		require.Equal(c, workflows.LeftLost, end.LeftKind)
		require.Equal(c, end.Migrated, c.ledgered())
		again := c.startStarter(append(c.options, "--file", "ids.txt")...)
		require.EqualValues(c, 7, c.end(again, 0).Migrated)
		require.Zero(c, c.keyCount("SELECT COUNT(*) FROM customers WHERE first_name IS NULL AND id <= 2000"))
		c.close()
	})
}

// TestARunThatGoesOn raises no false alarm about what the run before it has done, and
// finds what that one has lost.
func TestARunThatGoesOn(t *testing.T) {
	t.Parallel()
	onOneForm(t, anyForm, func(s *stack, p product, form closingForm) {
		for _, lost := range []int{0, 7} {
			c := s.closingTrial(p, form, closingRows)
			starter := c.begin()
			c.untilMigrated(600)
			c.tell(0, append([]string{"cancel"}, c.options...)...)
			require.Equal(c, 1, starter.wait(c), starter.text())
			if lost > 0 {
				c.takeBack(lost, true)
			}
			end := c.end(c.startStarter(c.options...), 0)
			require.Equal(c, end.Scanned, end.Migrated+end.Skipped, "%s %s: %+v", p.driver, form.name, end)
			require.Less(c, end.Scanned, int64(2500), "%s %s: it goes on, %+v", p.driver, form.name, end)
			require.EqualValues(c, lost, end.FoundAgain, "%s %s: %+v", p.driver, form.name, end)
			require.Zero(c, c.unfilled(), "%s %s", p.driver, form.name)
			require.Zero(c, c.end(c.startStarter(c.options...), form.again).FoundAgain, "%s %s", p.driver, form.name)
			c.close()
		}
	})
}

// TestFailedRowsAreNotLeft, and neither are those that an earlier run has migrated:
// each is told by its own name.
func TestFailedRowsAreNotLeft(t *testing.T) {
	t.Parallel()
	onSQL(t, []string{"go", "checked", "unchecked"}, func(s *stack, p product, form closingForm) {
		c := s.closingTrial(p, form, closingRows)
		c.do("UPDATE customers SET first_name = NULL WHERE id BETWEEN 2001 AND 2003")
		for _, statement := range p.obstacles("2001, 2002, 2003", "0") {
			c.do(statement)
		}
		starter := c.begin("customer-migrator/retry-interval=50ms")
		c.untilMigrated(300)
		c.takeBack(7, true)
		if form.unsure(p) {
			c.endUnsure(starter, closingRows, 7)
		} else {
			end := c.end(starter, 1)
			end.requireTrue(c, closingRows)
			require.Equal(c, []int64{3, 0, 7}, []int64{end.Failed, end.Left, end.FoundAgain}, "%s: %+v", form.name, end)
		}
		require.EqualValues(c, 3, c.unfilled())
		c.do(fmt.Sprintf("UPDATE customers SET first_name = NULL WHERE id IN (SELECT id FROM (SELECT id FROM %s WHERE outcome = 1 ORDER BY id LIMIT 5) chosen)", c.ledger()))
		end := c.end(c.startStarter(c.options...), 1)
		end.requireTrue(c, closingRows)
		again := int64(5)
		if form.name == "unchecked" {
			again = 0 // whoever has a ledger row is done
		}
		require.Equal(c, []int64{3, 0, again}, []int64{end.Failed, end.Left, end.NeededAgain}, "%s: %+v", form.name, end)
		c.close()
	})
}

// TestNothingToDoAtTheEnd: an empty table, and one in which all is done.
func TestNothingToDoAtTheEnd(t *testing.T) {
	t.Parallel()
	onOneForm(t, anyForm, func(s *stack, p product, form closingForm) {
		for _, rows := range []int{0, 500} {
			c := s.closingTrial(p, form, rows)
			c.end(c.startStarter(c.options...), 0).requireTrue(c, int64(rows))
			end := c.end(c.startStarter(c.options...), min(form.again, rows))
			end.requireTrue(c, int64(rows))
			require.Zero(c, end.Migrated+end.FoundAgain+end.Lost, "%+v", end)
			c.close()
		}
	})
}

// TestTheOtherModes: count tells how many rows are missing, off believes.
func TestTheOtherModes(t *testing.T) {
	t.Parallel()
	onOneForm(t, anyForm, func(s *stack, p product, form closingForm) {
		if form.name != "go" {
			return
		}
		for mode, code := range map[string]int{"count": 1, "off": 0} {
			c := s.closingTrial(p, form, closingRows)
			starter := c.begin("customer-migration/closing=" + mode)
			c.untilMigrated(300)
			c.takeBack(7, true)
			end := c.end(starter, code)
			require.Zero(c, end.FoundAgain)
			require.EqualValues(c, 7*code, end.Left, "%s: %+v", mode, end)
			require.EqualValues(c, 7, c.unfilled())
			require.EqualValues(c, 7, c.end(c.startStarter(c.options...), 0).Migrated)
			c.close()
		}
	})
}

// TestLostRowsAcrossContinueAsNew: what the closing balance knows is carried over.
func TestLostRowsAcrossContinueAsNew(t *testing.T) {
	t.Parallel()
	s := newStackAlone(t, "--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=30")
	p := everywhere()[3]
	c := s.closingTrial(p, p.closingForms()[1], closingRows)
	starter := c.begin("customer-migration/batch-size=20")
	c.untilMigrated(1100)
	c.takeBack(1000, true)
	end := c.end(starter, 0)
	end.requireTrue(c, closingRows)
	require.EqualValues(c, 1000, end.FoundAgain)
	require.Positive(c, end.Runs)
	require.Zero(c, c.unfilled())
}

// TestALiveSiteIsNoAlarm: it puts rows in, deletes and changes others until the run has
// come to its end. Whatever was there at the start is migrated.
func TestALiveSiteIsNoAlarm(t *testing.T) {
	t.Parallel()
	onSQL(t, []string{"go", "checked", "checked-one", "unchecked"}, func(s *stack, p product, form closingForm) {
		c := s.closingTrial(p, form, closingRows)
		ctx, stop := context.WithCancel(c.Context())
		stopped := c.disturb(ctx)
		starter := c.begin("customer-migration/rate=1000")
		c.untilMigrated(300)
		end := c.end(starter, 0)
		stop()
		require.NoError(c, <-stopped)
		require.Zero(c, end.Left, "%s: %+v", form.name, end)
		require.Zero(c, c.keyCount(fmt.Sprintf("SELECT COUNT(*) FROM customers WHERE first_name IS NULL AND id BETWEEN 1 AND %d", closingRows)), form.name)
		c.Logf("%s %s: %+v; %d unfilled", p.driver, form.name, end, c.unfilled())
		c.close()
	})
}

// disturb puts rows in before the first and behind the last, and deletes and changes
// some, about a hundred times a second.
func (c *closingTrial) disturb(ctx context.Context) <-chan error {
	opened := c.opened()
	c.Cleanup(func() { _ = opened.Close() })
	client, stopped := sqlClient{c.driver, opened}, make(chan error, 1)
	go func() {
		for i := 1; ctx.Err() == nil; i++ {
			statement, id := "UPDATE customers SET phone = '415 555 0100' WHERE id = ?", 1+rand.IntN(closingRows)
			switch i % 4 {
			case 0:
				statement, id = "INSERT INTO customers (id, full_name, phone, email) VALUES (?, 'Ada Lovelace', '415 555 0101', 'ada@example.com')", closingRows+i
			case 1:
				statement, id = "INSERT INTO customers (id, full_name, phone, email) VALUES (?, 'Ada Lovelace', '415 555 0101', 'ada@example.com')", -i
			case 2:
				statement = "DELETE FROM customers WHERE id = ?"
			}
			if _, err := client.do(statement, id); err != nil && !isDeadlock(err) {
				stopped <- err
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		stopped <- nil
	}()
	return stopped
}

// slowForm takes its time over every row that the check is asked for.
func (p product) slowForm() closingForm {
	sleep := map[string]string{"postgres": "pg_sleep(0.01) IS NULL", "mysql": "SLEEP(0.01) = 1"}[p.driver]
	return closingForm{name: "slow", judged: true, check: "SELECT id FROM customers WHERE id IN (:ids) AND CASE WHEN " + sleep + " THEN false ELSE first_name IS NULL END",
		migrate: "UPDATE customers SET first_name = 'Ada' WHERE id IN (:ids)"}
}

// TestTheClosingBalanceIsControlled: paused it takes no further step, a cancel ends it,
// and the next start comes to its end.
func TestTheClosingBalanceIsControlled(t *testing.T) {
	t.Parallel()
	for _, p := range products()[:2] {
		t.Run(p.driver, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			c := s.closingTrial(p, p.slowForm(), 300)
			starter := c.startStarter(c.options...)
			c.untilClosing()
			text := c.tell(0, append([]string{"status"}, c.options...)...)
			require.Contains(c, text, "Checking that nothing is left")
			c.control(0, "pause")
			time.Sleep(4 * time.Second) // the statement that runs ends
			require.False(c, ended(starter), starter.text())
			c.control(0, "resume")
			c.end(starter, 0).requireTrue(c, 300)
			c.do("UPDATE customers SET first_name = NULL WHERE id = 1")
			c.do("DELETE FROM " + c.ledger() + " WHERE id = 1")

			again := c.startStarter(c.options...)
			c.untilClosing()
			require.Contains(c, c.control(0, "cancel", "--now"), "the migration is cancelled")
			require.Equal(c, 1, again.wait(c), again.text())
			end := c.end(c.startStarter(c.options...), 0)
			require.Equal(c, end.Scanned, end.Migrated+end.Skipped)
			require.Zero(c, c.unfilled())
		})
	}
}

func (c *closingTrial) control(code int, words ...string) string {
	c.Helper()
	return c.tell(code, append(words, c.options...)...)
}

func (c *closingTrial) untilClosing() {
	c.Helper()
	connected := c.client()
	c.until("the closing balance", func() bool {
		found, ok := statusOf(connected, c.workflow())
		return ok && found.Phase == workflows.PhaseRunning && found.Scanner.State == workflows.ScannerClosing
	})
}
