package settle

import "db-migrate/database"

// Outcome is what became of a set.
type Outcome struct {
	Counts Counts
	// Troubled rows have an error of their own.
	Troubled []Troubled
	// Locked rows stayed locked, or took too long on a slow database: they are to be
	// tried again.
	Locked []database.Key
	// Refused are those of the locked rows that were alone in their transaction.
	Refused []Refusal
	// Needed are the rows that need it, where nothing is written.
	Needed []database.Key
}

// Counts are rows by outcome.
type Counts struct {
	Migrated int `json:"migrated,omitempty"`
	Skipped  int `json:"skipped,omitempty"`
	// NeededAgain were migrated by an earlier run, need it again, and were left as they
	// are.
	NeededAgain int `json:"needed_again,omitempty"`
	Failed      int `json:"failed,omitempty"`
	// Recalled are those of the migrated rows that were found in the ledger: an attempt
	// before this one has entered them, or a file names a row more than once.
	Recalled int `json:"recalled,omitempty"`
}

// Total is how many rows have been accounted for.
func (c Counts) Total() int { return c.Migrated + c.Skipped + c.NeededAgain + c.Failed }

// Unwritten is how many were left as they are: those do not count against a rate.
func (c Counts) Unwritten() int { return c.Skipped + c.NeededAgain }

// Written is how many were written, or have failed, by the attempt that counts them, and by
// none before it.
func (c Counts) Written() int { return c.Total() - c.Unwritten() - c.Recalled }

// Add adds other counts.
func (c *Counts) Add(other Counts) {
	c.Migrated += other.Migrated
	c.Skipped += other.Skipped
	c.NeededAgain += other.NeededAgain
	c.Failed += other.Failed
	c.Recalled += other.Recalled
}

// Troubled is a row whose own error kept it from being migrated.
type Troubled struct {
	Key      database.Key `json:"key"`
	Sequence int64        `json:"sequence"`
	Error    string       `json:"error"`
	// Alone: the error says that another session was in the way, the row was alone in its
	// transaction, and others were written: if it stays so, the error is the row's own.
	Alone bool `json:"alone,omitempty"`
}

// Refusal is what the database has said of a row alone in its transaction, by an error of
// class database.Contention.
type Refusal struct {
	Key   database.Key `json:"key"`
	Error string       `json:"error"`
	// Alone: no other session is known to be in the row's way.
	Alone bool `json:"alone,omitempty"`
}

// Sample is one row of a dry run, before and after.
type Sample struct {
	Key database.Key `json:"key"`
	// Columns are those that were read, and those that are changed.
	Columns []SampleColumn `json:"columns,omitempty"`
	// Gone: afterwards there is no row of this key.
	Gone bool `json:"gone,omitempty"`
}

// SampleColumn is a column's value before and after; NULL is shown as NULL.
type SampleColumn struct {
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// errorLength bounds a row's error in characters: it travels in heartbeats and
// histories.
const errorLength = 500

// ErrorText is a row's error as it travels and is stored.
func ErrorText(text string) string { return database.CleanText(text, errorLength) }
