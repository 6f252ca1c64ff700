package databasetest

import (
	"database/sql"
	"slices"
	"testing"

	"db-migrate/database"
)

// KeyKind is what the customers' key is like.
type KeyKind string

// The kinds of keys that the suite tries.
const (
	Numbers KeyKind = "numbers"
	Texts   KeyKind = "texts"
	// LongTexts are texts of up to 1 KiB with quotes, line breaks and emoji.
	LongTexts KeyKind = "long texts"
	// BrokenTexts are texts that are no UTF-8.
	BrokenTexts KeyKind = "broken texts"
	// Caseless are texts that sort and compare without regard to case.
	Caseless KeyKind = "caseless texts"
	Bytes    KeyKind = "bytes"
	// FilledBytes are bytes of which no key is empty.
	FilledBytes KeyKind = "filled bytes"
	UUIDs       KeyKind = "uuids"
	// Pairs are keys of two columns: region (text), then id (integer).
	Pairs KeyKind = "pairs"
	// Clustered are such keys of which region alone is the partition's.
	Clustered KeyKind = "clustered pairs"
)

// Feature is something that a rule may need.
type Feature string

// The features that not every database has.
const (
	// Transactions: a set is written as a whole or not at all, and a row only
	// while it is as it was read. Without them a row that the site changes may be
	// written too, and is not counted, but read and written again. With them the site
	// is by SQL (Site.DB), and the table has a rehearsal.
	Transactions Feature = "transactions"
	// Constraints: there are constraints and triggers.
	Constraints Feature = "constraints"
	// SQL: migrations can be written in it.
	SQL Feature = "SQL"
	// Returning: an UPDATE can return rows.
	Returning Feature = "RETURNING"
	// WritesInWith: a WITH can change rows.
	WritesInWith Feature = "writes in WITH"
	// KeyBounds: a scan's keys are those of customers.
	KeyBounds Feature = "key bounds"
	// EarlyChecks: constraints that are due at the commit can be checked before it.
	EarlyChecks Feature = "early checks"
)

func (h Harness) has(feature Feature) bool { return !slices.Contains(h.Lacks, feature) }

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
	// Lookalikes need; first_name is a text of at most 12,000 characters, and score an integer below 1,000 by
	// a constraint. All but the key and name may be NULL. A trigger adds a row to
	// audit after each change of first_name, and another refuses to set it to
	// «refused». The name of a note, a text, is unique.
	New func(t *testing.T, kind KeyKind) Site
	// Lacks are what the database does not have; rules that need it are left out.
	Lacks []Feature
	// Lookalikes are pairs of different values that the database takes for equal
	// in one way or another.
	Lookalikes []Lookalike
	// FailsAtCommit are statements that make it fail at the commit, and not before,
	// to set first_name to «late»; nil: the database checks at once.
	FailsAtCommit []string
	// LeavesCarl makes a trigger leave Carl's row as it is, whatever is written to it; nil:
	// none can. MovesCarl makes one give it another key (-id) when it is written to.
	LeavesCarl, MovesCarl []string
	// Signs are conditions in the database's own SQL that are true of all rows, with
	// question marks that are no parameters, and quotes of its own.
	Signs []string
	// Groups are those whose rules are to hold; nil: all. It is for a driver that is held to
	// the whole contract, and once more with an option that changes how it writes.
	Groups []string
	// AtOnce bounds how many groups of rules run beside each other; 0: as many as go
	// test lets.
	AtOnce int
}

// Lookalike is two SQL expressions for the column anything, or another one.
type Lookalike struct {
	Column, Before, After string
}

// Site is a database as the live site sees it.
type Site struct {
	// Options are for the driver's Open.
	Options database.Options
	// Actions are what the site does; nil: by SQL.
	Actions Actions
	// DB is the site's own connection; it waits for locks as long as it takes.
	DB *sql.DB
	// Rebind puts the database's placeholders in place of question marks; nil:
	// it takes question marks.
	Rebind func(statement string) string
}

// Actions are what the site does beside the migration.
type Actions interface {
	// Add adds a customer.
	Add(key []any, name string, amount int64) error
	// Set sets a column of a customer.
	Set(name, column string, value any) error
	// Count adds 1 to a customer's amount, whoever else does so too.
	Count(name string) error
	Delete(name string) error
	AddNote(name string) error
	// Rows are columns, as texts, of all rows of a table; customers in the order
	// of their keys. NULL is the empty text.
	Rows(table string, columns ...string) ([][]string, error)
	// Clear empties a table.
	Clear(table string) error
	// Drop drops a table, by its name as SQL writes it.
	Drop(table string) error
}

// rule is one rule of the contract.
type rule struct {
	name  string
	test  func(t *testing.T, harness Harness)
	needs []Feature
}

// needing are rules that need a feature.
func needing(feature Feature, rules ...rule) []rule {
	for i := range rules {
		rules[i].needs = append(rules[i].needs, feature)
	}
	return rules
}

func (h Harness) holds(one rule) bool {
	return !slices.ContainsFunc(one.needs, func(feature Feature) bool { return !h.has(feature) })
}

// Run holds a driver to the contract. Most rules wait for the database, and so the groups
// run beside each other.
func Run(t *testing.T, harness Harness) {
	groups := []struct {
		name  string
		rules []rule
	}{
		{"scan", scanRules(harness)}, {"strides", strideRules(harness)}, {"site", siteProbeRules()}, {"parts", partRules(harness)}, {"where", whereRules()}, {"write", writeRules()}, {"own errors", ownErrorRules()},
		{"second table", secondTableRules()}, {"ledger", ledgerRules()}, {"spelling", spellingRules(harness)},
		{"singly", singlyRules()}, {"lock", lockRules()}, {"statements", statementRules(harness)}, {"stretches", stretchRules()}, {"runs", runRules()}, {"paging state", pagingRules()},
		{"owner", ownerRules()}, {"fence", fenceRules()}, {"closing", closingRules(harness)}, {"dead letters", deadLetterRules()}, {"concurrency", concurrencyRules()}, {"waiting", waitingRules(harness)},
		{"administration", administrationRules(harness)}, {"undo", undoRules()}, {"rehearsal", rehearsalRules(harness)},
	}
	atOnce := harness.AtOnce
	if atOnce == 0 {
		atOnce = len(groups)
	}
	slots := make(chan struct{}, atOnce)
	for _, group := range groups {
		if len(harness.Groups) > 0 && !slices.Contains(harness.Groups, group.name) {
			continue
		}
		t.Run(group.name, func(t *testing.T) {
			t.Parallel()
			slots <- struct{}{}
			defer func() { <-slots }()
			for _, one := range group.rules {
				if !harness.holds(one) {
					continue
				}
				t.Run(one.name, func(t *testing.T) { one.test(t, harness) })
			}
		})
	}
}
