package database

import "context"

// Administration is what those who look after a database ask of a driver before
// a migration and after it.
type Administration interface {
	// Examine looks at the live table: how the database will run the statements,
	// and what will feel the migration. It writes nothing. What it may not see
	// becomes a notice; an error says that the database could not be asked.
	Examine(ctx context.Context) (Examination, error)
	// LedgerDDL is the statements that create our tables for this migration, as
	// Begin would run them, and give the worker's user what it needs.
	LedgerDDL(ctx context.Context) (LedgerDDL, error)
	// DropLedger drops the migration's ledger and its rows in the tables that
	// migrations share, and these too once no other migration uses them. It may
	// be repeated. *OwnerError: an overseer owns the table, and does not yield to
	// the request.
	DropLedger(ctx context.Context, request DropRequest) ([]DroppedTable, error)
}

// DropRequest asks for a ledger to be dropped.
type DropRequest struct {
	// TakeOver drops it whoever owns the table.
	TakeOver bool
	// Over is the first run's id of an owner whose run is known to be over although its
	// end did not reach the database: that one alone is taken over from.
	Over string
}

// Examination is what a driver has seen of the live table.
type Examination struct {
	// Key is the key's columns, and Index what serves the scan by them.
	Key   []string `json:"key,omitempty"`
	Index string   `json:"index,omitempty"`
	// Ledger is the ledger's name as SQL writes it.
	Ledger     string              `json:"ledger,omitempty"`
	Statements []ExaminedStatement `json:"statements,omitempty"`
	Notices    []Notice            `json:"notices,omitempty"`
	// Problems are reasons why the migration cannot run, beside those for which
	// Prepare refuses the plan.
	Problems []string `json:"problems,omitempty"`
}

// ExaminedStatement is a statement as it will be run, and the database's own
// plan for it, a line each.
type ExaminedStatement struct {
	Name string   `json:"name"`
	Text string   `json:"text"`
	Plan []string `json:"plan,omitempty"`
}

// Notice is something that will feel the migration, or that the migration will
// feel. A loud one should stop the reader.
type Notice struct {
	Loud bool   `json:"loud,omitempty"`
	Text string `json:"text"`
}

// LedgerDDL is statements for the database's own client, without semicolons.
type LedgerDDL struct {
	Tables []string `json:"tables"`
	Grants []string `json:"grants,omitempty"`
	// Note says what else the worker's user needs; empty: nothing.
	Note string `json:"note,omitempty"`
}

// DroppedTable is what became of one of our tables.
type DroppedTable struct {
	Name string `json:"name"`
	// Whole: the table was dropped; else so many rows were deleted.
	Whole bool  `json:"whole,omitempty"`
	Rows  int64 `json:"rows,omitempty"`
}
