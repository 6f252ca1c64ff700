package integration_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestCassandraCountsWhatShows: a migration in CQL on a table of which some rows have
// a deletion that is dated ahead, some a cell of a client whose clock is ahead, and some
// partitions no row at all. What is counted as migrated shows, and the others are told.
func TestCassandraCountsWhatShows(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	v := s.share(products()[2])
	v.fill(10) // which makes the keyspace
	session := v.session()
	defer session.Close()
	run := func(statement string, values ...any) {
		require.NoError(t, session.Query(statement, values...).Exec(), statement)
	}
	run("CREATE TABLE visits (city text, number int, population int static, shouted text, PRIMARY KEY (city, number))")
	ahead := func(by time.Duration) int64 { return time.Now().Add(by).UnixMicro() }
	for i := range 400 {
		city := fmt.Sprint("city ", i/4)
		run("INSERT INTO visits (city, number) VALUES (?, ?)", city, i%4)
		run("INSERT INTO visits (city, population) VALUES (?, 5)", fmt.Sprint("nobody's ", i))
		switch {
		case i < 10:
			run("DELETE shouted FROM visits USING TIMESTAMP ? WHERE city = ? AND number = ?", ahead(time.Hour), city, i%4)
		case i < 20:
			run("UPDATE visits USING TIMESTAMP ? SET shouted = 'quiet' WHERE city = ? AND number = ?", ahead(time.Hour), city, i%4)
		case i < 60:
			run("UPDATE visits USING TIMESTAMP ? SET shouted = 'quiet' WHERE city = ? AND number = ?", ahead(2*time.Second), city, i%4)
		}
	}
	s.writeMigration("shout", "name: shout\nversion: \"1\"\nmigrate: UPDATE visits SET shouted = 'LOUD' WHERE city = :city AND number = :number\n")
	options := v.options("--config", s.folder, "customer-migrator/migration=shout", "connection/table=visits", "customer-migrator/retry-interval=100ms", "customer-migrator/attempts=2")
	s.startWorker(options...)
	starter := s.startStarter(options...)
	require.Equal(t, 1, starter.wait(t), starter.text())
	end := s.summary(starter)
	require.EqualValues(t, []int64{400, 380, 20}, []int64{end.Scanned, end.Migrated, end.Failed}, starter.text())
	var loud, rows int
	require.NoError(t, session.Query("SELECT count(*) FROM visits WHERE shouted = 'LOUD' ALLOW FILTERING").Scan(&loud))
	require.NoError(t, session.Query("SELECT count(number) FROM visits").Scan(&rows))
	require.Equal(t, []int{380, 400}, []int{loud, rows})
	for _, letter := range v.letters() {
		require.Contains(t, letter.error, "set the clocks right")
	}
	require.Len(t, v.letters(), 20)
}

// TestCassandraRefusesWhatMustNotRunTwice, before a row is touched.
func TestCassandraRefusesWhatMustNotRunTwice(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	v := s.share(products()[2])
	v.fill(10) // which makes the keyspace
	session := v.session()
	defer session.Close()
	require.NoError(t, session.Query("CREATE TABLE tagged (id int PRIMARY KEY, tags list<text>)").Exec())
	s.writeMigration("tag", "name: tag\nversion: \"1\"\nmigrate: \"UPDATE tagged SET tags = tags + ['new'] WHERE id = :id\"\n")
	options := v.options("--config", s.folder, "customer-migrator/migration=tag", "connection/table=tagged")
	worker := s.start("worker", nil, options...)
	require.Equal(t, 2, worker.wait(t), worker.text())
	require.Contains(t, worker.text(), "migration tag, migrate statement 1: it adds to list tags, and twice if it runs twice")
}
