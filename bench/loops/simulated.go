package loops

import (
	"context"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"db-migrate/database"
)

// Simulated is the ideal for the original's sleeps: a pool of goroutines that do
// nothing else. The table is db-migrate's own simulated one, so that both sleep
// the same for each customer.
func Simulated(ctx context.Context, table database.Table, processes int) (int64, error) {
	group, ctx := errgroup.WithContext(ctx)
	keys := make(chan database.Key)
	group.Go(func() error { return allKeys(ctx, table, keys) })
	var migrated atomic.Int64
	for range processes {
		group.Go(func() error {
			for key := range keys {
				done, err := simulate(ctx, table, key)
				if err != nil {
					return err
				}
				migrated.Add(done)
			}
			return nil
		})
	}
	err := group.Wait()
	return migrated.Load(), err
}

func allKeys(ctx context.Context, table database.Table, keys chan<- database.Key) error {
	defer close(keys)
	var after database.Key
	for {
		found, err := table.Fetch(ctx, after, nil, setSize)
		if err != nil || len(found) == 0 {
			return err
		}
		for _, key := range found {
			select {
			case keys <- key:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		after = found[len(found)-1]
	}
}

// simulate checks a customer, and migrates him if he needs it.
func simulate(ctx context.Context, table database.Table, key database.Key) (int64, error) {
	needed, err := table.Check(ctx, []database.Key{key})
	if err != nil || !needed[0] {
		return 0, err
	}
	mark := database.Mark{Run: database.Run{Number: 1, ID: "loop"}, Sequence: 1}
	written, err := table.Write(ctx, mark, []database.Write{{Row: database.Row{Key: key}}})
	if err != nil || !written.Rows[0] {
		return 0, fmt.Errorf("customer %s was not written: %w", key, err)
	}
	return 1, nil
}
