package mysql_test

import (
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database/databasetest"
	"db-migrate/database/mysql"
	"db-migrate/internal/testserver"
)

// TestTLS holds what the parameters of the URL come to, on a server that takes no
// connection without TLS.
func TestTLS(t *testing.T) {
	server(t)
	folder := testserver.Folder(t)
	authority, other := testserver.NewAuthority(t, folder, "authority"), testserver.NewAuthority(t, folder, "another")
	shown := authority.Issue("127.0.0.1", time.Now().Add(time.Hour), "mysql")
	client := authority.Issue("client", time.Now().Add(time.Hour), "root")
	stranger := other.Issue("client", time.Now().Add(time.Hour), "root")
	its := testserver.MariaDB().StartIn(t, folder, small+" --require-secure-transport=ON --ssl-cert="+shown.CertificateFile+" --ssl-key="+shown.KeyFile+" --ssl-ca="+authority.File)
	for name, test := range map[string]struct{ host, parameters, says string }{
		"verified":           {"", "tls=true&tls-ca=" + authority.File, ""},
		"an authority alone": {"", "tls-ca=" + authority.File, ""},
		"with a client's":    {"", "tls-ca=" + authority.File + "&tls-cert=" + client.CertificateFile + "&tls-key=" + client.KeyFile, ""},
		"encrypted alone":    {"", "tls=skip-verify", ""},
		"preferred":          {"", "tls=preferred", ""},
		"off":                {"", "tls=false", "if the server wants TLS, say tls=true and tls-ca=FILE in connection/url"},
		"not asked for":      {"", "", "if the server wants TLS, say tls=true and tls-ca=FILE in connection/url"},
		"unknown authority":  {"", "tls=true", "certificate signed by unknown authority; tls-ca in connection/url names the file with the certificate to trust"},
		"another authority":  {"", "tls-ca=" + other.File, "certificate signed by unknown authority; tls-ca in connection/url names"},
		"another host":       {"localhost", "tls-ca=" + authority.File, "but wanted to match localhost; name the host in connection/url as its certificate does"},
		"a stranger":         {"", "tls-ca=" + authority.File + "&tls-cert=" + stranger.CertificateFile + "&tls-key=" + stranger.KeyFile, "the server ended the TLS handshake"},
		"half a client's":    {"", "tls-cert=" + client.CertificateFile, "tls-cert and tls-key belong together"},
		"a contradiction":    {"", "tls=skip-verify&tls-ca=" + authority.File, "tls=skip-verify does not look at certificates"},
		"no such file":       {"", "tls-ca=nowhere.pem", "connection/url: tls-ca: open nowhere.pem: no such file"},
		"no certificate":     {"", "tls-ca=tls_test.go", "connection/url: tls-ca: tls_test.go holds no certificate in PEM form"},
	} {
		t.Run(name, func(t *testing.T) { requireOpens(t, its.URL, test.host, test.parameters, test.says) })
	}
	its.Run("stop")
	expired := authority.Issue("127.0.0.1", time.Now().Add(-time.Hour), "mysql")
	require.NoError(t, os.Rename(expired.CertificateFile, shown.CertificateFile))
	require.NoError(t, os.Rename(expired.KeyFile, shown.KeyFile))
	its.Run("start")
	t.Run("expired", func(t *testing.T) {
		requireOpens(t, its.URL, "", "tls-ca="+authority.File, "certificate has expired or is not yet valid")
	})
}

// requireOpens opens a URL with other parameters, and expects an error that says
// so, or none.
func requireOpens(t *testing.T, address, host, parameters, says string) {
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	if host != "" {
		parsed.Host = host + ":" + parsed.Port()
	}
	parsed.RawQuery = parameters
	databasetest.RequireOpens(t, mysql.Driver{}, parsed.String(), says)
}
