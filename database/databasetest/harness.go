package databasetest

import (
	"database/sql"
	"testing"

	"db-migrate/database"
)

// KeyKind is what the customers' key is like.
type KeyKind string

// The kinds of keys that the suite tries.
const (
	Numbers KeyKind = "numbers"
	Texts   KeyKind = "texts"
	// Caseless are texts that sort and compare without regard to case.
	Caseless KeyKind = "caseless texts"
	Bytes    KeyKind = "bytes"
	UUIDs    KeyKind = "uuids"
	// Pairs are keys of two columns: region (text), then id (integer).
	Pairs KeyKind = "pairs"
)

// Harness makes the databases that the suite runs on.
type Harness struct {
	Driver database.Driver
	// Kinds are the kinds of keys that the database can have.
	Kinds []KeyKind
	// New makes a new database with these tables, all empty:
	//
	//   customers (<key>, name, amount, data, anything, first_name, score)
	//   audit (name, first_name)
	//   notes (name)
	//
	// The key is id, or region and id. name, a text, is unique, best without
	// regard to case. amount is an integer, data bytes; anything takes what
	// Lookalikes need; first_name is a text, and score an integer below 1,000 by
	// a constraint. All but the key and name may be NULL. A trigger adds a row to
	// audit after each change of first_name, and another refuses to set it to
	// «refused». The name of a note, a text, is unique.
	New func(t *testing.T, kind KeyKind) Site
	// NoReturning: the database's UPDATE cannot return rows.
	NoReturning bool
	// Lookalikes are pairs of different values that the database takes for equal
	// in one way or another.
	Lookalikes []Lookalike
}

// Lookalike is two SQL expressions for the column anything, or another one.
type Lookalike struct {
	Column, Before, After string
}

// Site is a database as the live site sees it.
type Site struct {
	// Options are for the driver's Open.
	Options database.Options
	// DB is the site's own connection; it waits for locks as long as it takes.
	DB *sql.DB
	// Rebind puts the database's placeholders in place of question marks; nil:
	// it takes question marks.
	Rebind func(statement string) string
}

// rule is one rule of the contract.
type rule struct {
	name string
	test func(t *testing.T, harness Harness)
}

// Run holds a driver to the contract.
func Run(t *testing.T, harness Harness) {
	groups := []struct {
		name  string
		rules []rule
	}{
		{"scan", scanRules(harness)}, {"write", writeRules()}, {"own errors", ownErrorRules()}, {"ledger", ledgerRules()},
		{"lock", lockRules()}, {"statements", statementRules(harness)}, {"runs", runRules()}, {"paging state", pagingRules()},
		{"owner", ownerRules()}, {"dead letters", deadLetterRules()}, {"concurrency", concurrencyRules()},
	}
	for _, group := range groups {
		t.Run(group.name, func(t *testing.T) {
			for _, one := range group.rules {
				t.Run(one.name, func(t *testing.T) { one.test(t, harness) })
			}
		})
	}
}
