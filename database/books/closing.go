package books

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"db-migrate/database"
)

// Surveyor is how a driver looks at many rows at once.
type Surveyor interface {
	// Survey runs do in a session for statements that read all of a table, for which
	// the planner is free.
	Survey(ctx context.Context, do func(Session) error) error
	// NeededIn is a query for the keys of the rows of a window that need to be migrated,
	// by the plan's check; an empty text: there is no check for a set.
	NeededIn(window database.Window) (Condition, error)
	// RowsIn is what stands behind FROM for the plan's rows of a window, with its WHERE.
	RowsIn(window database.Window) (Condition, error)
}

// Balance counts a window in the ledger and in the table, side by side.
func (b *Books) Balance(ctx context.Context, run database.Run, window database.Window, full bool) (database.Balance, error) {
	var balance database.Balance
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return b.countLedger(ctx, run, window, &balance) })
	if full {
		group.Go(func() error { return b.countTable(ctx, run, window, &balance) })
	}
	return balance, group.Wait()
}

// countLedger counts the ledger's rows, and what of them the run has entered.
func (b *Books) countLedger(ctx context.Context, run database.Run, window database.Window, balance *database.Balance) error {
	between, err := b.store.Between(window.After, window.UpTo)
	if err != nil {
		return err
	}
	ours := b.ledgerColumns()
	entered := fmt.Sprintf("count(CASE WHEN %s = %d AND %s = %%d THEN 1 END)", ours.Run, run.Number, ours.Outcome)
	text := fmt.Sprintf("SELECT count(*), "+entered+", "+entered+" FROM %s%s", OutcomeMigrated, OutcomeFailed, b.dialect.Own(b.ledger), between.where())
	return b.surveyor.Survey(ctx, func(in Session) error {
		row, err := b.oneOf(ctx, in, text, between.Arguments)
		if err == nil {
			balance.Ledgered, balance.Migrated, balance.Failed = row.Number(0), row.Number(1), row.Number(2)
		}
		return err
	})
}

// countTable counts the rows that are left by the check, or else all rows.
func (b *Books) countTable(ctx context.Context, run database.Run, window database.Window, balance *database.Balance) error {
	needed, err := b.surveyor.NeededIn(window)
	if err != nil {
		return err
	}
	if needed.Text == "" {
		balance.Rows, err = b.CountRows(ctx, window)
		return err
	}
	ours, text := b.ledgerColumns(), b.neededWithLedger(needed)
	byRun := fmt.Sprintf("count(CASE WHEN l.%s = %d THEN 1 END)", ours.Run, run.Number)
	err = b.surveyor.Survey(ctx, func(in Session) error {
		row, err := b.oneOf(ctx, in, fmt.Sprintf("%s SELECT count(*) - count(l.%s), %s, count(l.%s)%s", text.with, ours.Run, byRun, ours.Run, text.from), needed.Arguments)
		if err == nil {
			balance.Left, balance.Undone = row.Number(0), row.Number(1)
			balance.Again, balance.Judged = row.Number(2)-balance.Undone, true
		}
		return err
	})
	if needed.impossible(err) {
		balance.Rows, err = b.CountRows(ctx, window)
	}
	return err
}

// neededText is a query of rows that need it, beside their ledger rows: those without
// one, and those that were migrated. A check that joins may name a row several times, or
// none.
type neededText struct{ with, from string }

func (b *Books) neededWithLedger(needed Condition) neededText {
	aliases, equal := make([]string, len(b.subject.Columns)), make([]string, len(b.subject.Columns))
	for i, column := range b.subject.Columns {
		aliases[i] = fmt.Sprintf("k%d", i)
		equal[i] = fmt.Sprintf("l.%s = n.k%d", column.Name, i)
	}
	ours := b.ledgerColumns()
	names := strings.Join(aliases, ", ")
	return neededText{with: fmt.Sprintf("WITH db_migrate_needed(%s) AS (%s\n)", names, needed.Text),
		from: fmt.Sprintf(" FROM (SELECT DISTINCT %s FROM db_migrate_needed WHERE k0 IS NOT NULL) n LEFT JOIN %s l ON %s WHERE (l.%s IS NULL OR l.%s = %d)",
			names, b.dialect.Own(b.ledger), strings.Join(equal, " AND "), ours.Run, ours.Outcome, OutcomeMigrated)}
}

