package sqlite

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestASiteThatWritesIsNoticed, and our own writing is not taken for it.
func TestASiteThatWritesIsNoticed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	others, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer others.Close()
	_, err = others.Exec("CREATE TABLE customers (id INTEGER PRIMARY KEY)")
	require.NoError(t, err)
	own := &writer{path: path}
	defer own.close()
	migrate := func() {
		_, err := own.transaction(t.Context(), time.Second, func(ctx context.Context) error {
			return own.execute(ctx, "INSERT INTO customers DEFAULT VALUES")
		})
		require.NoError(t, err)
		own.site.looked = own.site.looked.Add(-lookEvery)
	}
	for range 3 {
		migrate()
		require.Equal(t, quietSite(), own.site.rhythm(time.Now()))
	}
	_, err = others.Exec("INSERT INTO customers DEFAULT VALUES")
	require.NoError(t, err)
	migrate()
	require.Equal(t, writingSite(), own.site.rhythm(time.Now()))
	require.Equal(t, quietSite(), own.site.rhythm(time.Now().Add(siteMemory)))
}
