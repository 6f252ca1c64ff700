// Package simulated keeps the original's pace, with its sleeps instead of a
// database: a check takes 10 to 60 ms and finds 30 % of the customers migrated
// before, a migration takes 50 to 250 ms. How long a customer takes depends on
// its id and the seed, so that a run can be compared with another way of doing the
// same. The ledger is kept in memory.
package simulated

import (
	"context"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// Driver makes simulated tables.
type Driver struct{}

// Name is what connection/driver says to choose it.
func (Driver) Name() string { return "simulated" }

// Sets is true: there are transactions.
func (Driver) Sets() bool { return true }

// defaultSeed makes the ids the same after each restart of a worker.
const defaultSeed = 20160421

// Open makes up customers: as many as the options say, else 1,000 to 2,000.
func (Driver) Open(_ context.Context, options database.Options) (database.Connection, error) {
	seed := options.Seed
	if seed == 0 {
		seed = defaultSeed
	}
	random := rand.New(rand.NewPCG(uint64(seed), 1))
	customers := options.Customers
	if customers == 0 {
		customers = 1000 + random.IntN(1001)
	}
	made := &table{name: options.Table, seed: seed, ids: make([]int64, customers), ledger: map[string]database.LedgerRow{}}
	id := int64(100_000_000)
	for i := range made.ids {
		id += 1 + random.Int64N(1_000_000)
		made.ids[i] = id
	}
	return made, nil
}

type table struct {
	name string
	seed int64
	ids  []int64

	mutex  sync.Mutex
	ledger map[string]database.LedgerRow
	runs   []string
	state  state
}

// state is the paging state; a closed one is not moved any more.
type state struct {
	database.PagingState
	run    int64
	closed bool
}

// Prepare accepts every plan, nothing of which is carried out, but for one with a
// condition: these customers have no columns.
func (t *table) Prepare(_ context.Context, plan database.Plan) (database.Table, error) {
	if plan.Where != "" {
		return nil, errors.New("customer-scanner/where: the simulated rows have no columns; leave it out")
	}
	return t, nil
}

// Close does nothing.
func (t *table) Close() error { return nil }

// Traits are none: only sleeps are done here.
func (t *table) Traits() database.Traits { return database.Traits{} }

// Target names the simulation.
func (t *table) Target() database.Target {
	return database.Target{Driver: "simulated", Database: "seed " + strconv.FormatInt(t.seed, 10), Table: t.name}
}

// KeyColumns is the one column, id.
func (t *table) KeyColumns() []string { return []string{"id"} }

// ParseKey takes numbers.
func (t *table) ParseKey(_ context.Context, columns []string) (database.Key, error) {
	return database.NumericKey(columns)
}

func keyOf(id int64) database.Key { return database.Key{strconv.FormatInt(id, 10)} }

// after is the index of the first customer behind a key.
func (t *table) after(key database.Key) int {
	if key == nil {
		return 0
	}
	id, err := strconv.ParseInt(key[0], 10, 64)
	if err != nil {
		return len(t.ids)
	}
	at, found := slices.BinarySearch(t.ids, id)
	if found {
		at++
	}
	return at
}

// Bound is the last customer.
func (t *table) Bound(_ context.Context, after database.Key) (database.Bound, error) {
	left := len(t.ids) - t.after(after)
	if left == 0 {
		return database.Bound{}, nil
	}
	return database.Bound{UpTo: keyOf(t.ids[len(t.ids)-1]), Estimate: int64(left)}, nil
}

// BoundPart is where a part of the table begins and ends.
func (t *table) BoundPart(_ context.Context, part database.Part) (database.Bound, error) {
	first, behind := t.before(part.From), len(t.ids)
	if part.To != nil {
		behind = t.after(part.To)
	}
	switch {
	case behind < first:
		return database.Bound{}, driverkit.SwappedPart(part)
	case behind == first:
		return database.Bound{}, nil
	}
	bound := database.Bound{UpTo: keyOf(t.ids[behind-1]), Estimate: int64(behind - first)}
	if first > 0 {
		bound.After = keyOf(t.ids[first-1])
	}
	return bound, nil
}

// before is how many customers lie before a key.
func (t *table) before(key database.Key) int {
	after := t.after(key)
	if key != nil && after > 0 && keyOf(t.ids[after-1]).Equal(key) {
		after--
	}
	return after
}

// between are at most limit customers after one key and up to another; nil: up
// to the last.
func (t *table) between(after, upTo database.Key, limit int) []int64 {
	from, to := t.after(after), len(t.ids)
	if upTo != nil {
		to = t.after(upTo)
	}
	return t.ids[min(from, to):min(to, from+limit)]
}

// Fetch returns the next customers.
func (t *table) Fetch(_ context.Context, after, upTo database.Key, limit int) ([]database.Key, error) {
	var keys []database.Key
	for _, id := range t.between(after, upTo, limit) {
		keys = append(keys, keyOf(id))
	}
	return keys, nil
}

// TransactionLimit is one: the original migrates customer by customer.
func (t *table) TransactionLimit() int { return 1 }

// Read returns the range's next customers.
func (t *table) Read(ctx context.Context, part database.Range, after database.Key, limit int) ([]database.Row, error) {
	if after == nil {
		after = part.After
	}
	keys, err := t.Fetch(ctx, after, part.UpTo, limit)
	if err != nil {
		return nil, err
	}
	return t.ReadKeys(ctx, keys)
}

// ReadKeys returns customers without columns.
func (t *table) ReadKeys(_ context.Context, keys []database.Key) ([]database.Row, error) {
	var rows []database.Row
	for _, key := range keys {
		rows = append(rows, database.Row{Key: key})
	}
	return rows, nil
}

// Check sleeps as the original's check does.
func (t *table) Check(ctx context.Context, keys []database.Key) ([]bool, error) {
	needed := make([]bool, len(keys))
	for i, key := range keys {
		if err := t.sleep(ctx, key, 10, 60); err != nil {
			return nil, err
		}
		needed[i] = t.hash(key)%100 >= 30
	}
	return needed, nil
}

func (t *table) hash(key database.Key) uint32 {
	hash := fnv.New32a()
	hash.Write([]byte(key[0]))
	return hash.Sum32() ^ uint32(t.seed)
}

// Write sleeps as the original's migration does.
func (t *table) Write(ctx context.Context, mark database.Mark, writes []database.Write) (database.Written, error) {
	written := make([]bool, len(writes))
	for i, write := range writes {
		if err := t.sleep(ctx, write.Row.Key, 50, 250); err != nil {
			return database.Written{}, err
		}
		if !t.enter(database.LedgerRow{Key: write.Row.Key, Run: mark.Run.Number, Sequence: mark.Sequence}) {
			return database.Written{}, database.ErrLedgerConflict
		}
		written[i] = true
	}
	return database.Written{Rows: written}, nil
}

// sleep sleeps for so many milliseconds, the same for the same customer.
func (t *table) sleep(ctx context.Context, key database.Key, from, to int) error {
	random := rand.New(rand.NewPCG(uint64(t.hash(key)), uint64(to)))
	return database.Sleep(ctx, time.Duration(from+random.IntN(to-from+1))*time.Millisecond)
}

func (t *table) enter(row database.LedgerRow) bool {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if _, found := t.ledger[row.Key.Text()]; found {
		return false
	}
	t.ledger[row.Key.Text()] = row
	return true
}

// WriteLocked is Write for one customer.
func (t *table) WriteLocked(ctx context.Context, mark database.Mark, key database.Key, decide func(database.Row) (database.Change, error)) (bool, error) {
	change, err := decide(database.Row{Key: key})
	if err != nil || change.PreviouslyMigrated {
		return false, err
	}
	written, err := t.Write(ctx, mark, []database.Write{{Row: database.Row{Key: key}}})
	return err == nil && written.Rows[0], err
}
