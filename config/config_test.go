package config_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/config"
)

var update = flag.Bool("update", false, "write the golden files anew")

func environment(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, found := variables[name]
		return value, found
	}
}

func TestDefaults(t *testing.T) {
	loaded, err := config.Load(config.Sources{Environment: "localhost", Getenv: environment(nil)})
	require.NoError(t, err)
	require.Equal(t, 20, loaded.CustomerMigration.Processes)
	require.Equal(t, 5*time.Second, loaded.CustomerMigration.BatchTime.Duration())
	require.Zero(t, loaded.CustomerMigration.BatchSize.Value())
	require.Equal(t, 1000, loaded.CustomerScanner.FetchSize)
	require.Equal(t, "migrated-customers.txt", loaded.CustomerMigrator.LogFile)
	require.Equal(t, "sqlite", loaded.Connection.Driver)
}

func write(t *testing.T, folder, name, content string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	return path
}

func TestTheLastLayerWins(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "customer-migration.yaml", "customer-migration:\n  processes: 2\n  rate: 10\n  batch-max: 11\n  failure-limit: 12\n")
	write(t, folder, "customer-migration-staging.yaml", "customer-migration:\n  rate: 20\n  batch-max: 21\n  failure-limit: 22\n")
	write(t, folder, "customer-migration-production.yaml", "customer-migration:\n  rate: 99\n")
	extra := write(t, folder, "extra.yaml", "customer-migration:\n  batch-max: 31\n  failure-limit: 32\nconnection:\n  key: [a]\n")
	more := write(t, folder, "more.yaml", "connection:\n  key: [b]\n")
	loaded, err := config.Load(config.Sources{Environment: "staging", Directory: folder, Files: []string{extra, more},
		Arguments: []string{"customer-migration/failure-limit=42"}, Getenv: environment(map[string]string{"DB_MIGRATE_STAGING_URL": "x.db"})})
	require.NoError(t, err)
	limits := loaded.CustomerMigration
	require.Equal(t, []any{2, 20.0, 31, 42}, []any{limits.Processes, limits.Rate, limits.BatchMax, limits.FailureLimit})
	require.Equal(t, []string{"a", "b"}, loaded.Connection.Key, "lists append")
	require.Equal(t, "x.db", loaded.Connection.URL)
}

func TestVariablesExpand(t *testing.T) {
	folder := t.TempDir()
	for _, test := range []struct{ text, want string }{
		{"${SET}", "value"}, {"a${SET}b${SET}", "avaluebvalue"}, {"${UNSET:fallback}", "fallback"}, {"${UNSET:}", ""},
		{"${UNSET:a:b}", "a:b"}, {"$${SET}", "${SET}"}, {"${EMPTY:fallback}", ""}, {"$SET", "$SET"},
	} {
		file := write(t, folder, "file.yaml", "connection:\n  url: '"+test.text+"'\n")
		loaded, err := config.Load(config.Sources{Environment: "localhost", Files: []string{file},
			Getenv: environment(map[string]string{"SET": "value", "EMPTY": ""})})
		require.NoError(t, err, test.text)
		require.Equal(t, test.want, loaded.Connection.URL, test.text)
	}
	file := write(t, folder, "file.yaml", "customer-migration:\n  processes: ${PROCESSES:7}\n")
	loaded, err := config.Load(config.Sources{Environment: "localhost", Files: []string{file}, Getenv: environment(nil)})
	require.NoError(t, err)
	require.Equal(t, 7, loaded.CustomerMigration.Processes)
}

func TestAVariableThatIsOverriddenNeedNotBeSet(t *testing.T) {
	_, err := config.Load(config.Sources{Environment: "production", Arguments: []string{"connection/url=x"}, Getenv: environment(nil)})
	require.NoError(t, err)
}

