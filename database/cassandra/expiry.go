package cassandra

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database/examine"
)

// expiring reports whether any of those TTLs is one.
func expiring(ttls []raw) bool {
	return slices.ContainsFunc(ttls, func(ttl raw) bool { return ttl != nil })
}

// expiry is what USING TTL says of a change: 0 is for ever. A cell that is replaced
// keeps its own (cells; nil: all have row's). A new one lives as long as the last of
// those that were read: with the least of them a row would lose its new columns first,
// and with none it would outlive itself with half of its columns. A row of nothing but
// its key tells nothing: the table's default counts.
func (t *table) expiry(one *work) (row any, cells []any) {
	if one.seen.newest == 0 {
		return gocql.UnsetValue, nil
	}
	if one.seen.ttls == nil {
		return int32(0), nil
	}
	since := time.Since(time.UnixMicro(one.seen.at).Add(t.address.clockSkew))
	cells = make([]any, len(t.columns))
	lasts, last, place := false, int32(0), -1
	for i := range t.columns {
		if !t.isDated(t.columns[i]) {
			continue
		}
		if place++; one.seen.values[i] == nil {
			continue
		}
		left := secondsLeft(one.seen.ttls[place], since)
		cells[i], lasts, last = left, lasts || left == 0, max(last, left)
	}
	if lasts {
		last = 0
	}
	for i := range cells {
		if cells[i] == nil {
			cells[i] = last
		}
	}
	return last, cells
}

// secondsLeft is how long a cell lives yet, in seconds; 0: for ever.
func secondsLeft(ttl raw, since time.Duration) int32 {
	if len(ttl) != 4 {
		return 0
	}
	left := time.Duration(int32(binary.BigEndian.Uint32(ttl)))*time.Second - since
	return max(1, int32(left/time.Second))
}

// life is columns of a change that expire together.
type life struct {
	ttl     any
	columns []bool
}

// lives are the columns that a change assigns, by their expiry: a statement has one for
// all that it writes.
func (w *work) lives() []life {
	if w.ttls == nil {
		return []life{{w.ttl, w.assigned}}
	}
	var found []life
	for i, assigned := range w.assigned {
		if !assigned {
			continue
		}
		place := slices.IndexFunc(found, func(one life) bool { return one.ttl == w.ttls[i] })
		if place < 0 {
			place, found = len(found), append(found, life{w.ttls[i], make([]bool, len(w.assigned))})
		}
		found[place].columns[i] = true
	}
	return found
}

// expirySample is how many rows are looked at.
const expirySample = 100

// expiries looks whether a statement would make rows outlive themselves. A migration
// in Go keeps what is left of each row.
func (e *examination) expiries() error {
	for _, s := range e.migrate {
		own := s.effect.isOn(e.schema, e.name)
		if !own || s.effect.verb == "DELETE" || s.effect.using.has("TTL") {
			continue
		}
		expire, err := e.rowsExpire(s)
		if err != nil {
			return err
		}
		if expire {
			e.add(examine.Loud("there are rows that EXPIRE (written with USING TTL), and %s has no USING TTL: what it writes stays when the rest of its row is gone; a migration in Go keeps what is left of each row", s.place))
		}
	}
	return nil
}

// rowsExpire reports whether cells of the first rows have a TTL.
func (e *examination) rowsExpire(s *statement) (expire bool, err error) {
	var selected []column
	for _, its := range s.columns {
		if !its.key() && !its.cells() {
			selected = append(selected, column{name: its.name})
		}
	}
	if len(selected) == 0 {
		return false, nil
	}
	text := "SELECT TTL("
	for i, name := range names(selected) {
		if i > 0 {
			text += ", TTL("
		}
		text += name + ")"
	}
	err = e.query(e.ctx, fmt.Sprintf("%s FROM %s LIMIT %d", text, e.customers(), expirySample), nil, len(selected), 0, func(ttls []raw) error {
		expire = expire || expiring(ttls)
		return nil
	})
	return expire, err
}