// CountRows counts the rows of a window that are the plan's.
func (b *Books) CountRows(ctx context.Context, window database.Window) (count int64, err error) {
	rows, err := b.surveyor.RowsIn(window)
	if err != nil {
		return 0, err
	}
	err = b.surveyor.Survey(ctx, func(in Session) error {
		row, err := b.oneOf(ctx, in, "SELECT count(*) FROM "+rows.Text, rows.Arguments)
		if err == nil {
			count = row.Number(0)
		}
		return err
	})
	return count, err
}

// LeftKeys are the first keys of rows that are left.
func (b *Books) LeftKeys(ctx context.Context, run database.Run, window database.Window, limit int, undone bool) ([]database.Key, error) {
	needed, err := b.surveyor.NeededIn(window)
	if err != nil {
		return nil, err
	}
	if needed.Text == "" {
		return b.unledgered(ctx, window, limit)
	}
	text, is := b.neededWithLedger(needed), "IS NULL"
	if undone {
		is = fmt.Sprintf("= %d", run.Number)
	}
	keys, err := b.keys(ctx, fmt.Sprintf("%s SELECT %s%s AND l.%s %s ORDER BY %s LIMIT %d", text.with, b.selected("n.k%d"), text.from, b.ledgerColumns().Run, is, b.listed("n.k%d"), limit), needed.Arguments)
	if needed.impossible(err) {
		return b.unledgered(ctx, window, limit)
	}
	return keys, err
}

// unledgered are the first rows of a window without a ledger row. NOT EXISTS would let
// MariaDB copy the ledger's keys first, for every page.
func (b *Books) unledgered(ctx context.Context, window database.Window, limit int) ([]database.Key, error) {
	rows, err := b.surveyor.RowsIn(window)
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("SELECT %s FROM (SELECT %s FROM %s) db_migrate_t LEFT JOIN %s db_migrate_l ON %s WHERE db_migrate_l.%s IS NULL ORDER BY %s LIMIT %d", b.selected("db_migrate_t."),
		b.keyNames(), rows.Text, b.dialect.Own(b.ledger), b.sameKey("db_migrate_l", "db_migrate_t"), b.subject.Columns[0].Name, b.listed("db_migrate_t."), limit)
	return b.keys(ctx, text, rows.Arguments)
}

// listed are the key's columns by a form of their numbers, or by their names behind a
// table's alias and a dot.
func (b *Books) listed(form string) string {
	return strings.Join(b.columns(form), ", ")
}

// selected are they as they are selected; to order by that would be no index's order.
func (b *Books) selected(form string) string {
	list := b.columns(form)
	for i := range list {
		if b.subject.Selected != nil {
			list[i] = b.subject.Selected(list[i])
		}
	}
	return strings.Join(list, ", ")
}

func (b *Books) columns(form string) []string {
	list := make([]string, len(b.subject.Columns))
	for i, column := range b.subject.Columns {
		if list[i] = form + column.Name; strings.Contains(form, "%") {
			list[i] = fmt.Sprintf(form, i)
		}
	}
	return list
}

func (b *Books) sameKey(one, other string) string {
	equal := make([]string, len(b.subject.Columns))
	for i, column := range b.subject.Columns {
		equal[i] = fmt.Sprintf("%s.%s = %s.%s", one, column.Name, other, column.Name)
	}
	return strings.Join(equal, " AND ")
}

func (b *Books) keys(ctx context.Context, text string, arguments []any) ([]database.Key, error) {
	var keys []database.Key
	err := b.surveyor.Survey(ctx, func(in Session) error {
		found, err := b.keysIn(ctx, in, text, arguments)
		keys = found
		return err
	})
	return keys, err
}