func TestSecretsAreMasked(t *testing.T) {
	loaded, err := config.Load(config.Sources{Environment: "localhost", Getenv: environment(nil),
		Arguments: []string{"connection/password=hush", "connection/url=postgres://me:hush@host/db"}})
	require.NoError(t, err)
	var printed bytes.Buffer
	require.NoError(t, loaded.Print(&printed))
	require.NotContains(t, printed.String(), "hush")
	require.Contains(t, printed.String(), "postgres://me:********@host/db")
	require.Contains(t, printed.String(), "built-in customer-migration.yaml:3")
}

// TestBadInput holds each bad input's message to a golden file.
func TestBadInput(t *testing.T) {
	var all strings.Builder
	for _, file := range badFiles() {
		folder := t.TempDir()
		path := write(t, folder, "bad.yaml", file)
		_, err := config.Load(config.Sources{Environment: "localhost", Files: []string{path}, Getenv: environment(nil)})
		require.Error(t, err, file)
		all.WriteString("--- " + strings.ReplaceAll(strings.TrimSpace(file), "\n", "\n    ") + "\n" + strings.ReplaceAll(err.Error(), folder+"/", "") + "\n")
	}
	for _, argument := range badArguments() {
		_, err := config.Load(config.Sources{Environment: "localhost", Arguments: []string{argument}, Getenv: environment(nil)})
		require.Error(t, err, argument)
		all.WriteString("--- " + argument + "\n" + err.Error() + "\n")
	}
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile("testdata/bad-input.txt", []byte(all.String()), 0o644))
	}
	want, err := os.ReadFile("testdata/bad-input.txt")
	require.NoError(t, err)
	require.Equal(t, string(want), all.String())
	for line := range strings.Lines(all.String()) {
		require.False(t, !strings.HasPrefix(line, "--- ") && (strings.Contains(line, "s3cret") || strings.Contains(line, "abcdef")) && !strings.HasPrefix(line, "      "), line)
	}
}

// TestWhatIsWrittenInFullIsTaken, in whatever form of YAML.
func TestWhatIsWrittenInFullIsTaken(t *testing.T) {
	for _, test := range []struct{ file, where string }{
		{"where: ''", ""}, {"where: 'null'", "null"}, {"where: !!str null", "null"}, {"where: n IS NULL", "n IS NULL"}, {"where: 'n # 1' # told", "n # 1"},
		{"where: |-\n    n # 1\n    AND m -- no", "n # 1\nAND m -- no"}, {"where: >-\n    a\n    AND b", "a AND b"}, {"where: a#b", "a#b"}, {"where: \"a -- b\"", "a -- b"}, {"where: a -- b", "a -- b"},
		{"where: &c true", "true"}, {"where: a\n    AND b", "a AND b"}, {"where: a\n  # a comment of its own", "a"},
	} {
		file := write(t, t.TempDir(), "file.yaml", "customer-scanner:\n  "+test.file+"\n  sweeps: 1 # once\n")
		loaded, err := config.Load(config.Sources{Environment: "localhost", Files: []string{file}, Getenv: environment(nil)})
		require.NoError(t, err, test.file)
		require.Equal(t, test.where, loaded.CustomerScanner.Where, test.file)
		require.Equal(t, 1, loaded.CustomerScanner.Sweeps)
	}
}

// TestWhatMayBeEmptyOnTheCommandLine: of an empty value that a variable may have
// left, nothing more is migrated than was meant.
func TestWhatMayBeEmptyOnTheCommandLine(t *testing.T) {
	may := []string{"site-guard/query", "site-guard/window", "customer-migrator/log-file", "connection/password", "connection/password-file", "customer-scanner/paging-state-path"}
	for _, key := range config.Keys() {
		_, err := config.Load(config.Sources{Environment: "localhost", Arguments: []string{key + "="}, Getenv: environment(nil)})
		if slices.Contains(may, key) {
			require.NoError(t, err, key)
		} else {
			require.ErrorContains(t, err, "argument: "+key+": the value after = is empty; is a shell variable not set?")
		}
	}
}

