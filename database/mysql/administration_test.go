package mysql_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/databasetest"
	"db-migrate/database/mysql"
	"db-migrate/internal/testserver"
)

// examine examines a site's customers for a plan.
func examine(t *testing.T, site databasetest.Site, plan database.Plan) database.Examination {
	t.Helper()
	connection, err := mysql.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	defer func() { require.NoError(t, connection.Close()) }()
	table, err := connection.Prepare(t.Context(), plan)
	require.NoError(t, err)
	seen, err := table.Examine(t.Context())
	require.NoError(t, err)
	return seen
}

// texts are the notices' texts, a loud one with ! before it; those about the
// server's own binary log are left out.
func texts(seen database.Examination) string {
	var list strings.Builder
	for _, notice := range seen.Notices {
		if strings.Contains(notice.Text, "binary log") {
			continue
		}
		if notice.Loud {
			list.WriteString("! ")
		}
		list.WriteString(notice.Text + "\n")
	}
	return list.String()
}

func lookPlan(writes ...string) database.Plan {
	return database.Plan{Migration: "look", Reads: []string{"name"}, Writes: writes}
}

func TestNotices(t *testing.T) {
	site := newSite(t, "CREATE TABLE countries (code varchar(10) PRIMARY KEY)",
		`CREATE TABLE customers (id bigint PRIMARY KEY, name varchar(100), first_name varchar(100), country varchar(10), code varchar(10) UNIQUE,
			loud varchar(100) AS (upper(first_name)) STORED, touched timestamp DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, modified_at datetime,
			KEY by_names (name, first_name), CONSTRAINT of_country FOREIGN KEY (country) REFERENCES countries (code))`,
		"CREATE TABLE orders (customer varchar(10), CONSTRAINT by_customer FOREIGN KEY (customer) REFERENCES customers (code))",
		"CREATE TRIGGER shouted BEFORE UPDATE ON customers FOR EACH ROW SET new.name = upper(new.name)",
		"CREATE TRIGGER inserted BEFORE INSERT ON customers FOR EACH ROW SET new.name = upper(new.name)",
		"INSERT INTO customers (id, name) VALUES (1, 'Anna')", "ANALYZE TABLE customers")
	require.Equal(t, `trigger shouted fires for every migrated row (BEFORE UPDATE)
column loud is generated, and computed again for every migrated row: `+"ucase(`first_name`)"+`
! column touched is set ON UPDATE: every migrated row will look CHANGED NOW to whoever finds changed rows by it (an export, a search index)
column modified_at is not written by the migration: unless a trigger sets it, whoever finds changed rows by it (an export, a search index) will not see the migrated ones
index by_names on name, first_name: every migrated row is entered into it anew
`, texts(examine(t, site, lookPlan("first_name"))))
	written := texts(examine(t, site, lookPlan("code", "country", "touched", "modified_at")))
	for _, part := range []string{"index code on code", "foreign key of_country: a new value of country must be in table countries",
		"foreign key by_customer: table orders refers to code"} {
		require.Contains(t, written, part)
	}
	require.NotContains(t, written, "touched")
	require.NotContains(t, written, "modified_at")
}

// TestATableWithoutTransactionsIsTold where a trigger or a further statement may write to it.
func TestATableWithoutTransactionsIsTold(t *testing.T) {
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, name varchar(100))", "CREATE TABLE logged (id bigint) ENGINE=MyISAM", "INSERT INTO customers VALUES (1, 'Anna')")
	const one = "UPDATE customers SET name = '' WHERE id = :id"
	told := func(statements ...string) string {
		return texts(examine(t, site, database.Plan{Migration: "look", Statements: &database.Statements{Migrate: statements}}))
	}
	require.NotContains(t, told(one), "logged")
	require.Contains(t, told(one, "INSERT INTO logged VALUES (:id)"), "! table logged has no transactions: what a trigger or a further statement of the migration writes to it STAYS when a set is undone")
	_, err := site.DB.Exec("CREATE TRIGGER noted AFTER UPDATE ON customers FOR EACH ROW INSERT INTO logged VALUES (new.id)")
	require.NoError(t, err)
	require.Contains(t, told(one), "table logged has no transactions")
}

