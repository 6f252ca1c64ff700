package books

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"db-migrate/database"
)

// Begin creates what is missing of our tables, and begins the run. Two of them at
// once wait for each other. Runs of the same overseer that never ended, and whoever
// was taken over from, are over from then on.
func (b *Books) Begin(ctx context.Context, request database.RunRequest) (database.BegunRun, error) {
	var begun database.BegunRun
	err := b.store.Alone(ctx, b.create, func(ctx context.Context, in Session) error {
		book, emptied, err := b.book(ctx, in, request)
		if err != nil {
			return err
		}
		if err := b.becomeOwner(ctx, in, request); err != nil {
			return err
		}
		begun, err = b.beginRun(ctx, in, book, request)
		begun.Emptied = emptied
		return err
	})
	if err != nil {
		return begun, err
	}
	// also where this attempt has ended no run: one before it may have, and not waited
	return begun, b.store.AwaitWriters(ctx, b.subject.Name)
}

// becomeOwner makes the run the table's owner, unless another overseer is.
func (b *Books) becomeOwner(ctx context.Context, in Session, request database.RunRequest) error {
	owner, err := b.owner(ctx, in, "customers = ?", b.subject.Name)
	if err != nil {
		return err
	}
	if owner != nil && !owner.Yields(request) {
		return owner
	}
	if err := b.execute(ctx, in, "DELETE FROM "+b.dialect.Own(ownerTable)+" WHERE customers = ?", b.subject.Name); err != nil {
		return err
	}
	return b.execute(ctx, in, insert(b.dialect.Own(ownerTable), []string{"customers", "migration", "environment", "cluster", "run_id", "workflow"}),
		b.subject.Name, request.Migration, request.Environment, request.Cluster, request.ID, request.Workflow)
}

// owner is the overseer that owns a table by a condition; nil: there is none.
func (b *Books) owner(ctx context.Context, in Session, condition string, arguments ...any) (*database.OwnerError, error) {
	row, err := b.one(ctx, in, "SELECT migration, environment, cluster, "+b.dialect.Seconds("since")+", customers, run_id, workflow FROM "+b.dialect.Own(ownerTable)+
		" WHERE "+condition+" LIMIT 1"+b.dialect.ForUpdate, arguments...)
	if err != nil || row == nil {
		return nil, err
	}
	table := row.Text(4)
	if table == b.subject.Name {
		table = b.subject.Short
	}
	return &database.OwnerError{Table: table, Migration: row.Text(0), Environment: row.Text(1), Cluster: row.Text(2), Run: row.Text(5), Workflow: row.Text(6), Since: time.Unix(row.Number(3), 0)}, nil
}

func (b *Books) beginRun(ctx context.Context, in Session, book int64, request database.RunRequest) (database.BegunRun, error) {
	begun := database.BegunRun{Run: database.Run{ID: request.ID}}
	row, err := b.one(ctx, in, "SELECT number, ended_at IS NULL FROM "+b.dialect.Own(runsTable)+" WHERE run_id = ?", request.ID)
	switch {
	case err != nil:
		return begun, err
	case row != nil && !row.True(1):
		return begun, &database.RunOverError{Run: database.Run{Number: row.Number(0), ID: request.ID}}
	case row != nil:
		begun.Run.Number = row.Number(0)
	default:
		if begun.Run.Number, err = b.newRun(ctx, in, book, request); err != nil {
			return begun, err
		}
	}
	return begun, b.resume(ctx, in, book, &begun, request)
}

// newRun counts a new run, and ends all others of the table that never ended.
func (b *Books) newRun(ctx context.Context, in Session, book int64, request database.RunRequest) (int64, error) {
	runs := b.dialect.Own(runsTable)
	changed, err := b.changed(ctx, in, book, request)
	if err != nil {
		return 0, err
	}
	if request.Reset || changed {
		if err := b.execute(ctx, in, "DELETE FROM "+b.dialect.Own(stateTable)+" WHERE book = ?", book); err != nil {
			return 0, err
		}
	}
	// what the counterpart has done is undone from here on: it must begin anew
	if err := b.execute(ctx, in, "DELETE FROM "+b.dialect.Own(stateTable)+" WHERE book IN (SELECT book FROM "+b.dialect.Own(booksTable)+" WHERE migration = ? AND customers = ?)", b.plan.Counterpart(), b.subject.Name); err != nil {
		return 0, err
	}
	if err := b.replaceRuns(ctx, in); err != nil {
		return 0, err
	}
	err = b.execute(ctx, in, insert(runs, []string{"run_id", "book", "migration", "environment", "cluster", "definition"}),
		request.ID, book, request.Migration, request.Environment, request.Cluster, request.Definition)
	if err != nil {
		return 0, err
	}
	number, err := b.one(ctx, in, "SELECT number FROM "+runs+" WHERE run_id = ?", request.ID)
	if err != nil {
		return 0, err
	}
	return number.Number(0), b.countable(number.Number(0))
}

