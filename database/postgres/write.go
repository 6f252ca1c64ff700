package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"db-migrate/database"
	"db-migrate/database/books"
	"db-migrate/database/driverkit"
)

// transactionLimit is how many customers one transaction may hold: beyond it
// sets grow no faster, and locks are held for longer.
const transactionLimit = 5000

// TransactionLimit is how many customers one transaction may hold.
func (t *table) TransactionLimit() int { return transactionLimit }

// setWriter is the table with its way to write sets, which is chosen once.
type setWriter struct {
	*table
	// ledger is the plan's, and other the one that rows leave when they enter it; empty:
	// there is none.
	ledger, other string
	ledgerColumns books.LedgerColumns
	// stretch is the plan's statement, if it may run for a range at once.
	stretch *stretch
	// way writes a set in a transaction of its own, and within in one that there is: rows
	// that are as they were read, if it compares them.
	way    func(ctx context.Context, mark database.Mark, writes []database.Write) ([]bool, error)
	inside func(ctx context.Context, in books.Session, mark database.Mark, writes []database.Write, compare bool) ([]bool, error)
}

// newWriter opens the books, and chooses how sets are written.
func newWriter(t *table) *setWriter {
	w := &setWriter{table: t}
	w.openBooks()
	w.way, w.inside = w.writeGroups, w.writeGroupsIn
	if t.Plan.Statements != nil {
		w.way, w.inside = w.writeStatements, w.writeStatementsIn
	}
	return w
}

// Traits are the shorter ways of this driver; a stretch is one of the plan's, too.
func (w *setWriter) Traits() database.Traits {
	traits := database.Traits{Strides: w, Rejudges: true, Conditional: w.Plan.Where != "", Singly: w, Speller: w, KeysParser: w, Rehearsal: w.rehearsal(), Site: w}
	if w.stretch != nil {
		traits.Stretches = w
	}
	return traits
}

// Write writes all changes with their ledger rows, or none of them.
func (w *setWriter) Write(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	if mark.Replaces {
		return w.Replace(ctx, mark, writes)
	}
	started := time.Now()
	rows, err := w.way(ctx, mark, writes)
	if err != nil {
		return database.Written{}, w.explain(err)
	}
	return database.Written{Rows: rows, Held: time.Since(started)}, nil
}

// transaction runs do in a transaction; an error or a panic undoes it.
func (w *setWriter) transaction(ctx context.Context, do func(context.Context, books.Session) error) error {
	tx, err := w.toWrite().Begin(ctx)
	if err != nil {
		return classify(err)
	}
	defer rollback(ctx, tx)
	if err := do(ctx, bookSession{tx}); err != nil {
		return w.explain(err)
	}
	return w.explain(tx.Commit(ctx))
}

// writeStatements writes by the plan's statements.
func (w *setWriter) writeStatements(ctx context.Context, mark database.Mark, writes []database.Write) (written []bool, err error) {
	err = w.transaction(ctx, func(ctx context.Context, in books.Session) (err error) {
		written, err = w.writeStatementsIn(ctx, in, mark, writes, false)
		return err
	})
	return written, err
}

// writeStatementsIn compares nothing: the statements say themselves whom they are for.
func (w *setWriter) writeStatementsIn(ctx context.Context, in books.Session, mark database.Mark, writes []database.Write, _ bool) ([]bool, error) {
	return w.runStatements(ctx, in, writes, driverkit.Ledgers{
		Enter: func(keys []database.Key) error { return w.enter(ctx, in, mark, keys, books.OutcomeMigrated) },
		Leave: func(keys []database.Key) error { return w.Leave(ctx, in, keys) },
		Known: func(keys []database.Key) (bool, error) { return w.Known(ctx, in, keys) }})
}

func (w *setWriter) runStatements(ctx context.Context, in books.Session, writes []database.Write, ledgers driverkit.Ledgers) ([]bool, error) {
	return w.sql.Run(ctx, in, writes, func(keys []database.Key) ([]database.Key, error) {
		return w.sql.Answers(ctx, in, w.sql.Migrate[0], nil, keys)
	}, ledgers)
}

