package mysql_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/databasetest"
	"db-migrate/database/mysql"
)

// server is the address of a MariaDB or MySQL for tests.
func server(t testing.TB) string {
	address := os.Getenv("TEST_MYSQL_URL")
	if address == "" {
		t.Skip("TEST_MYSQL_URL is not set: make services")
	}
	return address
}

// keys declares the key columns of each kind, and the primary key.
var keys = map[databasetest.KeyKind][2]string{
	databasetest.Numbers:   {"id bigint", "id"},
	databasetest.Texts:     {"id varchar(600) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "id"},
	databasetest.LongTexts: {"id varchar(768) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "id"},
	databasetest.Caseless:  {"id varchar(190) CHARACTER SET latin1 COLLATE latin1_swedish_ci", "id"},
	databasetest.Bytes:     {"id varbinary(300)", "id"},
	databasetest.UUIDs:     {"id uuid", "id"},
	databasetest.Pairs:     {"region varchar(40), id bigint", "region, id"},
}

var siteSchema = []string{
	"CREATE TABLE audit (name text, first_name text)",
	"CREATE TABLE notes (name varchar(100) PRIMARY KEY)",
	`CREATE TRIGGER audited BEFORE UPDATE ON customers FOR EACH ROW BEGIN
		IF new.first_name = 'refused' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no customer has that name'; END IF;
		IF NOT (new.first_name <=> old.first_name) THEN INSERT INTO audit VALUES (new.name, new.first_name); END IF; END`,
}

func harness() databasetest.Harness {
	return databasetest.Harness{
		Driver:    mysql.Driver{},
		Lacks:     []databasetest.Feature{databasetest.Returning, databasetest.WritesInWith},
		MovesCarl: []string{"CREATE TRIGGER moves BEFORE UPDATE ON customers FOR EACH ROW SET NEW.id = IF(NEW.name = 'Carl', -NEW.id, NEW.id)"},
		Signs:     []string{`name <> '\'?'`, `name <> "it's ?"`, "`name` <> '?'"},
		Kinds:     []databasetest.KeyKind{databasetest.Numbers, databasetest.Texts, databasetest.LongTexts, databasetest.Caseless, databasetest.Bytes, databasetest.UUIDs, databasetest.Pairs},
		New: func(t *testing.T, kind databasetest.KeyKind) databasetest.Site {
			return newSite(t, append([]string{"CREATE TABLE customers (" + keys[kind][0] + `, name varchar(100) NOT NULL UNIQUE,
				amount bigint, data longblob, anything text, first_name varchar(12000), score integer CHECK (score < 1000), PRIMARY KEY (` + keys[kind][1] + "))"}, siteSchema...)...)
		},
		Lookalikes: []databasetest.Lookalike{
			{Column: "name", Before: "'Ann'", After: "'ANN'"}, {Column: "anything", Before: "NULL", After: "''"},
			{Column: "anything", Before: "'a'", After: "'a '"}, {Column: "data", Before: "x'00'", After: "x'0000'"},
			{Column: "data", Before: "NULL", After: "''"}, {Column: "first_name", Before: `'é'`, After: "CONCAT('e', _utf8mb4 x'CC81')"},
		},
	}
}

// newSite makes a database of its own, and opens it as the site does.
func newSite(t testing.TB, statements ...string) databasetest.Site {
	address, err := url.Parse(server(t))
	require.NoError(t, err)
	name := fmt.Sprintf("site_%d", time.Now().UnixNano())
	maker := openSite(t, address)
	_, err = maker.Exec("CREATE DATABASE " + name)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := maker.Exec("DROP DATABASE " + name)
		require.NoError(t, err)
	})
	address.Path = "/" + name
	site := openSite(t, address)
	for _, statement := range statements {
		_, err = site.Exec(statement)
		require.NoError(t, err, statement)
	}
	return databasetest.Site{DB: site, Options: database.Options{URL: address.String(), Table: "customers",
		Processes: 3, StatementTimeout: time.Minute, ConnectTimeout: time.Minute}}
}

func openSite(t testing.TB, address *url.URL) *sql.DB {
	config := driver.NewConfig()
	config.Net, config.Addr, config.DBName = "tcp", address.Host, strings.Trim(address.Path, "/")
	config.User = address.User.Username()
	config.Passwd, _ = address.User.Password()
	connector, err := driver.NewConnector(config)
	require.NoError(t, err)
	site := sql.OpenDB(connector)
	t.Cleanup(func() { require.NoError(t, site.Close()) })
	return site
}

func TestConformance(t *testing.T) {
	server(t)
	databasetest.Run(t, harness())
}
