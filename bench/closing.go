package main

import (
	"context"
	"os"
	"slices"

	"db-migrate/bench/measure"
)

// closingSite is a database on which runs with and without the closing balance are
// compared.
type closingSite struct {
	name    string
	options []string
	race    measure.Race
	number  func(ctx context.Context, query string) (int64, error)
}

// openClosing compares runs that ask the table at their end with such that do not, on
// each database whose server there is.
func openClosing(ctx context.Context, on *setup) (*measure.Race, error) {
	race := &measure.Race{}
	for _, open := range []func(context.Context, *setup) (*closingSite, error){closingOnSQLite, closingOnPostgres, closingOnMariaDB} {
		site, err := open(ctx, on)
		if err != nil {
			return nil, err
		}
		if site != nil {
			site.enter(on, race)
		}
	}
	return race, nil
}

// enter adds a site's contestants, in SQL with a check and in Go.
func (s *closingSite) enter(on *setup, race *measure.Race) {
	for _, form := range []string{"Go", "SQL"} {
		options, needed := append([]string{"customer-migration/processes=4"}, s.options...), neededInGo
		if form == "SQL" {
			options, needed = append(options, "customer-migrator/migration=bench-email-set"), neededInSQL
		}
		table := s.race
		table.Needed = func(ctx context.Context) (int64, error) { return s.number(ctx, needed) }
		full, off := s.name+", "+form+", full", s.name+", "+form+", off"
		race.Contestants = append(race.Contestants, contestant(on, full, &table, append(slices.Clone(options), "customer-migration/closing=full")),
			contestant(on, off, &table, append(slices.Clone(options), "customer-migration/closing=off")))
		race.Ratios = append(race.Ratios, measure.Pair{Of: full, To: off, Target: "≥ 0.95"})
	}
}

func contestant(on *setup, name string, table *measure.Race, options []string) measure.Contestant {
	return measure.Contestant{Name: name, Site: table, Settings: []measure.Setting{on.migrate("", options...)}}
}

func closingOnSQLite(ctx context.Context, on *setup) (*closingSite, error) {
	site, err := on.OpenSQLite(ctx, on.rows)
	if err != nil {
		return nil, err
	}
	return &closingSite{name: "SQLite", options: []string{"connection/driver=sqlite", "connection/url=" + site.Path},
		number: site.Number, race: measure.Race{Restore: site.Restore, Ledgered: site.Ledgered}}, on.version(ctx, "sqlite", site.Version)
}

func closingOnPostgres(ctx context.Context, on *setup) (*closingSite, error) {
	if on.server = os.Getenv(postgresServer); on.server == "" {
		return nil, nil
	}
	site, err := on.postgres(ctx, on.rows)
	if err != nil {
		return nil, err
	}
	return &closingSite{name: "PostgreSQL", options: site.options(),
		number: site.Number, race: measure.Race{Restore: site.Restore, Ledgered: site.Ledgered}}, nil
}

func closingOnMariaDB(ctx context.Context, on *setup) (*closingSite, error) {
	server := os.Getenv(mariadbServer)
	if server == "" {
		return nil, nil
	}
	site, err := on.OpenMariaDB(ctx, server, on.rows)
	if err != nil {
		return nil, err
	}
	on.atEnd(site.Close)
	return &closingSite{name: "MariaDB", options: []string{"connection/driver=mysql", "connection/url=" + site.URL},
		number: site.Number, race: measure.Race{Restore: site.Restore, Ledgered: site.Ledgered}}, on.version(ctx, "mariadb", site.Version)
}
