package measure

import (
	"context"
	"slices"
	"sync"
	"time"
)

// OpenLoop is a site whose statements come by the clock, whether the ones before them
// have ended or not, and whose latency counts from when a statement was due: a stall
// delays all that are due in it.
type OpenLoop struct {
	// Rate is how many statements a second there are, Connections how many may run at
	// once.
	Rate, Connections int
	// On and Off are for how long the site is busy and quiet in turns; Off 0: always busy.
	On, Off time.Duration
	// Do runs a statement; number counts them.
	Do func(ctx context.Context, number int) error

	mutex sync.Mutex
	waits []time.Duration
	err   error
}

// Run visits until ctx is done.
func (l *OpenLoop) Run(ctx context.Context) {
	due := make(chan visit, l.Rate*60)
	var visitors sync.WaitGroup
	for range l.Connections {
		visitors.Go(func() {
			for next := range due {
				l.visit(ctx, next)
			}
		})
	}
	l.schedule(ctx, due)
	close(due)
	visitors.Wait()
}

type visit struct {
	number int
	at     time.Time
}

// schedule hands out visits when they are due.
func (l *OpenLoop) schedule(ctx context.Context, due chan<- visit) {
	interval, began := time.Second/time.Duration(l.Rate), time.Now()
	for number := 0; ctx.Err() == nil; number++ {
		at := began.Add(time.Duration(number) * interval)
		time.Sleep(time.Until(at))
		if l.Off > 0 && at.Sub(began)%(l.On+l.Off) >= l.On {
			continue // it is quiet
		}
		select {
		case due <- visit{number, at}:
		case <-ctx.Done():
		}
	}
}

func (l *OpenLoop) visit(ctx context.Context, next visit) {
	err := l.Do(ctx, next.number)
	if ctx.Err() != nil {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.waits = append(l.waits, time.Since(next.at))
	if err != nil && l.err == nil {
		l.err = err
	}
}

// Figures are the latencies in milliseconds, and the first error.
func (l *OpenLoop) Figures() (map[string]float64, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	slices.Sort(l.waits)
	figures := map[string]float64{"site_statements": float64(len(l.waits))}
	for name, share := range map[string]float64{"site_p50_ms": 0.5, "site_p99_ms": 0.99, "site_p999_ms": 0.999} {
		if len(l.waits) > 0 {
			figures[name] = float64(l.waits[int(share*float64(len(l.waits)-1))].Microseconds()) / 1000
		}
	}
	return figures, l.err
}
