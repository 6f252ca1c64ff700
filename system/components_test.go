package system_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"db-migrate/activities"
	"db-migrate/config"
	"db-migrate/database/drivers"
	"db-migrate/graph"
	"db-migrate/migration"
	"db-migrate/migration/contact"
	"db-migrate/system"
)

var update = flag.Bool("update", false, "write the golden files and the README's graph anew")

func TestShippedSystem(t *testing.T) {
	drawn := render(t, system.Blueprint().Graph(), graph.DOT)
	path := filepath.Join("testdata", "components.dot")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(drawn), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), drawn, "write it anew with go test ./system -update")
	require.NoError(t, system.Blueprint().Check())
}

// The drawing needs no configuration because none changes it.
func TestEveryConfigurationHasTheSameGraph(t *testing.T) {
	for _, driver := range []string{"sqlite", "simulated"} {
		configuration, err := config.Load(config.Sources{Environment: "localhost", Getenv: os.LookupEnv,
			Arguments: []string{"connection/driver=" + driver}})
		require.NoError(t, err)
		named, err := drivers.Named(driver)
		require.NoError(t, err)
		catalog, err := migration.NewCatalog([]migration.Migration{contact.Migration()}, "")
		require.NoError(t, err)
		built, err := system.New(configuration, named, catalog, nil)
		require.NoError(t, err)
		assert.Equal(t, system.Blueprint().Graph(), built.Graph(), driver)
	}
}

func TestABrokenSystemIsRefusedAndStillDrawn(t *testing.T) {
	broken := system.Blueprint()
	broken.Connection, broken.Scanner.Connection, broken.Migrator.Connection = nil, nil, nil
	broken.Overseer.Migrator = nil
	err := broken.Check()
	require.Error(t, err)
	for _, said := range []string{
		"component customer-scanner: its field Connection needs the component connection, which is not set",
		"component customer-migrator: its field Connection needs the component connection, which is not set",
		"component migration-overseer: what its field Migrator needs is not set",
	} {
		assert.Contains(t, err.Error(), said)
	}
	drawn := render(t, broken.Graph(), graph.DOT)
	assert.Contains(t, drawn, `"customer-scanner" -> "connection"`)
	assert.Regexp(t, `"connection" \[.*fillcolor="#c62828", fontcolor="#ffffff"`, drawn)
}

// A connection of its own would migrate another database than the one that the
// scanner scans.
func TestAComponentThatIsNotTheRegisteredOneIsMissing(t *testing.T) {
	broken := system.Blueprint()
	broken.Migrator.Connection = &activities.Connection{}
	assert.ErrorContains(t, broken.Check(), "component customer-migrator: what its field Connection needs is not registered")
}

// The graph in docs/how-it-works.md must be the one that --visualize draws.
func TestThePageShowsTheGraph(t *testing.T) {
	const path = "../docs/how-it-works.md"
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	section := regexp.MustCompile(`(?s)(<!-- component graph -->\n).*(<!-- /component graph -->)`)
	require.True(t, section.Match(content), "the page has no section between <!-- component graph --> and <!-- /component graph -->")
	block := "```mermaid\n" + render(t, system.Blueprint().Graph(), graph.Mermaid) + "```\n"
	want := section.ReplaceAllString(string(content), "${1}"+strings.ReplaceAll(block, "$", "$$")+"${2}")
	if *update && want != string(content) {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	assert.True(t, bytes.Equal([]byte(want), content), "the page's component graph is out of date; go test ./system -update writes it anew")
}

func render(t *testing.T, drawn graph.Graph, format graph.Format) string {
	t.Helper()
	content, err := graph.Renderer{}.Render(context.Background(), drawn, format, graph.Options{})
	require.NoError(t, err)
	return string(content)
}
