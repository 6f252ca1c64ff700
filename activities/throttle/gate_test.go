package throttle

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// queue lets callers wait at the gate, and tells in which order they enter.
type queue struct {
	gate    *Gate
	entered chan int
}

func newQueue() *queue {
	return &queue{gate: NewGate(), entered: make(chan int, 100)}
}

// ask lets one wait, and returns once it does.
func (q *queue) ask(ctx context.Context, stopped chan struct{}, number, fixed int) <-chan *Turn {
	answer := make(chan *Turn, 1)
	go func() {
		found := q.gate.Enter(ctx, stopped, fixed, nil)
		if found != nil {
			q.entered <- number
		}
		answer <- found
	}()
	synctest.Wait()
	return answer
}

// TestSetsTakeTurns in the order in which they came, so many at once as was asked.
func TestSetsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		var answers []<-chan *Turn
		for number := range 6 {
			answers = append(answers, q.ask(t.Context(), nil, number, 3))
		}
		require.Len(t, q.entered, 3)
		for number, answer := range answers {
			require.Equal(t, number, <-q.entered)
			(<-answer).Leave(1000)
			synctest.Wait()
		}
		require.Zero(t, q.gate.active)
	})
}

// TestWhoMustStopWaitsNoLonger, and holds up nobody behind.
func TestWhoMustStopWaitsNoLonger(t *testing.T) {
	for name, stop := range map[string]func(stopped chan struct{}, cancel context.CancelFunc){
		"the worker stops":       func(stopped chan struct{}, _ context.CancelFunc) { close(stopped) },
		"the batch is cancelled": func(_ chan struct{}, cancel context.CancelFunc) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newQueue()
				first := <-q.ask(t.Context(), nil, 0, 1)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				stopped := make(chan struct{})
				waiting := q.ask(ctx, stopped, 1, 1)
				behind := q.ask(t.Context(), nil, 2, 1)
				began := time.Now()
				stop(stopped, cancel)
				require.Nil(t, <-waiting)
				require.Zero(t, time.Since(began), "at once")
				first.Leave(1000)
				(<-behind).Leave(1000)
				require.Zero(t, q.gate.active)
				require.Empty(t, q.gate.waiting)
			})
		})
	}
}

// TestATurnThatNobodyTakesGoesOn to the next: who was given it stops at that moment.
func TestATurnThatNobodyTakesGoesOn(t *testing.T) {
	q := NewGate()
	granted := q.queue(1, nil)
	behind := q.queue(1, nil)
	q.giveUp(granted)
	require.Len(t, behind, 1)
	require.Equal(t, 1, q.active)
}

// TestRunsThatShareAGate each go by their own number, whoever came last.
func TestRunsThatShareAGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		var answers []<-chan *Turn
		for number, fixed := range []int{4, 4, 1, 4} {
			answers = append(answers, q.ask(t.Context(), nil, number, fixed))
		}
		require.Len(t, q.entered, 2, "the third begins alone")
		for _, answer := range answers[:2] {
			(<-answer).Leave(1000)
			synctest.Wait()
		}
		require.Len(t, q.entered, 4, "and the fourth beside it")
		for _, answer := range answers[2:] {
			(<-answer).Leave(1000)
		}
		require.Zero(t, q.gate.active)
	})
}

// TestSetsThatWaitLetOthersBegin: none ends, so that nothing is learned of them.
func TestSetsThatWaitLetOthersBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		for number := range 20 {
			q.ask(t.Context(), nil, number, 0)
		}
		require.Len(t, q.entered, firstLimit)
		time.Sleep(5 * patience)
		synctest.Wait()
		require.Len(t, q.entered, 20)
	})
}
