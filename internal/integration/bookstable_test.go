package integration_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// replaced are the ways in which all rows of a table may become other ones.
type replaced struct {
	name string
	do   func(*shelf)
	// unlike: the database has names of its own for its tables, and knows another one.
	unlike bool
}

func replacements(driver string) []replaced {
	truncate := "TRUNCATE TABLE customers"
	if driver == "sqlite" {
		truncate = "DELETE FROM customers"
	}
	ways := []replaced{{"emptied and loaded again", func(h *shelf) { h.do(truncate); h.load("customers", 1, shelfRows) }, false},
		{"dropped and created again", func(h *shelf) { h.do("DROP TABLE customers"); h.make("customers") }, true}}
	if driver == "cassandra" {
		return ways
	}
	return append(ways, replaced{"renamed away, and another in its place", func(h *shelf) {
		h.do("ALTER TABLE customers RENAME TO old_customers")
		h.make("customers")
	}, true})
}

// TestATableThatIsNotTheOneOfItsName: its rows are needed again, by the check, or the
// run is refused. The worker serves on, or is started anew.
func TestATableThatIsNotTheOneOfItsName(t *testing.T) {
	t.Parallel()
	everyShelf(t, "", func(t *testing.T, s *stack, p product) {
		for _, way := range replacements(p.driver) {
			for _, reset := range [][]string{nil, {"--reset"}} {
				t.Run(way.name, func(t *testing.T) {
					its := *s
					its.T = t
					h := newShelf(&its, p, "customers")
					h.write("customers", true)
					h.serve()
					require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows}, h.ends(0))
					way.do(h)
					if reset != nil || p.driver == "cassandra" || p.driver == "postgres" && h.refusesToServeOn() {
						h.serve()
					}
					if way.unlike && (p.driver == "postgres" || p.driver == "cassandra") {
						require.Contains(t, h.refuses(reset...), "it is about another table of that name")
						require.Contains(t, h.checks(1), "it is about another table of that name")
						require.Zero(t, h.loud("customers"))
						h.tell(0, append([]string{"ledger", "drop", "--yes"}, h.told...)...)
						require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows}, h.ends(0))
						h.rest()
						return
					}
					said := h.tell(1, append(append([]string{"--output", "minimal"}, h.told...), reset...)...)
					require.Contains(t, said, "300 customers needed again what an earlier run has done already, as the ledger says: they were changed back, or other rows have the same keys now, or the check does not ask for what migrate does (then mend the check). Nothing was written to them.")
					require.Regexp(t, `To migrate them once more: starter .*--again`, said)
					require.Equal(t, account{Scanned: shelfRows, Again: shelfRows}, h.ends(1, reset...))
					require.Zero(t, h.loud("customers"))
					require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows}, h.ends(0, "--again"))
					require.EqualValues(t, shelfRows, h.loud("customers"))
					require.Equal(t, account{Scanned: shelfRows, Skipped: shelfRows}, h.ends(0))
					h.rest()
				})
			}
		}
	})
}

// refusesToServeOn reports whether the worker says that it must be restarted.
func (h *shelf) refusesToServeOn() bool {
	return strings.Contains(h.begin("--dry-run").said(h), "was dropped or made anew since this worker began; restart the worker")
}

// said is what a process has said at its end.
func (p *process) said(t testing.TB) string {
	p.wait(t)
	return p.text()
}

// TestWithoutACheckSomebodyHasToSay what the rows of such a table are.
func TestWithoutACheckSomebodyHasToSay(t *testing.T) {
	t.Parallel()
	everyShelf(t, "cassandra", func(t *testing.T, s *stack, p product) {
		for _, way := range replacements(p.driver) {
			if p.driver == "sqlite" && !way.unlike || p.driver == "postgres" && way.unlike {
				continue // SQLite has no TRUNCATE, and PostgreSQL refuses another table anyway
			}
			t.Run(way.name, func(t *testing.T) {
				its := *s
				its.T = t
				h := newShelf(&its, p, "customers")
				h.write("customers", false)
				h.serve()
				require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows}, h.ends(0))
				way.do(h)
				h.serve()
				for _, options := range [][]string{nil, {"--reset"}, {"--dry-run"}} {
					said := h.refuses(options...)
					for _, part := range []string{"without a check nobody can tell", "--same-ledger", "--again", "starter ledger drop"} {
						require.Contains(t, said, part)
					}
				}
				require.Contains(t, h.checks(1), "without a check nobody can tell")
				require.Contains(t, h.checks(0, "--same-ledger"), "No problems were found.")
				require.Zero(t, h.loud("customers"))
				require.Equal(t, account{Scanned: shelfRows, Skipped: shelfRows}, h.ends(0, "--same-ledger"))
				require.Equal(t, account{Scanned: shelfRows, Skipped: shelfRows}, h.ends(0), "it was said")
				require.Zero(t, h.loud("customers"))
				way.again(h)
				require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows}, h.ends(0, "--again"))
				require.EqualValues(t, shelfRows, h.loud("customers"))
				h.rest()
			})
		}
	})
}

