package config_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/config"
)

// TestAFileThatIsPassedOverIsTold: a setting that nobody reads is not left to be found out
// in production.
func TestAFileThatIsPassedOverIsTold(t *testing.T) {
	for _, test := range []struct {
		file, notice, problem string
	}{
		{"connection.yaml", "", ""},
		{"connection-production.yaml", "", ""},
		{"connection.json", "", ""},
		{"loaded.yaml", "", ""},
		{"connection.yml", "", "connection.yml: a file of this name is not read; call it connection.yaml"},
		{"connection-staging.yml", "", "connection-staging.yml: a file of this name is not read; call it connection-staging.yaml"},
		{"connection.YAML", "", "connection.YAML: a file of this name is not read; call it connection.yaml"},
		{"config.yaml", "config.yaml; read are <component>.yaml and <component>-<environment>.yaml, of the components status-board, customer-migration, customer-migrator, customer-scanner, site-guard, connection; give another file with --load", ""},
		{"connection-test.yaml", "connection-test.yaml; read are", ""},
		{"a.yml", "a.yml; read are", ""},
	} {
		folder := t.TempDir()
		write(t, folder, test.file, "connection: {table: orders}\n")
		loaded, err := config.Load(config.Sources{Environment: "localhost", Directory: folder, Files: []string{write(t, folder, "loaded.yaml", "")}, Getenv: environment(nil)})
		if test.problem != "" {
			require.EqualError(t, err, folder+string(filepath.Separator)+test.problem)
			continue
		}
		require.NoError(t, err, test.file)
		if test.notice == "" {
			require.Empty(t, loaded.Notices, test.file)
		} else {
			require.Contains(t, loaded.Notices[0], "not read in "+folder+": "+test.notice)
		}
	}
}

// TestAKeyAtTheTopOfAFile is sent to its component.
func TestAKeyAtTheTopOfAFile(t *testing.T) {
	for _, test := range []struct{ file, text, says string }{
		{"connection.yaml", "driver: postgres\n", "connection.yaml:1: there is no profile driver; it is a key of connection: write it below connection:"},
		{"connection-localhost.yaml", "table: orders\n", "there is no profile table; it is a key of connection: write it below connection:"},
		{"customer-migrator.yaml", "migration: shout\n", "it is a key of customer-migrator: write it below customer-migrator:"},
		{"any.yaml", "sweeps: 2\n", "it is a key of customer-scanner: write it below customer-scanner:"},
		{"connection.yaml", "nonsense: 2\n", "there is no profile nonsense; there are status-board, "},
	} {
		folder := t.TempDir()
		sources := config.Sources{Environment: "localhost", Directory: folder, Getenv: environment(nil)}
		if path := write(t, folder, test.file, test.text); test.file == "any.yaml" {
			sources.Files = []string{path}
		}
		_, err := config.Load(sources)
		require.ErrorContains(t, err, test.says)
	}
}
