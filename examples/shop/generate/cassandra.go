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

// cassandraSchema are the tables by what is asked of them: a customer with all
// that belongs to him, his rentals, and his history, whose key is such that a row
// that is written twice is one row.
var cassandraSchema = []string{
	`CREATE TABLE customer (customer_id bigint PRIMARY KEY, store text, first_name text, last_name text, email text, billing_address text,
	create_date text, billing_street text, billing_postal_code text, billing_city text, newsletter boolean, latitude double, longitude double)`,
	`CREATE TABLE rental_by_customer (customer_id bigint, rental_id bigint, rental_date text, amount bigint, PRIMARY KEY (customer_id, rental_id))`,
	`CREATE TABLE customer_history (customer_id bigint, what text, was text, PRIMARY KEY (customer_id, what))`,
}

// cassandraInFlight is how many rows are on their way at once.
const cassandraInFlight = 64

func (o options) writeCassandra(ctx context.Context, parsed *url.URL, keyspace string) error {
	if keyspace == "" {
		return wrongUsage("--url must be cassandra://user:password@host:port/keyspace")
	}
	cluster := gocql.NewCluster(parsed.Host)
	cluster.Timeout = 30 * time.Second
	cluster.Events.DisableSchemaEvents, cluster.Metadata.CacheMode = true, gocql.Disabled // it knows its tables
	if user := parsed.User.Username(); user != "" {
		password, _ := parsed.User.Password()
		cluster.Authenticator = gocql.PasswordAuthenticator{Username: user, Password: password}
	}
	if err := makeKeyspace(ctx, cluster, keyspace); err != nil {
		return fmt.Errorf("--url: %w", err)
	}
	cluster.Keyspace = keyspace
	session, err := cluster.CreateSession()
	if err != nil {
		return fmt.Errorf("--url: %w", err)
	}
	defer session.Close()
	if err := o.makeTables(ctx, session, keyspace); err != nil {
		return err
	}
	return o.fillCassandra(ctx, session)
}

func makeKeyspace(ctx context.Context, cluster *gocql.ClusterConfig, keyspace string) error {
	session, err := cluster.CreateSession()
	if err != nil {
		return err
	}
	defer session.Close()
	return session.Query(fmt.Sprintf("CREATE KEYSPACE IF NOT EXISTS %q WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}", keyspace)).ExecContext(ctx)
}

func (o options) makeTables(ctx context.Context, session *gocql.Session, keyspace string) error {
	for _, statement := range cassandraSchema {
		name := strings.Fields(statement)[2]
		var found string
		err := session.Query("SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name = ?", keyspace, name).ScanContext(ctx, &found)
		switch {
		case err == nil && !o.force:
			return wrongUsage("the keyspace has a table %s; --force replaces the shop's tables", name)
		case err == nil:
			err = session.Query("DROP TABLE " + name).ExecContext(ctx)
		case errors.Is(err, gocql.ErrNotFound):
			err = nil
		}
		if err != nil {
			return err
		}
		if err := session.Query(statement).ExecContext(ctx); err != nil {
			return err
		}
	}
	return session.AwaitSchemaAgreement(ctx)
}

func (o options) fillCassandra(ctx context.Context, session *gocql.Session) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(cassandraInFlight)
	execute := func(statement string, values ...any) {
		group.Go(func() error { return session.Query(statement, values...).ExecContext(ctx) })
	}
	for row := range o.customers {
		execute("INSERT INTO customer (customer_id, store, first_name, last_name, email, billing_address, create_date) VALUES (?, ?, ?, ?, ?, ?, ?)",
			row[0], fmt.Sprintf("store %d", row[1]), row[3], row[4], row[5], row[6], row[7])
	}
	for row := range o.rentals {
		execute("INSERT INTO rental_by_customer (customer_id, rental_id, rental_date, amount) VALUES (?, ?, ?, ?)",
			row[3], row[0], row[1], o.amount(row[0].(int)))
	}
	return group.Wait()
}
