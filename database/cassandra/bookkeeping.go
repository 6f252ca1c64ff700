package cassandra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database"
)

// casTries is how often a lightweight transaction is tried again after another
// one came before it.
const casTries = 20

// Begin creates what is missing of our tables, and begins the run. Each step is a
// lightweight transaction, and may be repeated.
func (t *table) Begin(ctx context.Context, request database.RunRequest) (database.BegunRun, error) {
	begun := database.BegunRun{Run: database.Run{ID: request.ID}}
	if err := t.create(ctx); err != nil {
		return begun, classify(err)
	}
	if err := t.again(ctx, func() (bool, error) { return t.checkBook(ctx) }); err != nil {
		return begun, classify(err)
	}
	if err := t.again(ctx, func() (bool, error) { return t.becomeOwner(ctx, request) }); err != nil {
		return begun, classify(err)
	}
	reset := false
	err := t.again(ctx, func() (done bool, err error) {
		begun.Run.Number, reset, done, err = t.number(ctx, request)
		return done, err
	})
	if err != nil {
		return begun, classify(err)
	}
	if err := t.endOthers(ctx, t.book(), request.ID); err != nil {
		return begun, classify(err)
	}
	err = t.again(ctx, func() (bool, error) { return t.resume(ctx, &begun, request, reset) })
	return begun, classify(err)
}

