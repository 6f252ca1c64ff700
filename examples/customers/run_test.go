package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSameOptionsSameContent(t *testing.T) {
	for _, ids := range []string{"numeric", "uuid"} {
		t.Run(ids, func(t *testing.T) {
			made := func(more ...string) string {
				file := filepath.Join(t.TempDir(), "demo.db")
				generated(t, append([]string{"--rows", "1234", "--db", file, "--ids", ids, "--poison", "5"}, more...)...)
				return contentHash(t, file)
			}
			first := made()
			assert.Equal(t, first, made())
			assert.NotEqual(t, first, made("--seed", "2"))
			assert.NotEqual(t, first, made("--poison", "6"))
		})
	}
}

func TestContent(t *testing.T) {
	file := filepath.Join(t.TempDir(), "odd name%20?.db")
	stdout, stderr := generated(t, "--rows", "2050", "--db", file, "--poison-stretch", "1000:40")
	assert.Equal(t, "wrote 2050 customers to "+file+"\n", stdout)
	assert.Contains(t, stderr, "100% - 2050 of 2050 customers\n")

	database := open(t, file)
	assert.Equal(t, "wal", scalar(t, database, "PRAGMA journal_mode"))
	assert.Equal(t, "ok", scalar(t, database, "PRAGMA integrity_check"))
	assert.Equal(t, "2050", scalar(t, database, "SELECT count(*) FROM customers WHERE id BETWEEN 1 AND 2050"))
	assert.Equal(t, "0", scalar(t, database, "SELECT count(*) FROM customers WHERE first_name IS NOT NULL AND id BETWEEN 1001 AND 1040"))
	assert.Equal(t, "0", scalar(t, database, "SELECT count(*) FROM customers WHERE (first_name IS NULL) <> (phone_e164 IS NULL)"))
	assert.Equal(t, "1", scalar(t, database, "SELECT count(*) BETWEEN 150 AND 250 FROM customers WHERE first_name IS NOT NULL"))
}

func TestUUIDTable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "demo.db")
	generated(t, "--rows", "150", "--db", file, "--ids", "uuid")
	database := open(t, file)
	assert.Equal(t, "150", scalar(t, database, "SELECT count(*) FROM customers WHERE typeof(id) = 'text' AND length(id) = 36"))
	assert.Contains(t, scalar(t, database, "SELECT sql FROM sqlite_master WHERE name = 'customers'"), "WITHOUT ROWID")
}

func TestNoRows(t *testing.T) {
	file := filepath.Join(t.TempDir(), "demo.db")
	generated(t, "--rows", "0", "--db", file)
	assert.Equal(t, "0", scalar(t, open(t, file), "SELECT count(*) FROM customers"))
}

func TestAnExistingFileIsKept(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "demo.db")
	require.NoError(t, os.WriteFile(file, []byte("precious"), 0o600))
	code, _, stderr := execute(t.Context(), "--rows", "10", "--db", file)
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, stderr, file+" exists; --force replaces it")
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, "precious", string(content))
	assert.Len(t, names(t, folder), 1)
}

// TestKeepLeavesWhatIsThere is what a container that makes the demo database relies on.
func TestKeepLeavesWhatIsThere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "demo.db")
	generated(t, "--rows", "10", "--db", file, "--keep")
	code, stdout, stderr := execute(t.Context(), "--rows", "20", "--db", file, "--keep")
	assert.Equal(t, exitDone, code, stderr)
	assert.Contains(t, stdout, file+" is kept as it is")
	assert.Equal(t, "10", scalar(t, open(t, file), "SELECT count(*) FROM customers"))
	code, _, stderr = execute(t.Context(), "--db", file, "--keep", "--force")
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, stderr, "--keep and --force: only one of them")
}

// A write-ahead log left over would be played into the new database.
func TestForceRemovesWhatTheOldDatabaseLeft(t *testing.T) {
	file := filepath.Join(t.TempDir(), "demo.db")
	require.NoError(t, os.WriteFile(file+"-wal", []byte("old"), 0o600))
	code, _, stderr := execute(t.Context(), "--rows", "10", "--db", file)
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, stderr, file+"-wal exists")
	generated(t, "--rows", "10", "--db", file, "--force")
	assert.NoFileExists(t, file+"-wal")
	generated(t, "--rows", "20", "--db", file, "--force")
	assert.Equal(t, "20", scalar(t, open(t, file), "SELECT count(*) FROM customers"))
}

func TestAnInterruptedRunLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	folder := t.TempDir()
	stderr := &interrupter{cancel: cancel}
	code := run(ctx, []string{"--rows", "50000", "--db", filepath.Join(folder, "demo.db")}, io.Discard, stderr)
	assert.Equal(t, exitInterrupted, code)
	assert.Contains(t, stderr.String(), "interrupted; nothing was written")
	assert.Empty(t, names(t, folder))
}

// interrupter interrupts the run at its first sign of progress.
type interrupter struct {
	bytes.Buffer
	cancel func()
}

func (i *interrupter) Write(text []byte) (int, error) {
	i.cancel()
	return i.Buffer.Write(text)
}

func TestWrongUsage(t *testing.T) {
	for arguments, want := range map[string]string{
		"":                                     "--db is missing",
		"--db x --ids serial":                  `--ids is "serial"; it must be numeric or uuid`,
		"--db x --rows many":                   `invalid argument "many"`,
		"--db x --rows -1":                     "rows is -1; it must be 0 or more",
		"--db x --rows 10 --poison 11":         "poison is 11; it must be 0 to 10",
		"--db x --poison-stretch 5":            `--poison-stretch is "5"; it must be FROM:COUNT`,
		"--db x --poison-stretch a:b":          `--poison-stretch is "a:b"`,
		"--db x --rows 9 --poison-stretch 5:5": "the poison stretch is 5:5; it must lie within the 9 rows",
		"--db x --colour":                      "unknown flag: --colour",
		"--db x extra":                         `unexpected argument "extra"`,
	} {
		t.Run(arguments, func(t *testing.T) {
			code, stdout, stderr := execute(t.Context(), strings.Fields(arguments)...)
			assert.Equal(t, exitUsage, code)
			assert.Empty(t, stdout)
			assert.Contains(t, stderr, want)
			assert.NoFileExists(t, "x")
		})
	}
}

func TestAFolderThatCannotBeMadeIsAFailure(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(blocked, nil, 0o600))
	code, _, stderr := execute(t.Context(), "--rows", "1", "--db", filepath.Join(blocked, "demo.db"))
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, stderr, "customers: --db: ")
}

func TestHelp(t *testing.T) {
	code, stdout, stderr := execute(t.Context(), "--help")
	assert.Equal(t, exitDone, code)
	assert.Empty(t, stderr)
	for _, flag := range []string{"--rows", "--db", "--ids", "--seed", "--poison", "--poison-stretch", "--force"} {
		assert.Contains(t, stdout, flag)
	}
}

func TestProgressOnATerminalIsOneLine(t *testing.T) {
	var output bytes.Buffer
	shown := &progress{output: &output, terminal: true, total: 200}
	for range 4 {
		shown.add(1)
	}
	shown.finish()
	assert.Equal(t, "\r  1% - 2 of 200 customers\r  2% - 4 of 200 customers\n", output.String())
}

func execute(ctx context.Context, arguments ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(ctx, arguments, &out, &errs)
	return code, out.String(), errs.String()
}

func generated(t *testing.T, arguments ...string) (stdout, stderr string) {
	t.Helper()
	code, stdout, stderr := execute(t.Context(), arguments...)
	require.Equal(t, exitDone, code, stderr)
	return stdout, stderr
}

func open(t *testing.T, file string) *sql.DB {
	t.Helper()
	escaped := strings.NewReplacer("%", "%25", "?", "%3f").Replace(file)
	database, err := sql.Open("sqlite", "file:"+escaped)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, database.Close()) })
	return database
}

func scalar(t *testing.T, database *sql.DB, query string) (value string) {
	t.Helper()
	require.NoError(t, database.QueryRowContext(t.Context(), query).Scan(&value))
	return value
}

func contentHash(t *testing.T, file string) string {
	t.Helper()
	rows, err := open(t, file).QueryContext(t.Context(), "SELECT * FROM customers ORDER BY id")
	require.NoError(t, err)
	defer rows.Close()
	hash := sha256.New()
	for rows.Next() {
		var values [8]sql.NullString
		require.NoError(t, rows.Scan(&values[0], &values[1], &values[2], &values[3], &values[4], &values[5], &values[6], &values[7]))
		fmt.Fprintf(hash, "%v\n", values)
	}
	require.NoError(t, rows.Err())
	return hex.EncodeToString(hash.Sum(nil))
}

func names(t *testing.T, folder string) (found []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, entry := range entries {
		found = append(found, entry.Name())
	}
	return found
}
