package service

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// garbagePercent lets garbage grow to twice what is in use before it is
	// collected: rows live for a transaction only, and collecting them took a
	// quarter of the worker's time.
	garbagePercent = 200
	// usualMemory is what Go may hold in all, in bytes, garbage included, for work as
	// it is as a rule: a moment in which more is in use than usual would else be
	// tripled, and the longer a run the likelier is such a moment.
	usualMemory = 44 << 20
	// besideHeap is about what Go holds beside the heap: stacks and its own tables.
	besideHeap = 8 << 20
)

// boundMemory keeps garbage within bounds until ctx is done: that of heavy rows within
// what rows may take (customer-migration/memory, in bytes). GOGC and GOMEMLIMIT, Go's
// own variables, override it.
func boundMemory(ctx context.Context, rows int64) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(garbagePercent)
	debug.SetMemoryLimit(usualMemory)
	afterEachCollection(ctx, func() { debug.SetMemoryLimit(memoryLimit(heapInUse(), rows)) })
}

// memoryLimit is what Go may hold when so many bytes of its heap are in use: wide
// rows and many processes need more than usual, and garbage as much room as they, or
// the worker would do nothing but collect. What is beyond all that rows may take leaves
// a quarter for garbage.
func memoryLimit(inUse uint64, rows int64) int64 {
	used := int64(inUse)
	return max(usualMemory, min(2*used, max(rows, used+used/4))+besideHeap)
}

// heapInUse is how many bytes the last collection has left.
func heapInUse() uint64 {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64()
}

// sentinel is something that the next collection finds; smaller objects share
// their memory with others.
type sentinel [32]byte

// afterEachCollection calls a function after each collection of garbage, until ctx is done.
func afterEachCollection(ctx context.Context, do func()) {
	runtime.AddCleanup(new(sentinel), func(context.Context) {
		if ctx.Err() == nil {
			do()
			afterEachCollection(ctx, do)
		}
	}, ctx)
}
