package books

import (
	"context"
	"fmt"
	"strings"

	"db-migrate/database"
)

// Ledger returns the ledger rows of these keys; none where there is no ledger yet.
func (b *Books) Ledger(ctx context.Context, keys []database.Key) ([]database.LedgerRow, error) {
	parts, err := b.store.In(keys)
	if err != nil {
		return nil, err
	}
	var rows []database.LedgerRow
	for _, part := range parts {
		found, err := b.ledgerRows(ctx, part.where(), part.Arguments)
		if err != nil {
			return nil, err
		}
		rows = append(rows, found...)
	}
	return rows, database.LedgerAsAsked(keys, rows, func(keys []database.Key) ([]int, error) { return b.store.SameKeys(ctx, keys) })
}

// LedgerOfRange returns the keys that this run has entered for the range.
func (b *Books) LedgerOfRange(ctx context.Context, mark database.Mark, part database.Range, after, upTo database.Key) ([]database.LedgerRow, error) {
	if after == nil {
		after = part.After
	}
	if upTo == nil {
		upTo = part.UpTo
	}
	between, err := b.store.Between(after, upTo)
	if err != nil {
		return nil, err
	}
	return b.ledgerRows(ctx, between.where(fmt.Sprintf("%s = %d", b.ledgerColumns().Run, mark.Run.Number)), between.Arguments)
}

func (b *Books) ledgerRows(ctx context.Context, where string, arguments []any) ([]database.LedgerRow, error) {
	ours := b.ledgerColumns()
	text := fmt.Sprintf("SELECT %s, %s, %s, %s FROM %s%s", b.keyNames(), ours.Run, ours.Range, ours.Outcome, b.dialect.Own(b.ledger), where)
	var rows []database.LedgerRow
	width := len(b.subject.Columns)
	err := b.store.Reader().Query(ctx, text, arguments, func(values Values) error {
		key, err := b.store.Key(values)
		rows = append(rows, database.LedgerRow{Key: key, Run: values.Number(width), Sequence: values.Number(width + 1), Failed: values.Number(width+2) == OutcomeFailed})
		return err
	})
	if b.missing(ctx, err, b.ledger) {
		return nil, nil
	}
	return rows, err
}

// keysIn are the keys that a statement answers which has the database's own placeholders.
func (b *Books) keysIn(ctx context.Context, in Session, text string, arguments []any) ([]database.Key, error) {
	var keys []database.Key
	err := in.Query(ctx, text, arguments, func(values Values) error {
		key, err := b.store.Key(values)
		keys = append(keys, key)
		return err
	})
	return keys, err
}

// keyNames are the key's columns as SQL.
func (b *Books) keyNames() string {
	names := make([]string, len(b.subject.Columns))
	for i, column := range b.subject.Columns {
		names[i] = column.Name
	}
	return strings.Join(names, ", ")
}

// Clear deletes the ledger rows that earlier runs have left for these keys, and their
// dead letters, in the transaction that writes them anew. Failed alone: only the marks
// of rows that failed.
func (b *Books) Clear(ctx context.Context, in Session, run database.Run, keys []database.Key, failedAlone bool) error {
	parts, err := b.store.In(keys)
	if err != nil {
		return err
	}
	ours := b.ledgerColumns()
	conditions := []string{fmt.Sprintf("%s < %d", ours.Run, run.Number)}
	if failedAlone {
		conditions = append(conditions, fmt.Sprintf("%s = %d", ours.Outcome, OutcomeFailed))
	}
	var marked []database.Key
	for _, part := range parts {
		where := part.where(conditions...)
		found, err := b.keysIn(ctx, in, "SELECT "+b.keyNames()+" FROM "+b.dialect.Own(b.ledger)+where, part.Arguments)
		if err != nil {
			return err
		}
		marked = append(marked, found...)
		if _, err := in.Execute(ctx, "DELETE FROM "+b.dialect.Own(b.ledger)+where, part.Arguments); err != nil {
			return err
		}
	}
	return b.forgetLetters(ctx, in, run, marked)
}

// Known reports whether one of the rows has a ledger row, as a session sees it.
func (b *Books) Known(ctx context.Context, in Session, keys []database.Key) (bool, error) {
	parts, err := b.store.In(keys)
	if err != nil {
		return false, err
	}
	for _, part := range parts {
		found, err := b.keysIn(ctx, in, "SELECT "+b.selected("")+" FROM "+b.dialect.Own(b.ledger)+part.where(), part.Arguments)
		if err != nil || len(found) > 0 {
			return len(found) > 0, err
		}
	}
	return false, nil
}

// Leave takes rows that have entered our ledger out of the other one.
func (b *Books) Leave(ctx context.Context, in Session, keys []database.Key) error {
	if b.other == "" || len(keys) == 0 {
		return nil
	}
	parts, err := b.store.In(keys)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if _, err := in.Execute(ctx, "DELETE FROM "+b.dialect.Own(b.other)+part.where(), part.Arguments); err != nil {
			return err
		}
	}
	return nil
}

// CheckText is the plan's check; what is undone is what the other ledger has. keys is
// the key as SQL compares it with :ids.
func (b *Books) CheckText(keys string) string {
	if b.plan.Undoes == "" {
		return strings.TrimSpace(b.plan.Statements.Check)
	}
	return fmt.Sprintf("SELECT %s FROM %s WHERE %s IN (:ids) AND %s = %d", b.keyNames(), b.dialect.Own(b.other), keys, b.ledgerColumns().Outcome, OutcomeMigrated)
}

// FindCounterpart refuses to undo what has no ledger.
func (b *Books) FindCounterpart(ctx context.Context) error {
	if b.plan.Undoes == "" || b.other == "" {
		return nil // it is created with ours
	}
	found, err := b.store.Present(ctx, b.store.Reader(), b.other)
	if err == nil && !found {
		return b.plan.NothingToUndo(b.other)
	}
	return err
}
