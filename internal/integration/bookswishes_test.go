package integration_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

// resetRows are how many rows a site's hand resets after a full run.
const resetRows = 200

// reset takes the change of some rows back, by hand.
func (h *shelf) reset(table string) {
	h.Helper()
	if h.driver == "cassandra" {
		for id := 1; id <= resetRows; id++ {
			h.do("UPDATE "+table+" SET shouted = 'quiet' WHERE id = ?", int64(id))
		}
		return
	}
	h.do(fmt.Sprintf("UPDATE %s SET shouted = NULL WHERE id <= %d", table, resetRows))
}

// totals are those that «starter status» tells of the last run.
func (h *shelf) totals(options ...string) workflows.Totals {
	h.Helper()
	var status workflows.Status
	text := h.tell(0, append(append([]string{"status", "--output", "json"}, h.told...), options...)...)
	require.NoError(h, json.Unmarshal([]byte(text), &status), text)
	return status.Totals
}

// TestOldAndNewWishes: what a dry run says, a run does, and the status tells.
func TestOldAndNewWishes(t *testing.T) {
	t.Parallel()
	everyShelf(t, "", func(t *testing.T, s *stack, p product) {
		all := workflows.Totals{Scanned: shelfRows, Skipped: shelfRows}
		for _, test := range []struct {
			name    string
			checked bool
			after   workflows.Totals
			again   int64
			code    int
		}{
			{"with a check", true, workflows.Totals{Scanned: shelfRows, Skipped: shelfRows - resetRows, NeededAgain: resetRows}, resetRows, 1},
			{"without a check", false, all, shelfRows, 0},
		} {
			t.Run(test.name, func(t *testing.T) {
				its := *s
				its.T = t
				h := newShelf(&its, p, "customers")
				h.write("customers", test.checked)
				h.serve()
				require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows}, h.ends(0))
				verified := func(code int) string {
					return h.tell(code, append([]string{"--dry-run", "--output", "minimal"}, h.told...)...)
				}
				require.Contains(t, verified(0), "Verified: none of 300 customers needs to be migrated.")
				require.Equal(t, all, h.totals("--dry-run"))
				h.reset("customers")
				if said := verified(test.code); test.code == 0 {
					require.Contains(t, said, "Verified: none of 300 customers needs to be migrated.")
				} else {
					require.NotContains(t, said, "Verified")
					require.Contains(t, said, "200 customers needed again what an earlier run has done already")
				}
				require.Equal(t, test.after, h.totals("--dry-run"))
				want := account{Scanned: shelfRows, Skipped: test.after.Skipped, Again: test.after.NeededAgain}
				for range 2 {
					require.Equal(t, want, h.ends(test.code))
					require.Equal(t, test.after, h.totals())
				}
				require.Equal(t, account{Scanned: shelfRows, Migrated: test.again, Skipped: shelfRows - test.again}, h.ends(0, "--again"))
				require.EqualValues(t, shelfRows, h.loud("customers"))
				require.Contains(t, verified(0), "Verified: none of 300 customers needs to be migrated.")
				h.rest()
			})
		}
	})
}

// TestOldAndNewWishesOfAGoMigration: its function tells who needs it.
func TestOldAndNewWishesOfAGoMigration(t *testing.T) {
	t.Parallel()
	for _, p := range everywhere() {
		t.Run(p.driver, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			h := &shelf{server: s.share(p)}
			h.fill(shelfRows)
			h.told = h.options()
			h.worker = h.startWorker(h.told...)
			first := h.ends(0)
			require.EqualValues(t, shelfRows, first.Scanned)
			changed := h.victimsOf(50)
			require.Equal(t, account{Scanned: shelfRows, Skipped: shelfRows - changed, Again: changed}, h.ends(1, "--dry-run"))
			require.Equal(t, account{Scanned: shelfRows, Skipped: shelfRows - changed, Again: changed}, h.ends(1))
			require.EqualValues(t, changed, h.totals().NeededAgain)
			require.Equal(t, account{Scanned: shelfRows, Skipped: shelfRows - changed, Migrated: changed}, h.ends(0, "--again"))
			require.Equal(t, account{Scanned: shelfRows, Skipped: shelfRows}, h.ends(0, "--dry-run"))
		})
	}
}

// victimsOf resets the first name of so many rows that stand in the ledger.
func (h *shelf) victimsOf(rows int) int64 {
	h.Helper()
	ids := h.ledgeredIDs(rows)
	for _, id := range ids {
		h.do(fmt.Sprintf("UPDATE customers SET first_name = NULL, last_name = NULL, phone_e164 = NULL, email_normalized = NULL WHERE id = %s", id))
	}
	return int64(len(ids))
}

