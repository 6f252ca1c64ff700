package sqlite

import (
	"fmt"
	"strings"
)

func ledgerName(migration string) string {
	return "db_migrate_ledger_" + strings.ReplaceAll(migration, "-", "_")
}

// ddl is the statements that create the tables of our own.
func (t *table) ddl() []string {
	columns, withoutRowid := make([]string, len(t.keys)), " WITHOUT ROWID"
	for i, key := range t.keys {
		columns[i] = quote(key.name) + " " + strings.ToUpper(key.kind) + key.collate() + " NOT NULL"
	}
	if len(t.keys) == 1 && t.keys[0].kind == "integer" {
		withoutRowid = "" // the key is the rowid: the smallest form there is
	}
	var ledgers []string
	for _, name := range t.ledgers() {
		ledgers = append(ledgers, fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %s (%s, run INTEGER NOT NULL, range INTEGER NOT NULL, outcome INTEGER NOT NULL, migrated_at INTEGER NOT NULL, PRIMARY KEY (%s))%s`,
			quote(name), strings.Join(columns, ", "), strings.Join(t.keyNames(), ", "), withoutRowid))
	}
	return append(ledgers,
		`CREATE TABLE IF NOT EXISTS db_migrate_runs (number INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, migration TEXT NOT NULL, environment TEXT NOT NULL, cluster TEXT NOT NULL, definition TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER, outcome TEXT)`,
		`CREATE TABLE IF NOT EXISTS db_migrate_state (migration TEXT PRIMARY KEY, run INTEGER NOT NULL, sequence INTEGER NOT NULL, position TEXT, closed INTEGER NOT NULL)`,
		`CREATE TABLE IF NOT EXISTS db_migrate_owner (customers TEXT PRIMARY KEY, migration TEXT NOT NULL, environment TEXT NOT NULL, cluster TEXT NOT NULL, run_id TEXT NOT NULL, since INTEGER NOT NULL)`,
		`CREATE TABLE IF NOT EXISTS db_migrate_failures (migration TEXT NOT NULL, customer TEXT NOT NULL, run INTEGER NOT NULL, range INTEGER NOT NULL, error TEXT NOT NULL, attempts INTEGER NOT NULL, failed_at TEXT NOT NULL, PRIMARY KEY (migration, customer))`,
	)
}

// collate is the collation as SQL; keys of another order could not be read by
// range.
func (c keyColumn) collate() string {
	if c.collation == "" {
		return ""
	}
	return " COLLATE " + quote(c.collation)
}
