package stage

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// Cassandra is a keyspace of the benchmark's own. There is no fast way to copy a
// table: Restore generates it again.
type Cassandra struct {
	URL string

	stage   *Stage
	server  *url.URL
	name    string
	session *gocql.Session
}

// OpenCassandra connects; the keyspace is made by Restore.
func (s *Stage) OpenCassandra(_ context.Context, server string) (*Cassandra, error) {
	c := &Cassandra{stage: s, name: uniqueName()}
	var err error
	if c.server, err = url.Parse(server); err != nil {
		return nil, errors.New("the server's address is no URL of one host")
	}
	if c.URL, err = withPath(server, c.name); err != nil {
		return nil, err
	}
	c.session, err = c.cluster().CreateSession()
	return c, err
}

func (c *Cassandra) cluster() *gocql.ClusterConfig {
	cluster := gocql.NewCluster(c.server.Host)
	cluster.Timeout, cluster.WriteTimeout = patience, patience
	cluster.Consistency = gocql.LocalQuorum
	if user := c.server.User.Username(); user != "" {
		password, _ := c.server.User.Password()
		cluster.Authenticator = gocql.PasswordAuthenticator{Username: user, Password: password}
	}
	return cluster
}

// Connect opens a session on the keyspace, as db-migrate does: two connections
// carry thousands of requests each.
func (c *Cassandra) Connect(context.Context) (*gocql.Session, error) {
	cluster := c.cluster()
	cluster.Keyspace, cluster.NumConns, cluster.DefaultIdempotence = c.name, 2, true
	cluster.PoolConfig.HostSelectionPolicy = gocql.TokenAwareHostPolicy(gocql.RoundRobinHostPolicy())
	return cluster.CreateSession()
}

// settled is how long the rows must be old, so that nobody has to wait for their
// timestamps.
const settled = time.Second

// Restore makes the keyspace anew with so many customers and an empty ledger.
func (c *Cassandra) Restore(ctx context.Context, rows int) error {
	if err := c.drop(ctx); err != nil {
		return err
	}
	if err := c.stage.Generate(ctx, rows, "--url", c.URL); err != nil {
		return err
	}
	if err := makeLedger(ctx, "cassandra", c.URL); err != nil {
		return err
	}
	time.Sleep(settled)
	return ctx.Err()
}

func (c *Cassandra) drop(ctx context.Context) error {
	if err := c.session.Query("DROP KEYSPACE IF EXISTS " + c.name).ExecContext(ctx); err != nil {
		return err
	}
	return c.session.AwaitSchemaAgreement(ctx)
}

// Needed counts the customers without all of their new columns.
func (c *Cassandra) Needed(ctx context.Context) (int64, error) {
	rows := c.session.Query("SELECT first_name, last_name, phone_e164, email_normalized FROM " + c.name + ".customers").IterContext(ctx)
	needed := int64(0)
	var values [4]*string
	for rows.Scan(&values[0], &values[1], &values[2], &values[3]) {
		for _, value := range values {
			if value == nil {
				needed++
				break
			}
		}
		values = [4]*string{}
	}
	return needed, rows.Close()
}

// Ledgered is how many customers all ledgers have.
func (c *Cassandra) Ledgered(ctx context.Context) (int64, error) {
	tables := c.session.Query("SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?", c.name).IterContext(ctx)
	var name string
	total := int64(0)
	var failed error
	for tables.Scan(&name) {
		if len(name) > 18 && name[:18] == "db_migrate_ledger_" {
			number, err := c.rows(ctx, name)
			total, failed = total+number, errors.Join(failed, err)
		}
	}
	return total, errors.Join(failed, tables.Close())
}

func (c *Cassandra) rows(ctx context.Context, table string) (int64, error) {
	rows := c.session.Query("SELECT id FROM " + c.name + "." + table).IterContext(ctx)
	var id, number int64
	for rows.Scan(&id) {
		number++
	}
	return number, rows.Close()
}

// LedgerColumns are those of the loops' ledger beside the key: each takes a
// number.
func (c *Cassandra) LedgerColumns(ctx context.Context) ([]string, error) {
	rows := c.session.Query("SELECT column_name FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?", c.name, LoopLedger).IterContext(ctx)
	var columns []string
	var name string
	for rows.Scan(&name) {
		if name != "id" {
			columns = append(columns, name)
		}
	}
	return columns, rows.Close()
}

// Version is the server's.
func (c *Cassandra) Version(ctx context.Context) (string, error) {
	var version string
	err := c.session.Query("SELECT release_version FROM system.local").ScanContext(ctx, &version)
	return version, err
}

// Close drops the keyspace.
func (c *Cassandra) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.drop(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "bench: keyspace %s was not dropped: %v\n", c.name, err)
	}
	c.session.Close()
}
