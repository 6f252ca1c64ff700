package cassandra

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// Driver opens keyspaces of Cassandra.
type Driver struct{}

// Name is what connection/driver says to choose it.
func (Driver) Name() string { return "cassandra" }

// Sets is false: there are no transactions.
func (Driver) Sets() bool { return false }

// connectionsPerHost carry thousands of requests each.
const connectionsPerHost = 2

// reconnectInterval is how often nodes that are down are tried again.
const reconnectInterval = 2 * time.Second

// Open opens the keyspace.
func (Driver) Open(ctx context.Context, options database.Options) (database.Connection, error) {
	asked, err := parseAddress(options.URL)
	if err != nil {
		return nil, err
	}
	cluster, err := configure(asked, options)
	if err != nil {
		return nil, err
	}
	strained := &strain{}
	cluster.QueryObserver, cluster.BatchObserver = strained, strained
	session, err := cluster.CreateSession()
	if err != nil {
		return nil, driverkit.Unreachable("Cassandra keyspace "+asked.keyspace, strings.Join(asked.hosts, ","), reason(asked, options, orMissing(cluster, err)))
	}
	opened := &connection{session: session, options: options, address: asked, strain: strained}
	if err := opened.checkPartitioner(ctx); err != nil {
		session.Close()
		return nil, err
	}
	return opened, nil
}

// orMissing finds out whether it is only the keyspace that is not there, which the
// driver does not tell from a server that is not there.
func orMissing(cluster *gocql.ClusterConfig, err error) error {
	keyspace := cluster.Keyspace
	cluster.Keyspace, cluster.PoolConfig.HostSelectionPolicy = "", gocql.RoundRobinHostPolicy()
	session, second := cluster.CreateSession()
	if second != nil {
		return err
	}
	defer session.Close()
	if _, second := session.KeyspaceMetadata(keyspace); errors.Is(second, gocql.ErrKeyspaceDoesNotExist) {
		return fmt.Errorf("there is no keyspace %s", keyspace)
	}
	return err
}

func configure(asked address, options database.Options) (*gocql.ClusterConfig, error) {
	cluster := gocql.NewCluster(asked.hosts...)
	cluster.Keyspace, cluster.Port = asked.keyspace, defaultPort
	cluster.Consistency, cluster.SerialConsistency = asked.consistency, gocql.LocalSerial
	cluster.NumConns, cluster.ReconnectInterval = connectionsPerHost, reconnectInterval
	cluster.DefaultIdempotence = true // each write carries its timestamp: repeated, it is the same
	cluster.Logger = silent{}
	// Routing needs the keyspaces alone. Else each change of any table of the cluster makes
	// the session read the whole schema again, and one in its first moments is a race in
	// gocql 2.1.2 (Session.init against refreshSchemas).
	cluster.Events.DisableSchemaEvents, cluster.Metadata.CacheMode = true, gocql.KeyspaceOnly
	if options.ConnectTimeout > 0 {
		cluster.ConnectTimeout = options.ConnectTimeout
	}
	if options.StatementTimeout > 0 {
		cluster.Timeout, cluster.WriteTimeout = options.StatementTimeout, options.StatementTimeout
	}
	local := gocql.RoundRobinHostPolicy()
	if asked.datacenter != "" {
		local = gocql.DCAwareRoundRobinPolicy(asked.datacenter)
	}
	cluster.PoolConfig.HostSelectionPolicy = gocql.TokenAwareHostPolicy(local)
	password := asked.password
	if options.Password != "" {
		password = options.Password
	}
	if asked.user != "" {
		cluster.Authenticator = gocql.PasswordAuthenticator{Username: asked.user, Password: password}
	}
	return cluster, encrypt(cluster, asked)
}

func encrypt(cluster *gocql.ClusterConfig, asked address) error {
	if !asked.encrypted() {
		return nil
	}
	config, err := asked.files.Config("") // each node has a name of its own
	if err != nil {
		return driverkit.Broken("%w", err)
	}
	cluster.SslOpts = &gocql.SslOptions{Config: config, EnableHostVerification: true}
	return nil
}

// connection is an open keyspace.
type connection struct {
	session *gocql.Session
	options database.Options
	address address
	// strain is how much the cluster suffers from our requests.
	strain *strain
}

// Close closes all connections.
func (c *connection) Close() error {
	c.session.Close()
	return nil
}

// described is the schema of a keyspace as it is now: a session that caches it knows a
// change a moment later.
func (c *connection) described(keyspace string) (*gocql.KeyspaceMetadata, error) {
	cluster, err := configure(c.address, c.options)
	if err != nil {
		return nil, err
	}
	cluster.Metadata.CacheMode, cluster.NumConns = gocql.Disabled, 1
	session, err := cluster.CreateSession()
	if err != nil {
		return nil, err
	}
	defer session.Close()
	return session.KeyspaceMetadata(keyspace)
}

// checkPartitioner: only Murmur3's tokens are numbers, evenly spread.
func (c *connection) checkPartitioner(ctx context.Context) error {
	var partitioner string
	if err := c.session.Query("SELECT partitioner FROM system.local").ScanContext(ctx, &partitioner); err != nil {
		return classify(err)
	}
	if !strings.HasSuffix(partitioner, ".Murmur3Partitioner") {
		return driverkit.Broken("connection/url: the cluster's partitioner is %s; only Murmur3Partitioner, the default, can be scanned", partitioner)
	}
	return nil
}

// inFlight is how many customers a call has under way at once.
func (c *connection) inFlight() int {
	if c.options.InFlight > 0 {
		return c.options.InFlight
	}
	return defaultInFlight
}

// defaultInFlight keeps a node of a few cores busy with 20 processes, and its
// queues short: four full requests of each.
const defaultInFlight = batchesInFlight * batchRows

// silent keeps the driver's log out of ours: what matters comes back as an error.
type silent struct{}

func (silent) Error(string, ...gocql.LogField)   {}
func (silent) Warning(string, ...gocql.LogField) {}
func (silent) Info(string, ...gocql.LogField)    {}
func (silent) Debug(string, ...gocql.LogField)   {}

func portOf(host string) (int, error) {
	_, port, err := net.SplitHostPort(host)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}
