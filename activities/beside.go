package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"

	"db-migrate/activities/throttle"
	"db-migrate/database"
	"db-migrate/siteguard"
)

// Beside is how the work fares beside the live site. It travels in heartbeats and
// results, and the status shows it.
type Beside struct {
	// Share is how much the work may have now, from 0 to 1.
	Share float64 `json:"share"`
	// Words say how it is held back and why; Line says in any case how things are.
	Words string `json:"words,omitempty"`
	Line  string `json:"line"`
}

func besideOf(guard *siteguard.Guard) *Beside {
	decision, known := guard.Last()
	if !known {
		return nil
	}
	return &Beside{Share: decision.Share, Words: decision.Words(), Line: decision.Line()}
}

// QuerySettings is the overseer's query that answers what was set while it runs.
const QuerySettings = "settings"

// hearTime bounds the question for settings.
const hearTime = 2 * time.Second

// Site is what the open database feels of a site; nil: nothing.
func (c *Connection) Site() (database.Site, error) {
	table, err := c.opened()
	if err != nil {
		return nil, err
	}
	return table.Traits().Site, nil
}

// room is what the guard leaves to sets.
func room(guard *siteguard.Guard) throttle.Room {
	decision := guard.Decision()
	return throttle.Room{Share: decision.Share, Narrow: decision.Beside}
}

// obey makes the guard hold what was set for the run, and lets it look first.
func obey(ctx context.Context, guard *siteguard.Guard, order Order) {
	if err := guard.Wish(order.Wishes); err != nil {
		activity.GetLogger(ctx).Warn("site-guard: what was set for the run is not understood, and not heeded: " + err.Error())
	}
	guard.Ready(ctx)
}

// hear asks the run for its settings: work that waits would not see them come.
func hear(ctx context.Context, guard *siteguard.Guard) {
	info, asked := activity.GetInfo(ctx), activity.GetClient(ctx)
	if asked == nil {
		return
	}
	asking, cancel := context.WithTimeout(ctx, hearTime)
	defer cancel()
	var wishes map[string]string
	answer, err := client.Client(asked).QueryWorkflow(asking, info.WorkflowExecution.ID, info.WorkflowExecution.RunID, QuerySettings)
	if err == nil && answer.Get(&wishes) == nil {
		_ = guard.Wish(wishes) // the overseer takes no others
	}
}

// pausing is work that does not wait at the gate: it rests by itself.
type pausing struct {
	guard  *siteguard.Guard
	worked time.Duration
	until  time.Time
}

// pauseStep is how often the room is asked while work rests.
const pauseStep = 50 * time.Millisecond

// await waits until there is room, or the activity should stop. Nobody who waits holds
// a connection or a lock.
func (p *pausing) await(ctx context.Context) {
	for stopping(ctx) == "" {
		now := room(p.guard)
		if rest := time.Until(p.until.Add(now.Pause(p.worked))); now.Share > 0 && rest <= 0 {
			return
		}
		_ = database.Sleep(ctx, pauseStep) // its end is seen above
	}
}

// work does something and notes how long it took.
func (p *pausing) work(do func() error) error {
	began := time.Now()
	err := do()
	p.until = time.Now()
	p.worked = p.until.Sub(began)
	return err
}
