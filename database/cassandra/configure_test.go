package cassandra

import (
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// TestConfiguration holds what the options come to in the client library: timeouts,
// the token-aware policy, and few connections, which carry many requests each.
func TestConfiguration(t *testing.T) {
	asked, err := parseAddress("cassandra://user@127.0.0.1,127.0.0.2:9043/migrate?consistency=quorum&datacenter=berlin")
	require.NoError(t, err)
	cluster, err := configure(asked, database.Options{Password: "s3cret", ConnectTimeout: 3 * time.Second, StatementTimeout: 2 * time.Second, Processes: 20})
	require.NoError(t, err)
	require.Equal(t, []string{"127.0.0.1", "127.0.0.2:9043"}, cluster.Hosts)
	require.Equal(t, gocql.Quorum, cluster.Consistency)
	require.Equal(t, gocql.LocalSerial, cluster.SerialConsistency)
	require.Equal(t, 3*time.Second, cluster.ConnectTimeout)
	require.Equal(t, 2*time.Second, cluster.Timeout)
	require.Equal(t, 2*time.Second, cluster.WriteTimeout)
	require.Equal(t, connectionsPerHost, cluster.NumConns)
	require.IsType(t, gocql.TokenAwareHostPolicy(gocql.RoundRobinHostPolicy()), cluster.PoolConfig.HostSelectionPolicy)
	require.Equal(t, gocql.PasswordAuthenticator{Username: "user", Password: "s3cret"}, cluster.Authenticator)
	require.Nil(t, cluster.SslOpts)
}
