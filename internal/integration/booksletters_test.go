package integration_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// badRows are those that cannot be migrated until somebody mends them.
const badRows = 20

// lettered is a shelf with rows that fail: against a constraint, or, where there are
// none, by the data that a migration in Go is given.
func lettered(s *stack, p product) *shelf {
	s.Helper()
	if p.driver == "cassandra" {
		h := &shelf{server: s.share(p)}
		h.fill(shelfRows, "--poison", fmt.Sprint(badRows))
		h.told = h.options("customer-migrator/attempts=2")
		h.worker = h.startWorker(h.told...)
		return h
	}
	h := newShelf(s, p, "customers")
	h.do(fmt.Sprintf("UPDATE customers SET code = 'bad' WHERE id <= %d", badRows))
	h.write("customers", true)
	h.serve("customer-migrator/attempts=2")
	return h
}

// mend mends a row, so that it can be migrated.
func (h *shelf) mend(id string) {
	h.Helper()
	if h.driver == "cassandra" {
		h.do("UPDATE customers SET full_name = 'Mended Row', phone = '415 555 0123', email = 'mended@example.com' WHERE id = " + id)
		return
	}
	h.do("UPDATE customers SET code = 'good' WHERE id = " + id)
}

// settleByHand does the migration's work for a row.
func (h *shelf) settleByHand(id string) {
	h.Helper()
	h.mend(id)
	if h.driver == "cassandra" {
		h.do("UPDATE customers SET first_name = 'Mended', last_name = 'Row', phone_e164 = '+14155550123', email_normalized = 'mended@example.com' WHERE id = " + id)
		return
	}
	h.do("UPDATE customers SET shouted = upper(name) WHERE id = " + id)
}

// TestTheListIsOfWhatIsNotSettled at every moment: after a run was cancelled with dead
// letters, while the next one tries their rows again, after it was cancelled, too, and
// after the data was mended, two rows by the site's own hand.
func TestTheListIsOfWhatIsNotSettled(t *testing.T) {
	t.Parallel()
	everyShelf(t, "", func(t *testing.T, s *stack, p product) {
		h := lettered(s, p)
		late := []string{"customer-migration/rate=40", "customer-migration/batch-size=10"}
		first := h.begin(append(late, "customer-migrator/retry-interval=50ms")...)
		h.until("dead letters", func() bool { return ended(first) || p.driver != "cassandra" && len(h.listed()) == badRows })
		h.cancelIfAny(first)
		require.Equal(t, 1, first.wait(t), first.text())
		bad := h.listed()
		require.Len(t, bad, badRows)

		second := h.begin(append(late, "customer-migrator/retry-interval=10m")...)
		h.until("rows that wait for another attempt", func() bool { return ended(second) || h.statusNow().Troubled == badRows })
		require.False(t, ended(second), second.text())
		require.ElementsMatch(t, bad, h.listed())
		h.cancel()
		require.Equal(t, 1, second.wait(t), second.text())
		require.LessOrEqual(t, h.accountOf(second).Scanned, int64(shelfRows))
		require.ElementsMatch(t, bad, h.listed())

		for _, id := range bad[2:] {
			h.mend(id)
		}
		h.settleByHand(bad[0])
		h.do("DELETE FROM customers WHERE id = " + bad[1])
		end := h.ends(0, "customer-migrator/retry-interval=50ms", "customer-scanner/sweeps=2")
		require.LessOrEqual(t, end.Scanned, int64(shelfRows))
		require.Zero(t, end.Failed)
		require.Empty(t, h.listed())
		again := h.ends(0)
		require.Equal(t, account{Scanned: shelfRows - 1, Skipped: shelfRows - 1}, again)
	})
}

// cancelIfAny cancels a run unless it has ended.
func (h *shelf) cancelIfAny(p *process) {
	if !ended(p) {
		h.cancel()
	}
}

// TestSweepsCountEachRowOnce, on rows of which some fail and some need nothing.
func TestSweepsCountEachRowOnce(t *testing.T) {
	t.Parallel()
	everyShelf(t, "cassandra", func(t *testing.T, s *stack, p product) {
		h := lettered(s, p)
		h.do("UPDATE customers SET shouted = upper(name) WHERE id > 250")
		want := account{Scanned: shelfRows, Migrated: 250 - badRows, Skipped: shelfRows - 250, Failed: badRows}
		require.Equal(t, want, h.ends(1, "customer-migrator/retry-interval=50ms", "customer-scanner/sweeps=2"))
		require.Len(t, h.listed(), badRows)
	})
}
