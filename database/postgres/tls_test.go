package postgres_test

import (
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database/databasetest"
	"db-migrate/database/postgres"
	"db-migrate/internal/testserver"
)

// TestTLS holds what the settings of PostgreSQL's URLs come to, on a server that
// takes no connection without TLS.
func TestTLS(t *testing.T) {
	server(t)
	folder := testserver.Folder(t)
	authority, other := testserver.NewAuthority(t, folder, "authority"), testserver.NewAuthority(t, folder, "another")
	shown := authority.Issue("127.0.0.1", time.Now().Add(time.Hour), "postgres")
	rules := filepath.Join(folder, "pg_hba.conf")
	require.NoError(t, os.WriteFile(rules, []byte("local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"), 0o644))
	its := testserver.PostgreSQL().StartIn(t, folder, "POSTGRES_OPTIONS=-c ssl=on -c ssl_cert_file="+shown.CertificateFile+" -c ssl_key_file="+shown.KeyFile+" -c hba_file="+rules)
	for name, test := range map[string]struct{ host, settings, says string }{
		"verified":          {"", "sslmode=verify-full&sslrootcert=" + authority.File, ""},
		"encrypted alone":   {"", "sslmode=require", ""},
		"preferred":         {"", "", ""},
		"off":               {"", "sslmode=disable", "no encryption; the server wants TLS: say sslmode=verify-full and sslrootcert=FILE in connection/url"},
		"another authority": {"", "sslmode=verify-full&sslrootcert=" + other.File, "certificate signed by unknown authority; sslrootcert in connection/url names the file with the certificate to trust"},
		"another host":      {"localhost", "sslmode=verify-full&sslrootcert=" + authority.File, "certificate is not valid for any names, but wanted to match localhost; name the host in connection/url as its certificate does"},
		"no such file":      {"", "sslmode=verify-full&sslrootcert=nowhere.pem", "connection/url: unable to read CA file: open nowhere.pem"},
		"no such mode":      {"", "sslmode=maybe", "connection/url: sslmode is invalid"},
	} {
		t.Run(name, func(t *testing.T) { requireOpens(t, its.URL, test.host, test.settings, test.says) })
	}
	its.Run("stop")
	expired := authority.Issue("127.0.0.1", time.Now().Add(-time.Hour), "postgres")
	require.NoError(t, os.Rename(expired.CertificateFile, shown.CertificateFile))
	require.NoError(t, os.Rename(expired.KeyFile, shown.KeyFile))
	its.Run("start")
	t.Run("expired", func(t *testing.T) {
		requireOpens(t, its.URL, "", "sslmode=verify-full&sslrootcert="+authority.File, "certificate has expired or is not yet valid")
	})
}

// requireOpens opens a URL with other settings, and expects an error that says so,
// or none.
func requireOpens(t *testing.T, address, host, settings, says string) {
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	if host != "" {
		parsed.Host = host + ":" + parsed.Port()
	}
	parsed.RawQuery = settings
	databasetest.RequireOpens(t, postgres.Driver{}, parsed.String(), says)
}
