package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// TestTheFileStaysLocked while the process has it open: a program that finds no lock takes
// itself for the last one, and deletes the write-ahead log under the worker. Nothing that a
// worker does may give the lock up, such as to open and close the file outside of SQLite.
func TestTheFileStaysLocked(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux lists the locks of a process")
	}
	t.Parallel()
	site := shop(t)
	table, mark := begin(t, site, shopPlan())
	require.NoError(t, site.DB.Close()) // this process is the worker alone
	_, err := table.Write(t.Context(), mark, naming(t, table, "Anna"))
	require.NoError(t, err)
	requireLocked(t, site.Options.URL, "a write")
	for what, do := range map[string]func() error{
		"another migration of the file": func() error { _, err := open(t, site.Options, shopPlan()); return err },
		"the guard's probe": func() error {
			probe, err := table.(database.Site).OpenProbe(t.Context(), database.ProbeOptions{Timeout: time.Second})
			if err == nil {
				t.Cleanup(func() { require.NoError(t, probe.Close()) })
			}
			return err
		},
		"a file that is no database": func() error {
			other := site.Options
			other.URL = t.TempDir()
			_, err := open(t, other, shopPlan())
			require.Error(t, err)
			return nil
		},
	} {
		require.NoError(t, do(), what)
		requireLocked(t, site.Options.URL, what)
	}
}

// requireLocked looks for this process's lock on the file (proc(5), /proc/locks), several
// times: what is read while others lock and unlock may leave a line out. A lock that is
// lost stays so.
func requireLocked(t *testing.T, path, after string) {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	pattern := regexp.MustCompile(fmt.Sprintf(`(?m) POSIX .* %d \S+:%d `, os.Getpid(), info.Sys().(*syscall.Stat_t).Ino))
	var locks []byte
	for range 20 {
		locks, err = os.ReadFile("/proc/locks")
		require.NoError(t, err)
		if pattern.Match(locks) {
			return
		}
	}
	require.Regexp(t, pattern, string(locks), "after %s", after)
}

// TestADeletedLogIsTold: nothing is reported as written that nobody else can open.
func TestADeletedLogIsTold(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(log string) error{
		"deleted":  os.Remove,
		"replaced": func(log string) error { return errors.Join(os.Rename(log, log+".old"), os.WriteFile(log, nil, 0o600)) },
	} {
		t.Run(name, func(t *testing.T) {
			site := shop(t)
			table, mark := begin(t, site, shopPlan())
			writes := naming(t, table, "Anna")
			_, err := table.Write(t.Context(), mark, writes[:2])
			require.NoError(t, err)
			require.NoError(t, remove(site.Options.URL+"-wal"))
			for _, do := range map[string]func() error{
				"write":   func() error { _, err := table.Write(t.Context(), mark, writes[2:4]); return err },
				"alive":   func() error { _, err := table.Alive(t.Context(), mark.Run); return err },
				"balance": func() error { _, err := table.Balance(t.Context(), mark.Run, database.Window{}, true); return err },
			} {
				err := do()
				require.ErrorContains(t, err, "-wal was deleted or replaced while the worker was writing")
				require.Equal(t, database.Broken, database.ClassOf(err))
			}
		})
	}
}
