package service

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
)

// buildOf tells a program from one that was built from other code: its file's hash.
// The state of a version control, which Go puts into a program, would not show changes
// that were not committed.
func buildOf(program Program) (string, error) {
	if program.Build != "" {
		return program.Build, nil
	}
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("the worker cannot read its own program file, whose hash shows that all workers of a run are of one build: %w", err)
	}
	defer func() { _ = file.Close() }() // it is only read
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)[:6]), nil
}
