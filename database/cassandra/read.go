package cassandra

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"golang.org/x/sync/errgroup"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// seen is what a row was when it was read.
type seen struct {
	// at is the moment, in microseconds, of which the row is known: a write of
	// the site's that comes later is dated later.
	at int64
	// newest is the latest timestamp of the row's cells.
	newest int64
	values []raw
	// ttls are the cells' of the dated columns; nil: none expires.
	ttls []raw
	// inLedger: the customer had a ledger row.
	inLedger bool
	// stretch is the read that the row came with; nil: it came by its key.
	stretch *stretch
}

// next is what a change of the row is dated: next after what it was made of. A
// write of the site's that this read has not seen wins then, however long it was
// on its way. Cells of nothing but null tell no moment.
func (s *seen) next() int64 {
	if s.newest == 0 {
		return s.at
	}
	return s.newest + 1
}

// stretch is the rows that were read together.
type stretch struct{ first, last database.Key }

// date is the moment of which a read knows that begins now: so far back that a
// later write of the site's is dated later, whatever its clock says.
func (t *table) date() int64 { return time.Now().Add(-t.address.clockSkew).UnixMicro() }

// Read returns the range's next rows.
func (t *table) Read(ctx context.Context, part database.Range, after database.Key, limit int) ([]database.Row, error) {
	if after == nil {
		after = part.After
	}
	at := t.date()
	var rows []database.Row
	room := driverkit.Room{Rows: limit, Bytes: t.options.ReadBytes}
	cut := t.readRoom(ctx, t.customers(), t.selected(), t.width(), after, part.UpTo, room, t.taking(&rows, &room, at))
	if cut != nil && !errors.Is(cut, database.ErrCut) || len(rows) == 0 {
		return nil, cut
	}
	upTo := part.UpTo
	if len(rows) == limit || cut != nil {
		upTo = rows[len(rows)-1].Key
	}
	together := &stretch{rows[0].Key, rows[len(rows)-1].Key}
	known, err := t.known(ctx, part, after, upTo)
	for _, row := range rows {
		its := row.Seen.(*seen)
		its.stretch, its.inLedger = together, known[row.Key.Text()]
	}
	if err != nil {
		return nil, err
	}
	return rows, cut
}

// taking makes rows of what is read, as many as there is room for.
func (t *table) taking(rows *[]database.Row, room *driverkit.Room, at int64) func([]raw) error {
	return func(values []raw) error {
		row, err := t.row(values, at)
		if err != nil {
			return err
		}
		*rows = append(*rows, row)
		t.weights.note(row)
		return room.Take(row)
	}
}

// known are the customers of a stretch that have a ledger row. Nobody enters them but
// who works on their range, so that those of a fresh one need not be looked for.
func (t *table) known(ctx context.Context, part database.Range, after, upTo database.Key) (map[string]bool, error) {
	if part.Fresh {
		return nil, nil
	}
	return t.ledgerKeys(ctx, after, upTo)
}

// ReadKeys returns the rows of these keys, each by a query of its own.
func (t *table) ReadKeys(ctx context.Context, keys []database.Key) ([]database.Row, error) {
	at := t.date()
	var rows []database.Row
	text := "SELECT " + t.selected() + " FROM " + t.customers() + " WHERE " + equal(t.keys)
	room := driverkit.Room{Rows: len(keys), Bytes: t.options.ReadBytes}
	atOnce := t.weights.rows(driverkit.Room{Rows: t.inFlight(), Bytes: room.Bytes})
	err := t.queryEachOf(ctx, atOnce, text, keys, t.width(), t.taking(&rows, &room, at))
	if err != nil {
		return rows, err
	}
	known, err := t.Ledger(ctx, keys)
	for _, row := range known {
		for _, candidate := range rows {
			if candidate.Key.Equal(row.Key) {
				candidate.Seen.(*seen).inLedger = true
			}
		}
	}
	return rows, err
}

// queryEach runs a query for each key, several in flight; use is called by one
// at a time.
func (t *table) queryEach(ctx context.Context, text string, keys []database.Key, width int, use func([]raw) error) error {
	return t.queryEachOf(ctx, t.inFlight(), text, keys, width, use)
}

