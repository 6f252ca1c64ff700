package anytable

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"db-migrate/database"
)

// cqlDrawn is a case on a shape: all that is drawn before anything runs.
type cqlDrawn struct {
	shape  cqlShape
	rows   []cqlRow
	change cqlChange
	way    way
	// compares: the driver writes by lightweight transactions.
	compares bool
}

func drawCQLCase(t *rapid.T, shape cqlShape) cqlDrawn {
	one := cqlDrawn{shape: shape, rows: drawCQLRows(t, shape), change: drawCQLChange(t, shape), compares: rapid.IntRange(0, 4).Draw(t, "compares") == 4}
	ways := choices{rows: len(one.rows), extents: []string{"whole", "whole", "file"}, afters: []after{nothing, again, reset}, whats: []what{killBefore, killAfter, killDuring, freeze, cancel}}
	if !one.change.deletes { // a write of the site's would make a row again
		ways.whats = append(ways.whats, siteWrites, siteWrites)
	}
	if one.change.marked && (one.change.inGo || one.change.check != "") {
		ways.afters = append(ways.afters, taken)
	}
	one.way = drawWay(t, ways)
	if one.way.limits.Processes > 1 || one.change.deletes {
		// Two processes that meet the same row at once both write and count it: nothing on
		// Cassandra keeps one of them from it. A row that is deleted is gone the second time.
		one.way.file = slices.Compact(slices.Sorted(slices.Values(one.way.file)))
	}
	return one
}

// String is the case as a person could repeat it.
func (d cqlDrawn) String() string {
	var text strings.Builder
	for _, statement := range d.shape.statements("{t}", "{notes}") {
		fmt.Fprintf(&text, "%s;\n", statement)
	}
	for i, row := range d.rows {
		for _, statement := range d.shape.write(row, i) {
			fmt.Fprintf(&text, "%s;\n", statement)
		}
	}
	return fmt.Sprintf("%s%scompares: %t\n%s", text.String(), d.change, d.compares, d.way)
}

// round makes shapes, which the cases of a round share. One with a limit ends when that time
// is over, though not before it has tried something.
func (s *cqlServer) round(t *testing.T, seed int, limit time.Duration) func(*rapid.T, *tally) {
	count, begun := 4, time.Now()
	if limit > 0 {
		count = 2
	}
	shapes := make([]*cqlMade, count)
	for i := range shapes {
		shapes[i] = s.make(t, rapid.Custom(drawCQLShape).Example(seed+i))
	}
	until := time.Now().Add(max(limit/2, limit-time.Since(begun)))
	if limit == 0 {
		t.Cleanup(func() { s.sweep(shapes) })
	}
	return func(t *rapid.T, counted *tally) {
		made := pick(t, "shape", shapes)
		one := drawCQLCase(t, made.shape)
		if limit > 0 && time.Now().After(until) {
			return
		}
		t.Logf("\ntable %s\n%s", made.base.table, one)
		made.try(t, one, counted)
	}
}

// sweep drops tables while others are made.
func (s *cqlServer) sweep(shapes []*cqlMade) {
	s.dropping.Go(func() {
		for _, one := range shapes {
			one.drop()
		}
	})
}

// try runs a case and judges it.
func (m *cqlMade) try(t *rapid.T, one cqlDrawn, counted *tally) {
	m.empty(t)
	var working errgroup.Group
	ahead := fmt.Sprint(time.Now().Add(time.Hour).UnixMicro())
	for _, place := range []cqlPlace{m.base, m.copied} {
		working.Go(func() error { return place.fill(m.shape, one.rows, ahead) })
	}
	if err := working.Wait(); err != nil {
		t.Fatalf("the site's own statement fails: %v", err)
	}
	time.Sleep(2 * cqlSkew)
	oracle := newCQLOracle(t, m, one.change, one.way)
	w := newWorld(t, "cassandra", m.options(one), one.change.migration(m.base.table, m.base.notes), one.way)
	w.script.site = func(happening disturbance) {
		if err := oracle.siteWrite(m.base, happening); err != nil {
			panic(err)
		}
	}
	reason := newTrial(t, oracle, w).run()
	counted.count(reason)
	if reason == "" && one.way.after == nothing {
		m.judgeBooks(t, oracle)
	}
}

// judgeBooks: each row that was migrated or failed stands in the ledger, and each that failed
// has a dead letter.
func (m *cqlMade) judgeBooks(t *rapid.T, oracle *cqlOracle) {
	letters, err := m.server.count("db_migrate_failures")
	oracle.must(err)
	entered, err := m.server.count(cqlQuote(m.ledger()))
	oracle.must(err)
	if want := len(oracle.failed); letters != want {
		t.Errorf("there are %d dead letters; it is %d", letters, want)
	}
	if want := len(oracle.failed) + len(oracle.migrated); entered != want {
		t.Errorf("there are %d rows in the ledger; it is %d", entered, want)
	}
}

// options are those of db-migrate.
func (m *cqlMade) options(one cqlDrawn) database.Options {
	address := "cassandra://" + m.server.host + "/" + m.server.keyspace + "?clock-skew=" + cqlSkew.String()
	if one.compares {
		address += "&compare=true"
	}
	name := m.shape.name
	if m.shape.keyspaced {
		name = m.server.keyspace + "." + name
	}
	return database.Options{URL: address, Table: name, Processes: one.way.limits.Processes, StatementTimeout: time.Minute, ConnectTimeout: time.Minute}
}
