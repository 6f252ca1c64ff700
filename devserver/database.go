package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"go.temporal.io/server/common/config"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

// retention is how long a new namespace keeps closed workflows.
const retention = 7 * 24 * time.Hour

// sqlConfig describes the store to Temporal: one connection, which all of its
// services share. More connections only wait for each other's write lock.
//
//   - journal_mode=wal with synchronous=normal: a commit is in the page cache,
//     so it survives the death of this process; only a power cut can lose the
//     last ones, never the file's integrity. With full, each commit would wait
//     for the disk, and one workflow is one chain of commits.
//   - locking_mode=exclusive: a second server on the same file is refused
//     instead of corrupting it, and no shared-memory file is needed.
//   - busy_timeout (ms): patience with a predecessor that is just ending.
func sqlConfig(file string) *config.SQL {
	return &config.SQL{
		PluginName:   sqliteplugin.PluginName,
		DatabaseName: escapePath(file),
		ConnectAttributes: map[string]string{
			"mode":               "rwc",
			"busy_timeout":       "5000",
			"journal_mode":       "wal",
			"locking_mode":       "exclusive",
			"synchronous":        "normal",
			"cache_size":         "-32000", // KiB
			"temp_store":         "memory",
			"wal_autocheckpoint": "4000", // pages: 16 MB
		},
	}
}

// prepareDatabase creates the file if it is missing and registers the
// namespace if it is missing.
func prepareDatabase(file, namespace, cluster string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return fmt.Errorf("database %s: create its folder: %w", file, err)
	}
	if err := createIfMissing(file); err != nil {
		return fmt.Errorf("database %s: create it: %w", file, err)
	}
	if err := registerNamespace(file, namespace, cluster); err != nil {
		return fmt.Errorf("database %s: %w (is another server using it, or is it not Temporal's?)", file, err)
	}
	return nil
}

// createIfMissing builds the schema under another name, so that a death midway
// leaves no half of a schema behind under the name that counts.
func createIfMissing(file string) error {
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	unfinished := file + ".new"
	if err := os.Remove(unfinished); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// No write-ahead log here: the rename must carry all there is.
	schemaConfig := &config.SQL{
		PluginName:        sqliteplugin.PluginName,
		DatabaseName:      escapePath(unfinished),
		ConnectAttributes: map[string]string{"mode": "rwc", "synchronous": "off", "journal_mode": "memory"},
	}
	if err := sqlite.SetupSchema(schemaConfig); err != nil {
		return err
	}
	return os.Rename(unfinished, file)
}

func registerNamespace(file, namespace, cluster string) error {
	registration, err := sqlite.NewNamespaceConfig(cluster, namespace, false, nil)
	if err != nil {
		return fmt.Errorf("namespace %q: %w", namespace, err)
	}
	registration.Detail.Config.Retention = durationpb.New(retention)
	return sqlite.CreateNamespaces(sqlConfig(file), registration)
}

// escapePath makes a path safe for the file: URI that Temporal builds from it.
func escapePath(file string) string {
	return (&url.URL{Path: file}).EscapedPath()
}
