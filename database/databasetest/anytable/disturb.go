package anytable

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"pgregory.net/rapid"

	"db-migrate/database"
)

// disturbance is something that happens at a step of the run.
type disturbance struct {
	what what
	// step is at which of the run's calls of the database it happens, from 1.
	step int
	// row is the number of the row that the site writes.
	row int
}

type what string

const (
	siteRespells what = "the site spells a key in capitals, where both are the same to the database"
	killBefore   what = "the worker dies before the call"
	killAfter    what = "the worker dies after the call"
	killDuring   what = "the worker is called back in the middle of the call"
	freeze       what = "the worker is taken for dead and goes on later"
	siteWrites   what = "the site writes a column of its own"
	cancel       what = "the run is cancelled, and started again"
)

// thawAfter is so many steps of others after which a frozen worker goes on.
const thawAfter = 6

func drawDisturbances(t *rapid.T, from choices) []disturbance {
	if from.rows == 0 || len(from.whats) == 0 {
		return nil
	}
	if rapid.Bool().Draw(t, "quiet") {
		return nil
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) disturbance {
		return disturbance{what: pick(t, "what", from.whats),
			step: rapid.IntRange(1, 25).Draw(t, "step"), row: rapid.IntRange(0, from.rows-1).Draw(t, "row")}
	}), 0, 3).Draw(t, "disturbances")
}

// life is an attempt of an activity on a worker that may die.
type life struct {
	cancel context.CancelFunc
	dead   chan struct{}
	once   sync.Once
	// locking: it is in a transaction of its own, where a process freezes as a whole.
	locking atomic.Bool
}

type lifeKey struct{}

// die ends the attempt for all others; stopped also ends it for itself.
func (l *life) die(stopped bool) {
	l.once.Do(func() { close(l.dead) })
	if stopped {
		l.cancel()
	}
}

var errDead = errors.New("the worker has died")

// script counts a run's steps and lets the disturbances happen.
type script struct {
	mutex  sync.Mutex
	steps  int
	left   []disturbance
	frozen []frozen
	// ended: the run is over, and nobody stays frozen.
	ended bool
	// site does a write of the site's, and cancelled cancels the run.
	site      func(disturbance)
	cancelled func()
	happened  []disturbance
}

type frozen struct {
	until int
	thaw  chan struct{}
}

// mostSteps bounds a run.
const mostSteps = 4000

var errEndless = errors.New("the run has asked the database too often")

// step is called before each call; after is called behind it.
func (s *script) step(ctx context.Context) (after func(), err error) {
	s.mutex.Lock()
	s.steps++
	if s.steps > mostSteps {
		s.mutex.Unlock()
		return nil, errEndless
	}
	s.thawUntil(s.steps)
	own, _ := ctx.Value(lifeKey{}).(*life)
	due := s.due(own != nil && own.locking.Load())
	s.mutex.Unlock()
	after = func() {}
	for _, one := range due {
		switch one.what {
		case siteWrites, siteRespells:
			s.site(one)
		case cancel:
			s.cancelled()
		}
	}
	for _, one := range due {
		switch {
		case own == nil:
		case one.what == killBefore:
			own.die(true)
			return nil, errDead
		case one.what == killAfter:
			after = func() { own.die(true) }
		case one.what == killDuring:
			time.AfterFunc(time.Duration(one.row)*time.Millisecond/2, func() { own.die(true) })
		case one.what == freeze:
			own.die(false)
			<-s.freeze()
		}
	}
	return after, nil
}

// due takes the disturbances of this step. The site, or a frozen worker, would wait for
// ever for what a transaction of the same step has locked.
func (s *script) due(locking bool) []disturbance {
	var due, left []disturbance
	for _, one := range s.left {
		if waits := locking && (one.what == siteWrites || one.what == siteRespells || one.what == freeze); one.step <= s.steps && !waits {
			due = append(due, one)
		} else {
			left = append(left, one)
		}
	}
	s.left, s.happened = left, append(s.happened, due...)
	return due
}

func (s *script) freeze() chan struct{} {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	thaw := make(chan struct{})
	if s.ended {
		close(thaw)
		return thaw
	}
	s.frozen = append(s.frozen, frozen{s.steps + thawAfter, thaw})
	return thaw
}

// thawUntil lets those go on whose time has come.
func (s *script) thawUntil(step int) {
	var left []frozen
	for _, one := range s.frozen {
		if one.until <= step {
			close(one.thaw)
		} else {
			left = append(left, one)
		}
	}
	s.frozen = left
}

// begin says that another run begins.
func (s *script) begin() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.ended = false
}