// changed reports whether the definition is not that of the last run. Where rows are
// migrated by that it is refused; else there is nothing that it could mean otherwise.
func (b *Books) changed(ctx context.Context, in Session, book int64, request database.RunRequest) (bool, error) {
	row, err := b.one(ctx, in, "SELECT definition, outcome FROM "+b.dialect.Own(runsTable)+" WHERE book = ? ORDER BY number DESC LIMIT 1", book)
	if err == nil && row == nil {
		err = b.refuseOrphaned(ctx, in)
	}
	if err == nil && row != nil && row.Text(1) == database.OutcomeUnsure && !request.SameLedger {
		err = b.refused(unsure)
	}
	if err != nil || row == nil || row.Text(0) == request.Definition || request.SameLedger {
		return false, err
	}
	migrated, err := b.one(ctx, in, fmt.Sprintf("SELECT 1 FROM %s WHERE %s = %d LIMIT 1", b.dialect.Own(b.ledger), b.ledgerColumns().Outcome, OutcomeMigrated))
	if err != nil || migrated == nil {
		return true, err
	}
	return true, &database.DefinitionError{Migration: request.Migration, Ledger: row.Text(0), Worker: request.Definition}
}

// unsure is why nothing is begun behind a run that could not tell what became of some rows.
const unsure = "the run before has lost rows of it, of which nobody can tell whether they are migrated: look at some that have no row there; if they lack the change, start with --same-ledger, which migrates them; " +
	"if they have it, first restore the ledger's rows, or give the migration a check that leaves out what is migrated"

// refuseOrphaned refuses a ledger with rows of which no run is known: the numbers of runs
// may begin anew, and its rows would be taken for the next run's own.
func (b *Books) refuseOrphaned(ctx context.Context, in Session) error {
	entered, err := b.one(ctx, in, "SELECT 1 FROM "+b.dialect.Own(b.ledger)+" LIMIT 1")
	if err != nil || entered == nil {
		return err
	}
	return b.refused(Orphaned, runsTable)
}

// Orphaned is why a ledger without its runs is refused; it names the table of runs.
const Orphaned = "it has rows, and table %s, which was emptied or made anew, knows no run of it: nobody can tell which run they are of; restore that table, or forget the ledger with \"starter ledger drop\" if a check tells which rows still need it"

// replaceRuns ends all runs of the table that never ended.
func (b *Books) replaceRuns(ctx context.Context, in Session) error {
	return b.execute(ctx, in, "UPDATE "+b.dialect.Own(runsTable)+" SET ended_at = "+b.dialect.Now+
		", outcome = 'replaced' WHERE ended_at IS NULL AND book IN (SELECT book FROM "+b.dialect.Own(booksTable)+" WHERE customers = ?)", b.subject.Name)
}

// countable refuses a number that does not fit into the ledgers.
func (b *Books) countable(number int64) error {
	if number <= math.MaxInt16 || b.dialect.Types.Small != "smallint" {
		return nil
	}
	return &database.BooksError{Reason: fmt.Sprintf("%s has counted %d runs, and the ledgers number no more than %d; drop the tables db_migrate_* of migrations that are over", b.dialect.Where, number-1, math.MaxInt16)}
}

// resume finds where a prior run got to, and makes the paging state this run's.
func (b *Books) resume(ctx context.Context, in Session, book int64, begun *database.BegunRun, request database.RunRequest) error {
	row, err := b.one(ctx, in, "SELECT run, position, closed, since, again FROM "+b.dialect.Own(stateTable)+" WHERE book = ?", book)
	if err == nil {
		begun.Since, err = b.since(ctx, in, book, begun.Run.Number, row)
	}
	if err != nil {
		return err
	}
	var position any
	// a run that migrates rows again cannot go on behind those that another one has skipped
	if row != nil && !row.True(2) && !row.Null(1) && (row.True(4) || !request.Again) {
		position = row.Text(1)
		if err := json.Unmarshal([]byte(row.Text(1)), &begun.Position); err != nil {
			return fmt.Errorf("paging state of migration %s: %w", request.Migration, err)
		}
		if begun.Failed, err = b.failedUpTo(ctx, in, begun.Run, begun.Position); err != nil {
			return err
		}
	}
	if row != nil && row.Number(0) == begun.Run.Number {
		return nil
	}
	return b.execute(ctx, in, b.dialect.Upsert(stateTable, []string{"book"}, []string{"migration", "run", "since", "again", "sequence", "position", "closed"}),
		book, request.Migration, begun.Run.Number, begun.Since, request.Again, 0, position, false)
}