func (h *shelf) ledgeredIDs(rows int) []string {
	h.Helper()
	query := fmt.Sprintf("SELECT id FROM db_migrate_ledger_customers_customer_contact LIMIT %d", rows)
	var ids []string
	var id int64
	if h.driver == "cassandra" {
		session := h.session()
		defer session.Close()
		found := session.Query(query).Iter()
		for found.Scan(&id) {
			ids = append(ids, fmt.Sprint(id))
		}
		require.NoError(h, found.Close())
		return ids
	}
	opened := h.opened()
	defer opened.Close()
	found, err := opened.Query(query)
	require.NoError(h, err)
	defer found.Close()
	for found.Next() {
		require.NoError(h, found.Scan(&id))
		ids = append(ids, fmt.Sprint(id))
	}
	require.NoError(h, found.Err())
	return ids
}

// TestASecondRunThatIsInterrupted and continued forgets no row that is needed again, and
// --again migrates none of them twice, with a check and without one.
func TestASecondRunThatIsInterrupted(t *testing.T) {
	t.Parallel()
	everyShelf(t, "cassandra", func(t *testing.T, s *stack, p product) {
		h := newShelf(s, p, "customers")
		h.write("customers", true)
		h.serve()
		require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows}, h.ends(0))
		h.do("UPDATE customers SET shouted = NULL WHERE id BETWEEN 11 AND 60")
		starter := h.begin("customer-migration/processes=1", "customer-migration/batch-size=1")
		h.until("rows that are needed again", func() bool { return ended(starter) || h.totalsIfAny().NeededAgain >= 50 })
		h.cancel()
		require.Equal(t, 1, starter.wait(t), starter.text())
		rest := h.ends(1)
		require.EqualValues(t, 50, rest.Again, "%+v", rest)
		h.cancels("customers", 260, "--again")
		h.ends(0, "--again")
		require.EqualValues(t, shelfRows, h.loud("customers"))
		require.Equal(t, account{Scanned: shelfRows, Skipped: shelfRows}, h.ends(0))
	})
}

// totalsIfAny are those of a run that has begun.
func (h *shelf) totalsIfAny() workflows.Totals { return h.statusNow().Totals }

// statusNow is empty while there is no run.
func (h *shelf) statusNow() workflows.Status {
	said := h.start("starter", nil, append([]string{"status", "--output", "json"}, h.told...)...)
	said.wait(h)
	var status workflows.Status
	if json.Unmarshal([]byte(said.text()), &status) != nil {
		return workflows.Status{}
	}
	return status
}

// TestAgainIsOneWish: without a check, a run with --again that was cancelled and
// continued migrates each row once more, and none of them twice.
func TestAgainIsOneWish(t *testing.T) {
	t.Parallel()
	everyShelf(t, "cassandra", func(t *testing.T, s *stack, p product) {
		h := newShelf(s, p, "customers")
		h.write("customers", false)
		h.serve()
		require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows}, h.ends(0))
		plain := h.begin("customer-migration/processes=1", "customer-migration/batch-size=1") // whose position is none for it
		h.until("some progress", func() bool { return ended(plain) || h.totalsIfAny().Skipped >= 50 })
		h.cancel()
		require.Equal(t, 1, plain.wait(t), plain.text())
		h.do("UPDATE customers SET code = 'bad', shouted = NULL WHERE id = 5") // which holds the paging state
		twice := func() bool { return h.keyCount("SELECT COUNT(*) FROM customers WHERE code = 'xx'") >= 100 }
		starter := h.begin("--again", "customer-migration/batch-size=3", "customer-migration/rate=100", "customer-migrator/retry-interval=10m")
		h.until("some progress", func() bool { require.False(t, ended(starter), starter.text()); return twice() })
		h.cancel()
		require.Equal(t, 1, starter.wait(t), starter.text())
		h.do("UPDATE customers SET code = 'x' WHERE id = 5")
		h.ends(0, "--again")
		require.EqualValues(t, shelfRows, h.keyCount("SELECT COUNT(*) FROM customers WHERE code = 'xx'"))
		require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows}, h.ends(0, "--again"))
		require.EqualValues(t, shelfRows, h.keyCount("SELECT COUNT(*) FROM customers WHERE code = 'xxx'"))
	})
}
