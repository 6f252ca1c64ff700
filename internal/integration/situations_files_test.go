package integration_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	refuses     = "the worker refuses to start, exit code 2"
	waits       = "goes on with the others, comes back to it until it works"
	deadLetters = "tries it alone, then writes a dead letter and goes on; exit code 1"
	stops       = "the starter refuses, exit code 1; nothing is started"
	repeats     = "repeats the attempt until it is mended, then goes on"
)

// written is a file that holds a text.
func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

// configuration holds what needs no database.
func (p *page) configuration() {
	start := func(name string, arguments ...string) {
		p.row(name, refuses, func(t *testing.T) string { return refusal(t, arguments...) })
	}
	start("unset environment variable", "-e", "production")
	start("mistyped key", "connection/pasword="+secret)
	start("unknown driver", "connection/driver=oracle")
	start("unknown migration", "customer-migrator/migration=shuot")
	start("empty value, as of an unset shell variable", "customer-migrator/migration=")
	start("empty option, as of an unset shell variable", "--config", "")
	start("null in a configuration file", "--load", written(p.T, "null.yaml", "customer-scanner:\n  where: null\n"))
	p.row("a statement that YAML would cut", refuses, func(t *testing.T) string {
		return refusal(t, loud(t, fresh(t), shoutCheck, shoutMigrate+" # 1 AND NOT flag")...)
	})
	start("password file missing", "connection/driver=postgres", "connection/url=postgres://migrate@127.0.0.1/shop", "connection/password-file=nowhere.txt")
	start("password file is a folder", "connection/driver=postgres", "connection/url=postgres://migrate@127.0.0.1/shop", "connection/password-file=/")
	p.row("password file that may not be read", refuses, func(t *testing.T) string {
		path := filepath.Join(fresh(t), "password")
		require.NoError(t, os.WriteFile(path, []byte(secret), 0o000))
		if os.Getuid() == 0 {
			t.Skip("root may read every file")
		}
		return refusal(t, "connection/driver=postgres", "connection/url=postgres://migrate@127.0.0.1/shop", "connection/password-file="+path)
	})
	p.row("empty password file", refuses, func(t *testing.T) string {
		path := filepath.Join(fresh(t), "password")
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		return refusal(t, "connection/password-file="+path)
	})
	start("password and password file", "connection/password="+secret, "connection/password-file=password.txt")
	start("another driver's URL", "connection/url=postgres://migrate:"+secret+"@127.0.0.1/shop")
	start("PostgreSQL: bad URL", "connection/driver=postgres", "connection/url=postgres://migrate:"+secret+"@%zz")
	start("PostgreSQL: unknown sslmode", "connection/driver=postgres", "connection/url=postgres://migrate:"+secret+"@127.0.0.1/shop?sslmode=maybe")
	start("MySQL: bad URL", "connection/driver=mysql", "connection/url=mysql://migrate:"+secret+"@127.0.0.1")
	start("MySQL: unknown parameter", "connection/driver=mysql", "connection/url=mysql://migrate:"+secret+"@127.0.0.1/shop?ssl=1")
	start("MySQL: certificate file missing", "connection/driver=mysql", "connection/url=mysql://migrate:"+secret+"@127.0.0.1/shop?tls-ca=nowhere.pem")
	start("Cassandra: bad URL", "connection/driver=cassandra", "connection/url=cassandra://migrate:"+secret+"@127.0.0.1:x/shop")
	start("Cassandra: unknown consistency", "connection/driver=cassandra", "connection/url=cassandra://127.0.0.1/shop?consistency=most")
	start("Cassandra: transaction size", "connection/driver=cassandra", "connection/url=cassandra://127.0.0.1/shop", "--load", written(p.T, "size.yaml", "customer-migrator:\n  transaction-size: 100\n"))
}

// file makes a database file in a folder.
func sqliteFile(t *testing.T, folder string, statements ...string) (string, *sql.DB) {
	t.Helper()
	path := filepath.Join(folder, "shop.db")
	opened, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(20000)")
	require.NoError(t, err)
	t.Cleanup(func() { opened.Close() })
	for _, statement := range statements {
		_, err := opened.Exec(statement)
		require.NoError(t, err, statement)
	}
	return path, opened
}

const sqliteCustomers = `CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, shouted TEXT CHECK (shouted <> 'REFUSED'));
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO customers (id, name) SELECT i, 'Customer ' || i FROM n`

