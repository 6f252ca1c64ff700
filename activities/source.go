package activities

import (
	"path/filepath"
	"unicode/utf8"

	"db-migrate/database"
	"db-migrate/migration"
)

// Source is a migration as its worker has it, for people to compare with their own.
type Source struct {
	// File is the YAML file on the worker's host; empty: the migration is part of
	// the worker's program.
	File string `json:"file,omitempty"`
	// Version is what the migration states.
	Version string `json:"version,omitempty"`
	// Reads and Writes are the columns of a migration in Go.
	Reads  []string `json:"reads,omitempty"`
	Writes []string `json:"writes,omitempty"`
	// Statements are those of a migration in SQL, cut where they are very long.
	Statements *database.Statements `json:"statements,omitempty"`
}

const (
	// shownStatement bounds a statement, in bytes, and shownStatements how many there
	// are: an inspection's answer must stay well below Temporal's limits for a payload.
	shownStatement  = 8 << 10
	shownStatements = 20
)

func sourceOf(m migration.Migration) *Source {
	source := &Source{File: m.File, Version: m.Version, Reads: m.Reads, Writes: m.Writes}
	if path, err := filepath.Abs(m.File); err == nil && m.File != "" {
		source.File = path
	}
	if m.Statements == nil {
		return source
	}
	shown := &database.Statements{Check: cut(m.Statements.Check)}
	for _, statement := range m.Statements.Migrate[:min(len(m.Statements.Migrate), shownStatements)] {
		shown.Migrate = append(shown.Migrate, cut(statement))
	}
	source.Statements = shown
	return source
}

// cut is a statement's beginning, of whole characters.
func cut(statement string) string {
	if len(statement) <= shownStatement {
		return statement
	}
	end := shownStatement
	for end > 0 && !utf8.RuneStart(statement[end]) {
		end--
	}
	return statement[:end] + "…"
}

// Outdated says that the file of the worker's migration has changed since the worker
// was started; empty: it has not.
func (c *Connection) Outdated() string {
	change := c.Migration.Outdated()
	if change == "" {
		return ""
	}
	return change + "; the worker goes on with what it read when it was started: restart it to run what the file says"
}

// outdatedNotice is Outdated as a notice, if it is so.
func (c *Connection) outdatedNotice() []database.Notice {
	if text := c.Outdated(); text != "" {
		return []database.Notice{{Text: text, Loud: true}}
	}
	return nil
}
