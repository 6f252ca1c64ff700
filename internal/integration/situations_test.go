package integration_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/migration"
	"db-migrate/migration/contact"
	"db-migrate/worker/service"
)

var update = flag.Bool("update", false, "write what is seen into docs/bad-situations.md")

// document is docs/bad-situations.md, whose tables hold what a user sees.
type document struct {
	*testing.T
	path    string
	mutex   sync.Mutex
	content string
}

// page is a section of it.
type page struct {
	*testing.T
	// before is the section as it was, rows the one that is seen.
	before  string
	rows    []string
	secrets []string
}

const pagePath = "../../docs/bad-situations.md"

func openDocument(t *testing.T) *document {
	content, err := os.ReadFile(pagePath)
	require.NoError(t, err)
	return &document{T: t, path: pagePath, content: string(content)}
}

// section provokes the situations of a database, beside the others, and holds its
// table to them. A situation that cannot be provoked here keeps its row.
func (d *document) section(name string, rows func(*page)) {
	begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->"
	_, rest, found := strings.Cut(d.content, begin)
	require.True(d, found, "%s has no section %s", d.path, name)
	its, _, found := strings.Cut(rest, end)
	require.True(d, found, "%s has no section %s", d.path, name)
	d.Run(name, func(t *testing.T) {
		t.Parallel()
		p := &page{T: t, before: its, secrets: []string{secret, "only-for-tests"}}
		rows(p)
		if *update {
			d.write(begin+its, begin+"| situation | what db-migrate does | what you see |\n| --- | --- | --- |\n"+strings.Join(p.rows, ""))
		}
	})
}

func (d *document) write(before, after string) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.content = strings.Replace(d.content, before, after, 1)
	require.NoError(d, os.WriteFile(d.path, []byte(d.content), 0o644))
}

// row provokes one situation.
func (p *page) row(name, does string, provoke func(t *testing.T) string) {
	prefix := "| " + name + " |"
	old := ""
	for _, line := range strings.SplitAfter(p.before, "\n") {
		if strings.HasPrefix(line, prefix) {
			old = line
		}
	}
	now := old
	p.Run(name, func(t *testing.T) {
		message := p.normalised(provoke(t))
		for _, secret := range p.secrets {
			require.NotContains(t, message, secret)
		}
		now = fmt.Sprintf("%s %s | %s |\n", prefix, does, strings.ReplaceAll(strings.ReplaceAll(message, "|", "\\|"), "\n", "<br>"))
		if !*update {
			require.Equal(t, old, now, "write it anew with go test ./internal/integration -run TestBadSituations -update")
		}
	})
	p.rows = append(p.rows, now)
}