// A check that selects more than the key is found before a customer is touched:
// the server's own preparation says nothing about it.
func TestACheckOfTooManyColumnsIsAProblem(t *testing.T) {
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, name varchar(100))", "INSERT INTO customers VALUES (1, 'Anna')")
	refuse(t, site, "migration look, check: it must select the key, id, and nothing else", "SELECT id, name FROM customers WHERE id = :id", "UPDATE customers SET name = '' WHERE id = :id")
}

// refuse prepares statements that are refused.
func refuse(t *testing.T, site databasetest.Site, says, check string, statements ...string) {
	t.Helper()
	connection, err := mysql.Driver{}.Open(t.Context(), site.Options)
	require.NoError(t, err)
	defer func() { require.NoError(t, connection.Close()) }()
	_, err = connection.Prepare(t.Context(), database.Plan{Migration: "look", Statements: &database.Statements{Check: check, Migrate: statements}})
	require.ErrorContains(t, err, says)
}

// TestAnUpdateThatCannotBeCounted: the number of rows that it has changed is all that the
// server says of an UPDATE, and so it must be about the rows that are named, and no others.
func TestAnUpdateThatCannotBeCounted(t *testing.T) {
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, n int, p int)", "CREATE TABLE notes (id bigint PRIMARY KEY, x int)")
	for statement, says := range map[string]string{
		"UPDATE customers SET n = 1 WHERE id + 1 IN (:ids)":                                              "in the key's order: `id` IN (:ids)",
		"UPDATE customers SET n = 1 WHERE p = :id":                                                       "add AND id = :id",
		"UPDATE customers SET n = 1 WHERE id IN (:ids) AND n = 0 OR id = 77":                             "what stands beside may only narrow it",
		"UPDATE customers c JOIN notes ON notes.id = c.id SET c.n = 1, notes.x = 1 WHERE c.id IN (:ids)": "another one, notes, in one statement",
		"UPDATE customers c JOIN notes ON notes.id = c.id SET n = 1, x = 1 WHERE c.id IN (:ids)":         "another one, the one with column x, in one statement",
		"UPDATE customers c JOIN customers p ON p.id = c.id - 1 SET p.n = c.n WHERE c.id IN (:ids)":      "sets columns of other rows of table customers",
		"UPDATE customers c JOIN customers p ON p.id = c.id - 1 SET p.n = c.n WHERE c.id = :id":          "sets columns of other rows of table customers",
		"UPDATE customers c, notes AS o SET o.x = c.n WHERE c.id = o.id AND c.id IN (:ids)":              "another one, notes, in one statement",
	} {
		refuse(t, site, says, "", statement)
	}
}

// A binary log of statements refuses every write at READ COMMITTED; one of rows is
// read by replicas. A user who may only read lacks a right.
func TestTheBinaryLog(t *testing.T) {
	if os.Getenv("TEST_MYSQL_URL") == "" {
		t.Skip("TEST_MYSQL_URL is not set: make services")
	}
	own := testserver.MariaDB().Start(t, small+" --log-bin --server-id=7 --binlog-format=STATEMENT")
	t.Setenv("TEST_MYSQL_URL", own.URL)
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, name varchar(100))", "INSERT INTO customers VALUES (1, 'Anna')")
	seen := examine(t, site, lookPlan("name"))
	require.Equal(t, []string{"the server's binlog_format is STATEMENT, with which InnoDB refuses every write at READ COMMITTED; SET GLOBAL binlog_format = 'ROW' (or MIXED)"}, seen.Problems)
	require.Contains(t, seen.Statements[2].Plan[0], "no plan: Cannot execute statement: impossible to write to binary log")
}