// checks is what a check before a start says.
func (h *shelf) checks(code int, options ...string) string {
	h.Helper()
	return h.tell(code, append(append([]string{"check"}, h.told...), options...)...)
}

// midway begins a run that is slow enough to be disturbed, and waits until it has migrated
// a few rows. A busy Cassandra takes seconds to drop a table.
func (h *shelf) midway() *process {
	h.Helper()
	rate := "60"
	if h.driver == "cassandra" {
		rate = "10"
	}
	starter := h.begin("customer-migration/rate="+rate, "customer-migrator/transaction-size=5", "--output", "minimal")
	h.until("some progress", func() bool { require.False(h, ended(starter), starter.text()); return h.loud("customers") >= 20 })
	return starter
}

// TestATableThatBecomesAnotherOneInMidRun: what the next start would say, the run says at
// its end, and does not call itself completed.
func TestATableThatBecomesAnotherOneInMidRun(t *testing.T) {
	t.Parallel()
	everyShelf(t, "", func(t *testing.T, s *stack, p product) {
		for _, checked := range []bool{false, true} {
			for _, way := range swaps(p.driver) {
				t.Run(fmt.Sprint(way[len(way)-1], ", with a check: ", checked), func(t *testing.T) {
					its := *s
					its.T = t
					h := newShelf(&its, p, "customers")
					h.write("customers", checked)
					h.serve()
					starter := h.midway()
					for _, statement := range way {
						h.do(statement)
					}
					if p.driver == "cassandra" {
						h.load("customers", 1, shelfRows)
					}
					said := starter.said(t)
					require.Equal(t, 1, starter.wait(t), said)
					require.Contains(t, said, "while the run went on")
					require.NotContains(t, said, "Find out who changes them back")
					if !checked && p.driver != "cassandra" {
						require.Contains(t, said, "rows that this run has in the ledger, those entered before that are about the rows of then")
					}
					h.rest()
				})
			}
		}
	})
}

// TestATableMadeAnewWhileItsWorkerIsAway: the worker that comes next knows the table of that
// name, and not the run's. It ends the run, and says why.
func TestATableMadeAnewWhileItsWorkerIsAway(t *testing.T) {
	t.Parallel()
	everyShelf(t, "", func(t *testing.T, s *stack, p product) {
		its := *s
		its.T = t
		h := newShelf(&its, p, "customers")
		h.write("customers", true)
		h.serve()
		starter := h.midway()
		h.rest()
		ways := swaps(p.driver)
		for _, statement := range ways[min(1, len(ways)-1)] {
			h.do(statement)
		}
		if p.driver == "cassandra" {
			h.load("customers", 1, shelfRows)
		}
		h.serve()
		said := starter.said(t)
		require.Equal(t, 1, starter.wait(t), said)
		require.Contains(t, said, "while the run went on")
		h.rest()
	})
}

// swaps are ways to put the rows as they were before into a table of that name.
func swaps(driver string) [][]string {
	if driver == "cassandra" {
		return [][]string{{"DROP TABLE customers", "CREATE TABLE customers (id bigint PRIMARY KEY, name text, shouted text, code text)"}}
	}
	first := "CREATE TABLE fresh (id bigint PRIMARY KEY, name varchar(40), shouted varchar(40), code varchar(40))"
	all := "INSERT INTO fresh SELECT id, name, NULL, code FROM customers"
	ways := [][]string{{first, all, "ALTER TABLE customers RENAME TO old_customers", "ALTER TABLE fresh RENAME TO customers"}, {first, all, "DROP TABLE customers", "ALTER TABLE fresh RENAME TO customers"}}
	if driver == "sqlite" {
		return ways
	}
	return append(ways, []string{first, all, "TRUNCATE TABLE customers", "INSERT INTO customers SELECT * FROM fresh"})
}

