package postgres_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/internal/testserver"
)

// TestACrashThatTakesBackIsNoticed before the start, and how to mend it.
func TestACrashThatTakesBackIsNoticed(t *testing.T) {
	parsed, err := url.Parse(server(t))
	require.NoError(t, err)
	site := newSite(t, customers)
	seen := texts(examine(t, site, goPlan("first_name")))
	require.NotContains(t, seen, "TAKE BACK")
	require.NotContains(t, seen, "DAMAGE")

	several, err := url.Parse(site.Options.URL)
	require.NoError(t, err)
	several.Host = parsed.Host + ",127.0.0.1:1"
	site.Options.URL = several.String()
	require.Contains(t, texts(examine(t, site, goPlan("first_name"))), "! connection/url names several hosts ("+parsed.Host+", 127.0.0.1:1), and the next of them is asked if one is gone: a failover may TAKE BACK")

	t.Setenv("TEST_POSTGRES_URL", testserver.PostgreSQL().Start(t, "POSTGRES_OPTIONS=-c fsync=off -c full_page_writes=off").URL)
	seen = texts(examine(t, newSite(t, "CREATE TABLE customers (id bigint PRIMARY KEY, name text, first_name text)"), goPlan("first_name")))
	require.Contains(t, seen, "! the server runs with fsync = off: a crash of the machine may DAMAGE the database")
	require.Contains(t, seen, "! the server runs with full_page_writes = off: a crash of the machine may DAMAGE the database")
}
