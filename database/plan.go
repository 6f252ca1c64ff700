package database

import "fmt"

// Plan is what a migration asks of the table: the columns it reads and writes,
// or the statements that do its work.
type Plan struct {
	// Migration names the migration, and with it its ledger.
	Migration string
	// Reads and Writes are the columns of a migration written in Go. Both are
	// compared when a change is written.
	Reads, Writes []string
	// Where is a condition of the user's, in SQL: customers of whom it is not true
	// are no part of the run. It is looked at when a row is read; empty: none.
	Where string
	// Statements are those of a migration written in SQL, else nil.
	Statements *Statements
	// Undoes is the migration that this one undoes, and UndoneBy the one that
	// undoes it; empty: none. A row stands in the ledger of one of the two at
	// most: entering the one, it leaves the other in the same transaction. Only
	// those are undone that stand in the other's ledger as migrated, whatever
	// Statements.Check says.
	Undoes, UndoneBy string
	// Undone are the statements of the migration that this one undoes.
	Undone []string
}

// Conditions are the plan's condition in brackets, to stand beside others in a
// WHERE; none if the plan has none.
func (p Plan) Conditions() []string {
	if p.Where == "" {
		return nil
	}
	return []string{"(" + p.Where + ")"}
}

// Filter is the plan's condition as it stands behind others in a WHERE, with its
// AND; empty if the plan has none.
func (p Plan) Filter() string {
	if p.Where == "" {
		return ""
	}
	return " AND (" + p.Where + ")"
}

// Counterpart is the migration whose work this one takes back; empty: none.
func (p Plan) Counterpart() string { return p.Undoes + p.UndoneBy }

// NothingToUndo refuses to undo a migration that has no ledger.
func (p Plan) NothingToUndo(ledger string) error {
	return &Error{Broken, fmt.Errorf("migration %s: there is no ledger %s of migration %s here, so that there is nothing to undo", p.Migration, ledger, p.Undoes)}
}

// Statements are the SQL of a migration. Their parameters are :id (or the key
// column's name) for one customer, or :ids for a set.
type Statements struct {
	// Check selects the keys of the customers that need to be migrated; empty:
	// all of them do.
	Check string
	// Migrate updates them. The first statement decides who was migrated; the
	// others run for those customers only.
	Migrate []string
}

// Columns are the columns to read: those read, then those only written.
func (p Plan) Columns() []string {
	columns := append([]string(nil), p.Reads...)
	for _, column := range p.Writes {
		if !contains(columns, column) {
			columns = append(columns, column)
		}
	}
	return columns
}

func contains(list []string, item string) bool {
	for _, element := range list {
		if element == item {
			return true
		}
	}
	return false
}
