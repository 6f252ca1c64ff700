package integration_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// documentBytes is what a heavy row weighs, and mostMemory what a worker with twenty
// processes and the default of customer-migration/memory may take for them at its peak:
// pieces by number and time took 5.2 GB for 150 of them.
const (
	documentBytes = 5_120_000
	mostMemory    = 1 << 30
)

// TestMemoryIsBoundedWhateverARowWeighs, for rows of 5 MB that a migration in Go reads
// and writes.
func TestMemoryIsBoundedWhateverARowWeighs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		product product
		rows    int
		fill    string
	}{
		{products()[0], 150, "INSERT INTO documents SELECT g, repeat(md5(g::text), 160000) FROM generate_series(1, %d) AS g"},
		{products()[1], 60, "INSERT INTO documents SELECT seq, repeat(md5(seq), 160000) FROM seq_1_to_%d"},
		{everywhere()[3], 60, "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < %d) INSERT INTO documents SELECT n, hex(zeroblob(2560000)) FROM g"},
		{products()[2], 12, ""},
	} {
		t.Run(test.product.driver, func(t *testing.T) {
			s := newStack(t)
			v := s.share(test.product)
			v.fill(10) // which makes the schema
			v.makeDocuments(test.rows, test.fill)
			options := v.options("customer-migrator/migration=stamp", "connection/table=documents", "customer-migrator/statement-timeout=8s", "customer-migrator/row-lock-time=5s", "customer-migrator/log-file=")
			worker := s.startWorkerAs("heavyworker", nil, options...)
			starter := s.startStarter(options...)
			require.Zero(t, starter.wait(t), starter.text())
			require.EqualValues(t, test.rows, s.summary(starter).Migrated)
			require.EqualValues(t, test.rows, v.stamped())
			peak := worker.peak(t)
			t.Logf("%d rows of %d bytes: the worker took %d MB at its peak", test.rows, documentBytes, peak>>20)
			require.Less(t, peak, int64(mostMemory))
		})
	}
}

func (v *server) makeDocuments(rows int, fill string) {
	v.Helper()
	if v.driver != "cassandra" {
		body := map[string]string{"postgres": "text", "mysql": "longtext", "sqlite": "text"}[v.driver]
		v.exec("CREATE TABLE documents (id bigint PRIMARY KEY, body " + body + ")")
		v.exec(fmt.Sprintf(fill, rows))
		return
	}
	session := v.session()
	defer session.Close()
	require.NoError(v, session.Query("CREATE TABLE documents (id bigint PRIMARY KEY, body text)").Exec())
	for id := range rows {
		require.NoError(v, session.Query("INSERT INTO documents (id, body) VALUES (?, ?)", int64(id), strings.Repeat("x", documentBytes)).Exec())
	}
}

// stamped is how many documents the migration has stamped, once, and cut nothing of.
func (v *server) stamped() int64 {
	v.Helper()
	if v.driver != "cassandra" {
		return v.count(fmt.Sprintf("SELECT COUNT(*) FROM documents WHERE body LIKE 'stamped %%' AND length(body) = %d", documentBytes+len("stamped ")))
	}
	session := v.session()
	defer session.Close()
	rows, body, count := session.Query("SELECT body FROM documents").PageSize(1).Prefetch(0).Iter(), "", int64(0)
	for rows.Scan(&body) {
		if strings.HasPrefix(body, "stamped x") && len(body) == documentBytes+len("stamped ") {
			count++
		}
	}
	require.NoError(v, rows.Close())
	return count
}

// peak is the most memory that the process has taken so far, in bytes.
func (p *process) peak(t *testing.T) int64 {
	t.Helper()
	content, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		t.Skip("this system does not tell a process's peak memory")
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(content)
	require.NotNil(t, found, string(content))
	kilobytes, err := strconv.ParseInt(string(found[1]), 10, 64)
	require.NoError(t, err)
	return kilobytes << 10
}
