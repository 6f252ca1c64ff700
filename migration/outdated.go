package migration

import (
	"fmt"
	"os"
	"strings"
)

// Outdated says how the migration's file differs by now from the migration that was
// read from it; empty: not at all, or there is no file.
func (m Migration) Outdated() string {
	if m.File == "" {
		return ""
	}
	content, err := os.ReadFile(m.File)
	if err != nil {
		return fmt.Sprintf("the file of migration %s can no longer be read: %v", m.Name, err)
	}
	found, err := Parse(m.File, content)
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return fmt.Sprintf("the file of migration %s was changed, and is no longer a migration: %s", m.Name, first)
	}
	now, err := Catalog(found).Named(m.Name)
	if err != nil {
		return fmt.Sprintf("file %s was changed, and does not define migration %s any more", m.File, m.Name)
	}
	now.Where = m.Where
	if now.Definition() == m.Definition() {
		return ""
	}
	return fmt.Sprintf("file %s was changed: migration %s is now version %q, definition %s there, and was version %q, definition %s",
		m.File, m.Name, now.Version, now.Definition(), m.Version, m.Definition())
}
