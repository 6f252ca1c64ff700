package cassandra

import (
	"context"
	"fmt"
	"time"

	"db-migrate/database"
)

const (
	// hiddenTries and hiddenPause are how often, and after what pause, a change is
	// made again that does not show: a deletion that is dated ahead hides it until
	// its moment has come.
	hiddenTries = 5
	hiddenPause = time.Second
)

// runStatements runs the plan's statements for a row, dated like the read of the
// row, and looks whether what they have written shows. A first statement with a
// condition (IF) reports whether it was applied. One whose write does not show leaves
// the row unwritten.
func (t *table) runStatements(ctx context.Context, one *work) (bool, error) {
	one.hidden, one.unapplied = nil, false
	for i, s := range t.migrate {
		applied, seen, err := t.runStatement(ctx, s, one)
		switch {
		case err != nil:
			return false, err
		case i == 0 && !applied:
			one.unapplied = true
			return false, nil
		case !applied || seen.shows:
		case i == 0:
			one.hidden = &seen
			return false, nil
		default:
			if err := t.insist(ctx, s, one, seen); err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

// runStatement runs one statement, and looks. The moment before the look is what a
// repetition is dated by, if the look finds nothing that is in the way.
func (t *table) runStatement(ctx context.Context, s *statement, one *work) (applied bool, seen sight, err error) {
	dated := one.seen.at
	var before [][]raw
	if s.conditional {
		if before, err = t.see(ctx, s, one); err != nil {
			return false, sight{}, classify(err)
		}
		dated = 0
	}
	if applied, err = t.execute(ctx, s, one); err != nil || !applied {
		return false, sight{}, err
	}
	one.looked = t.date()
	rows, err := t.see(ctx, s, one)
	if err != nil {
		return false, sight{}, classify(err)
	}
	return true, s.look.judge(rows, before, dated), nil
}

func (t *table) execute(ctx context.Context, s *statement, one *work) (applied bool, err error) {
	if s.conditional {
		applied, err = t.cas(ctx, s.text, s.values(one.key)...)
	} else {
		applied, err = true, t.session.Query(s.text, s.values(one.key)...).WithTimestamp(one.seen.at).ExecContext(ctx)
	}
	if err != nil {
		return false, classify(fmt.Errorf("%s: %w", s.place, err))
	}
	return applied, nil
}

// insist repeats a further statement until what it writes shows. What the site has
// written there since the row was read stays.
func (t *table) insist(ctx context.Context, s *statement, one *work, seen sight) error {
	again := *one
	for range hiddenTries {
		ahead := time.Until(time.UnixMicro(seen.newest))
		switch {
		case seen.newest > 0 && ahead < 0 && !s.conditional:
			return nil
		case s.conditional, ahead > futureLimit:
			return t.hiddenError(one, seen)
		}
		if err := database.Sleep(ctx, max(hiddenPause, ahead+t.address.clockSkew)); err != nil {
			return err
		}
		its := *one.seen
		its.at = max(again.looked, seen.newest+1)
		again.seen = &its
		var err error
		if _, seen, err = t.runStatement(ctx, s, &again); err != nil || seen.shows {
			return err
		}
	}
	return t.hiddenError(one, seen)
}

// showStatements repeats the first statements of which a look has found that a
// deletion hides what they wrote; behind other writes it waits, if that helps, so
// that these rows are decided anew.
func (t *table) showStatements(ctx context.Context, list []*work) error {
	for range hiddenTries {
		var hidden []*work
		for _, one := range list {
			if one.hidden != nil && one.hidden.newest == 0 {
				its := *one.seen
				its.at = one.looked
				one.seen = &its
				hidden = append(hidden, one)
			}
		}
		if len(hidden) == 0 {
			break
		}
		if err := database.Sleep(ctx, hiddenPause); err != nil {
			return err
		}
		err := t.each(ctx, len(hidden), func(ctx context.Context, i int) (err error) {
			hidden[i].written, err = t.runStatements(ctx, hidden[i])
			return err
		})
		if err != nil {
			return err
		}
	}
	return database.Sleep(ctx, t.untilPast(list))
}

// untilPast is how long it takes until a write can be dated after all that was in
// the way, as far as a wait helps.
func (t *table) untilPast(list []*work) time.Duration {
	var wait time.Duration
	for _, one := range list {
		if one.hidden == nil || one.hidden.newest == 0 {
			continue
		}
		if ahead := time.Until(time.UnixMicro(one.hidden.newest)); ahead < futureLimit {
			wait = max(wait, ahead+t.address.clockSkew+time.Millisecond)
		}
	}
	return wait
}

// hiddenError says why what was written does not show, and what helps.
func (t *table) hiddenError(one *work, seen sight) error {
	if seen.newest == 0 {
		return database.OwnError(fmt.Errorf("row %s: what was written does not show: a deletion that is dated ahead of this worker's clock hides it (DELETE … USING TIMESTAMP, or a column set to null by a client whose clock is ahead); set the clocks right, and run the migration again once that moment has passed",
			one.write.Row.Key))
	}
	return t.futureError(one, seen.newest)
}
