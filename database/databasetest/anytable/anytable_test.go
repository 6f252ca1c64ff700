package anytable

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	hours   = flag.Float64("anytable.hours", 0, "how long the machine makes tables of each database; 0: for anytable.seconds")
	counts  = flag.String("anytable.counts", "", "a file that counts are added to")
	seconds = flag.Float64("anytable.seconds", 20, "how long the short form makes tables of each database")
)

// round is how many tables are made with one seed.
const round = 40

// TestAnyTable makes tables for a while: make torture makes them for hours.
func TestAnyTable(t *testing.T) {
	for _, one := range []struct {
		name    string
		dialect func() dialect
		address string
	}{
		{"sqlite", sqliteDialect, "-"},
		{"postgres", postgresDialect, os.Getenv("TEST_POSTGRES_URL")},
		{"mysql", mariadbDialect, os.Getenv("TEST_MYSQL_URL")},
	} {
		t.Run(one.name, func(t *testing.T) {
			if one.address == "" {
				t.Skip("no server: make services")
			}
			torture(t, one.dialect())
		})
	}
}

// torture makes tables until the time is over. A seed repeats its round:
// go test -run TestAnyTable/sqlite -rapid.seed=N.
func torture(t *testing.T, d dialect) {
	long := time.Duration(*hours * float64(time.Hour))
	if long == 0 {
		long = time.Duration(*seconds * float64(time.Second))
	}
	if d.setUp != nil {
		remove, err := d.setUp(d.prelude)
		require(t, err)
		t.Cleanup(func() { require(t, remove()) })
	}
	require(t, flag.Set("rapid.nofailfile", "true")) // the seed repeats it
	counted := &tally{}
	given := flag.Lookup("rapid.seed").Value.String()
	until := time.Now().Add(long)
	for rounds := 0; rounds == 0 || time.Now().Before(until); rounds++ {
		seed := given
		if seed == "0" {
			seed = fmt.Sprint(time.Now().UnixNano())
		}
		require(t, flag.Set("rapid.seed", seed))
		require(t, flag.Set("rapid.checks", fmt.Sprint(round)))
		if rounds%20 == 0 {
			t.Logf("%s: seed %s: %s", d.driver, seed, counted)
		}
		if !t.Run("seed "+seed, func(t *testing.T) { rapid.Check(t, func(t *rapid.T) { check(t, d, counted) }) }) {
			counted.disagree++
		}
		write(t, d.driver, counted)
		if given != "0" {
			break
		}
	}
	require(t, flag.Set("rapid.seed", given))
	t.Logf("%s: %s", d.driver, counted)
	if refused := counted.refusals(); counted.made >= 100 && refused*100 > counted.made*30 {
		t.Errorf("%d of %d tables were refused: the machine tries too little", refused, counted.made)
	}
}

func write(t *testing.T, driver string, counted *tally) {
	if *counts == "" {
		return
	}
	require(t, os.WriteFile(*counts+"."+driver, []byte(time.Now().Format(time.DateTime)+" "+counted.String()+"\n"), 0o600))
}

func require(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
