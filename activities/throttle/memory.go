package throttle

import (
	"context"
	"slices"
	"sync"
)

const (
	// copies is how often a row's values are in memory, about, while they are written:
	// as they came, as they were decided on, as arguments, as what is sent, and the
	// garbage of each.
	copies = 8
	// leastRead is what one read may bring in bytes, however many processes share the
	// memory.
	leastRead = 256 << 10
)

// ReadBytes is what the rows of one read may weigh in bytes, where so many processes
// share so much memory. 0: no bound.
func ReadBytes(memory int64, processes int) int {
	if memory <= 0 {
		return 0
	}
	return int(max(leastRead, memory/copies/int64(max(1, processes))))
}

// Memory is what the rows that a worker has in hand may take, whatever a row's size: a
// read asks for as many as weigh little enough by those before, and sets are written at
// once as long as there is room for them. Nil: there is no bound. It may be used by
// several goroutines.
type Memory struct {
	// total is in bytes, read is what one read may bring.
	total int64
	read  int

	mutex sync.Mutex
	// row is the weight of a heavy row of late, in bytes.
	row     int
	taken   int64
	waiting []*wish
}

// wish is somebody who waits for room.
type wish struct {
	bytes   int64
	granted chan struct{}
}

// NewMemory returns one of so many bytes for so many processes; nil, if there is no
// bound.
func NewMemory(total int64, processes int) *Memory {
	if total <= 0 {
		return nil
	}
	return &Memory{total: total, read: ReadBytes(total, processes)}
}

// Room is what the rows of a set may weigh that are decided on and written together, in
// bytes; 0: whatever they weigh.
func (m *Memory) Room() int {
	if m == nil {
		return 0
	}
	return m.read
}

// Rows is how many of so many rows the next read asks for.
func (m *Memory) Rows(most int) int {
	if m == nil {
		return most
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.row == 0 {
		return most
	}
	return max(1, min(most, m.read/m.row))
}

// Observe learns what the rows of a read weigh on average. Reads of lighter rows let it
// ask for more again.
func (m *Memory) Observe(rows, bytes int) {
	if m == nil || rows == 0 {
		return
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.row = max(bytes/rows, m.row/2)
}

// Take waits until there is room to write rows that weigh so many bytes, and returns
// what gives the room back. One set is always let in, however much it weighs. Those who
// wait go first in, first out. An error: the context has ended.
func (m *Memory) Take(ctx context.Context, bytes int) (release func(), err error) {
	if m == nil {
		return func() {}, nil
	}
	asked := &wish{min(int64(bytes)*copies, m.total), make(chan struct{})}
	m.change(func() { m.waiting = append(m.waiting, asked) })
	release = func() { m.change(func() { m.taken -= asked.bytes }) }
	select {
	case <-asked.granted:
		return release, nil
	case <-ctx.Done():
		m.giveUp(asked)
		return nil, ctx.Err()
	}
}

// giveUp leaves the queue, or gives room back that has just been granted.
func (m *Memory) giveUp(asked *wish) {
	m.change(func() {
		if place := slices.Index(m.waiting, asked); place >= 0 {
			m.waiting = slices.Delete(m.waiting, place, place+1)
			return
		}
		m.taken -= asked.bytes
	})
}

// change changes the queue, and lets in those for whom there is room then.
func (m *Memory) change(change func()) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	change()
	for len(m.waiting) > 0 && m.taken+m.waiting[0].bytes <= m.total {
		m.taken += m.waiting[0].bytes
		close(m.waiting[0].granted)
		m.waiting = m.waiting[1:]
	}
}
