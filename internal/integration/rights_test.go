package integration_test

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rightsOf are the statements that the page on production tells a DBA to run on a
// database, which the paragraph before them names.
func rightsOf(t *testing.T, database string) []string {
	t.Helper()
	page, err := os.ReadFile("../../docs/production.md")
	require.NoError(t, err)
	found := regexp.MustCompile("(?s)\n" + database + "[^`]*(?:`[^`\n]+`[^`]*)*:\n\n```sql\n(.*?)```").FindSubmatch(page)
	require.NotNil(t, found, database)
	return strings.Split(strings.TrimSuffix(strings.TrimSpace(string(found[1])), ";"), ";\n")
}

// TestLeastRights migrates as the user that the page on production makes: with the
// rights that it names, and no others.
func TestLeastRights(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T) (*stack, string){
		"postgres": leastOnPostgres, "mysql": leastOnMariaDB, "cassandra": leastOnCassandra,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, address := prepare(t)
			options := []string{"connection/driver=" + name, "connection/url=" + address, "connection/schema=db_migrate"}
			s.startWorker(options...)
			checked := s.tell(0, "--check")
			require.Contains(t, checked, "No problems were found.")
			starter := s.startStarter()
			require.Zero(t, starter.wait(t), starter.text())
			require.Positive(t, s.summary(starter).Migrated)
			if name != "cassandra" { // there a drop that is cut short and repeated is refused
				require.Contains(t, s.tell(0, "ledger", "drop", "--yes"), "dropped")
			}
		})
	}
}

// as is the address with the user of the page.
func as(t *testing.T, address, place string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	parsed.User, parsed.Path = url.UserPassword("db_migrate", "change-me"), place
	return parsed.String()
}

func leastOnPostgres(t *testing.T) (*stack, string) {
	s := newStack(t)
	v := s.startServer(products()[0])
	v.made(2000)
	v.asSuperuser(append([]string{"REVOKE CREATE ON SCHEMA public FROM public", "REVOKE ALL ON SCHEMA public FROM public"}, rightsOf(t, "PostgreSQL")...)...)
	parsed, err := url.Parse(v.url)
	require.NoError(t, err)
	return s, as(t, v.url, parsed.Path)
}

func leastOnMariaDB(t *testing.T) (*stack, string) {
	s := newStack(t)
	v := s.startServer(products()[1])
	v.exec("CREATE DATABASE shop")
	v.url = strings.TrimSuffix(v.url, "/migrate") + "/shop"
	v.made(2000)
	client := exec.Command("mariadb", "--no-defaults", "--socket="+filepath.Join(v.folder, "mariadb/socket"), "-u", "root")
	client.Stdin = strings.NewReader(strings.Join(rightsOf(t, "MySQL and MariaDB"), ";\n"))
	output, err := client.CombinedOutput()
	require.NoError(t, err, string(output))
	return s, as(t, v.url, "/shop")
}

func leastOnCassandra(t *testing.T) (*stack, string) {
	server := startCassandra(t)
	if server == nil {
		t.Skip("TEST_CASSANDRA_URL is not set: make services")
	}
	s := newStack(t)
	server.exec(t, "DROP KEYSPACE shop")
	made := s.start("customers", nil, "--rows", "300", "--url", "cassandra://cassandra:cassandra@"+server.host+"/shop")
	require.Zero(t, made.wait(t), made.text())
	server.exec(t, rightsOf(t, "Cassandra")...)
	return s, "cassandra://db_migrate:change-me@" + server.host + "/shop"
}

// made fills the table, without the audit that tests add to it.
func (v *server) made(rows int) {
	v.Helper()
	v.audit = nil
	v.fill(rows)
}
