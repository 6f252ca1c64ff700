package cassandra

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database"
	"db-migrate/database/examine"
)

// expiring reports whether any of those TTLs is one.
func expiring(ttls []raw) bool {
	return slices.ContainsFunc(ttls, func(ttl raw) bool { return ttl != nil })
}

// expiry is what USING TTL says of a change: 0 is for ever. New cells live as long as
// the last of the cells that they were made of: with the least of them a row would
// lose its new columns first, and with none it would outlive itself with half of its
// columns. A row of nothing but its key tells nothing: the table's default counts.
func (t *table) expiry(one *work) (any, error) {
	if one.seen.newest == 0 {
		return gocql.UnsetValue, nil
	}
	if one.seen.ttls == nil {
		return int32(0), nil
	}
	all, assigned := t.lifetimes(one)
	switch {
	case !all.lasts:
		return all.greatest, nil
	case assigned.greatest == 0:
		return int32(0), nil
	case !assigned.lasts:
		return assigned.greatest, nil
	}
	return nil, database.OwnError(fmt.Errorf("row %s: of the columns that the migration writes, some expire (in %s at most) and others do not, and one write has one expiry; write these columns in two migrations",
		one.write.Row.Key, time.Duration(assigned.greatest)*time.Second))
}

// lifetime is how long cells live: some for ever, and the others so many seconds at
// most (0: there are none).
type lifetime struct {
	lasts    bool
	greatest int32
}

func (l *lifetime) add(ttl raw, since time.Duration) {
	if len(ttl) != 4 {
		l.lasts = true
		return
	}
	left := time.Duration(int32(binary.BigEndian.Uint32(ttl)))*time.Second - since
	l.greatest = max(l.greatest, int32(left/time.Second), 1)
}

// lifetimes are those of all cells that were read, and of those to be replaced.
func (t *table) lifetimes(one *work) (all, assigned lifetime) {
	since := time.Since(time.UnixMicro(one.seen.at).Add(t.address.clockSkew))
	place := -1
	for i := range t.columns {
		if !t.isDated(t.columns[i]) {
			continue
		}
		if place++; one.seen.values[i] == nil {
			continue
		}
		all.add(one.seen.ttls[place], since)
		if one.assigned[i] {
			assigned.add(one.seen.ttls[place], since)
		}
	}
	return all, assigned
}

// expirySample is how many rows are looked at.
const expirySample = 100

// expiries looks whether a statement would make rows outlive themselves. A migration
// in Go keeps what is left of each row.
func (e *examination) expiries() error {
	for _, s := range e.migrate {
		own := s.effect.table == e.name && (s.effect.keyspace == "" || s.effect.keyspace == e.schema)
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