// TestALedgerThatIsGone is not made anew: the rows would be migrated a second time.
func TestALedgerThatIsGone(t *testing.T) {
	t.Parallel()
	everyShelf(t, "", func(t *testing.T, s *stack, p product) {
		h := newShelf(s, p, "customers")
		h.write("customers", false)
		h.serve()
		starter := h.midway()
		h.do("DROP TABLE db_migrate_ledger_customers_shout")
		for _, said := range []string{starter.said(t), h.refuses(), h.refuses("--reset"), h.refuses("--dry-run"), h.checks(1)} {
			require.Contains(t, said, "which says which rows are migrated, was dropped")
			require.Contains(t, said, "starter ledger drop")
			require.NotContains(t, said, "the next start goes on")
		}
		before := h.loud("customers")
		require.Less(t, before, int64(shelfRows))
		h.tell(0, append([]string{"ledger", "drop", "--yes"}, h.told...)...)
		require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows}, h.ends(0))
	})
}

// again does the same once more.
func (r replaced) again(h *shelf) {
	if r.name == "renamed away, and another in its place" {
		h.do("DROP TABLE old_customers")
	}
	r.do(h)
	h.serve()
}

// TestARenamedTable: the ledger is found under the old name, and tells to rename it back.
func TestARenamedTable(t *testing.T) {
	t.Parallel()
	everyShelf(t, "cassandra", func(t *testing.T, s *stack, p product) {
		for name, checked := range map[string]bool{"with a check": true, "without a check": false} {
			t.Run(name, func(t *testing.T) {
				its := *s
				its.T = t
				h := newShelf(&its, p, "customers")
				h.write("customers", checked)
				h.serve()
				require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows}, h.ends(0))
				h.do("ALTER TABLE customers RENAME TO clients")
				h.write("clients", checked)
				h.serve("connection/table=clients")
				require.Regexp(t, `it was written when the table was named (\w+\.)?customers: rename it back`, h.refuses())
				h.do("ALTER TABLE clients RENAME TO customers")
				h.write("customers", checked)
				h.serve()
				require.Equal(t, account{Scanned: shelfRows, Skipped: shelfRows}, h.ends(0))
				h.rest()
			})
		}
	})
}

// TestAnotherKeyThanBefore is refused: the ledger is by the first one.
func TestAnotherKeyThanBefore(t *testing.T) {
	t.Parallel()
	everyShelf(t, "cassandra", func(t *testing.T, s *stack, p product) {
		h := newShelf(s, p)
		h.do("CREATE TABLE customers (id bigint PRIMARY KEY, other bigint NOT NULL UNIQUE, name varchar(40), shouted varchar(40))")
		h.do("INSERT INTO customers (id, other, name) VALUES (1, 3, 'a'), (2, 2, 'b'), (3, 1, 'c')")
		write := func(key string) {
			h.writeMigration("shout", "name: shout\nversion: \"1\"\nmigrate: UPDATE customers SET shouted = upper(name) WHERE "+key+" IN (:ids)\n")
		}
		write("id")
		h.serve("connection/key=id")
		require.Equal(t, account{Scanned: 3, Migrated: 3}, h.ends(0))
		write("other")
		h.serve("connection/key=other")
		require.Contains(t, h.refuses("--same-ledger"), "it was written by the key (id), and this worker's key is (other): give connection/key as it was")
	})
}

// TestTablesOfAnOlderVersion are refused, and stay as they are.
func TestTablesOfAnOlderVersion(t *testing.T) {
	t.Parallel()
	everyShelf(t, "", func(t *testing.T, s *stack, p product) {
		h := newShelf(s, p, "customers")
		text := "varchar(40)"
		if p.driver == "cassandra" {
			text = "text"
		}
		h.do("CREATE TABLE db_migrate_runs (number int PRIMARY KEY, run_id " + text + ")")
		h.write("customers", true)
		h.serve()
		for _, said := range []string{h.refuses(), h.tell(1, append([]string{"ledger", "drop", "--yes"}, h.told...)...)} {
			require.Contains(t, said, "are of version 0, and this program keeps version 2; end the migrations with the program that began them, then drop these tables, or name another")
		}
		require.Zero(t, h.loud("customers"))
		h.do("DROP TABLE db_migrate_runs")
		require.Equal(t, account{Scanned: shelfRows, Migrated: shelfRows}, h.ends(0))
	})
}