// end says that the run is over.
func (s *script) end() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.ended = true
	s.thawUntil(1 << 30)
}

// disturbed is a driver whose calls are steps of the script.
type disturbed struct {
	database.Driver
	script *script
}

func (d disturbed) Open(ctx context.Context, options database.Options) (database.Connection, error) {
	opened, err := d.Driver.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	return disturbedConnection{opened, d.script}, nil
}

type disturbedConnection struct {
	database.Connection
	script *script
}

func (c disturbedConnection) Prepare(ctx context.Context, plan database.Plan) (database.Table, error) {
	prepared, err := c.Connection.Prepare(ctx, plan)
	if err != nil {
		return nil, err
	}
	return disturbedTable{prepared, c.script}, nil
}

type disturbedTable struct {
	database.Table
	script *script
}

// call makes a call a step.
func call[Result any](ctx context.Context, s *script, do func() (Result, error)) (result Result, err error) {
	after, err := s.step(ctx)
	if err != nil {
		return result, err
	}
	result, err = do()
	after()
	return result, err
}

func (t disturbedTable) Fetch(ctx context.Context, after, upTo database.Key, limit int) ([]database.Key, error) {
	return call(ctx, t.script, func() ([]database.Key, error) { return t.Table.Fetch(ctx, after, upTo, limit) })
}

func (t disturbedTable) Read(ctx context.Context, part database.Range, after database.Key, limit int) ([]database.Row, error) {
	return call(ctx, t.script, func() ([]database.Row, error) { return t.Table.Read(ctx, part, after, limit) })
}

func (t disturbedTable) ReadKeys(ctx context.Context, keys []database.Key) ([]database.Row, error) {
	return call(ctx, t.script, func() ([]database.Row, error) { return t.Table.ReadKeys(ctx, keys) })
}

func (t disturbedTable) Check(ctx context.Context, keys []database.Key) ([]bool, error) {
	return call(ctx, t.script, func() ([]bool, error) { return t.Table.Check(ctx, keys) })
}

func (t disturbedTable) Write(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	return call(ctx, t.script, func() (database.Written, error) { return t.Table.Write(ctx, mark, writes) })
}

func (t disturbedTable) WriteLocked(ctx context.Context, mark database.Mark, key database.Key, decide func(database.Row) (database.Change, error)) (bool, error) {
	return call(ctx, t.script, func() (bool, error) {
		if own, living := ctx.Value(lifeKey{}).(*life); living {
			own.locking.Store(true)
			defer own.locking.Store(false)
		}
		return t.Table.WriteLocked(ctx, mark, key, decide)
	})
}

func (t disturbedTable) End(ctx context.Context, run database.Run, ending database.Ending) error {
	_, err := call(ctx, t.script, func() (struct{}, error) { return struct{}{}, t.Table.End(ctx, run, ending) })
	return err
}

func (t disturbedTable) Ledger(ctx context.Context, keys []database.Key) ([]database.LedgerRow, error) {
	return call(ctx, t.script, func() ([]database.LedgerRow, error) { return t.Table.Ledger(ctx, keys) })
}

func (t disturbedTable) Balance(ctx context.Context, run database.Run, window database.Window, full bool) (database.Balance, error) {
	return call(ctx, t.script, func() (database.Balance, error) { return t.Table.Balance(ctx, run, window, full) })
}

func (t disturbedTable) Bury(ctx context.Context, run database.Run, letter database.DeadLetter) (bool, error) {
	return call(ctx, t.script, func() (bool, error) { return t.Table.Bury(ctx, run, letter) })
}

// Traits are those of the table, whose calls are steps, too.
func (t disturbedTable) Traits() database.Traits {
	traits := t.Table.Traits()
	if traits.Stretches != nil {
		traits.Stretches = disturbedStretches{traits.Stretches, t.script}
	}
	if traits.Singly != nil {
		traits.Singly = disturbedSingly{traits.Singly, t.script}
	}
	return traits
}

type disturbedStretches struct {
	database.Stretches
	script *script
}

func (d disturbedStretches) MigrateStretch(ctx context.Context, mark database.Mark, part database.Range, after database.Key, limit int, named bool) (database.Stretch, error) {
	return call(ctx, d.script, func() (database.Stretch, error) {
		return d.Stretches.MigrateStretch(ctx, mark, part, after, limit, named)
	})
}

type disturbedSingly struct {
	database.Singly
	script *script
}

func (d disturbedSingly) WriteEach(ctx context.Context, mark database.Mark, writes []database.Write) ([]database.Outcome, error) {
	return call(ctx, d.script, func() ([]database.Outcome, error) { return d.Singly.WriteEach(ctx, mark, writes) })
}
