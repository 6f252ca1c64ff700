package postgres

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// identifierLimit is PostgreSQL's, in bytes (NAMEDATALEN - 1); longer names are
// cut by the server without a word.
const identifierLimit = 63

// constraintSuffix is what the ledger's primary key adds to its name.
const constraintSuffix = "_pkey"

func ledgerName(migration string) string {
	name := "db_migrate_ledger_" + strings.ReplaceAll(migration, "-", "_")
	if room := identifierLimit - len(constraintSuffix); len(name) > room {
		hash := sha256.Sum256([]byte(migration))
		name = name[:room-9] + "_" + hex.EncodeToString(hash[:4])
	}
	return name
}

// ledgerDDL creates a ledger. A ledger row of a bigint key takes 75 bytes with its
// index: so there is no time in it, and numbers are no larger than need be.
func (t *table) ledgerDDL(name string) [2]string {
	columns := make([]string, len(t.keys))
	for i, key := range t.keys {
		columns[i] = quote(key.name) + " " + key.kind
		if key.collation != "" {
			columns[i] += " COLLATE " + key.collation
		}
		columns[i] += " NOT NULL"
	}
	return [2]string{name, fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %s (%s, range integer NOT NULL, run smallint NOT NULL, outcome smallint NOT NULL, CONSTRAINT %s PRIMARY KEY (%s))`,
		t.own(name), strings.Join(columns, ", "), quote(name+constraintSuffix), strings.Join(names(t.keys, ""), ", "))}
}

// ledgers are the plan's own ledger, and that of the migration that undoes it.
func (t *table) ledgers() []string {
	if t.plan.UndoneBy == "" || t.other == "" {
		return []string{t.ledger}
	}
	return []string{t.ledger, t.other}
}

// ourTables are the tables of our own and the statements that create them, ledgers
// first.
func (t *table) ourTables() [][2]string {
	var tables [][2]string
	for _, name := range t.ledgers() {
		tables = append(tables, t.ledgerDDL(name))
	}
	return append(tables, [][2]string{
		{"db_migrate_runs", `CREATE TABLE IF NOT EXISTS ` + t.own("db_migrate_runs") + ` (number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run_id text NOT NULL UNIQUE, migration text NOT NULL, environment text NOT NULL, cluster text NOT NULL, definition text NOT NULL, started_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz, outcome text)`},
		{"db_migrate_state", `CREATE TABLE IF NOT EXISTS ` + t.own("db_migrate_state") + ` (migration text PRIMARY KEY, run integer NOT NULL, sequence bigint NOT NULL, position text, closed boolean NOT NULL)`},
		{"db_migrate_owner", `CREATE TABLE IF NOT EXISTS ` + t.own("db_migrate_owner") + ` (customers text PRIMARY KEY, migration text NOT NULL, environment text NOT NULL, cluster text NOT NULL, run_id text NOT NULL, since timestamptz NOT NULL DEFAULT now())`},
		{"db_migrate_failures", `CREATE TABLE IF NOT EXISTS ` + t.own("db_migrate_failures") + ` (migration text NOT NULL, customer text NOT NULL, run integer NOT NULL, range integer NOT NULL, error text NOT NULL, attempts integer NOT NULL, failed_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (migration, customer))`},
	}...)
}
