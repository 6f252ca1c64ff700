package activities

import (
	"context"
	"fmt"

	"db-migrate/database"
	"db-migrate/migration"
)

// verdict is what is to be done with one customer.
type verdict struct {
	change database.Change
	// unneeded: the customer was migrated before.
	unneeded bool
	// err is the customer's own error.
	err error
}

// decider finds out what is to be done with customers, and changes nothing. An
// error is about the database, not about a customer.
type decider interface {
	decide(ctx context.Context, rows []database.Row) ([]verdict, error)
}

func newDecider(table database.Table, chosen migration.Migration) decider {
	if chosen.Change != nil {
		return goDecider{chosen}
	}
	return checkDecider{table, chosen.Statements == nil || chosen.Statements.Check != ""}
}

// goDecider asks a migration written in Go.
type goDecider struct{ migration migration.Migration }

func (d goDecider) decide(ctx context.Context, rows []database.Row) ([]verdict, error) {
	verdicts := make([]verdict, len(rows))
	for i, row := range rows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		verdicts[i] = d.one(ctx, row)
	}
	return verdicts, nil
}

func (d goDecider) one(ctx context.Context, row database.Row) verdict {
	change, err := d.change(ctx, row)
	switch {
	case err != nil:
		return verdict{err: err}
	case change.PreviouslyMigrated:
		return verdict{unneeded: true}
	}
	return verdict{change: change}
}

// change calls the function and holds it to its promises: a panic or a column
// that it did not announce is the customer's own error.
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

func (d goDecider) check(change database.Change) error {
	if len(change.Assignments) == 0 {
		return fmt.Errorf("migration %s sets no column; a customer that needs none is PreviouslyMigrated", d.migration.Name)
	}
	for _, assignment := range change.Assignments {
		if !contains(d.migration.Writes, assignment.Column) {
			return fmt.Errorf("migration %s sets column %s, which its Writes do not name", d.migration.Name, assignment.Column)
		}
	}
	return nil
}

func contains(list []string, item string) bool {
	for _, element := range list {
		if element == item {
			return true
		}
	}
	return false
}

// checkDecider asks the check statement, if there is one.
type checkDecider struct {
	table   database.Table
	checked bool
}

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
