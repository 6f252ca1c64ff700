package integration_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	hotCustomers = 4000
	hotRows      = 6
	hotWriters   = 4
)

// TestHotRows migrates customers who change all the time, in transactions of the
// site's that lock two of them in either order: whom no write finds as he was read
// is migrated under a lock, and a deadlock costs neither side anything.
func TestHotRows(t *testing.T) {
	t.Parallel()
	for _, p := range products() {
		if p.driver == "cassandra" {
			continue // it has no locks
		}
		t.Run(p.driver, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			v := s.share(p)
			v.fill(hotCustomers)
			v.exec("ALTER TABLE customers ADD COLUMN visits bigint NOT NULL DEFAULT 0")
			site := v.heat()
			v.exec("UPDATE customers SET first_name = NULL, last_name = NULL WHERE id IN (" + site.list() + ")")
			v.exec("DELETE FROM audit")
			options := v.options("customer-migration/rate=1000", "customer-migration/batch-time=1s", "customer-migrator/transaction-size=500")
			s.startWorker(options...)
			site.begin()
			starter := s.startStarter(options...)
			code := starter.wait(t)
			site.end()
			require.Zero(t, code, starter.text())
			end := s.summary(starter)
			require.EqualValues(t, hotCustomers, end.Migrated+end.Skipped)
			v.requireOthersMigrated(end, 0)
			require.Equal(t, 2*site.committed.Load(), v.count("SELECT SUM(visits) FROM customers"), "updates of the site's")
			require.EqualValues(t, hotRows, v.count("SELECT COUNT(*) FROM customers WHERE email = concat('Hot', visits, '@example.com')"))
			t.Logf("%s: %d transactions of the site's on %d rows, and %d that ended in a deadlock; %+v", p.driver, site.committed.Load(), hotRows, site.deadlocks.Load(), end)
		})
	}
}

// heat is a site that changes a few customers as fast as it can.
type heat struct {
	v                    *server
	pool                 *sql.DB
	hot                  [hotRows]int
	committed, deadlocks atomic.Int64
	stopped              atomic.Bool
	done                 sync.WaitGroup
}

func (v *server) heat() *heat {
	v.Helper()
	site := &heat{v: v, pool: v.open()}
	v.Cleanup(func() { site.pool.Close() })
	for i := range site.hot {
		site.hot[i] = 1 + i*hotCustomers/hotRows
	}
	return site
}

func (site *heat) list() string {
	list := ""
	for i, id := range site.hot {
		if i > 0 {
			list += ", "
		}
		list += fmt.Sprint(id)
	}
	return list
}

func (site *heat) begin() {
	for range hotWriters {
		site.done.Go(func() {
			for !site.stopped.Load() {
				if err := site.visit(); err != nil {
					site.v.Errorf("a transaction of the site's: %v", err)
					return
				}
			}
		})
	}
}

func (site *heat) end() {
	site.stopped.Store(true)
	site.done.Wait()
}

// visit changes two customers in one transaction.
func (site *heat) visit() error {
	first := rand.IntN(hotRows)
	second := (first + 1 + rand.IntN(hotRows-1)) % hotRows
	err := site.change(site.hot[first], site.hot[second])
	switch {
	case isDeadlock(err):
		site.deadlocks.Add(1)
		return nil
	case err == nil:
		site.committed.Add(1)
	}
	return err
}

func (site *heat) change(ids ...int) error {
	tx, err := site.pool.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, id := range ids {
		text := fmt.Sprintf("UPDATE customers SET email = concat('Hot', visits + 1, '@example.com'), email_normalized = concat('hot', visits + 1, '@example.com'), visits = visits + 1 WHERE id = %d", id)
		if _, err := tx.Exec(text); err != nil {
			return err
		}
	}
	return tx.Commit()
}