// writeGroups writes the changes of a migration in Go: those of one group without
// further statements are one statement, which is a transaction of its own.
func (w *setWriter) writeGroups(ctx context.Context, mark database.Mark, writes []database.Write) (written []bool, err error) {
	groups, err := driverkit.GroupWrites(writes, w.Plan.Columns(), w.columns)
	if err != nil {
		return nil, err
	}
	if len(groups) == 1 && !further(writes) {
		written = make([]bool, len(writes))
		return written, w.writeGroup(ctx, bookSession{w.toWrite()}, w.withLedger(mark, true), groups[0], written)
	}
	err = w.transaction(ctx, func(ctx context.Context, in books.Session) (err error) {
		written, err = w.writeGroupsIn(ctx, in, mark, writes, true)
		return err
	})
	return written, err
}

// further reports whether one of the changes has statements of its own.
func further(writes []database.Write) bool {
	return slices.ContainsFunc(writes, func(write database.Write) bool { return len(write.Change.Statements) > 0 })
}

func (w *setWriter) writeGroupsIn(ctx context.Context, in books.Session, mark database.Mark, writes []database.Write, compare bool) ([]bool, error) {
	return w.writeEachGroup(ctx, in, writes, w.withLedger(mark, compare))
}

// withLedger is the statement of a group that enters its rows into the ledger, too.
func (w *setWriter) withLedger(mark database.Mark, compare bool) func(*group) (updating, error) {
	return func(g *group) (updating, error) { return w.updateText(mark, g, compare) }
}

// writeEachGroup writes the groups of a set, each by its statement.
func (w *setWriter) writeEachGroup(ctx context.Context, in books.Session, writes []database.Write, statement func(*group) (updating, error)) ([]bool, error) {
	groups, err := driverkit.GroupWrites(writes, w.Plan.Columns(), w.columns)
	if err != nil {
		return nil, err
	}
	written := make([]bool, len(writes))
	for _, g := range groups {
		if err := w.writeGroup(ctx, in, statement, g, written); err != nil {
			return nil, err
		}
	}
	place := 0
	done := slices.DeleteFunc(slices.Clone(writes), func(database.Write) bool { place++; return !written[place-1] })
	return written, driverkit.RunFurther(done, func(statement database.Statement) error {
		_, err := in.Execute(ctx, statement.Text, statement.Arguments)
		return err
	})
}

// writeGroup updates the group's rows and enters them into the ledger. It is one
// statement: what was not updated cannot be in the ledger, whatever happens. It answers
// with the keys that it was asked for, however the table spells them by now.
func (w *setWriter) writeGroup(ctx context.Context, in books.Session, statement func(*group) (updating, error), g *group, written []bool) error {
	update, err := statement(g)
	if err != nil {
		return err
	}
	keys, err := w.KeysIn(ctx, in, update.text, update.arguments)
	if err != nil {
		return err
	}
	if len(keys) == len(g.Writes) { // as a rule
		for _, place := range g.Places {
			written[place] = true
		}
		return nil
	}
	places, err := database.PlacesOf(driverkit.KeysOf(g.Writes), keys, w.SameIn(ctx, in))
	for i, place := range places {
		if place < 0 {
			return driverkit.Astray("the write of table %s has updated row %s, which it was not asked for", w.name, keys[i])
		}
		written[g.Places[place]] = true
	}
	return err
}

// enter writes ledger rows for these keys.
func (w *setWriter) enter(ctx context.Context, in books.Session, mark database.Mark, keys []database.Key, outcome int) error {
	if len(keys) == 0 {
		return nil
	}
	var p parameters
	set, err := w.keySet(&p.Arguments, keys)
	if err != nil {
		return err
	}
	columns := aliases(len(w.keys))
	text := fmt.Sprintf("WITH migrated (%s) AS (%s) ", strings.Join(columns, ", "), set)
	_, err = in.Execute(ctx, text+w.entering("migrated", columns, p.run(mark), outcome), p.Values)
	return err
}
