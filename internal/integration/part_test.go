package integration_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/workflows"
)

// TestAPartOfTheTable kills the worker in the middle of a part. What lies outside
// is left alone, the ends are shown, and others are refused.
func TestAPartOfTheTable(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(30_000)
	s.execute("UPDATE customers SET first_name = NULL, last_name = NULL, phone_e164 = NULL, email_normalized = NULL", "DELETE FROM audit")
	from := s.number("SELECT id FROM customers ORDER BY id LIMIT 1 OFFSET 5000")
	to := s.number("SELECT id FROM customers ORDER BY id LIMIT 1 OFFSET 12999")
	part := []string{"--from", fmt.Sprint(from), "--to", fmt.Sprint(to)}
	slowly := "customer-migration/rate=50"
	worker := s.startWorker(slowly)
	for text, refused := range map[string][]string{
		`--from "abc" is no key of table customers (id): key column id: "abc" is no integer`: {"--from", "abc"},
		`--to "1, 2" is no key of table customers (id): key column id: "1\t2" is no integer`: {"--to", "1\t2"},
		"--from and --to: ": {"--from", fmt.Sprint(to), "--to", fmt.Sprint(from)},
	} {
		require.Contains(t, s.tell(2, append(refused, slowly)...), text)
	}
	require.Zero(t, s.number("SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE 'db_migrate%'"), "nothing was started")

	starter := s.startStarter(append(part, slowly)...)
	s.until("some progress", func() bool { return s.progress() > 50 })
	worker.kill()
	require.Contains(t, s.tell(2, "--from", fmt.Sprint(from), slowly), fmt.Sprintf(`to: it runs with "%d", asked for none`, to))
	s.startWorker(slowly)
	s.until("the status", func() bool {
		asked := s.start("starter", nil, "status")
		asked.wait(t) // in vain, until the new worker answers
		return strings.Contains(asked.text(), fmt.Sprintf("customer rows from %d to %d", from, to))
	})
	s.release()
	require.Zero(t, starter.wait(t), starter.text())
	require.Contains(t, starter.text(), fmt.Sprintf(`"from":"%d","to":"%d"`, from, to))
	end := s.summary(starter)
	require.Equal(t, workflows.PhaseCompleted, end.Phase)
	require.EqualValues(t, 8000, end.Scanned)
	require.EqualValues(t, 8000, end.Migrated)
	require.EqualValues(t, 8000, s.ledgered())
	require.EqualValues(t, 8000, s.number("SELECT COUNT(*) FROM audit"))
	require.EqualValues(t, 8000, s.number(fmt.Sprintf("SELECT COUNT(DISTINCT id) FROM audit WHERE id BETWEEN %d AND %d", from, to)))
}

// TestAPartBesideTheWholeTable: a scan of the whole table that was cancelled goes
// on where it was, whatever part was migrated meanwhile.
func TestAPartBesideTheWholeTable(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(12_000)
	slowly := []string{"customer-migration/rate=400", "customer-migration/batch-size=100"}
	s.startWorker(slowly...)
	whole := s.startStarter(slowly...)
	s.until("some progress", func() bool { return s.progress() > 600 })
	s.tell(0, "cancel")
	require.Equal(t, 1, whole.wait(t), whole.text())
	position := s.number("SELECT CAST(json_extract(position, '$[0]') AS INTEGER) FROM db_migrate_state")
	require.Positive(t, position)
	last := s.number("SELECT id FROM customers ORDER BY id LIMIT 1 OFFSET 499")
	part := s.startStarter("--to", fmt.Sprint(last))
	require.Zero(t, part.wait(t), part.text())
	require.EqualValues(t, 500, s.summary(part).Scanned)
	require.Equal(t, position, s.number("SELECT CAST(json_extract(position, '$[0]') AS INTEGER) FROM db_migrate_state"))
	behind := s.number(fmt.Sprintf("SELECT COUNT(*) FROM customers WHERE id > %d", position))
	rest := s.startStarter("customer-migration/batch-size=100")
	require.Zero(t, rest.wait(t), rest.text())
	require.Equal(t, behind, s.summary(rest).Scanned)
	require.Zero(t, s.number("SELECT COUNT(*) FROM customers WHERE first_name IS NULL"))
}

// TestTheWorkersCondition leaves all other customers alone. A worker with another
// one is refused, and so is the ledger, unless it is meant.
func TestTheWorkersCondition(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.generate(9000)
	s.execute("UPDATE customers SET first_name = NULL, last_name = NULL, phone_e164 = NULL, email_normalized = NULL", "DELETE FROM audit")
	const where = "customer-scanner/where=id % 3 = 0 OR id % 3 = 1"
	worker := s.startWorker(where)
	require.Contains(t, s.tell(2), "customer-scanner/where\n    here:   none\n    worker: id % 3 = 0 OR id % 3 = 1\n")
	require.Contains(t, s.tell(2, "customer-scanner/where=id < 9"), "here:   id < 9\n")
	matching := s.number("SELECT COUNT(*) FROM customers WHERE id % 3 < 2")
	text := s.tell(0, where, "--output", "minimal")
	require.Contains(t, text, "the worker takes only rows of which this is true (customer-scanner/where): id % 3 = 0 OR id % 3 = 1")
	require.Equal(t, matching, s.ledgered())
	require.Equal(t, matching, s.number("SELECT COUNT(*) FROM audit WHERE id % 3 < 2"))
	require.Equal(t, matching, s.number("SELECT COUNT(*) FROM audit"))
	worker.kill()
	s.startWorker()
	require.Contains(t, s.tell(1), "--same-ledger")
	rest := s.startStarter("--same-ledger")
	require.Zero(t, rest.wait(t), rest.text())
	require.EqualValues(t, 9000, s.summary(rest).Scanned)
	require.Equal(t, 9000-matching, s.summary(rest).Migrated)
}
