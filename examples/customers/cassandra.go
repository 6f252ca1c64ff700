package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"golang.org/x/sync/errgroup"
)

const (
	// cassandraInFlight is how many rows are inserted at once.
	cassandraInFlight = 128
	cassandraColumns  = "full_name text, phone text, email text, first_name text, last_name text, phone_e164 text, email_normalized text"
	cassandraForm     = "--url: it must be cassandra://user:password@host:port/keyspace"
)

// writeCassandra makes the table in a keyspace, which is created if it is missing.
func writeCassandra(ctx context.Context, chosen options, shown *progress) error {
	parsed, err := url.Parse(chosen.url)
	if err != nil || strings.Trim(parsed.Path, "/") == "" {
		return wrongUsage(cassandraForm)
	}
	keyspace := strings.Trim(parsed.Path, "/")
	session, err := openCassandra(parsed)
	if err != nil {
		return fmt.Errorf("--url: the database cannot be reached: %w", err)
	}
	defer session.Close()
	if err := makeCassandraTable(ctx, session, keyspace, chosen); err != nil {
		return err
	}
	return insertCassandra(ctx, session, keyspace, chosen, shown)
}

func openCassandra(parsed *url.URL) (*gocql.Session, error) {
	cluster := gocql.NewCluster(parsed.Host)
	cluster.Timeout = 30 * time.Second
	cluster.Events.DisableSchemaEvents, cluster.Metadata.CacheMode = true, gocql.Disabled // it knows its tables
	if user := parsed.User.Username(); user != "" {
		password, _ := parsed.User.Password()
		cluster.Authenticator = gocql.PasswordAuthenticator{Username: user, Password: password}
	}
	return cluster.CreateSession()
}

func makeCassandraTable(ctx context.Context, session *gocql.Session, keyspace string, chosen options) error {
	statements := []string{fmt.Sprintf("CREATE KEYSPACE IF NOT EXISTS %q WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", keyspace)}
	var name string
	err := session.Query("SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name = 'customers'", keyspace).ScanContext(ctx, &name)
	switch {
	case err == nil && !chosen.force:
		return exists("the keyspace has a table customers")
	case err == nil:
		statements = append(statements, fmt.Sprintf("DROP TABLE %q.customers", keyspace))
	case !errors.Is(err, gocql.ErrNotFound):
		return err
	}
	kind := "bigint"
	if chosen.uuids {
		kind = "uuid"
	}
	statements = append(statements, fmt.Sprintf("CREATE TABLE %q.customers (id %s PRIMARY KEY, %s)", keyspace, kind, cassandraColumns))
	for _, statement := range statements {
		if err := session.Query(statement).ExecContext(ctx); err != nil {
			return err
		}
		if err := session.AwaitSchemaAgreement(ctx); err != nil {
			return err
		}
	}
	return nil
}

func insertCassandra(ctx context.Context, session *gocql.Session, keyspace string, chosen options, shown *progress) error {
	group, ctx := errgroup.WithContext(ctx)
	batches := make(chan batch, 8)
	group.Go(func() error {
		defer close(batches)
		return produce(ctx, chosen, batches)
	})
	group.Go(func() error {
		defer shown.finish()
		inserting, working := errgroup.WithContext(ctx)
		inserting.SetLimit(cassandraInFlight)
		for made := range batches {
			for row := range made.rows {
				inserting.Go(func() error {
					return insertRow(working, session, keyspace, made.arguments[row*len(columnNames):(row+1)*len(columnNames)])
				})
			}
			shown.add(made.rows)
		}
		if err := inserting.Wait(); err != nil {
			return err
		}
		return ctx.Err()
	})
	return group.Wait()
}

// insertRow leaves nulls out: each would be a tombstone.
func insertRow(ctx context.Context, session *gocql.Session, keyspace string, row []any) error {
	var names []string
	var values []any
	for i, value := range row {
		if value != nil {
			names, values = append(names, columnNames[i]), append(values, value)
		}
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ")
	return session.Query(fmt.Sprintf("INSERT INTO %q.customers (%s) VALUES (%s)", keyspace, strings.Join(names, ", "), marks), values...).ExecContext(ctx)
}
