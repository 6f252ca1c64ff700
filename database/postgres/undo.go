package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"db-migrate/database"
)

// findCounterpart finds the ledger that customers leave when they enter ours.
func (t *table) findCounterpart(ctx context.Context) error {
	counterpart := t.plan.Counterpart()
	if counterpart == "" || t.plan.Statements == nil {
		return nil
	}
	t.other = ledgerName(counterpart)
	leave, err := t.parse("leaving the other ledger", "DELETE FROM "+t.own(t.other)+" WHERE "+tuple(names(t.keys, ""))+" IN (:ids)")
	if err != nil {
		return err
	}
	t.leave = leave
	if t.plan.Undoes == "" {
		return nil // it is created with ours
	}
	found, err := one(ctx, t.readers, "SELECT to_regclass($1)", t.own(t.other))
	if err != nil {
		return err
	}
	if found[0] == nil {
		return t.plan.NothingToUndo(t.own(t.other))
	}
	return nil
}

// checkText is the plan's check; what is undone is what the other ledger has.
func (t *table) checkText() string {
	if t.plan.Undoes == "" {
		return strings.TrimSpace(t.plan.Statements.Check)
	}
	return "SELECT " + strings.Join(names(t.keys, ""), ", ") + " FROM " + t.own(t.other) + " WHERE " + tuple(names(t.keys, "")) + " IN (:ids) AND outcome = 1"
}

// leaveOther takes those who have entered our ledger out of the other one.
func (t *table) leaveOther(ctx context.Context, tx pgx.Tx, keys []database.Key) error {
	if t.leave == nil {
		return nil
	}
	return t.execute(ctx, tx, t.leave, keys)
}
