package anytable

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	hours   = flag.Float64("anytable.hours", 0, "how long the machine makes tables of each database; 0: for anytable.seconds")
	counts  = flag.String("anytable.counts", "", "a file that counts are added to")
	seconds = flag.Float64("anytable.seconds", 20, "how long the short form makes tables of each database")
)

// machine makes tables of one database.
type machine struct {
	driver string
	// cases is how many are tried with one seed.
	cases int
	// round begins a round, and returns how its cases are tried.
	round func(t *testing.T, seed int) func(*rapid.T, *tally)
}

// TestAnyTable makes tables for a while: make torture makes them for hours.
func TestAnyTable(t *testing.T) {
	for _, one := range []struct {
		name    string
		machine func(t *testing.T, address string) machine
		address string
	}{
		{"sqlite", sqlMachine(sqliteDialect), "-"},
		{"postgres", sqlMachine(postgresDialect), os.Getenv("TEST_POSTGRES_URL")},
		{"mysql", sqlMachine(mariadbDialect), os.Getenv("TEST_MYSQL_URL")},
		{"cassandra", cqlMachine, os.Getenv("TEST_CASSANDRA_URL")},
	} {
		t.Run(one.name, func(t *testing.T) {
			if one.address == "" {
				t.Skip("no server: make services")
			}
			torture(t, one.machine(t, one.address))
		})
	}
}

func sqlMachine(of func() dialect) func(*testing.T, string) machine {
	return func(t *testing.T, _ string) machine {
		d := of()
		if d.setUp != nil {
			remove, err := d.setUp(d.prelude)
			require(t, err)
			t.Cleanup(func() { require(t, remove()) })
		}
		round := func(*testing.T, int) func(*rapid.T, *tally) {
			return func(t *rapid.T, counted *tally) { check(t, d, counted) }
		}
		return machine{d.driver, 40, round}
	}
}

// cqlMachine has rounds of many cases: their tables take seconds to make.
func cqlMachine(t *testing.T, address string) machine {
	server, limit := newCQLServer(t, address), time.Duration(0)
	if *hours == 0 {
		limit = duration()
	}
	round := func(t *testing.T, seed int) func(*rapid.T, *tally) { return server.round(t, seed, limit) }
	return machine{"cassandra", 120, round}
}

// duration is how long tables of each database are made.
func duration() time.Duration {
	if *hours > 0 {
		return time.Duration(*hours * float64(time.Hour))
	}
	return time.Duration(*seconds * float64(time.Second))
}

// torture makes tables until the time is over. A seed repeats its round:
// go test -run TestAnyTable/sqlite -rapid.seed=N.
func torture(t *testing.T, m machine) {
	require(t, flag.Set("rapid.nofailfile", "true")) // the seed repeats it
	counted := &tally{}
	given := flag.Lookup("rapid.seed").Value.String()
	until := time.Now().Add(duration())
	for rounds := 0; rounds == 0 || time.Now().Before(until); rounds++ {
		seed := given
		if seed == "0" {
			seed = fmt.Sprint(time.Now().UnixNano())
		}
		require(t, flag.Set("rapid.seed", seed))
		require(t, flag.Set("rapid.checks", fmt.Sprint(m.cases)))
		if rounds%20 == 0 {
			t.Logf("%s: seed %s: %s", m.driver, seed, counted)
		}
		if !t.Run("seed "+seed, func(t *testing.T) { m.try(t, seed, counted) }) {
			counted.disagree++
		}
		write(t, m.driver, counted)
		if given != "0" {
			break
		}
	}
	require(t, flag.Set("rapid.seed", given))
	t.Logf("%s: %s", m.driver, counted)
	if refused := counted.refusals(); counted.made >= 100 && refused*100 > counted.made*30 {
		t.Errorf("%d of %d tables were refused: the machine tries too little", refused, counted.made)
	}
}

// try tries the cases of a round.
func (m machine) try(t *testing.T, seed string, counted *tally) {
	number, err := strconv.Atoi(seed)
	require(t, err)
	check := m.round(t, number)
	rapid.Check(t, func(t *rapid.T) { check(t, counted) })
}

func write(t *testing.T, driver string, counted *tally) {
	if *counts == "" {
		return
	}
	require(t, os.WriteFile(*counts+"."+driver, []byte(time.Now().Format(time.DateTime)+" "+counted.String()+"\n"), 0o600))
}
