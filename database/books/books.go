package books

import (
	"context"

	"db-migrate/database"
)

// Subject is the table that the books are about.
type Subject struct {
	// Name is the table's whole name, as the owner's row has it, Short that which our
	// tables are named by: without the schema, if ours lie in the same.
	Name, Short string
	// Key are the names of the key's columns, and Columns the same as a ledger has them.
	Key     []string
	Columns []Column
	// Selected is an expression as it is selected, so that its value comes as it is
	// stored; nil: as it stands.
	Selected func(expression string) string
	// LedgerOptions end the statement that creates a ledger.
	LedgerOptions string
}

// Books are those of one migration of one table.
type Books struct {
	store         Store
	surveyor      Surveyor
	dialect       Dialect
	subject       Subject
	plan          database.Plan
	ledger, other string
}

// Driver is what a driver gives to its books.
type Driver interface {
	Store
	Surveyor
}

// New opens the books; it reads and writes nothing.
func New(store Driver, dialect Dialect, subject Subject, plan database.Plan) *Books {
	b := &Books{store: store, surveyor: store, dialect: dialect, subject: subject, plan: plan, ledger: LedgerName(subject, plan.Migration, dialect.NameLimit)}
	if counterpart := plan.Counterpart(); counterpart != "" && plan.Statements != nil {
		b.other = LedgerName(subject, counterpart, dialect.NameLimit)
	}
	return b
}

// LedgerTable is the ledger's name, and Other that which rows leave when they enter
// it; empty: there is none.
func (b *Books) LedgerTable() string { return b.ledger }

// Other is the ledger of the counterpart.
func (b *Books) Other() string { return b.other }

// LedgerNames are the names of the ledger's own columns as SQL.
func (b *Books) LedgerNames() LedgerColumns { return b.ledgerColumns() }

// one is the values of the only row; nil: there is none.
func (b *Books) one(ctx context.Context, in Session, text string, arguments ...any) (Values, error) {
	return b.oneOf(ctx, in, b.dialect.Bind(text), arguments)
}

// oneOf is one for a statement that has the database's own placeholders.
func (b *Books) oneOf(ctx context.Context, in Session, text string, arguments []any) (Values, error) {
	var found Values
	err := in.Query(ctx, text, arguments, func(values Values) error {
		found = make(Values, len(values))
		for i := range values {
			if !values.Null(i) {
				found[i] = values.Text(i)
			}
		}
		return nil
	})
	return found, err
}

func (b *Books) execute(ctx context.Context, in Session, text string, arguments ...any) error {
	_, err := in.Execute(ctx, b.dialect.Bind(text), arguments)
	return err
}
