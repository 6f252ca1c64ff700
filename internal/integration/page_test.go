package integration_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tutorial is the tutorial that is followed to the letter.
const tutorial = "../../docs/write-your-own.md"

// TestThePageCanBeFollowed runs the commands of «Write your own migration in ten
// minutes» in a fresh folder, in one shell, one after the other. What the reader
// is asked to have is there: the programs, a Temporal, and a PostgreSQL; without
// the last, its section is left out.
//
// UPDATE_TRANSCRIPT=1 writes down what was seen.
func TestThePageCanBeFollowed(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	address := os.Getenv("TEST_POSTGRES_URL")
	if address != "" {
		address = s.postgresDatabase(address)
	} else {
		t.Log("TEST_POSTGRES_URL is not set: the section on PostgreSQL is not followed; make services")
	}
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	require.NoError(t, os.Symlink(root, s.path("db-migrate")))
	blocks := shellBlocks(t, address != "")
	seen := s.shell(blocks, "POSTGRES_URL="+address)
	s.requirePageFollowed(seen, address)
	if os.Getenv("UPDATE_TRANSCRIPT") != "" && address != "" {
		require.NoError(t, os.WriteFile("../../docs/write-your-own-transcript.txt", []byte(transcript(seen, s.folder, root, blocks)), 0o644))
	}
}

// requirePageFollowed: the customers of each database have what the tutorial says.
func (s *stack) requirePageFollowed(seen, address string) {
	s.Helper()
	const all = "SELECT COUNT(*) FROM customers WHERE first_name IS NOT NULL AND last_name IS NOT NULL"
	databases := []*sql.DB{s.openFile("split-names/customers.db")}
	if address != "" {
		opened, err := sql.Open("pgx", address)
		require.NoError(s, err)
		databases = append(databases, opened)
	}
	require.Equal(s, len(databases), strings.Count(seen, "Verified: none of 10,000 customers needs to be migrated."), seen)
	for _, opened := range databases {
		defer opened.Close()
		var number int
		require.NoError(s, opened.QueryRow(all).Scan(&number))
		require.Equal(s, 10_000, number, seen)
		require.NoError(s, opened.QueryRow("SELECT COUNT(*) FROM db_migrate_ledger_customers_split_names").Scan(&number))
		require.Greater(s, number, 8_000, seen)
	}
	require.Zero(s, s.numberIn("split-names/customers.db", "SELECT COUNT(*) FROM customers WHERE email_normalized IS NULL OR email_normalized <> lower(trim(email_normalized))"), seen)
}

func (s *stack) openFile(file string) *sql.DB {
	s.Helper()
	opened, err := sql.Open("sqlite", "file:"+s.path(file))
	require.NoError(s, err)
	return opened
}

var block = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// shellBlocks are the tutorial's commands.
func shellBlocks(t *testing.T, postgres bool) []string {
	t.Helper()
	content, err := os.ReadFile(tutorial)
	require.NoError(t, err)
	var blocks []string
	for _, found := range block.FindAllStringSubmatch(string(content), -1) {
		if postgres || !strings.Contains(found[1], "POSTGRES_URL") {
			blocks = append(blocks, found[1])
		}
	}
	require.Greater(t, len(blocks), 4)
	return blocks
}

// patiently defines how the shell waits until a worker in the background serves: on a busy
// machine that takes longer than to type the next command. A trap before each command did
// so at first; bash then sometimes waited for ever for a command that had ended.
const patiently = `untilServes() { until [ -z "$(jobs -r)" ] || grep -qs " serves " "$1"; do sleep 0.1; done; }; `

var (
	inBackground = regexp.MustCompile(`(?m)^.*>(\S+\.log) 2>&1 &$`)
	waiting      = regexp.MustCompile(`(?m)^untilServes .*\n`)
)

// shell runs commands in one shell, which stops at the first that fails, and
// returns the commands with what they printed.
func (s *stack) shell(blocks []string, environment ...string) string {
	s.Helper()
	require.NoError(s, os.WriteFile(s.path("tutorial.sh"), []byte(patiently+"set -euv -o pipefail\n"+inBackground.ReplaceAllString(strings.Join(blocks, "\n"), "$0\nuntilServes $1")), 0o644))
	ctx, cancel := context.WithTimeout(s.Context(), 3*patience) // it compiles a module of its own
	defer cancel()
	command := exec.CommandContext(ctx, "bash", "tutorial.sh")
	command.Dir = s.folder
	command.Env = s.environment(environment...)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // to end its workers with it
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	output, err := command.CombinedOutput()
	if command.Process != nil {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	}
	require.NoError(s, err, string(output))
	return waiting.ReplaceAllString(string(output), "")
}

// postgresDatabase makes a database of the test's own, and returns its address.
func (s *stack) postgresDatabase(address string) string {
	s.Helper()
	parsed, err := url.Parse(address)
	require.NoError(s, err)
	opened, err := sql.Open("pgx", address)
	require.NoError(s, err)
	name := fmt.Sprintf("own_%d", time.Now().UnixNano())
	_, err = opened.Exec("CREATE DATABASE " + name)
	require.NoError(s, err)
	s.Cleanup(func() {
		_, err := opened.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		require.NoError(s, err)
		opened.Close()
	})
	parsed.Path = "/" + name
	return parsed.String()
}

var (
	here  = regexp.MustCompile(`<<'EOF'\n(?s:.*?)\nEOF\n`)
	dull  = regexp.MustCompile(`(?m)^(Process #.*|.{3}% - .* customers|worker .*, process .*)\n`)
	urls  = regexp.MustCompile(`(postgres://|127\.0\.0\.1:\d+/)[^\s,]+`)
	empty = regexp.MustCompile(`\n{2,}`)
)

// transcript is what was seen, without the files that the tutorial shows anyway, the
// lines of each process, and what is this machine's.
func transcript(seen, folder, root string, blocks []string) string {
	for pattern, instead := range map[*regexp.Regexp]string{here: "<<'EOF' …\n", dull: "", urls: "…"} {
		seen = pattern.ReplaceAllString(seen, instead)
	}
	for _, line := range strings.Split(strings.Join(blocks, "\n"), "\n") {
		if command := here.ReplaceAllString(line, ""); command != "" {
			seen = regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(command)+`( …)?$`).ReplaceAllString(seen, "$$ ${0}")
		}
	}
	seen = strings.NewReplacer(folder, "~", root, "~/db-migrate").Replace(empty.ReplaceAllString(seen, "\n"))
	return "What the commands of write-your-own.md showed when a test ran them. Left out: the\n" +
		"files that they write, the lines of each process, and addresses.\n\n" + strings.TrimSpace(seen) + "\n"
}
