package integration_test

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// asSuperuser runs statements as the one who may do anything.
func (v *server) asSuperuser(statements ...string) {
	v.Helper()
	opened := v.superuser()
	for _, statement := range statements {
		_, err := opened.Exec(statement)
		require.NoError(v, err, statement)
	}
}

// TestADBAPreparesPostgreSQL: a worker whose user may read and nothing else says
// what it lacks; the DBA runs the printed script in psql; it migrates; and the
// ledger is dropped by whoever owns it.
func TestADBAPreparesPostgreSQL(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	v := s.startServer(products()[0])
	v.fill(3000)
	v.asSuperuser("CREATE ROLE worker LOGIN PASSWORD 'only-for-tests'", "GRANT SELECT ON customers TO worker", "REVOKE CREATE ON SCHEMA public FROM public",
		"CREATE PUBLICATION everything FOR TABLE customers", "SELECT pg_create_physical_replication_slot('forgotten', true)", "GRANT INSERT ON audit TO worker", "GRANT pg_read_all_data TO migrate", "ANALYZE customers")
	parsed, err := url.Parse(v.url)
	require.NoError(t, err)
	parsed.User = url.UserPassword("worker", "only-for-tests")
	options := []string{"connection/driver=postgres", "connection/url=" + parsed.String()}
	s.startWorker(options...)

	text := s.tell(1, append(options, "--check")...)
	t.Log(text)
	for _, part := range []string{"key         id, by customers_pkey\n", "Index Only Scan using customers_pkey on customers", "trigger audited fires for every migrated row (AFTER UPDATE OF first_name): it calls audited",
		"publication everything: every migrated row is sent to its subscribers", "! replication slot forgotten (physical) is read by NOBODY at the moment",
		"2 problems; the migration would be refused, and nothing was started:", "write: permission denied for table customers", "user worker may not create tables in schema public, and these are missing: "} {
		require.Contains(t, text, part)
	}
	text = s.tell(1, options...)
	require.Contains(t, text, "notice: replication slot forgotten (physical) is read by NOBODY")
	require.Contains(t, text, "nothing was started, for 2 problems:")

	ddl := s.only(0, append([]string{"ledger", "ddl"}, options...)...)
	t.Log(ddl)
	v.runScript(ddl)
	text = s.tell(0, append(options, "--check")...)
	t.Log(text)
	require.Contains(t, text, "No problems were found. Nothing was started or written.")
	starter := s.startStarter(options...)
	require.Zero(t, starter.wait(t), starter.text())
	require.Equal(t, s.summary(starter).Migrated, v.ledgerRows())
	require.Contains(t, s.tell(1, append([]string{"ledger", "drop", "--yes"}, options...)...), "cannot be dropped, and nothing was")
	require.Positive(t, v.ledgerRows())
	v.asSuperuser("GRANT ALL ON SCHEMA public TO worker", `DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE tablename LIKE 'db\_migrate\_%' LOOP
		EXECUTE 'ALTER TABLE ' || t || ' OWNER TO worker'; END LOOP; END $$`)
	require.Contains(t, s.tell(0, append([]string{"ledger", "drop", "--yes"}, options...)...), `dropped table "public"."db_migrate_ledger_customers_customer_contact"`)
	require.Zero(t, v.count(`SELECT count(*) FROM pg_tables WHERE tablename LIKE 'db\_migrate\_%'`))
}

// runScript runs a script in the server's own client, as its superuser.
func (v *server) runScript(text string) {
	v.Helper()
	client, err := exec.LookPath("psql")
	if err != nil {
		for statement := range strings.SplitSeq(text, ";\n") {
			v.asSuperuser(statement)
		}
		return
	}
	parsed, err := url.Parse(v.url)
	require.NoError(v, err)
	command := exec.Command(client, "-v", "ON_ERROR_STOP=1", "-q", "-h", filepath.Join(v.folder, "postgres"), "-p", parsed.Port(), "-U", "postgres", strings.Trim(parsed.Path, "/"))
	command.Stdin, command.Env = strings.NewReader(text), os.Environ()
	output, err := command.CombinedOutput()
	require.NoError(v, err, string(output))
}