func TestAllProblemsAreToldAtOnce(t *testing.T) {
	_, err := config.Load(config.Sources{Environment: "localhost", Getenv: environment(nil),
		Arguments: []string{"customer-migration/processes=0", "nonsense", "connection/driver=oracle"}})
	require.Len(t, strings.Split(err.Error(), "\n"), 3)
}

func TestWrongPlaces(t *testing.T) {
	for want, sources := range map[string]config.Sources{
		`--env: "test": Must be localhost, staging, or production.`:    {Environment: "test"},
		"--config: /does/not/exist is not a folder":                    {Environment: "localhost", Directory: "/does/not/exist"},
		"--load: open /does/not/exist.yaml: no such file or directory": {Environment: "localhost", Files: []string{"/does/not/exist.yaml"}},
	} {
		sources.Getenv = environment(nil)
		_, err := config.Load(sources)
		require.EqualError(t, err, want)
	}
}

func badFiles() []string {
	return []string{
		"customer-migration: {procceses: 5}", "customer-migation: {processes: 5}", "something: {else: 1}", "customer-migration: 5",
		"customer-migration:\n  processes: many", "customer-migration:\n  processes: 2.5", "customer-migration:\n  processes: [1, 2]",
		"customer-migration:\n  processes: 1\n  processes: 2", "- a\n- b", "just text", "a: 1\n---\nb: 2", "a: [", "\xff\xfe",
		"connection:\n  url: ${NOWHERE}", "connection:\n  url: ${", "connection:\n  url: ${}", "connection:\n  url: ${:x}",
		"connection:\n  key: id", "connection:\n  key: [[id]]", "connection:\n  key: ['']", "connection:\n  key: [id, id]",
		"connection:\n  url: {host: here}", "customer-migrator: [1]", "connection:\n  table: [a]",
		"customer-scanner: {where: null}", "connection:\n  schema: ~", "connection:\n  schema:", "connection:\n  table: NULL", "connection:\n  key:",
		"connection:\n  key: [a, ~]", "customer-migration:\n  processes: null", "connection:", "connection:\n  url: !!null x", "connection:\n  password: !!binary aGVsbG8=",
		"connection:\n  url: &u x.db\n  table: *u", "connection:\n  key: [&a a, *a]", "connection: &c\n  url: x\nstatus-board: *c", "connection:\n  <<: {url: x}", "connection:\n  &k url: x\n  *k : y",
		"<<: {connection: {url: x}}", "connection:\n  [url]: x", "customer-scanner:\n  where: n >= n # 1 AND NOT flag", "customer-scanner:\n  where: n > 1\n    AND m > 1 # or so",
		"customer-scanner:\n  where: >\n    n > 1 -- some\n    AND NOT flag", "customer-scanner:\n  where: \"n > 1 -- some\n    AND NOT flag\"", "connection:\n  password: abc #def",
		"customer-migration:\n  processes: 5\nconnection:\n  table: a\ncustomer-migration:\n  rate: 7", "customer-migration:\n\tprocesses: 5", "connection:\n  password: *abcdef", "connection:\n  password: !abcdef x", "connection:\n  password: no",
		"customer-migrator:\n  log-file: no", "customer-migrator:\n  log-file: Off", "connection:\n  schema: true", "connection:\n  key: [id, on]", "customer-migration:\n  processes: yes", "customer-migration:\n  processes: 010", "customer-migration:\n  processes: 0x10",
		"customer-migration:\n  processes: 0o17", "customer-migration:\n  processes: 1e2", "customer-migration:\n  processes: 1__0", "customer-migration:\n  rate: 010", "customer-migration:\n  rate: 0x1p4", "customer-migration:\n  batch-size: 1e3", "customer-migration:\n  batch-time: 1:30",
		"connection:\n  table: ''", "customer-migrator:\n  migration: ''", "customer-scanner:\n  source-dir: ''",
	}
}

