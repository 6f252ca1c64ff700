package integration_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fenced is a block of a page, with the language that it is written in.
var fenced = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

// migrationFile begins a block of YAML that is a file.
var migrationFile = regexp.MustCompile(`^# (migrations/[a-z-]+\.yaml)\n`)

// typedPage is a document that is followed to the letter, block by block, in one shell: sql
// by psql, sh by bash, yaml that names a file is written, and text is what the sql before
// it shows.
type typedPage struct {
	script strings.Builder
	shown  []string
}

func readPage(t *testing.T, path string) *typedPage {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	var read typedPage
	before := ""
	for number, block := range fenced.FindAllStringSubmatch(string(content), -1) {
		language, text := block[1], block[2]
		switch name := migrationFile.FindStringSubmatch(text); {
		case language == "sh":
			read.script.WriteString(text)
		case language == "sql":
			fmt.Fprintf(&read.script, "psql -qAtv ON_ERROR_STOP=1 \"$POSTGRES_URL\" >shown-%d <<'SQL'\n%sSQL\n", len(read.shown), text)
		case language == "yaml" && name != nil:
			fmt.Fprintf(&read.script, "cat >%s <<'YAML'\n%sYAML\n", name[1], text)
		case language == "text" && before == "sql":
			read.shown = append(read.shown, text)
		case language == "console" || language == "go" || language == "yaml" || language == "text" || language == "mermaid":
		default:
			require.Fail(t, "a block of the page is of a language that nobody tries", "%s, block %d: %s", path, number+1, language)
		}
		before = language
	}
	require.NotZero(t, read.script.Len(), path)
	return &read
}

// follow carries the page out, and returns what it printed.
func (p *typedPage) follow(s *stack, prelude string, environment ...string) string {
	s.Helper()
	require.NoError(s, os.Symlink(s.bin, s.path("bin")))
	require.NoError(s, os.Mkdir(s.path("migrations"), 0o755))
	seen := s.shell([]string{prelude, p.script.String()}, environment...)
	for i, want := range p.shown {
		got, err := os.ReadFile(s.path(fmt.Sprintf("shown-%d", i)))
		require.NoError(s, err)
		require.Equal(s, want, string(got), seen)
	}
	return seen
}

// TestTheReadmeCanBeFollowed on a database of its example's.
func TestTheReadmeCanBeFollowed(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	seen := readPage(t, "../../README.md").follow(s, "")
	require.Contains(t, seen, "Starting customer scan ...")
	require.Contains(t, seen, "Completed table scan, after 10,000 customer rows")
	require.Contains(t, seen, "Migrated 8,964 customers (1,036 previously migrated, 0 failures)")
	require.EqualValues(t, 0, s.numberIn("shop.db", "SELECT COUNT(*) FROM customers WHERE email_normalized IS NULL"), seen)
}

// TestRunningCanBeFollowed with the README's migration.
func TestRunningCanBeFollowed(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	for _, block := range fenced.FindAllStringSubmatch(string(readme), -1) {
		if name := migrationFile.FindStringSubmatch(block[2]); name != nil {
			require.NoError(t, os.MkdirAll(filepath.Dir(s.path("x/"+name[1])), 0o755))
			require.NoError(t, os.WriteFile(s.path("x/"+name[1]), []byte(block[2]), 0o644))
		}
	}
	seen := readPage(t, "../../docs/running.md").follow(s, "cp x/migrations/* migrations/")
	require.Contains(t, seen, "No problems were found.")
	require.EqualValues(t, 0, s.numberIn("shop.db", "SELECT COUNT(*) FROM customers WHERE email_normalized IS NULL"), seen)
}

// migrateFunction is what the page on migrations means by migrate TABLE NAME.
const migrateFunction = `migrate() {
  bin/worker --config . connection/driver=postgres "connection/url=$POSTGRES_URL" connection/table=$1 \
    customer-migrator/migration=$2 customer-migrator/log-file= >worker.log 2>&1 &
  bin/starter --config . customer-migrator/migration=$2 || { cat worker.log; return 1; }
  kill %%; wait || true
}`

// TestTheMigrationsCanBeFollowed on PostgreSQL: each example does what it shows.
func TestTheMigrationsCanBeFollowed(t *testing.T) {
	t.Parallel()
	address := os.Getenv("TEST_POSTGRES_URL")
	if address == "" {
		t.Skip("TEST_POSTGRES_URL is not set: the page on migrations is not followed; make services")
	}
	s := newStack(t)
	p := readPage(t, "../../docs/migrations.md")
	require.Len(t, p.shown, 8)
	p.follow(s, migrateFunction, "POSTGRES_URL="+s.postgresDatabase(address))
}
