package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"time"

	"db-migrate/bench/measure"
)

const (
	// siteRate is how many statements a second the site sends, three reads to one write,
	// on siteConnections.
	siteRate        = 500
	siteConnections = 16
	// aloneTime is for how long the site is measured without a migration, and siteTurn how
	// long an alternating site is busy, and quiet.
	aloneTime = 10 * time.Second
	siteTurn  = 3 * time.Second
)

// openLiveSite measures what a site feels: alone, beside a migration with the site-guard
// and without, and a site that comes and goes.
func openLiveSite(ctx context.Context, on *setup) (*measure.Race, error) {
	site, err := on.postgres(ctx, on.rows)
	if err != nil {
		return nil, err
	}
	options := site.options("customer-migrator/migration=bench-contact-set")
	beside := func(name string, off time.Duration, more ...string) measure.Contestant {
		migration := on.migrate("", append(append([]string{}, options...), more...)...)
		return measure.Contestant{Name: name, Settings: []measure.Setting{{Run: func(ctx context.Context, rows int) (measure.Result, error) {
			return site.visited(ctx, rows, off, func(ctx context.Context) (measure.Result, error) { return migration.Run(ctx, rows) })
		}}}}
	}
	race := site.race(neededInSQL,
		beside("beside the site", 0, "site-guard/mode=auto"), beside("beside the site, site-guard off", 0, "site-guard/mode=off"),
		beside("the site comes and goes", siteTurn, "site-guard/mode=auto"))
	race.Contestants = append(race.Contestants, measure.Contestant{Name: "the site alone", Unledgered: true, Site: &measure.Race{Restore: site.Restore},
		Settings: []measure.Setting{{Run: func(ctx context.Context, rows int) (measure.Result, error) {
			return site.visited(ctx, rows, 0, func(ctx context.Context) (measure.Result, error) {
				return measure.Timed(func() (int64, error) { return 0, sleep(ctx, aloneTime) })
			})
		}}}})
	race.Ratios = []measure.Pair{{Of: "beside the site, site-guard off", To: "beside the site", Target: "reported"}}
	return race, nil
}

func sleep(ctx context.Context, length time.Duration) error {
	select {
	case <-time.After(length):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// visited does something while the site is at work, and adds what the site felt.
func (s *postgresSite) visited(ctx context.Context, rows int, off time.Duration, do func(context.Context) (measure.Result, error)) (measure.Result, error) {
	pool, err := s.Connect(ctx, siteConnections, nil)
	if err != nil {
		return measure.Result{}, err
	}
	defer pool.Close()
	loop := &measure.OpenLoop{Rate: siteRate, Connections: siteConnections, On: siteTurn, Off: off, Do: func(ctx context.Context, number int) error {
		text := "SELECT full_name FROM customers WHERE id = $1"
		if number%4 == 3 {
			text = "UPDATE customers SET full_name = full_name WHERE id = $1"
		}
		_, err := pool.Exec(ctx, text, 1+rand.IntN(rows))
		return err
	}}
	visiting, end := context.WithCancel(ctx)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		loop.Run(visiting)
	}()
	result, err := do(ctx)
	end()
	<-gone
	figures, failed := loop.Figures()
	if err == nil && failed != nil {
		err = fmt.Errorf("a statement of the site's: %w", failed)
	}
	if result.Figures == nil {
		result.Figures = map[string]float64{}
	}
	maps.Copy(result.Figures, figures)
	return result, err
}
