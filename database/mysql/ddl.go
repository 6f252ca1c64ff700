package mysql

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// identifierLimit is the servers', in characters.
const identifierLimit = 64

func ledgerName(migration string) string {
	name := "db_migrate_ledger_" + strings.ReplaceAll(migration, "-", "_")
	if len(name) > identifierLimit {
		hash := sha256.Sum256([]byte(migration))
		name = name[:identifierLimit-9] + "_" + hex.EncodeToString(hash[:4])
	}
	return name
}

// ourTables are the tables of our own and the statements that create them, ledgers
// first. The
// failures name customers by bytes: text would take «a» and «a » for the same.
func (t *table) ourTables() [][2]string {
	columns := make([]string, len(t.keys))
	for i, key := range t.keys {
		columns[i] = quote(key.name) + " " + key.declared() + " NOT NULL"
	}
	const options = " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
	create := func(name, columns string) [2]string {
		return [2]string{name, "CREATE TABLE IF NOT EXISTS " + t.own(name) + " (" + columns + ")" + options}
	}
	var tables [][2]string
	for _, name := range t.ledgers() {
		tables = append(tables, create(name, fmt.Sprintf("%s, run INT NOT NULL, `range` INT NOT NULL, outcome TINYINT NOT NULL, PRIMARY KEY (%s)", strings.Join(columns, ", "), t.keyList())))
	}
	return append(tables,
		create("db_migrate_runs", "number INT NOT NULL AUTO_INCREMENT PRIMARY KEY, run_id VARCHAR(190) NOT NULL UNIQUE, migration VARCHAR(190) NOT NULL, environment VARCHAR(190) NOT NULL, cluster VARCHAR(500) NOT NULL, definition VARCHAR(190) NOT NULL, started_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, ended_at DATETIME, outcome VARCHAR(190)"),
		create("db_migrate_state", "migration VARCHAR(190) NOT NULL PRIMARY KEY, run INT NOT NULL, sequence BIGINT NOT NULL, position TEXT, closed BOOLEAN NOT NULL"),
		create("db_migrate_owner", "customers VARCHAR(190) NOT NULL PRIMARY KEY, migration VARCHAR(190) NOT NULL, environment VARCHAR(190) NOT NULL, cluster VARCHAR(500) NOT NULL, run_id VARCHAR(190) NOT NULL, since DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP"),
		create("db_migrate_failures", "migration VARBINARY(190) NOT NULL, customer VARBINARY(2800) NOT NULL, run INT NOT NULL, `range` INT NOT NULL, error TEXT NOT NULL, attempts INT NOT NULL, failed_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (migration, customer)"),
	)
}

// declared is the column's type; keys of another order could not be read by
// range.
func (c column) declared() string {
	if c.collation == "" {
		return c.kind
	}
	return c.kind + " CHARACTER SET " + c.charset + " COLLATE " + c.collation
}