func (t *table) queryEachOf(ctx context.Context, atOnce int, text string, keys []database.Key, width int, use func([]raw) error) error {
	var alone sync.Mutex
	return t.eachOf(ctx, atOnce, len(keys), func(ctx context.Context, i int) error {
		values, err := t.keyValues(keys[i])
		if err != nil {
			return err
		}
		return t.query(ctx, text, arguments(values), width, 0, func(found []raw) error {
			alone.Lock()
			defer alone.Unlock()
			return use(found)
		})
	})
}

// each calls do for so many, several at once.
func (t *table) each(ctx context.Context, count int, do func(context.Context, int) error) error {
	return t.eachOf(ctx, t.inFlight(), count, do)
}

func (t *table) eachOf(ctx context.Context, atOnce, count int, do func(context.Context, int) error) error {
	group, working := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i := range count {
		if working.Err() != nil {
			break
		}
		group.Go(func() error { return do(working, i) })
	}
	if err := group.Wait(); err != nil {
		return classify(err)
	}
	return ctx.Err()
}

// selected are the key, the plan's columns, when these were written, and how long
// they live.
func (t *table) selected() string {
	selected := append(names(t.keys), names(t.columns)...)
	for _, column := range t.dated() {
		selected = append(selected, "WRITETIME("+quote(column.name)+")")
	}
	for _, column := range t.dated() {
		selected = append(selected, "TTL("+quote(column.name)+")")
	}
	return strings.Join(selected, ", ")
}

func (t *table) width() int { return len(t.keys) + len(t.columns) + 2*len(t.dated()) }

// dated are the columns that have a timestamp: all but the key's.
func (t *table) dated() []column {
	var found []column
	for _, column := range t.columns {
		if !slices.Contains(t.KeyColumns(), column.name) {
			found = append(found, column)
		}
	}
	return found
}

// row makes a row of the selected values.
func (t *table) row(values []raw, at int64) (database.Row, error) {
	key, err := t.keyOf(values)
	if err != nil {
		return database.Row{}, err
	}
	its := &seen{at: at, values: values[len(t.keys) : len(t.keys)+len(t.columns)]}
	about := values[len(t.keys)+len(t.columns):]
	for _, written := range about[:len(about)/2] {
		if len(written) == 8 {
			its.newest = max(its.newest, int64(binary.BigEndian.Uint64(written)))
		}
	}
	if ttls := about[len(about)/2:]; expiring(ttls) {
		its.ttls = ttls
	}
	row := database.Row{Key: key, Columns: t.planned, Seen: its, Values: make([]any, len(t.columns))}
	for i, column := range t.columns {
		if row.Values[i], err = column.value(its.values[i]); err != nil {
			return row, err
		}
	}
	return row, nil
}

func same(a, b raw) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

// store keeps the bytes of many values in few pieces of memory.
type store struct{ used []byte }

// storeBytes is the size of a piece.
const storeBytes = 16 << 10

func (s *store) keep(data []byte) raw {
	if s.used == nil || len(data) > cap(s.used)-len(s.used) {
		s.used = make([]byte, 0, max(storeBytes, len(data)))
	}
	begin := len(s.used)
	s.used = append(s.used, data...)
	return raw(s.used[begin:len(s.used):len(s.used)])
}

// cell is where the driver puts one value of the row in hand.
type cell struct {
	store *store
	value raw
}

// UnmarshalCQL keeps the bytes; null is nil.
func (c *cell) UnmarshalCQL(_ gocql.TypeInfo, data []byte) error {
	c.value = nil
	if data != nil {
		c.value = c.store.keep(data)
	}
	return nil
}

type cells []cell

// newCells are the cells of a row, and the same as the driver wants them.
func newCells(width int) (cells, []any) {
	made, targets, all := make(cells, width), make([]any, width), &store{}
	for i := range made {
		made[i].store, targets[i] = all, &made[i]
	}
	return made, targets
}

// row are the values of the row in hand.
func (c cells) row() []raw {
	values := make([]raw, len(c))
	for i, cell := range c {
		values[i] = cell.value
	}
	return values
}
