// Package memorytable is a customers' table in memory, for tests of what lies
// above the drivers. It keeps the contract of package database, and can be told
// to fail.
package memorytable

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// Table is the table, its ledger and its dead letters. Customers have numeric
// keys and the columns old and new; a customer is migrated once new is set.
type Table struct {
	mutex   sync.Mutex
	rows    map[int]*customer
	ledger  map[int]database.LedgerRow
	letters map[int]database.DeadLetter
	run     int64
	runs    map[string]int64
	state   *database.PagingState
	// Changes counts the updates of each customer.
	Changes map[int]int
	// Fail, if set, is asked before each write with the customers' numbers.
	Fail func(customers []int) error
	// Matches, if set, tells which customers are the plan's (Where); a fetch looks
	// at LookedAt of them at most (0: at all).
	Matches  func(customer int) bool
	LookedAt int
	over     map[int64]bool
	// BeforeBalance, if set, is called before the first closing balance.
	BeforeBalance func()
	// Rewritten: the table was emptied or replaced while the run went on. Unjudged: there
	// is no check that can be asked for all rows.
	Rewritten, Unjudged bool
	// Endings are the outcomes of the runs that ended.
	Endings []string
}

type customer struct{ old, new any }

// Columns of a customer.
const (
	ColumnOld = "old"
	ColumnNew = "new"
)

// New makes a table with customers 1 to n, none of them migrated.
func New(n int) *Table {
	table := &Table{rows: map[int]*customer{}, ledger: map[int]database.LedgerRow{}, letters: map[int]database.DeadLetter{},
		runs: map[string]int64{}, over: map[int64]bool{}, Changes: map[int]int{}}
	for i := 1; i <= n; i++ {
		table.rows[i] = &customer{old: fmt.Sprintf("name %d", i)}
	}
	return table
}

// Name is the driver's name.
func (t *Table) Name() string { return "memory" }

// Sets is the driver's.
func (t *Table) Sets() bool { return true }

// Open is the driver's.
func (t *Table) Open(context.Context, database.Options) (database.Connection, error) { return t, nil }

// Prepare is the connection's.
func (t *Table) Prepare(context.Context, database.Plan) (database.Table, error) { return t, nil }

// Close does nothing.
func (t *Table) Close() error { return nil }

// Traits are none: everything goes the plain way.
func (t *Table) Traits() database.Traits { return database.Traits{} }

// Target names the table.
func (t *Table) Target() database.Target {
	return database.Target{Driver: "memory", Database: "test", Table: "customers"}
}

// KeyColumns is the one column, id.
func (t *Table) KeyColumns() []string { return []string{"id"} }

// ParseKey takes numbers.
func (t *Table) ParseKey(_ context.Context, columns []string) (database.Key, error) {
	return database.NumericKey(columns)
}

// Site changes the table as the live site would.
func (t *Table) Site(change func(set func(id int, before, after any), remove func(id int))) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	change(func(id int, before, after any) { t.rows[id] = &customer{before, after} }, func(id int) { delete(t.rows, id) })
}

// Ledgered is how many customers this run has migrated by its ledger.
func (t *Table) Ledgered() int {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	total := 0
	for _, row := range t.ledger {
		if !row.Failed {
			total++
		}
	}
	return total
}

// Letters are the dead letters.
func (t *Table) Letters() []database.DeadLetter {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	var letters []database.DeadLetter
	for _, letter := range t.letters {
		letters = append(letters, letter)
	}
	return letters
}

// State is the paging state.
func (t *Table) State() *database.PagingState {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.state
}

func number(key database.Key) int {
	value, err := strconv.Atoi(key[0])
	if err != nil {
		panic(err)
	}
	return value
}

func key(id int) database.Key { return database.Key{strconv.Itoa(id)} }

func (t *Table) between(after, upTo database.Key) []int {
	var found []int
	for id := range t.rows {
		if (after == nil || id > number(after)) && (upTo == nil || id <= number(upTo)) {
			found = append(found, id)
		}
	}
	slices.Sort(found)
	return found
}

// Bound is the scan's.
func (t *Table) Bound(_ context.Context, after database.Key) (database.Bound, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	ids := t.between(after, nil)
	if len(ids) == 0 {
		return database.Bound{}, nil
	}
	return database.Bound{UpTo: key(ids[len(ids)-1]), Estimate: int64(len(ids))}, nil
}

// BoundPart is the scan's.
func (t *Table) BoundPart(_ context.Context, part database.Part) (database.Bound, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	greatest := func(sides ...driverkit.Side) (database.Key, error) { return t.greatest(sides), nil }
	return driverkit.FindPart(part, greatest, func(after, upTo database.Key) (int64, error) { return int64(len(t.between(after, upTo))), nil })
}

func (t *Table) greatest(sides []driverkit.Side) database.Key {
	ids := t.between(nil, nil)
	for i := len(ids) - 1; i >= 0; i-- {
		if !slices.ContainsFunc(sides, func(side driverkit.Side) bool { return side.Key != nil && !holds(ids[i], side) }) {
			return key(ids[i])
		}
	}
	return nil
}

func holds(id int, side driverkit.Side) bool {
	end := number(side.Key)
	return strings.Contains(side.Operator, "<") && id < end || strings.Contains(side.Operator, ">") && id > end ||
		strings.Contains(side.Operator, "=") && id == end
}

// Fetch is the scan's.
func (t *Table) Fetch(_ context.Context, after, upTo database.Key, limit int) ([]database.Key, error) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	var keys []database.Key
	var last database.Key
	for i, id := range t.between(after, upTo) {
		if len(keys) == limit {
			break
		}
		if t.LookedAt > 0 && i == t.LookedAt {
			return keys, &database.UnfinishedError{Through: last}
		}
		last = key(id)
		if t.matches(id) {
			keys = append(keys, last)
		}
	}
	return keys, nil
}

func (t *Table) matches(id int) bool { return t.Matches == nil || t.Matches(id) }
