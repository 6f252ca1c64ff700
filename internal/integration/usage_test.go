package integration_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWrongUsage holds what a user sees, and the exit code, when something is
// wrong before anything has started.
func TestWrongUsage(t *testing.T) {
	t.Parallel()
	bin, err := binaries()
	require.NoError(t, err)
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "text.db"), []byte("hello"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "empty.db"), nil, 0o644))
	require.NoError(t, exec.Command(filepath.Join(bin, "customers"), "--rows", "100", "--db", filepath.Join(folder, "ok.db")).Run())
	for _, test := range []struct {
		command string
		code    int
		says    string
	}{
		{"worker connection/url=none.db", 2, "none.db does not exist; name an existing SQLite file"},
		{"worker connection/url=text.db", 2, "text.db is not a SQLite database"},
		{"worker connection/url=.", 2, "is a folder; name a SQLite file"},
		{"worker connection/url=empty.db", 2, "there is no table customers"},
		{"worker connection/url=ok.db connection/table=clients", 2, "there is no table clients in " + folder + "/ok.db; there are customers"},
		{"worker connection/url=ok.db connection/key=email", 2, "connection/key: column email of table customers may be NULL"},
		{"worker connection/url=ok.db customer-migrator/migration=nope", 2, `there is no migration "nope"; there are customer-contact, customer-contact-sql`},
		{"worker connection/url=ok.db", 3, "temporal is not reachable at 127.0.0.1:1"},
		{"worker --log-level=loud connection/url=ok.db", 2, `--log-level: "loud" must be debug, info, warn or error`},
		{"starter", 3, "nothing was started; start it (make temporal), or set TEMPORAL_ADDRESS"},
		{"starter --nonsense", 2, "there is no option --nonsense"},
		{"starter -e test", 2, "Must be localhost, staging, or production."},
		{"worker -e production", 2, "environment variable DB_MIGRATE_PRODUCTION_URL is not set"},
		{"starter -e production", 3, "nothing was started; start it (make temporal), or set TEMPORAL_ADDRESS"},
		{"starter --file ids.txt --reset", 2, "a file of ids is always gone through from its beginning"},
		{"starter -o xml", 2, `--output: "xml" must be console, minimal or json`},
		{"starter customer-migration/processes=0 nonsense", 2, "customer-migration/processes: 0 is out of range; it must be from 1 to 1000"},
		{"starter status", 3, "temporal is not reachable"},
		{"starter run low-t1@t1", 2, "to start a migration by name type: starter run customer-migrator/migration=low-t1 connection/table=t1"},
		{"starter low-t1", 2, "to start a migration by name type: starter run customer-migrator/migration=low-t1\n"},
		{"starter undo low-t1", 2, "there is no command undo: the undo of a migration is one of its own; start that, of low-t1 for example: starter run customer-migrator/migration=low-t1-undo"},
		{"starter set customer-migration/rate", 2, "set: customer-migration/rate is there without a value; say what it is to be, behind a =: starter set customer-migration/rate=VALUE"},
	} {
		t.Run(test.command, func(t *testing.T) {
			words := strings.Fields(test.command)
			command := exec.Command(filepath.Join(bin, words[0]), words[1:]...)
			command.Dir = folder
			command.Env = append(os.Environ(), "TEMPORAL_ADDRESS=127.0.0.1:1")
			output, _ := command.CombinedOutput()
			require.Equal(t, test.code, command.ProcessState.ExitCode(), string(output))
			require.Contains(t, string(output), test.says)
		})
	}
}