// again repeats a step until no other has come before it.
func (t *table) again(ctx context.Context, step func() (bool, error)) error {
	for range casTries {
		done, err := step()
		if done || err != nil {
			return err
		}
		if err := database.Sleep(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return &database.Error{Class: database.Contention, Err: errors.New("other runs of the migration begin at the same time")}
}

// notCreated is the error of a table of ours: a node that is only late or down wants no
// advice about rights.
func (t *table) notCreated(name string, err error) error {
	if class := database.ClassOf(err); class == database.Contention || class == database.Disconnected {
		return fmt.Errorf("table %s could not be created: %w", name, err)
	}
	return fmt.Errorf("table %s cannot be created (give the right to create in keyspace %s, or name another one in connection/schema): %w", name, t.ours, err)
}

// create creates the tables that are missing; a DBA may have made them before.
func (t *table) create(ctx context.Context) error {
	present, err := t.present(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(t.refuseOlder(present), t.refuseForeign(ctx, present)); err != nil {
		return err
	}
	if err := t.refuseLost(ctx, present); err != nil {
		return err
	}
	for _, ours := range t.ourTables() {
		if present[ours[0]] {
			continue
		}
		if err := t.session.Query(ours[1]).ExecContext(ctx); err != nil {
			return t.notCreated(ours[0], classify(err))
		}
		if err := t.session.AwaitSchemaAgreement(ctx); err != nil {
			return err
		}
	}
	return nil
}

// cas runs a lightweight transaction, and reports whether it was applied.
func (t *table) cas(ctx context.Context, text string, values ...any) (bool, error) {
	return applied(t.session.Query(text, values...).NoSkipMetadata().IterContext(ctx))
}

// applied reports whether a lightweight transaction was applied. One that was not returns
// what its row holds, which nobody reads: Go has no value for some of it.
func applied(rows *gocql.Iter) (is bool, err error) {
	var targets []any
	for _, its := range rows.Columns() {
		targets = append(targets, nil)
		if tuple, several := its.TypeInfo.(gocql.TupleTypeInfo); several {
			targets = append(targets, make([]any, len(tuple.Elems)-1)...)
		}
	}
	if len(targets) > 0 {
		targets[0] = &is
		rows.Scan(targets...)
	}
	return is, rows.Close()
}

// serial reads one row after all lightweight transactions that have begun; false:
// there is none.
func (t *table) serial(ctx context.Context, text string, values []any, targets ...any) (bool, error) {
	err := t.session.Query(text, values...).Consistency(gocql.LocalSerial).ScanContext(ctx, targets...)
	if errors.Is(err, gocql.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// customersName is how the owner's row names the table.
func (t *table) customersName() string { return t.schema + "." + t.name }

// becomeOwner makes the run the table's owner, unless another overseer is.
func (t *table) becomeOwner(ctx context.Context, request database.RunRequest) (bool, error) {
	owner := database.OwnerError{Table: t.name}
	found, err := t.serial(ctx, "SELECT migration, environment, cluster, run_id, since, workflow FROM "+t.own("db_migrate_owner")+" WHERE customers = ?",
		[]any{t.customersName()}, &owner.Migration, &owner.Environment, &owner.Cluster, &owner.Run, &owner.Since, &owner.Workflow)
	if err != nil {
		return false, err
	}
	values := []any{request.Migration, request.Environment, request.Cluster, request.ID, time.Now(), request.Workflow, t.customersName()}
	if !found {
		return t.cas(ctx, "INSERT INTO "+t.own("db_migrate_owner")+" (migration, environment, cluster, run_id, since, workflow, customers) VALUES (?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS", values...)
	}
	if !owner.Yields(request) {
		return false, &owner
	}
	if owner.Migration != request.Migration { // taken over from: that run is over
		if err := t.endOthers(ctx, owner.Migration+" of "+t.customersName(), ""); err != nil {
			return false, err
		}
	}
	return t.cas(ctx, "UPDATE "+t.own("db_migrate_owner")+" SET migration = ?, environment = ?, cluster = ?, run_id = ?, since = ?, workflow = ? WHERE customers = ? IF run_id = ?", append(values, owner.Run)...)
}

// number finds the run's number, or takes the next one.
func (t *table) number(ctx context.Context, request database.RunRequest) (number int64, reset, done bool, err error) {
	rows := t.session.Query("SELECT number, run_id, reset, ended_at FROM "+t.own("db_migrate_runs")+" WHERE book = ?", t.book()).
		Consistency(gocql.LocalSerial).IterContext(ctx)
	var id string
	var ended *time.Time
	for rows.Scan(&number, &id, &reset, &ended) {
		if id == request.ID && ended != nil {
			_ = rows.Close()
			return number, reset, true, &database.RunOverError{Run: database.Run{Number: number, ID: id}}
		}
		if id == request.ID {
			return number, reset, true, rows.Close()
		}
	}
	if err := rows.Close(); err != nil {
		return 0, false, false, err
	}
	changed, err := t.changed(ctx, request)
	if err != nil {
		return 0, false, false, err
	}
	reset = request.Reset || changed
	done, err = t.cas(ctx, "INSERT INTO "+t.own("db_migrate_runs")+" (book, number, run_id, migration, environment, cluster, definition, reset, started_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS",
		t.book(), number+1, request.ID, request.Migration, request.Environment, request.Cluster, request.Definition, reset, time.Now())
	return number + 1, reset, done, err
}

// resume finds where a prior run got to, and makes the paging state this run's.
func (t *table) resume(ctx context.Context, begun *database.BegunRun, request database.RunRequest, reset bool) (bool, error) {
	var run, since int64
	var position *string
	var closed, again bool
	found, err := t.serial(ctx, "SELECT run, since, again, position, closed FROM "+t.own("db_migrate_state")+" WHERE book = ?", []any{t.book()}, &run, &since, &again, &position, &closed)
	if err == nil && run != begun.Run.Number && (!found || reset || !t.cutShort(ctx, begun.Run.Number, &err)) {
		since = begun.Run.Number
	}
	if err != nil {
		return false, err
	}
	begun.Since = since
	if closed || request.Again && !again || reset && run != begun.Run.Number {
		position = nil
	}
	if err := t.continueFrom(ctx, begun, request, position); err != nil {
		return false, err
	}
	state := t.own("db_migrate_state")
	switch {
	case !found:
		return t.cas(ctx, "INSERT INTO "+state+" (book, migration, run, since, again, sequence, position, closed) VALUES (?, ?, ?, ?, ?, 0, ?, false) IF NOT EXISTS", t.book(), request.Migration, begun.Run.Number, since, request.Again, position)
	case run == begun.Run.Number:
		return true, nil
	}
	return t.cas(ctx, "UPDATE "+state+" SET run = ?, since = ?, again = ?, sequence = 0, position = ?, closed = false WHERE book = ? IF run = ?", begun.Run.Number, since, request.Again, position, t.book(), run)
}

// cutShort reports whether the run before this one has not completed.
func (t *table) cutShort(ctx context.Context, run int64, failed *error) bool {
	outcome := ""
	found, err := t.serial(ctx, "SELECT outcome FROM "+t.own("db_migrate_runs")+" WHERE book = ? AND number < ? ORDER BY number DESC LIMIT 1", []any{t.book(), run}, &outcome)
	*failed = err
	return found && outcome != "completed"
}

func (t *table) continueFrom(ctx context.Context, begun *database.BegunRun, request database.RunRequest, position *string) error {
	begun.Position, begun.Failed = nil, 0
	if position == nil {
		return nil
	}
	if err := json.Unmarshal([]byte(*position), &begun.Position); err != nil {
		return fmt.Errorf("paging state of migration %s: %w", request.Migration, err)
	}
	for after, more := database.Key(nil), true; more; more = after != nil {
		keys, next, err := t.FailedUpTo(ctx, begun.Run, after, begun.Position, letterPage)
		if err != nil {
			return err
		}
		begun.Failed, after = begun.Failed+len(keys), next
	}
	return nil
}

func unknown(run database.Run, err error) error {
	if err != nil {
		return err
	}
	return &database.RunOverError{Run: run}
}

// SavePagingState moves the run's paging state forward, while the run is alive.
func (t *table) SavePagingState(ctx context.Context, run database.Run, state database.PagingState) error {
	if alive, err := t.Alive(ctx, run); err != nil || !alive {
		return err
	}
	position, err := json.Marshal(state.Position)
	if err != nil {
		return err
	}
	_, err = t.cas(ctx, "UPDATE "+t.own("db_migrate_state")+" SET sequence = ?, position = ? WHERE book = ? IF run = ? AND sequence < ? AND closed = false",
		state.Sequence, string(position), t.book(), run.Number, state.Sequence)
	return classify(err)
}

// End notes how the run ended. The closed state is a tombstone: a late orphan
// cannot write the paging state again. *RunOverError: the books do not know the run, or
// know another one by its number.
func (t *table) End(ctx context.Context, run database.Run, ending database.Ending) error {
	if id, _, err := t.runNow(ctx, run); err != nil || id != run.ID {
		return unknown(run, err)
	}
	if ending.State != nil {
		if err := t.SavePagingState(ctx, run, *ending.State); err != nil {
			return err
		}
	}
	if ending.Discard {
		if _, err := t.cas(ctx, "UPDATE "+t.own("db_migrate_state")+" SET closed = true, position = null WHERE book = ? IF run = ?", t.book(), run.Number); err != nil {
			return classify(err)
		}
	}
	if _, err := t.cas(ctx, "UPDATE "+t.own("db_migrate_runs")+" SET ended_at = ?, outcome = ? WHERE book = ? AND number = ? IF ended_at = null",
		time.Now(), ending.Outcome, t.book(), run.Number); err != nil {
		return classify(err)
	}
	_, err := t.cas(ctx, "DELETE FROM "+t.own("db_migrate_owner")+" WHERE customers = ? IF run_id = ?", t.customersName(), run.ID)
	return classify(err)
}