// since is the first of the runs that a run goes on with. state is the paging state's row:
// run, position, closed, since, again.
func (b *Books) since(ctx context.Context, in Session, book, run int64, state Values) (int64, error) {
	if state == nil {
		return run, nil
	}
	if state.Number(0) == run { // it has begun before
		return state.Number(3), nil
	}
	before, err := b.one(ctx, in, "SELECT outcome FROM "+b.dialect.Own(runsTable)+" WHERE book = ? AND number < ? ORDER BY number DESC LIMIT 1", book, run)
	if err != nil || before == nil || before.Text(0) == outcomeCompleted || before.Text(0) == database.OutcomeUnsure {
		return run, err
	}
	return state.Number(3), nil
}

// outcomeCompleted is that of a run that has done all that was asked for.
const outcomeCompleted = "completed"

// SavePagingState moves the run's paging state forward, while the run is alive.
func (b *Books) SavePagingState(ctx context.Context, run database.Run, state database.PagingState) error {
	return b.store.Transaction(ctx, func(ctx context.Context, in Session) error { return b.saveState(ctx, in, run, state) })
}

func (b *Books) saveState(ctx context.Context, in Session, run database.Run, state database.PagingState) error {
	position, err := json.Marshal(state.Position)
	if err != nil {
		return err
	}
	return b.execute(ctx, in, "UPDATE "+b.dialect.Own(stateTable)+" SET position = ?, sequence = ? WHERE run = ? AND sequence < ? AND NOT closed AND EXISTS ("+b.aliveText("?", "?")+")",
		string(position), state.Sequence, run.Number, state.Sequence, run.Number, run.ID)
}

// End notes how the run ended, releases the table, and waits for those who write for
// the run still. The closed state is a tombstone: a late orphan cannot write the
// paging state again. *RunOverError: the books do not know the run, or know another one
// by its number. A run that has ended already stays as it ended.
func (b *Books) End(ctx context.Context, run database.Run, ending database.Ending) error {
	known, _, err := b.look(ctx, run)
	if err != nil {
		return err
	}
	if !known {
		return &database.RunOverError{Run: run}
	}
	err = b.store.Transaction(ctx, func(ctx context.Context, in Session) error {
		if ending.State != nil {
			if err := b.saveState(ctx, in, run, *ending.State); err != nil {
				return err
			}
		}
		if ending.Discard {
			if err := b.execute(ctx, in, "UPDATE "+b.dialect.Own(stateTable)+" SET closed = ?, position = NULL WHERE run = ?", true, run.Number); err != nil {
				return err
			}
		}
		if err := b.execute(ctx, in, "UPDATE "+b.dialect.Own(runsTable)+" SET ended_at = "+b.dialect.Now+", outcome = ? WHERE number = ? AND run_id = ? AND ended_at IS NULL", ending.Outcome, run.Number, run.ID); err != nil {
			return err
		}
		return b.execute(ctx, in, "DELETE FROM "+b.dialect.Own(ownerTable)+" WHERE customers = ? AND run_id = ?", b.subject.Name, run.ID)
	})
	if err != nil {
		return err
	}
	return b.store.AwaitWriters(ctx, b.subject.Name)
}

// Alive reports whether the books know the run, and whether it has not ended.
func (b *Books) Alive(ctx context.Context, run database.Run) (bool, error) {
	_, alive, err := b.look(ctx, run)
	return alive, err
}

// look looks whether the books know the run, and whether it is alive.
func (b *Books) look(ctx context.Context, run database.Run) (known, alive bool, err error) {
	row, err := b.one(ctx, b.store.Reader(), "SELECT ended_at IS NULL FROM "+b.dialect.Own(runsTable)+" WHERE number = ? AND run_id = ?", run.Number, run.ID)
	if err != nil && b.missing(ctx, err, runsTable) {
		return false, false, nil
	}
	known = err == nil && row != nil
	return known, known && row.True(0), err
}

// aliveText selects the run's number if it is alive, by placeholders of its number and
// its id: a ledger that was dropped and begun anew counts from 1 again.
func (b *Books) aliveText(number, id string) string {
	return "SELECT number FROM " + b.dialect.Own(runsTable) + " WHERE number = " + number + " AND run_id = " + id + " AND ended_at IS NULL"
}

// Fence proves that the run is alive, for a transaction that writes for it: the run's
// end waits until it is over. Where that is known by locks on the ledger, it must have
// written there before. *RunOverError: the run is not alive.
func (b *Books) Fence(ctx context.Context, in Session, run database.Run) error {
	row, err := b.one(ctx, in, b.aliveText("?", "?")+b.dialect.ForShare, run.Number, run.ID)
	if err != nil {
		return err
	}
	if row == nil {
		return &database.RunOverError{Run: run}
	}
	return nil
}

// Proof is the run's number as SQL, and NULL once the run is over: a ledger refuses
// that, and with it whatever its statement has written. number and id are placeholders
// of what the run is named by.
func (b *Books) Proof(number, id string) string { return "(" + b.aliveText(number, id) + ")" }
