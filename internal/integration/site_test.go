package integration_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/migration/contact"
)

// site is a live site: it changes, inserts, deletes and re-inserts customers, and
// keeps its own log.
type site struct {
	database *sql.DB
	rows     int
	// names is what it last wrote for a customer, old the customers that it put
	// in as old rows, to be migrated; absent are ids without a customer.
	names                                          map[int]string
	old, absent                                    map[int]bool
	updates, inserts, deletes, reinserts, replaced int
	// waits are how long its transactions took.
	waits []time.Duration
}

// holes is that every so many ids there is none at the start.
const holes = 50

func newSite(s *stack, rows int) *site {
	s.Helper()
	s.execute(fmt.Sprintf("DELETE FROM customers WHERE id %% %d = 0", holes))
	opened := s.database()
	opened.SetMaxOpenConns(1)
	live := &site{database: opened, rows: rows, names: map[int]string{}, old: map[int]bool{}, absent: map[int]bool{}}
	for id := holes; id <= rows; id += holes {
		live.absent[id] = true
	}
	return live
}

// do runs one transaction of the site's, and notes how long it took.
func (live *site) do(statement string, arguments ...any) error {
	began := time.Now()
	_, err := live.database.Exec(statement, arguments...)
	live.waits = append(live.waits, time.Since(began))
	return err
}

// next is the customer whom the site turns to: half of the time one near those
// who are being migrated, else anyone; now and then one in front of the first or
// behind the last customer.
func (live *site) next() int {
	if dice := rand.IntN(100); dice == 0 {
		return -rand.IntN(live.rows)
	} else if dice == 1 {
		return live.rows + 1 + rand.IntN(live.rows)
	}
	var last sql.NullInt64
	const newest = "SELECT MAX(id) FROM db_migrate_ledger_customer_contact"
	if rand.IntN(2) == 0 && live.database.QueryRow(newest).Scan(&last) == nil && last.Int64 < int64(live.rows) {
		return max(1, min(live.rows, int(last.Int64)-2000+rand.IntN(12_000)))
	}
	return 1 + rand.IntN(live.rows)
}

func (live *site) isAbsent(id int) bool {
	_, written := live.names[id]
	return live.absent[id] || (id < 1 || id > live.rows) && !written && !live.old[id]
}

// values are what new code of the site's writes together: old columns and new.
const (
	newValues = "full_name = ?1, phone = '415 555 0100', email = 'site@example.com', first_name = 'Site', last_name = ?1, phone_e164 = '+14155550100', email_normalized = 'site@example.com'"
	columns   = "(id, full_name, phone, email, first_name, last_name, phone_e164, email_normalized)"
	newRow    = "INSERT INTO customers " + columns + " VALUES (?2, ?1, '415 555 0100', 'site@example.com', 'Site', ?1, '+14155550100', 'site@example.com')"
	oldRow    = " INTO customers (full_name, id, phone, email) VALUES (?1, ?2, '415 555 0123', 'again@example.com')"
)

// once does one thing.
func (live *site) once() error {
	id, name := live.next(), fmt.Sprintf("Written%d", rand.Int())
	dice := rand.IntN(10)
	switch {
	case live.isAbsent(id) && dice < 5:
		live.inserts++
		live.write(id, name)
		return live.do(newRow, name, id)
	case live.isAbsent(id):
		live.reinserts++
		live.writeOld(id)
		return live.do("INSERT"+oldRow, "Again Inserted", id)
	case dice == 0:
		live.deletes++
		delete(live.names, id)
		delete(live.old, id)
		live.absent[id] = true
		return live.do("DELETE FROM customers WHERE id = ?1", id)
	case dice == 1: // deleted and inserted again in one
		live.replaced++
		live.writeOld(id)
		return live.do("REPLACE"+oldRow, "Again Inserted", id)
	}
	live.updates++
	live.write(id, name)
	return live.do("UPDATE customers SET "+newValues+" WHERE id = ?2", name, id)
}

