package integration_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
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
	// names is what it last wrote for a customer; gone are those it deleted.
	names                                 map[int]string
	gone                                  map[int]bool
	updates, inserts, deletes, reinserted int
	longest                               time.Duration
}

// do runs one transaction of the site's, and notes how long it waited.
func (s *site) do(statement string, arguments ...any) error {
	began := time.Now()
	_, err := s.database.Exec(statement, arguments...)
	s.longest = max(s.longest, time.Since(began))
	return err
}

// filled are the columns that the site's new code writes together with the name.
const filled = "first_name = 'Site', last_name = ?1, phone_e164 = '+14155550100', email_normalized = 'site@example.com'"

func (s *site) once() error {
	id := 1 + rand.IntN(s.rows)
	name := fmt.Sprintf("Written%d", rand.Int())
	switch rand.IntN(10) {
	case 0: // a new customer, with a key in front of or behind the scan
		s.inserts++
		newID := s.rows + s.inserts
		s.names[newID] = name
		return s.do("INSERT INTO customers (id, full_name, phone, email, first_name, last_name, phone_e164, email_normalized) VALUES (?2, ?1, '415 555 0100', 'site@example.com', 'Site', ?1, '+14155550100', 'site@example.com')", name, newID)
	case 1:
		if s.gone[id] {
			return nil
		}
		s.deletes++
		s.gone[id] = true
		return s.do("DELETE FROM customers WHERE id = ?", id)
	case 2: // deleted and inserted again, as an old row
		if s.gone[id] {
			return nil
		}
		s.reinserted++
		delete(s.names, id)
		return s.do("REPLACE INTO customers (id, full_name, phone, email) VALUES (?, 'Again Inserted', '415 555 0123', 'again@example.com')", id)
	default: // new code of the site's: old and new columns together
		if s.gone[id] {
			return nil
		}
		s.updates++
		s.names[id] = name
		return s.do("UPDATE customers SET full_name = ?1, "+filled+" WHERE id = ?2", name, id)
	}
}

// TestLiveSite migrates while a site writes to the same rows: nothing of the
// site's is lost, and every row that is there is right.
func TestLiveSite(t *testing.T) {
	const rows = 300_000
	s := newStack(t)
	s.generate(rows)
	opened := s.database()
	opened.SetMaxOpenConns(1)
	live := &site{database: opened, rows: rows, names: map[int]string{}, gone: map[int]bool{}}
	s.startWorker()
	starter := s.startStarter()
	for !ended(starter) {
		require.NoError(t, live.once())
		time.Sleep(2 * time.Millisecond)
	}
	require.Zero(t, starter.wait(t), starter.text())
	end := s.summary(starter)
	t.Logf("the site made %d updates, %d inserts, %d deletes, %d re-inserts; its longest wait was %s", live.updates, live.inserts, live.deletes, live.reinserted, live.longest)
	t.Logf("%+v", end)
	require.Positive(t, live.updates)
	require.Zero(t, end.Failed)
	require.Equal(t, end.Scanned+end.Appeared-end.Vanished, end.Migrated+end.Skipped)
	require.LessOrEqual(t, end.Vanished, int64(live.deletes))
	require.LessOrEqual(t, end.Appeared, int64(live.inserts+live.reinserted))
	live.requireRight(t, s)
}

// requireRight looks at every row: the site's own writes are as it wrote them,
// and all others have what the migration makes of them.
func (live *site) requireRight(t *testing.T, s *stack) {
	t.Helper()
	found, err := live.database.Query("SELECT id, full_name, phone, email, first_name, last_name, phone_e164, email_normalized FROM customers")
	require.NoError(t, err)
	defer found.Close()
	present := 0
	behind := 0 // re-inserted as an old row after the scan had passed
	for found.Next() {
		var id int
		var full, phone, email string
		var first, last, e164, normalized sql.NullString
		require.NoError(t, found.Scan(&id, &full, &phone, &email, &first, &last, &e164, &normalized))
		present++
		if name, written := live.names[id]; written {
			require.Equal(t, []string{name, "Site", name}, []string{full, first.String, last.String}, "an update of the site's was lost: customer %d", id)
			continue
		}
		if !first.Valid && full == "Again Inserted" {
			behind++
			continue
		}
		wantFirst, wantLast, err := contact.SplitName(full)
		require.NoError(t, err)
		wantPhone, err := contact.NormalizePhone(phone)
		require.NoError(t, err)
		wantEmail, err := contact.NormalizeEmail(email)
		require.NoError(t, err)
		require.Equal(t, []string{wantFirst, wantLast, wantPhone, wantEmail}, []string{first.String, last.String, e164.String, normalized.String}, "customer %d", id)
	}
	require.NoError(t, found.Err())
	require.Equal(t, live.rows+live.inserts-live.deletes, present, "customers")
	require.LessOrEqual(t, behind, live.reinserted)
	t.Logf("%d rows right; %d re-inserted as old rows behind the scan are the site's to fill", present-behind, behind)
}