func (p *page) sqlite(s *stack) {
	start := func(name string, change string, arguments ...string) {
		p.row(name, refuses, func(t *testing.T) string {
			path, opened := sqliteFile(t, fresh(t), sqliteCustomers)
			if change != "" {
				_, err := opened.Exec(change)
				require.NoError(t, err)
			}
			return refusal(t, append(append(loud(t, fresh(t), shoutCheck, shoutMigrate), "connection/url="+path), arguments...)...)
		})
	}
	run := func(t *testing.T, path string, more ...string) *attempt {
		return s.begin(t, append(append(loud(t, fresh(t), shoutCheck, shoutMigrate), "connection/url="+path), more...)...)
	}
	p.row("file missing", refuses, func(t *testing.T) string { return refusal(t, "connection/url="+filepath.Join(fresh(t), "shop.db")) })
	p.row("no SQLite file", refuses, func(t *testing.T) string {
		path := filepath.Join(fresh(t), "shop.db")
		require.NoError(t, os.WriteFile(path, []byte("hello, this is a text"), 0o644))
		return refusal(t, "connection/url="+path)
	})
	p.row("damaged file", refuses, func(t *testing.T) string {
		path, opened := sqliteFile(t, fresh(t), sqliteCustomers)
		require.NoError(t, opened.Close())
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		copy(content[100:4096], bytes.Repeat([]byte{0xff}, 4096))
		require.NoError(t, os.WriteFile(path, content, 0o644))
		return refusal(t, "connection/url="+path)
	})
	start("missing table", "", "connection/table=clients")
	start("a view", "CREATE VIEW seen AS SELECT * FROM customers", "connection/table=seen")
	start("unknown key column", "", "connection/key=number")
	start("missing column", "ALTER TABLE customers DROP COLUMN shouted")
	p.row("the migration's SQL is wrong", refuses, func(t *testing.T) string {
		path, _ := sqliteFile(t, fresh(t), sqliteCustomers)
		return refusal(t, append(loud(t, fresh(t), shoutCheck, "UPDATE customers SAT shouted = 1 WHERE id IN (:ids)"), "connection/url="+path)...)
	})
	p.row("read-only folder", repeats, func(t *testing.T) string {
		disk := smallDisk(t, fresh(t), 8)
		path, opened := sqliteFile(t, disk, sqliteCustomers)
		require.NoError(t, opened.Close())
		remount := func(flags uintptr) {
			require.NoError(t, syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|flags, "size=8m"))
		}
		remount(syscall.MS_RDONLY)
		a := run(t, path)
		return a.mended(func() { remount(0) })
	})
	p.row("disk full", repeats, func(t *testing.T) string {
		disk := smallDisk(t, fresh(t), 2)
		path, _ := sqliteFile(t, disk, sqliteCustomers)
		ballast := filepath.Join(disk, "ballast")
		fill(t, ballast)
		a := run(t, path)
		return a.mended(func() { require.NoError(t, os.Remove(ballast)) })
	})
	p.row("another process keeps the file locked", repeats, func(t *testing.T) string {
		path, opened := sqliteFile(t, fresh(t), sqliteCustomers, "PRAGMA journal_mode = WAL")
		held, err := opened.Conn(t.Context())
		require.NoError(t, err)
		_, err = held.ExecContext(t.Context(), "BEGIN IMMEDIATE")
		require.NoError(t, err)
		a := run(t, path)
		return a.mended(func() {
			_, err := held.ExecContext(t.Context(), "ROLLBACK")
			require.NoError(t, err)
			require.NoError(t, held.Close())
		})
	})
	p.row("a customer breaks a constraint", deadLetters, func(t *testing.T) string {
		path, opened := sqliteFile(t, fresh(t), sqliteCustomers, "UPDATE customers SET name = 'refused' WHERE id = 471")
		a := run(t, path)
		a.deadLettered()
		return deadLetter(t, opened)
	})
	p.row("another overseer owns the table", "the run fails at once; nothing is changed", func(t *testing.T) string {
		path, opened := sqliteFile(t, fresh(t), sqliteCustomers)
		run(t, path).completes()
		_, err := opened.Exec("INSERT INTO db_migrate_owner VALUES ('customers', 'whisper', 'localhost', 'another cluster', 'run', 1700000000, 'migration/whisper/localhost')")
		require.NoError(t, err)
		return s.begin(t, append(loud(t, fresh(t), shoutCheck, shoutMigrate), "connection/url="+path)...).refused(1)
	})
	p.row("another definition of the migration", "the run fails at once; nothing is changed", func(t *testing.T) string {
		path, _ := sqliteFile(t, fresh(t), sqliteCustomers)
		first := run(t, path)
		first.completes()
		first.worker.kill()
		return s.begin(t, append(loud(t, fresh(t), shoutCheck, "UPDATE customers SET shouted = name WHERE id IN (:ids) AND shouted IS NULL"), "connection/url="+path)...).refused(1)
	})
}

// deadLetter is the first dead letter's customer and error.
func deadLetter(t *testing.T, opened *sql.DB) string {
	t.Helper()
	var customer, text string
	require.NoError(t, opened.QueryRow("SELECT customer, error FROM db_migrate_failures").Scan(&customer, &text))
	return "db_migrate_failures: customer " + customer + ", " + text
}

// fill writes a file until the disk is full.
func fill(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	require.NoError(t, err)
	defer file.Close()
	for size := 64 << 10; size >= 512; {
		if _, err := file.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
}