func (live *site) write(id int, name string) {
	delete(live.absent, id)
	delete(live.old, id)
	live.names[id] = name
}

func (live *site) writeOld(id int) {
	delete(live.absent, id)
	delete(live.names, id)
	live.old[id] = true
}

// longest is the longest wait, and that which one in a hundred is above.
func (live *site) longest() (all, most time.Duration) {
	waits := slices.Sorted(slices.Values(live.waits))
	return waits[len(waits)-1], waits[len(waits)*99/100]
}

// TestLiveSite migrates while a site writes to the same rows: nothing of the
// site's is lost, and every row that is there is right.
func TestLiveSite(t *testing.T) {
	t.Parallel()
	const rows = 300_000
	s := newStack(t)
	s.generate(rows)
	live := newSite(s, rows)
	s.startWorker()
	starter := s.startStarter()
	for !ended(starter) {
		require.NoError(t, live.once())
		time.Sleep(time.Millisecond)
	}
	require.Zero(t, starter.wait(t), starter.text())
	end := s.summary(starter)
	longest, most := live.longest()
	t.Logf("the site made %d updates, %d inserts, %d deletes, %d old rows, %d replaced; its longest wait was %s, 99 in 100 were below %s",
		live.updates, live.inserts, live.deletes, live.reinserts, live.replaced, longest, most)
	t.Logf("%+v", end)
	require.Positive(t, live.updates)
	require.Zero(t, end.Failed)
	require.Equal(t, end.Scanned+end.Appeared-end.Vanished, end.Migrated+end.Skipped)
	require.LessOrEqual(t, end.Vanished, int64(live.deletes))
	require.LessOrEqual(t, end.Appeared, int64(live.inserts+live.reinserts))
	live.requireRight(s)
}

// requireRight looks at every row: the site's own writes are as it wrote them,
// and all others have what the migration makes of them.
func (live *site) requireRight(s *stack) {
	s.Helper()
	found, err := live.database.Query("SELECT id, full_name, phone, email, first_name, last_name, phone_e164, email_normalized FROM customers")
	require.NoError(s, err)
	defer found.Close()
	present, behind := 0, 0
	for found.Next() {
		var id int
		var full, phone, email string
		var made [4]sql.NullString
		require.NoError(s, found.Scan(&id, &full, &phone, &email, &made[0], &made[1], &made[2], &made[3]))
		require.False(s, live.isAbsent(id), "customer %d was deleted", id)
		present++
		if live.old[id] && !made[0].Valid {
			require.Equal(s, [4]sql.NullString{}, made)
			behind++ // put in after the scan had passed
			continue
		}
		require.Equal(s, live.expected(s, id, full, phone, email), text(made), "customer %d", id)
	}
	require.NoError(s, found.Err())
	require.Equal(s, live.rows-live.rows/holes+live.inserts+live.reinserts-live.deletes, present, "customers")
	s.Logf("%d rows right; %d that were put in as old rows behind the scan are the site's to fill", present-behind, behind)
}

func text(columns [4]sql.NullString) (texts [4]string) {
	for i, column := range columns {
		texts[i] = column.String
	}
	return texts
}

// expected are a customer's new columns: what the site wrote, or what the
// migration makes of the old ones.
func (live *site) expected(s *stack, id int, full, phone, email string) [4]string {
	s.Helper()
	if name, written := live.names[id]; written {
		require.Equal(s, name, full, "an update of the site's was lost: customer %d", id)
		return [4]string{"Site", name, "+14155550100", "site@example.com"}
	}
	if live.old[id] {
		require.Equal(s, "Again Inserted", full, "customer %d", id)
	}
	first, last, err := contact.SplitName(full)
	require.NoError(s, err)
	e164, err := contact.NormalizePhone(phone)
	require.NoError(s, err)
	normalized, err := contact.NormalizeEmail(email)
	require.NoError(s, err)
	return [4]string{first, last, e164, normalized}
}
