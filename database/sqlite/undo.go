package sqlite

import (
	"cmp"
	"context"
	"strings"

	"db-migrate/database"
	"db-migrate/database/sqltext"
)

// findCounterpart finds the ledger that customers leave when they enter ours.
func (t *table) findCounterpart(ctx context.Context) error {
	counterpart := t.plan.Counterpart()
	if counterpart == "" || t.plan.Statements == nil {
		return nil
	}
	t.other = ledgerName(counterpart)
	parsed, err := sqltext.Parse("DELETE FROM "+quote(t.other)+" WHERE "+t.keyTuple()+" IN (:ids)", sqltext.SQLite)
	if err != nil {
		return err
	}
	t.leave = &statement{Statement: parsed, set: true}
	if t.plan.Undoes == "" {
		return nil // it is created with ours
	}
	var found int
	if err := t.readers.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", t.other).Scan(&found); err != nil {
		return classify(err)
	}
	if found == 0 {
		return t.plan.NothingToUndo(t.other)
	}
	return nil
}

// checkText is the plan's check; what is undone is what the other ledger has.
func (t *table) checkText() string {
	if t.plan.Undoes == "" {
		return strings.TrimSpace(t.plan.Statements.Check)
	}
	return "SELECT " + strings.Join(t.keyNames(), ", ") + " FROM " + quote(t.other) + " WHERE " + t.keyTuple() + " IN (:ids) AND outcome = 1"
}

// leaveOther takes those who have entered our ledger out of the other one.
func (t *table) leaveOther(ctx context.Context, keys []database.Key) error {
	if t.leave == nil {
		return nil
	}
	return t.execute(ctx, t.leave, keys)
}

// ledgers are the plan's own ledger, and that of the migration that undoes it.
func (t *table) ledgers() []string {
	if t.plan.UndoneBy == "" || t.other == "" {
		return []string{t.ledger}
	}
	return []string{t.ledger, t.other}
}

// dropped is the migration that goes with the plan's own: that which undoes it.
func (t *table) dropped() string { return cmp.Or(t.plan.UndoneBy, t.plan.Migration) }
