package integration_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// planNode is a node of a plan that auto_explain has written.
type planNode struct {
	Type     string     `json:"Node Type"`
	Relation string     `json:"Relation Name"`
	Index    string     `json:"Index Name"`
	Plans    []planNode `json:"Plans"`
}

// plan is a statement with its plan.
type plan struct {
	Query string   `json:"Query Text"`
	Root  planNode `json:"Plan"`
}

// nodes are all nodes of a plan, as texts: «Index Scan on customers».
func (n planNode) nodes() []string {
	name := n.Type
	if n.Relation != "" {
		name += " on " + n.Relation
	}
	if n.Index != "" {
		name += " by " + n.Index
	}
	list := []string{name}
	for _, below := range n.Plans {
		list = append(list, below.nodes()...)
	}
	return list
}

// bad tells why a plan would grow slow with the table.
func (p plan) bad() string {
	for _, node := range p.Root.nodes() {
		if strings.HasPrefix(node, "Seq Scan on ") || strings.HasPrefix(node, "Hash Join") || strings.HasPrefix(node, "Merge Join") ||
			strings.HasSuffix(node, " by customers_last_name") {
			return node
		}
	}
	return ""
}

// superuser opens a database of PostgreSQL's as the one who may do anything.
func (v *server) superuser() *sql.DB {
	v.Helper()
	address, err := url.Parse(v.url)
	require.NoError(v, err)
	driver, name := "pgx", fmt.Sprintf("host=%s port=%s user=postgres dbname=migrate default_transaction_read_only=off", filepath.Join(v.folder, "postgres"), address.Port())
	if v.driver == "mysql" {
		driver, name = "mysql", fmt.Sprintf("root@unix(%s)/migrate", filepath.Join(v.folder, "mariadb", "socket"))
	}
	opened, err := sql.Open(driver, name)
	require.NoError(v, err)
	v.Cleanup(func() { opened.Close() })
	return opened
}

// explain makes the server log the plan of each statement of the migration's.
func (v *server) explain() {
	v.Helper()
	boss := v.superuser()
	for _, setting := range []string{"auto_explain.log_min_duration = 0", "auto_explain.log_format = 'json'"} {
		_, err := boss.Exec("ALTER ROLE migrate SET " + setting)
		require.NoError(v, err)
	}
}

// plans are those that the server has logged for statements about the customers, in
// the order of their execution; not those of a run's beginning, which look at the list
// of books.
func (v *server) plans() []plan {
	v.Helper()
	content, err := os.ReadFile(filepath.Join(v.folder, "postgres", "log"))
	require.NoError(v, err)
	var found []plan
	for _, part := range strings.Split(string(content), "  plan:\n")[1:] {
		var one plan
		require.NoError(v, json.NewDecoder(strings.NewReader(part)).Decode(&one))
		about := strings.Contains(one.Query, "customers") && !strings.Contains(one.Query, "db_migrate_books")
		if about && strings.Contains(one.Query, "$1") {
			found = append(found, one)
		}
	}
	return found
}

// TestPlansStayGood: on a table whose statistics say that nothing is left to do, each
// statement of the migration's keeps to the key's index, from the first to the last. A
// form that the driver does not take apart shows that the test sees it when they do
// not.
func TestPlansStayGood(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		customers int
		options   func(s *stack) []string
		good      bool
	}{
		"in Go":                     {60_000, func(*stack) []string { return nil }, true},
		"in SQL":                    {60_000, func(s *stack) []string { return s.bySQL("id IN (:ids) AND last_name IS NULL") }, true},
		"in SQL, the key not first": {3_000, func(s *stack) []string { return s.bySQL("last_name IS NULL AND id IN (:ids)") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			v := s.startServer(products()[0])
			v.fill(test.customers)
			v.exec("ALTER TABLE customers SET (autovacuum_enabled = false)")
			v.exec("CREATE INDEX customers_last_name ON customers (last_name)")
			v.exec("UPDATE customers SET first_name = 'x', last_name = 'x' || id, phone_e164 = 'x', email_normalized = 'x'")
			v.exec("ANALYZE customers")
			v.exec("UPDATE customers SET first_name = NULL, last_name = NULL, phone_e164 = NULL, email_normalized = NULL")
			v.exec("DELETE FROM audit")
			v.explain()
			options := v.options(test.options(s)...)
			s.startWorker(options...)
			starter := s.startStarter(options...)
			require.Zero(t, starter.wait(t), starter.text())
			require.EqualValues(t, test.customers, s.summary(starter).Migrated)
			v.requirePlans(test.good)
		})
	}
}

// bySQL is a migration whose statements ask for what the statistics know nothing of.
func (s *stack) bySQL(where string) []string {
	s.Helper()
	folder := s.path("conf")
	require.NoError(s, os.MkdirAll(folder+"/migrations", 0o755))
	require.NoError(s, os.WriteFile(folder+"/migrations/upper.yaml", []byte(`
name: upper
version: "1"
check: SELECT id FROM customers WHERE `+where+`
migrate: UPDATE customers SET first_name = upper(full_name), last_name = '-' WHERE `+where+`
`), 0o644))
	return []string{"--config", folder, "customer-migrator/migration=upper"}
}

// requirePlans looks at the plans at the start, in the middle and at the end, and at
// all between.
func (v *server) requirePlans(good bool) {
	v.Helper()
	plans := v.plans()
	require.Greater(v, len(plans), 10)
	bad := map[string]int{}
	for _, one := range plans {
		if why := one.bad(); why != "" {
			bad[why]++
		}
	}
	for i, when := range []string{"start", "middle", "end"} {
		for _, kind := range []string{"WITH", "UPDATE", "SELECT"} {
			if shown, found := near(plans, i*(len(plans)-1)/2, kind); found {
				v.Logf("%s: %.40s… : %s", when, strings.Join(strings.Fields(shown.Query), " "), strings.Join(shown.Root.nodes(), ", "))
			}
		}
	}
	v.Logf("%d statements, bad plans: %v", len(plans), bad)
	if good {
		require.Empty(v, bad)
		return
	}
	require.NotEmpty(v, bad, "none is bad: this test shows nothing")
}

// near is the statement of a kind that stands nearest to a place.
func near(plans []plan, place int, kind string) (plan, bool) {
	found := -1
	for i, one := range plans {
		if strings.HasPrefix(strings.TrimSpace(one.Query), kind) && (found < 0 || max(i-place, place-i) < max(found-place, place-found)) {
			found = i
		}
	}
	if found < 0 {
		return plan{}, false
	}
	return plans[found], true
}
