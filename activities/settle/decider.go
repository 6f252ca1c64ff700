package settle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"db-migrate/database"
	"db-migrate/migration"
)

// verdict is what is to be done with one row.
type verdict struct {
	change database.Change
	// unneeded: the row was migrated before.
	unneeded bool
	// err is the row's own error.
	err error
}

// decider finds out what is to be done with rows, and changes nothing. An
// error is about the database or a service, not about a row. Fewer verdicts than rows:
// those of the first rows, whose changes weigh as much as there is room for.
type decider interface {
	decide(ctx context.Context, rows []database.Row) ([]verdict, error)
	// judges reports whether the migration itself tells which rows need it.
	judges() bool
}

func newDecider(table database.Table, chosen migration.Migration, room int) decider {
	if chosen.Change != nil {
		return goDecider{chosen, room}
	}
	return checkDecider{table, Judges(chosen)}
}

// Judges reports whether a migration itself tells which rows need it: by its function, its
// check, or the ledger of the migration that it undoes.
func Judges(chosen migration.Migration) bool {
	return chosen.Change != nil || chosen.Statements == nil || chosen.Statements.Check != "" || chosen.Undoes != ""
}

// goDecider asks a migration written in Go. room is what the changes may weigh together
// in bytes; 0: whatever they weigh.
type goDecider struct {
	migration migration.Migration
	room      int
}

func (d goDecider) decide(ctx context.Context, rows []database.Row) ([]verdict, error) {
	verdicts := make([]verdict, len(rows))
	if d.migration.Parallel > 1 {
		return d.decideTogether(ctx, rows, verdicts)
	}
	bytes := 0
	for i, row := range rows {
		if d.room > 0 && bytes >= d.room {
			return verdicts[:i], nil
		}
		if err := d.decideInto(ctx, row, &verdicts[i]); err != nil {
			return nil, err
		}
		bytes += verdicts[i].change.Bytes()
	}
	return verdicts, nil
}

func (goDecider) judges() bool { return true }

// decideTogether has several calls under way at once.
func (d goDecider) decideTogether(ctx context.Context, rows []database.Row, verdicts []verdict) ([]verdict, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(d.migration.Parallel)
	var bytes atomic.Int64
	asked := 0
	for i, row := range rows {
		if d.room > 0 && bytes.Load() >= int64(d.room) {
			break
		}
		asked++
		group.Go(func() error {
			err := d.decideInto(ctx, row, &verdicts[i])
			bytes.Add(int64(verdicts[i].change.Bytes()))
			return err
		})
	}
	return verdicts[:asked], group.Wait()
}

// decideInto finds a row's verdict. An error is not the row's: the call was
// interrupted, or the migration said that it has to come later.
func (d goDecider) decideInto(ctx context.Context, row database.Row, found *verdict) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	change, err := d.change(ctx, row)
	var classified *database.Error
	switch {
	case err == nil:
		*found = verdict{change: change, unneeded: change.PreviouslyMigrated}
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &classified) && classified.Class != database.Own:
		return &PostponedError{d.migration.Name, row.Key, err}
	default:
		*found = verdict{err: err}
	}
	return nil
}

// PostponedError is what kept a migration from deciding, and is not the row's: what it
// calls does not answer, for example.
type PostponedError struct {
	Migration string
	Key       database.Key
	Err       error
}

func (p *PostponedError) Error() string {
	return fmt.Sprintf("migration %s, at row %s: %v", p.Migration, p.Key, p.Err)
}

// Unwrap is what the migration has said.
func (p *PostponedError) Unwrap() error { return p.Err }

// change calls the function and holds it to its promises: a panic or a column
// that it did not announce is the row's own error.
func (d goDecider) change(ctx context.Context, row database.Row) (change database.Change, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("migration %s panicked: %v", d.migration.Name, problem)
		}
	}()
	change, err = d.migration.Change(ctx, row)
	if err != nil || change.PreviouslyMigrated {
		return change, err
	}
	return change, d.check(change)
}

// check holds a change to the migration's promises, and makes its values those that
// drivers write.
func (d goDecider) check(change database.Change) error {
	if len(change.Assignments) == 0 {
		return fmt.Errorf("migration %s sets no column; a row that needs none is PreviouslyMigrated", d.migration.Name)
	}
	for i, assignment := range change.Assignments {
		if !slices.Contains(d.migration.Writes, assignment.Column) {
			return fmt.Errorf("migration %s sets column %s, which its Writes do not name", d.migration.Name, assignment.Column)
		}
		value, err := database.ColumnValue(assignment.Value)
		if err != nil {
			return fmt.Errorf("migration %s sets column %s: %w", d.migration.Name, assignment.Column, err)
		}
		change.Assignments[i].Value = value
	}
	return nil
}

// checkDecider asks the check statement, if there is one.
type checkDecider struct {
	table   database.Table
	checked bool
}

func (d checkDecider) judges() bool { return d.checked }

func (d checkDecider) decide(ctx context.Context, rows []database.Row) ([]verdict, error) {
	verdicts := make([]verdict, len(rows))
	if !d.checked || len(rows) == 0 {
		return verdicts, nil
	}
	needed, err := d.table.Check(ctx, keysOf(rows))
	if err != nil {
		return nil, err
	}
	for i := range rows {
		verdicts[i].unneeded = !needed[i]
	}
	return verdicts, nil
}

func keysOf(rows []database.Row) []database.Key {
	keys := make([]database.Key, len(rows))
	for i, row := range rows {
		keys[i] = row.Key
	}
	return keys
}
