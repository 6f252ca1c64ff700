package mysql

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
	parsed, err := sqltext.Parse("DELETE FROM "+t.own(t.other)+" WHERE "+tuple(names(t.keys, ""))+" IN (:ids)", sqltext.MySQL)
	if err != nil {
		return err
	}
	t.leave = &statement{Statement: parsed, place: describe(t.plan.Migration, "leaving the other ledger"), set: true}
	if t.plan.Undoes == "" {
		return nil // it is created with ours
	}
	found, err := one(ctx, t.readers, "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?", t.ours, t.other)
	if err != nil {
		return err
	}
	if found == nil {
		return t.plan.NothingToUndo(t.own(t.other))
	}
	return nil
}

// checkText is the plan's check; what is undone is what the other ledger has.
func (t *table) checkText() string {
	if t.plan.Undoes == "" {
		return strings.TrimSpace(t.plan.Statements.Check)
	}
	return "SELECT " + t.keyList() + " FROM " + t.own(t.other) + " WHERE " + tuple(names(t.keys, "")) + " IN (:ids) AND outcome = 1"
}

// leaveOther takes those who have entered our ledger out of the other one.
func (t *table) leaveOther(ctx context.Context, in session, keys []database.Key) error {
	if t.leave == nil {
		return nil
	}
	return t.execute(ctx, in, t.leave, keys)
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
