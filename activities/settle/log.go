package settle

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"db-migrate/database"
)

// MigrationLog appends a line for every row that was really migrated, in
// the original's form. The nil log writes nothing.
type MigrationLog struct {
	path   string
	mutex  sync.Mutex
	file   *os.File
	writer *bufio.Writer
	// failed is the first error: a full disk must not stop a migration, but it
	// must be told.
	failed error
}

// NewMigrationLog is a log that is still to be opened. An empty path is no log.
func NewMigrationLog(path string) *MigrationLog {
	if path == "" {
		return nil
	}
	return &MigrationLog{path: path}
}

// Open opens the log for appending, and creates its folders.
func (l *MigrationLog) Open() error {
	if l == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(l.path), 0o755); err != nil {
		return fmt.Errorf("customer-migrator/log-file: %w", err)
	}
	file, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("customer-migrator/log-file: %w", err)
	}
	l.file, l.writer = file, bufio.NewWriterSize(file, 64<<10)
	return nil
}

// migrated logs rows that were written together, each with its share of
// the time.
func (l *MigrationLog) migrated(keys []database.Key, elapsed time.Duration) {
	if l == nil || len(keys) == 0 {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	stamp := time.Now().Format("2006-01-02 15:04:05")
	share := (elapsed / time.Duration(len(keys))).Milliseconds()
	for _, key := range keys {
		if _, err := fmt.Fprintf(l.writer, "%s - %17s - %5d ms\n", stamp, key, share); err != nil && l.failed == nil {
			l.failed = err
		}
	}
}

// Flush writes what is buffered, so that the log can be followed.
func (l *MigrationLog) Flush() {
	if l == nil {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if err := l.writer.Flush(); err != nil && l.failed == nil {
		l.failed = err
	}
}

// Close writes what is buffered and closes the file; the error is the first
// that the log met.
func (l *MigrationLog) Close() error {
	if l == nil {
		return nil
	}
	l.Flush()
	if err := l.file.Close(); err != nil && l.failed == nil {
		l.failed = err
	}
	if l.failed != nil {
		return fmt.Errorf("customer-migrator/log-file: %w", l.failed)
	}
	return nil
}
