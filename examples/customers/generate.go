package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// sidecars are the endings of the files that SQLite keeps beside a database. One
// left over from an earlier database would be taken for the new one's.
var sidecars = []string{"-wal", "-shm", "-journal"}

// generate writes the table into a database that is there, or a file under a temporary name and puts it in place when
// it is whole.
func generate(ctx context.Context, chosen options, shown *progress) (err error) {
	if write := writerOf(chosen.url); write != nil {
		return write(ctx, chosen, shown)
	}
	if !chosen.force {
		if err := refuseExisting(chosen.file); err != nil {
			return err
		}
	}
	temporary, err := temporaryBeside(chosen.file)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			removeDatabase(temporary)
		}
	}()
	if err := writeDatabase(ctx, temporary, chosen, shown); err != nil {
		return err
	}
	return putInPlace(temporary, chosen.file)
}

// writerOf is what writes the table into the kind of database of an address; nil:
// it is no such address.
func writerOf(address string) func(context.Context, options, *progress) error {
	scheme, _, _ := strings.Cut(address, "://")
	switch scheme {
	case "postgres", "postgresql":
		return writePostgres
	case "mysql", "mariadb":
		return writeMySQL
	case "cassandra":
		return writeCassandra
	}
	return nil
}

func refuseExisting(file string) error {
	for _, ending := range append([]string{""}, sidecars...) {
		if _, err := os.Lstat(file + ending); err == nil {
			return exists(file + ending + " exists")
		} else if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("--db: %w", err)
		}
	}
	return nil
}

func temporaryBeside(file string) (string, error) {
	folder := filepath.Dir(file)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("--db: %w", err)
	}
	temporary, err := os.CreateTemp(folder, "."+filepath.Base(file)+".partial-*")
	if err != nil {
		return "", fmt.Errorf("--db: %w", err)
	}
	return temporary.Name(), temporary.Close()
}

func putInPlace(temporary, file string) error {
	if err := os.Chmod(temporary, 0o644); err != nil {
		return err
	}
	for _, ending := range sidecars {
		if err := os.Remove(file + ending); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Rename(temporary, file)
}

func removeDatabase(file string) {
	for _, ending := range append([]string{""}, sidecars...) {
		os.Remove(file + ending)
	}
}
