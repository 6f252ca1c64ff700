package activities

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"db-migrate/database"
)

// MigrationLog appends a line for every customer that was really migrated, in
// the original's form. The nil log writes nothing.
type MigrationLog struct {
	mutex  sync.Mutex
	file   *os.File
	writer *bufio.Writer
	// failed is the first error: a full disk must not stop a migration, but it
	// must be told.
	failed error
}

// OpenMigrationLog opens the log for appending, and creates its folders. An
// empty path is no log.
func OpenMigrationLog(path string) (*MigrationLog, error) {
	if path == "" {
		return nil, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("customer-migrator/log-file: %w", err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("customer-migrator/log-file: %w", err)
	}
	return &MigrationLog{file: file, writer: bufio.NewWriterSize(file, 64<<10)}, nil
}

// migrated logs customers that were written together, each with its share of
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

// flush writes what is buffered, so that the log can be followed.
func (l *MigrationLog) flush() {
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
	l.flush()
	if err := l.file.Close(); err != nil && l.failed == nil {
		l.failed = err
	}
	if l.failed != nil {
		return fmt.Errorf("customer-migrator/log-file: %w", l.failed)
	}
	return nil
}
