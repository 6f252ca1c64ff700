package integration_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// poison is how many customers cannot be migrated, by what is wrong with them.
type poison struct{ data, constraint, slow int }

// poisoned: SQLite's one writer waits for each customer who takes too long, and
// Cassandra knows neither constraints nor triggers.
func (p product) poisoned() poison {
	switch p.driver {
	case "cassandra":
		return poison{data: 25}
	case "sqlite":
		return poison{data: 14, constraint: 10, slow: 1}
	}
	return poison{data: 15, constraint: 7, slow: 3}
}

// obstacles refuse to migrate some customers, and take minutes over others.
func (p product) obstacles(refused, slow string) []string {
	switch p.driver {
	case "postgres":
		return []string{"ALTER TABLE customers ADD CONSTRAINT not_these CHECK (id NOT IN (" + refused + ") OR first_name IS NULL)",
			"CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(120); RETURN new; END $$",
			"CREATE TRIGGER dawdle BEFORE UPDATE ON customers FOR EACH ROW WHEN (new.id IN (" + slow + ")) EXECUTE FUNCTION dawdle()"}
	case "mysql":
		return []string{"ALTER TABLE customers ADD CONSTRAINT not_these CHECK (id NOT IN (" + refused + ") OR first_name IS NULL)",
			"CREATE TRIGGER dawdle BEFORE UPDATE ON customers FOR EACH ROW IF new.id IN (" + slow + ") THEN DO SLEEP(120); END IF"}
	}
	return []string{"CREATE TRIGGER not_these BEFORE UPDATE ON customers WHEN new.id IN (" + refused + ") BEGIN SELECT RAISE(ABORT, 'CHECK constraint failed: not_these'); END",
		"CREATE TRIGGER dawdle BEFORE UPDATE ON customers WHEN new.id IN (" + slow + `)
		BEGIN SELECT max(n) FROM (WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 15000000) SELECT n FROM n); END`}
}

// victims are so many scattered customers who need the migration and could be
// migrated.
func (v *server) victims(count int) []string {
	v.Helper()
	people, ids := v.people()
	var found []string
	for _, id := range ids {
		if _, err := people[id].migrated(); err == nil && people[id].nulls() == 4 {
			found = append(found, fmt.Sprint(id))
		}
	}
	var chosen []string
	for i := range count {
		chosen = append(chosen, found[(2*i+1)*len(found)/(2*count)])
	}
	return chosen
}

// letter is a dead letter.
type letter struct {
	customer, error string
	attempts        int
}

func (v *server) letters() []letter {
	v.Helper()
	const query = "SELECT customer, error, attempts FROM db_migrate_failures"
	var found []letter
	var one letter
	if v.driver == "cassandra" {
		session := v.session()
		defer session.Close()
		rows := session.Query(query).Iter()
		for rows.Scan(&one.customer, &one.error, &one.attempts) {
			found = append(found, one)
		}
		require.NoError(v, rows.Close())
		return found
	}
	opened := v.open()
	defer opened.Close()
	rows, err := opened.Query(query)
	require.NoError(v, err)
	defer rows.Close()
	for rows.Next() {
		require.NoError(v, rows.Scan(&one.customer, &one.error, &one.attempts))
		found = append(found, one)
	}
	require.NoError(v, rows.Err())
	return found
}

// TestPoisonRows: customers with bad data, against a constraint, or who take too
// long, each get activities of their own and a dead letter; all others are migrated.
func TestPoisonRows(t *testing.T) {
	t.Parallel()
	for _, p := range everywhere() {
		t.Run(p.driver, func(t *testing.T) {
			t.Parallel()
			const customers, all = 20_000, 25
			s := newStack(t)
			v := s.share(p)
			bad := p.poisoned()
			v.fill(customers, "--poison", fmt.Sprint(bad.data))
			var refused, slow []string
			if bad.constraint > 0 {
				victims := v.victims(bad.constraint + bad.slow)
				refused, slow = victims[:bad.constraint], victims[bad.constraint:]
				for _, statement := range p.obstacles(strings.Join(refused, ", "), strings.Join(slow, ", ")) {
					v.exec(statement)
				}
			}
			options := v.options("customer-migrator/retry-interval=100ms", "customer-migrator/statement-timeout=1s")
			s.startWorker(options...)
			starter := s.startStarter(options...)
			require.Equal(t, 1, starter.wait(t), starter.text())
			end := s.summary(starter)
			require.EqualValues(t, all, end.Failed)
			require.EqualValues(t, customers, end.Scanned)
			require.EqualValues(t, customers, end.Migrated+end.Skipped+end.Failed)
			v.requireLetters(all, refused, slow)
			v.requireOthersMigrated(end, all)
			attempts := 0
			for _, activity := range s.activities() {
				if activity.kind == "MigrateCustomer" {
					attempts++
				}
			}
			require.GreaterOrEqual(t, attempts, 2*all, "after the first, attempts in activities of their own; more where one found its row locked, or was cut short")
			t.Logf("%s: %+v; %d attempts; %+v in %.1f s", p.driver, bad, attempts, end, end.Elapsed)
		})
	}
}

// requireLetters: each bad customer has one dead letter, which says why.
func (v *server) requireLetters(count int, refused, slow []string) {
	v.Helper()
	says := map[string]string{}
	for _, id := range refused {
		says[id] = "not_these"
	}
	for _, id := range slow {
		says[id] = "customer-migrator/statement-timeout"
	}
	seen := map[string]bool{}
	for _, one := range v.letters() {
		require.Equal(v, 3, one.attempts, "customer %s", one.customer)
		require.NotEmpty(v, one.error)
		require.Contains(v, one.error, says[one.customer], "customer %s", one.customer)
		seen[one.customer] = true
	}
	require.Len(v, seen, count)
	for id := range says {
		require.Contains(v, seen, id)
	}
}

// requireOthersMigrated: only the bad customers are left as they were.
func (v *server) requireOthersMigrated(end summary, bad int) {
	v.Helper()
	people, _ := v.people()
	left := 0
	for id, one := range people {
		if one.nulls() > 0 {
			left++
			continue
		}
		made, err := one.migrated()
		require.NoError(v, err)
		require.Equal(v, made, [4]string{*one.made[0], *one.made[1], *one.made[2], *one.made[3]}, "customer %d", id)
	}
	require.Equal(v, bad, left)
	require.Equal(v, end.Migrated, v.ledgerRows())
	if v.audit != nil {
		require.Equal(v, end.Migrated, v.count("SELECT COUNT(*) FROM audit"))
	}
}