func badArguments() []string {
	return []string{
		"processes=5", "customer-migration=5", "postgres://me:s3cret@host/db", "me:s3cret@tcp(host)/db?tls=true", "connection.password=s3cret", "host=db password=s3cret", "connection/driver=postgres://me:s3cret@host/db", "customer-migration/processes=me:s3cret@host", "customer-migration/processes", "/processes=5", "customer-migration/=5", "a/b/c=5", "=", "",
		"customer-migration/processes=0", "customer-migration/processes=1001", "customer-migration/processes=-1", "customer-migration/processes=",
		"customer-migration/processes=five", "customer-migration/procs=5", "customer-migration/Processes=5", "custmer-migration/processes=5",
		"customer-migration/batch-time=5", "customer-migration/batch-time=fast", "customer-migration/batch-time=1ms", "customer-migration/batch-time=1h",
		"customer-migration/batch-size=0", "customer-migration/batch-size=-3", "customer-migration/batch-size=small", "customer-migration/batch-max=0",
		"customer-migration/rate=-1", "customer-migration/rate=NaN", "customer-migration/rate=Inf", "customer-migration/rate=fast",
		"customer-migration/failure-limit=-1", "customer-migrator/attempts=0", "customer-migrator/attempts=101",
		"customer-migrator/transaction-size=0", "customer-migrator/transaction-size=100001", "customer-migrator/sets-at-once=0", "customer-migrator/sets-at-once=few", "customer-migrator/statement-timeout=9s",
		"customer-migrator/row-lock-time=1ms", "customer-migrator/retry-interval=0", "customer-scanner/paging-state-path=/tmp/state",
		"customer-scanner/fetch-size=0", "customer-scanner/block-size=0", "customer-scanner/sweeps=-1", "customer-scanner/sweeps=101",
		"connection/row-name=payment ", "connection/row-name=a,b,c", "connection/driver=oracle", "connection/driver=", "connection/connect-timeout=0s", "connection/customers=-1", "connection/key=id,",
		"status-board/mode=loud", "status-board/refresh=1ms", "status-board/dim-after=2m", "connection/pasword=x", "unknown/key=1",
		"connection/url=", "connection/table=", "connection/key=", "connection/schema=", "customer-scanner/where=", "customer-scanner/source-dir=", "customer-migrator/migration=", "status-board/mode=", "customer-migrator/transaction-size=",
	}
}

func FuzzArguments(f *testing.F) {
	for _, argument := range badArguments() {
		f.Add(argument)
	}
	f.Fuzz(func(_ *testing.T, argument string) {
		_, _ = config.Load(config.Sources{Environment: "localhost", Arguments: []string{argument}, Getenv: environment(nil)})
	})
}

func FuzzFiles(f *testing.F) {
	for _, file := range badFiles() {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file string) {
		path := write(t, t.TempDir(), "fuzz.yaml", file)
		_, _ = config.Load(config.Sources{Environment: "localhost", Files: []string{path}, Getenv: environment(map[string]string{"A": "b"})})
	})
}

// FuzzExpansion holds that a value without a dollar sign stays as it is, and that
// what a variable holds is not expanded again.
func FuzzExpansion(f *testing.F) {
	for _, text := range []string{"${A}", "${A:x}", "${B:}", "$${A}", "${", "${}", "${:}", "a${A}b${B:c}", "${A:${B}}", "$", "$$", "}"} {
		f.Add(text, "value")
	}
	f.Fuzz(func(t *testing.T, text, content string) {
		loaded, err := config.Load(config.Sources{Environment: "localhost", Arguments: []string{"connection/url=" + text},
			Getenv: environment(map[string]string{"A": content})})
		if err == nil && !strings.Contains(text, "$") && loaded.Connection.URL != text {
			t.Errorf("%q has become %q", text, loaded.Connection.URL)
		}
		if err == nil && text == "${A}" && loaded.Connection.URL != content {
			t.Errorf("%q has become %q", content, loaded.Connection.URL)
		}
	})
}
