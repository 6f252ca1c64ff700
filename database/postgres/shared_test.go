package postgres_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database/databasetest"
	"db-migrate/database/postgres"
	"db-migrate/internal/testserver"
)

// TestAPoolerIsRefusedBeforeAnythingIsSet: the site's INSERTs failed after a worker had
// only been started, "in a read-only transaction", since the pooler hands on sessions
// with what was set on them.
func TestAPoolerIsRefusedBeforeAnythingIsSet(t *testing.T) {
	site := newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, name text, email text)")
	for name, ignored := range map[string]string{
		"that refuses our settings": "search_path",
		"that ignores our settings": "search_path, statement_timeout, lock_timeout, idle_in_transaction_session_timeout, enable_hashjoin, enable_mergejoin, enable_seqscan, jit, IntervalStyle, " +
			"intervalstyle, extra_float_digits, bytea_output, default_transaction_isolation, row_security, standard_conforming_strings, db_migrate.session",
	} {
		for _, mode := range []string{"transaction", "session"} {
			t.Run(mode+" "+name, func(t *testing.T) {
				address := pgbouncer(t, site.Options.URL, mode, ignored)
				databasetest.RequireOpens(t, postgres.Driver{}, address, "a connection pooler (PgBouncer or the like) stands before the server")
				databasetest.RequireOpens(t, postgres.Driver{}, address, "name the server's own host and port in connection/url")
				throughIt, err := sql.Open("pgx", address+"&default_query_exec_mode=simple_protocol")
				require.NoError(t, err)
				defer throughIt.Close()
				for range 10 {
					_, err = throughIt.Exec("CREATE TEMPORARY TABLE mine (id bigint) ON COMMIT DROP; INSERT INTO mine VALUES (1)")
					require.NoError(t, err, "the site writes as before")
				}
			})
		}
	}
}

// pgbouncer starts one before a server, of one session to it, and returns the address.
func pgbouncer(t *testing.T, address, mode, ignored string) string {
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		t.Skip("pgbouncer is not installed")
	}
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	folder, port := testserver.Folder(t), testserver.FreePort(t)
	password, _ := parsed.User.Password()
	users := filepath.Join(folder, "users")
	require.NoError(t, os.WriteFile(users, []byte(fmt.Sprintf("%q %q\n", parsed.User.Username(), password)), 0o644))
	configuration := filepath.Join(folder, "pgbouncer.ini")
	require.NoError(t, os.WriteFile(configuration, []byte(fmt.Sprintf(`[databases]
* = host=%s port=%s pool_size=1
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = plain
auth_file = %s
pool_mode = %s
ignore_startup_parameters = %s
`, parsed.Hostname(), parsed.Port(), port, users, mode, ignored)), 0o644))
	command := exec.Command(program, configuration)
	if os.Getuid() == 0 { // which it refuses to run as
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	said := &strings.Builder{}
	command.Stderr = said
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		require.NoError(t, command.Process.Kill())
		_ = command.Wait()
		if t.Failed() {
			t.Log(said)
		}
	})
	parsed.Host = fmt.Sprintf("127.0.0.1:%d", port)
	opened, err := sql.Open("pgx", parsed.String()+"&default_query_exec_mode=simple_protocol")
	require.NoError(t, err)
	defer opened.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for opened.PingContext(ctx) != nil {
		require.NoError(t, ctx.Err(), "pgbouncer listens")
		time.Sleep(20 * time.Millisecond)
	}
	return parsed.String()
}