// variable is what differs from run to run.
var variable = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+->127\.0\.0\.1:\d+`), "127.0.0.1:PORT->127.0.0.1:PORT"},
	{regexp.MustCompile(`127\.0\.0\.(\d):\d+`), "127.0.0.$1:PORT"},
	{regexp.MustCompile(`localhost:\d+`), "localhost:PORT"},
	{regexp.MustCompile(`pg_tblspc/[^"]*`), "pg_tblspc/…"},
	{regexp.MustCompile(`\nits workflow: [^\n]*`), ""},
	{regexp.MustCompile(`, started [^\n]* ago`), ""},
	{regexp.MustCompile(`lookup (\S+) on \S+: [^,;\n]*`), "lookup $1 …"}, // how this machine resolves names
	{regexp.MustCompile(`lookup (\S+): [^,;\n]*`), "lookup $1 …"},
	{regexp.MustCompile(`\d+ attempts are repeated`), "1 attempt is repeated"}, // how many processes met it by then
	{regexp.MustCompile(`attempt \d+`), "attempt N"},
	{regexp.MustCompile(`/tmp/[^ ,;]*/(\d{3}|db-migrate-server-\d+)`), "DIR"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?`), "TIME"},
	{regexp.MustCompile(`definition [0-9a-f]{6,}`), "definition HASH"},
	{regexp.MustCompile(`worker has [0-9a-f]{6,}`), "worker has HASH"},
}

func (p *page) normalised(message string) string {
	message = strings.TrimSpace(message)
	for _, one := range variable {
		message = one.pattern.ReplaceAllString(message, one.by)
	}
	return strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(message)
}

var afterwards = regexp.MustCompile(`\nworker not started(: cannot use the database)?`)

// refusal starts a worker, which must refuse with exit code 2, and returns what it
// says, without the line that all of these end with.
func refusal(t *testing.T, arguments ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := service.Main(append([]string{"customer-migrator/log-file=", "connection/connect-timeout=30s"}, arguments...), &stdout, &stderr,
		service.Program{Migrations: []migration.Migration{contact.Migration()}})
	require.Equal(t, 2, code, stderr.String())
	require.Empty(t, stdout.String())
	return afterwards.ReplaceAllString(strings.TrimPrefix(stderr.String(), "worker: "), "")
}

// loud writes a migration in SQL, and returns the options that choose it.
func loud(t *testing.T, folder, check, migrate string) []string {
	t.Helper()
	require.NoError(t, os.MkdirAll(folder+"/migrations", 0o755))
	text := fmt.Sprintf("name: shout\nversion: \"1\"\ncheck: %s\nmigrate: %s\n", check, migrate)
	require.NoError(t, os.WriteFile(folder+"/migrations/shout.yaml", []byte(text), 0o644))
	return []string{"--config", folder, "customer-migrator/migration=shout"}
}

const (
	shoutCheck   = "SELECT id FROM customers WHERE id IN (:ids) AND shouted IS NULL"
	shoutMigrate = "UPDATE customers SET shouted = upper(name) WHERE id IN (:ids) AND shouted IS NULL"
	shoutID      = "migration/shout/localhost"
)

// attempt is a run that meets a situation.
type attempt struct {
	*stack
	options []string
	worker  *process
	starter *process
}

// begin starts worker and starter.
func (s *stack) begin(t *testing.T, options ...string) *attempt {
	t.Helper()
	options = append(options, "customer-migrator/retry-interval=50ms", "customer-migrator/attempts=2", "customer-migration/processes=2", "connection/connect-timeout=2s")
	its := *s
	its.T = t
	a := &attempt{stack: &its, options: options}
	a.worker = its.startWorkerAs("worker", nil, options...)
	a.starter = its.start("starter", nil, append([]string{"--output", "minimal"}, options...)...)
	t.Cleanup(func() {
		a.starter.kill()
		_ = a.client().TerminateWorkflow(context.Background(), shoutID, "", "the test is over")
		a.worker.signal(syscall.SIGTERM) // one that is killed may take the next one's tasks along
		<-a.worker.done
	})
	return a
}

// status is what starter status says.
func (a *attempt) status() string {
	a.Helper()
	return a.said(append([]string{"status"}, a.options...)...)
}

// note waits for a line of starter status that has one of these, and returns it.
func (a *attempt) note(parts ...string) string {
	a.Helper()
	found := ""
	a.until(fmt.Sprintf("a note in starter status: %q", parts), func() bool {
		select {
		case <-a.starter.done:
			require.FailNow(a, "the starter has ended", a.starter.text())
		default:
		}
		said := a.status()
		if said == "" || strings.Contains(said, "): completed\n") || strings.Contains(said, "): failed\n") {
			return false // the run before, or none yet
		}
		for _, line := range strings.Split(said, "\n") {
			for _, part := range parts {
				if found == "" && strings.Contains(line, part) {
					found = line
				}
			}
		}
		return found != ""
	})
	return found
}

// deadLettered waits for the end of a run in which customers failed.
func (a *attempt) deadLettered() {
	a.Helper()
	require.Equal(a, 1, a.starter.wait(a), a.starter.text())
}

// repeated is the note about an attempt that is repeated.
func (a *attempt) repeated() string { a.Helper(); return a.note(" repeated (") }

// completes waits for the end of a run in which all went well at last.
func (a *attempt) completes() string {
	a.Helper()
	require.Zero(a, a.starter.wait(a), a.starter.text())
	lines := strings.Split(strings.TrimSpace(a.starter.text()), "\n")
	for _, line := range slices.Backward(lines) {
		if strings.HasPrefix(line, "Migrated ") && strings.Contains(line, "failures)") {
			return regexp.MustCompile(` in (\d|less).*`).ReplaceAllString(line, "")
		}
	}
	return lines[len(lines)-1]
}

// refused is what the starter says at its end with this exit code.
func (a *attempt) refused(code int) string {
	a.Helper()
	require.Equal(a, code, a.starter.wait(a), a.starter.text())
	_, said, found := strings.Cut("\n"+a.starter.text(), "\nstarter: ")
	require.True(a, found, a.starter.text())
	return said
}

// meanwhile spoils something while customers are migrated, and returns the note
// about it; after mend the run completes.
func (a *attempt) meanwhile(spoil, mend func()) string {
	a.Helper()
	a.note("Migrated 1", "Migrated 2", "Migrated 3")
	spoil()
	// The first attempt may have been anywhere in its transaction; the error shown beside
	// the third is the second one's.
	return a.mendedAfter(a.note("attempt 3:", "attempt 4:", "attempt 5:", "attempt 6:", "attempt 7:"), mend)
}

// mended is the note about what is repeated; after mend the run completes.
func (a *attempt) mended(mend func()) string {
	a.Helper()
	return a.mendedAfter(a.repeated(), mend)
}

func (a *attempt) mendedAfter(note string, mend func()) string {
	a.Helper()
	mend()
	a.completes()
	return note
}

// fresh is a folder for one situation.
func fresh(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs(t.TempDir())
	require.NoError(t, err)
	return folder
}

// smallDisk is a disk of so many megabytes; only root can make one.
func smallDisk(t *testing.T, folder string, megabytes int) string {
	t.Helper()
	path := filepath.Join(folder, "small-disk")
	require.NoError(t, os.MkdirAll(path, 0o755))
	if err := syscall.Mount("tmpfs", path, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(path, syscall.MNT_DETACH) })
	return path
}

// TestBadSituations provokes what goes wrong on real servers, and holds
// docs/bad-situations.md to what a user sees then.
func TestBadSituations(t *testing.T) {
	t.Parallel()
	d := openDocument(t)
	d.section("configuration", func(p *page) { p.configuration() })
	d.section("SQLite", func(p *page) { p.sqlite(newStack(p.T)) })
	d.section("PostgreSQL", func(p *page) { p.postgres(newStack(p.T)) })
	d.section("MariaDB", func(p *page) { p.mariadb(newStack(p.T)) })
	d.section("Cassandra", func(p *page) { p.cassandra(newStack(p.T)) })
}

// secret is the wrong password of these tests.
const secret = "s3cret-never-shown"
