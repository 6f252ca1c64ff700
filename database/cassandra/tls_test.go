package cassandra_test

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/stretchr/testify/require"

	"db-migrate/database/cassandra"
	"db-migrate/database/databasetest"
	"db-migrate/internal/testserver"
	"db-migrate/internal/testserver/cql"
)

// TestTLSAndPasswords holds what the parameters of the URL come to, on a node that
// takes no connection without TLS and without a password.
func TestTLSAndPasswords(t *testing.T) {
	server(t)
	folder := testserver.Folder(t)
	authority, other := testserver.NewAuthority(t, folder, "authority"), testserver.NewAuthority(t, folder, "another")
	shown := filepath.Join(folder, "shown.pem")
	require.NoError(t, os.WriteFile(shown, authority.Issue("127.0.0.1", time.Now().Add(time.Hour), "").PEM, 0o600))
	client := authority.Issue("client", time.Now().Add(time.Hour), "")
	its := testserver.Cassandra().StartIn(t, folder, "CASSANDRA_AUTHENTICATOR=PasswordAuthenticator", "CASSANDRA_AUTHORIZER=CassandraAuthorizer", "CASSANDRA_HEAP=600m", `CASSANDRA_YAML=client_encryption_options:
  enabled: true
  optional: false
  require_client_auth: false
  ssl_context_factory: {class_name: org.apache.cassandra.security.PEMBasedSslContextFactory}
  keystore: `+shown)
	makeKeyspace(t, its.URL, authority.File)
	for name, test := range map[string]struct{ user, parameters, says string }{
		"verified":          {"cassandra:cassandra", "tls=true&tls-ca=" + authority.File, ""},
		"an authority":      {"cassandra:cassandra", "tls-ca=" + authority.File, ""},
		"with a client's":   {"cassandra:cassandra", "tls-ca=" + authority.File + "&tls-cert=" + client.CertificateFile + "&tls-key=" + client.KeyFile, ""},
		"off":               {"cassandra:cassandra", "", "if the nodes want TLS, say tls=true and tls-ca=FILE in connection/url"},
		"unknown authority": {"cassandra:cassandra", "tls=true", "certificate signed by unknown authority; tls-ca in connection/url names the file with the certificate to trust"},
		"another authority": {"cassandra:cassandra", "tls-ca=" + other.File, "certificate signed by unknown authority; tls-ca in connection/url names"},
		"a contradiction":   {"cassandra:cassandra", "tls=false&tls-ca=" + authority.File, "tls=false looks at no certificates"},
		"no user":           {"", "tls-ca=" + authority.File, "give the user in connection/url and the password in connection/password or connection/password-file"},
		"wrong password":    {"cassandra:s3cret", "tls-ca=" + authority.File, "Provided username cassandra and/or password are incorrect; give"},
		"unknown user":      {"nobody:s3cret", "tls-ca=" + authority.File, "Provided username nobody and/or password are incorrect; give"},
	} {
		t.Run(name, func(t *testing.T) { requireOpens(t, its.URL, test.user, test.parameters, test.says) })
	}
}

func makeKeyspace(t *testing.T, address, authority string) {
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	cluster := cql.Cluster(parsed.Host)
	cluster.SslOpts = &gocql.SslOptions{CaPath: authority, EnableHostVerification: true}
	cluster.Timeout, cluster.ConnectTimeout = 10*time.Second, 10*time.Second
	cql.Schema(t, cql.Superuser(t, cluster), "CREATE KEYSPACE migrate WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
}

// requireOpens opens a URL with other parameters, and expects an error that says
// so, or none.
func requireOpens(t *testing.T, address, user, parameters, says string) {
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	text := "cassandra://"
	if user != "" {
		text += user + "@"
	}
	databasetest.RequireOpens(t, cassandra.Driver{}, text+parsed.Host+"/migrate?"+parameters, says)
}
