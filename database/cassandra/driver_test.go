package cassandra_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/cassandra"
	"db-migrate/database/databasetest"
	"db-migrate/internal/testserver/cql"
)

// TestWhatCannotBeOpened holds what the user sees; the password is never in it.
func TestWhatCannotBeOpened(t *testing.T) {
	host := server(t).Host
	for name, test := range map[string]struct{ url, says string }{
		"no address":          {"cassandra://x:s3cret@%zz", "connection/url: it must be cassandra://user@host:port,host:port/keyspace"},
		"another scheme":      {"http://" + host + "/migrate", "connection/url: it must be cassandra://"},
		"no keyspace":         {"cassandra://" + host, "connection/url: it must be cassandra://"},
		"no port":             {"cassandra://127.0.0.1:x/migrate", `connection/url: host "127.0.0.1:x"; it must be host or host:port`},
		"unknown parameter":   {"cassandra://" + host + "/migrate?ssl=1", `there is no parameter "ssl"; there are consistency, datacenter, tls, tls-ca, tls-cert, tls-key, compare and clock-skew`},
		"unknown consistency": {"cassandra://" + host + "/migrate?consistency=most", `consistency is "most"; it must be LOCAL_QUORUM`},
		"no certificates":     {"cassandra://" + host + "/migrate?tls-ca=nowhere.pem", "tls-ca: open nowhere.pem: no such file"},
		"unknown keyspace":    {"cassandra://x:s3cret@" + host + "/nowhere", "there is no keyspace nowhere"},
		"unknown host":        {"cassandra://x:s3cret@nowhere.invalid/migrate", "Cassandra keyspace migrate on nowhere.invalid cannot be opened"},
		"no server":           {"cassandra://x:s3cret@127.0.0.1:1/migrate", "connection refused"},
		"no TLS":              {"cassandra://" + host + "/migrate?tls=true", "the nodes have no TLS, which connection/url asks for"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := cassandra.Driver{}.Open(t.Context(), database.Options{URL: test.url, Table: "customers", Processes: 1, ConnectTimeout: 2 * time.Second})
			require.ErrorContains(t, err, test.says)
			require.NotContains(t, err.Error(), "s3cret")
		})
	}
}

// made is a site with customers, opened by the driver.
type made struct {
	*testing.T
	databasetest.Site
	table database.Table
	mark  database.Mark
}

func (k *keyspaces) made(t *testing.T, kind databasetest.KeyKind, plan database.Plan, parameters string) *made {
	m := &made{T: t, Site: k.site(t, kind, parameters)}
	for i, name := range []string{"Anna", "Bob", "Carl"} {
		require.NoError(t, m.Actions.Add([]any{int64(i)}, name, int64(i)))
	}
	connection, err := cassandra.Driver{}.Open(t.Context(), m.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	m.table, err = connection.Prepare(t.Context(), plan)
	require.NoError(t, err)
	begun, err := m.table.Begin(t.Context(), database.RunRequest{ID: "run", Migration: plan.Migration})
	require.NoError(t, err)
	m.mark = database.Mark{Run: begun.Run, Sequence: 1}
	return m
}

func pool(t *testing.T) *keyspaces {
	host := server(t).Host
	return &keyspaces{T: t, host: host, session: openSession(t, host, ""), free: map[databasetest.KeyKind][]string{}}
}

func goPlan() database.Plan {
	return database.Plan{Migration: "m", Reads: []string{"name", "amount"}, Writes: []string{"first_name", "score"}}
}

func (m *made) read() []database.Row {
	rows, err := m.table.Read(m.Context(), database.Range{}, nil, 100)
	require.NoError(m, err)
	return rows
}

// writes greets the rows; the score is the amount.
func writes(rows []database.Row) []database.Write {
	var list []database.Write
	for _, row := range rows {
		write := database.Write{Row: row}
		write.Change.Set("first_name", "Dear "+row.Text("name"))
		write.Change.Set("score", row.Value("amount"))
		list = append(list, write)
	}
	return list
}

// TestAStaleChangeIsMadeAgain: the site changes what a change was made of; that
// write may be seen for a moment, but it is not counted, and made again.
func TestAStaleChangeIsMadeAgain(t *testing.T) {
	m := pool(t).made(t, databasetest.Numbers, goPlan(), "")
	rows := m.read()
	require.NoError(t, m.Actions.Set("Bob", "amount", int64(500)))
	written, err := m.table.Write(t.Context(), m.mark, writes(rows))
	require.NoError(t, err)
	for i, row := range rows {
		require.Equal(t, row.Text("name") != "Bob", written.Rows[i], row.Text("name"))
	}
	rows = m.read()
	time.Sleep(2 * clockSkew)
	for _, write := range writes(rows) {
		if write.Row.Text("name") == "Bob" {
			written, err = m.table.Write(t.Context(), m.mark, []database.Write{write})
			require.NoError(t, err)
			require.Equal(t, []bool{true}, written.Rows)
		}
	}
	for _, row := range m.read() {
		require.Equal(t, row.Value("amount"), row.Value("score"))
	}
}

// TestAWriteOfTheSitesIsNeverOverwritten: it is dated after the read.
func TestAWriteOfTheSitesIsNeverOverwritten(t *testing.T) {
	m := pool(t).made(t, databasetest.Numbers, goPlan(), "")
	rows := m.read()
	require.NoError(t, m.Actions.Set("Bob", "first_name", "Robert"))
	require.NoError(t, m.Actions.Delete("Carl"))
	written, err := m.table.Write(t.Context(), m.mark, writes(rows))
	require.NoError(t, err)
	for i, row := range rows {
		require.Equal(t, row.Text("name") == "Anna", written.Rows[i], row.Text("name"))
	}
	after := m.read()
	require.Len(t, after, 2, "Carl stays deleted")
	for _, row := range after {
		if row.Text("name") == "Bob" {
			require.Equal(t, "Robert", row.Text("first_name"))
		}
	}
}

// TestTheLedgerIsAskedButForAFreshRange: who stands in it is not written again, and
// nobody of a fresh range does.
func TestTheLedgerIsAskedButForAFreshRange(t *testing.T) {
	m := pool(t).made(t, databasetest.Numbers, goPlan(), "")
	_, err := m.table.Write(t.Context(), m.mark, writes(m.read()))
	require.NoError(t, err)
	_, err = m.table.Write(t.Context(), m.mark, writes(m.read()))
	require.ErrorIs(t, err, database.ErrLedgerConflict)
	rows, err := m.table.Read(t.Context(), database.Range{Fresh: true}, nil, 100)
	require.NoError(t, err)
	written, err := m.table.Write(t.Context(), m.mark, writes(rows))
	require.NoError(t, err)
	require.Equal(t, []bool{true, true, true}, written.Rows, "as if nobody stood in it")
}

// TestAWriteOfTheSitesThatIsLongOnItsWayWins: it is dated before the row was read,
// and comes after the change was written.
func TestAWriteOfTheSitesThatIsLongOnItsWayWins(t *testing.T) {
	m := pool(t).made(t, databasetest.Numbers, goPlan(), "")
	dated := time.Now().UnixMicro()
	time.Sleep(2 * clockSkew)
	written, err := m.table.Write(t.Context(), m.mark, writes(m.read()))
	require.NoError(t, err)
	require.Equal(t, []bool{true, true, true}, written.Rows)
	session := m.Actions.(*liveSite).session
	require.NoError(t, session.Query("UPDATE customers USING TIMESTAMP ? SET amount = 500, score = 500 WHERE id = 1", dated).Exec())
	for _, row := range m.read() {
		require.Equal(t, row.Value("amount"), row.Value("score"), row.Text("name"))
	}
}

// TestAColumnThatWasSetToNullIsWritten, although no WRITETIME tells when that was.
func TestAColumnThatWasSetToNullIsWritten(t *testing.T) {
	for _, columns := range []string{"first_name = NULL, score = NULL", "score = NULL"} {
		t.Run(columns, func(t *testing.T) {
			m := pool(t).made(t, databasetest.Numbers, goPlan(), "")
			session := m.Actions.(*liveSite).session
			for _, row := range m.read() {
				require.NoError(t, session.Query("UPDATE customers SET "+columns+" WHERE id = ?", row.Key[0]).Exec())
			}
			time.Sleep(2 * clockSkew)
			written, err := m.table.Write(t.Context(), m.mark, writes(m.read()))
			require.NoError(t, err)
			require.Equal(t, []bool{true, true, true}, written.Rows)
			for _, row := range m.read() {
				require.Equal(t, "Dear "+row.Text("name"), row.Text("first_name"))
				require.Equal(t, row.Value("amount"), row.Value("score"))
			}
		})
	}
}

// TestARowOfJustNowWaits: a row that was written within the clocks' skew before it
// was read is not written, since that could be lost, but read again.
func TestARowOfJustNowWaits(t *testing.T) {
	m := pool(t).made(t, databasetest.Numbers, goPlan(), "&clock-skew=4s")
	rows := m.read()
	written, err := m.table.Write(t.Context(), m.mark, writes(rows))
	require.NoError(t, err)
	require.Equal(t, []bool{false, false, false}, written.Rows)
	written, err = m.table.Write(t.Context(), m.mark, writes(m.read()))
	require.NoError(t, err)
	require.Equal(t, []bool{true, true, true}, written.Rows, "after the wait")
}

// TestARowOfTheFutureIsRefused: no wait would help.
func TestARowOfTheFutureIsRefused(t *testing.T) {
	m := pool(t).made(t, databasetest.Numbers, goPlan(), "")
	session := m.Actions.(*liveSite).session
	require.NoError(t, session.Query("UPDATE customers USING TIMESTAMP ? SET amount = 7 WHERE id = 1", time.Now().Add(time.Hour).UnixMicro()).Exec())
	_, err := m.table.Write(t.Context(), m.mark, writes(m.read()))
	require.Equal(t, database.Own, database.ClassOf(err))
	require.ErrorContains(t, err, "row 1: it is dated")
	require.ErrorContains(t, err, "set the clocks right")
}

// TestAValueThatDoesNotFitIsTheCustomersOwnError, and nothing is written.
func TestAValueThatDoesNotFitIsTheCustomersOwnError(t *testing.T) {
	m := pool(t).made(t, databasetest.Numbers, goPlan(), "")
	list := writes(m.read())
	list[1].Change.Assignments[1].Value = int64(1) << 40
	_, err := m.table.Write(t.Context(), m.mark, list)
	require.Equal(t, database.Own, database.ClassOf(err))
	require.ErrorContains(t, err, "row "+list[1].Row.Key.String()+": column score")
	for _, row := range m.read() {
		require.True(t, row.Null("first_name"))
	}
}

// TestAPartitionStaysInOneRange: a fetch never ends among the rows of a token, and
// the migrator reads a large partition in pieces.
func TestAPartitionStaysInOneRange(t *testing.T) {
	k := pool(t)
	m := &made{T: t, Site: k.site(t, databasetest.Clustered, "")}
	session := m.Actions.(*liveSite).session
	for region := range 5 {
		for id := range 40 {
			require.NoError(t, session.Query("INSERT INTO customers (region, id, name) VALUES (?, ?, ?)", fmt.Sprint(region), id, "x").Exec())
		}
	}
	connection, err := cassandra.Driver{}.Open(t.Context(), m.Options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	m.table, err = connection.Prepare(t.Context(), goPlan())
	require.NoError(t, err)
	var after database.Key
	found := map[string]bool{}
	for range 5 {
		page, err := m.table.Fetch(t.Context(), after, nil, 7)
		require.NoError(t, err)
		require.Len(t, page, 40)
		part := database.Range{After: after, UpTo: page[0]}
		after = page[0]
		var last database.Key
		for {
			rows, err := m.table.Read(t.Context(), part, last, 7)
			require.NoError(t, err)
			for _, row := range rows {
				require.False(t, found[row.Key.Text()], "read twice")
				found[row.Key.Text()] = true
				last = row.Key
			}
			if len(rows) < 7 {
				break
			}
		}
	}
	require.Len(t, found, 200)
	page, err := m.table.Fetch(t.Context(), after, nil, 7)
	require.NoError(t, err)
	require.Empty(t, page)
}

// TestMigrationsInCQL: a check selects, a conditional statement decides, an
// unconditional one writes whom the check selects; the site's later write wins.
func TestMigrationsInCQL(t *testing.T) {
	k := pool(t)
	for name, migrate := range map[string]string{
		"plain":       "UPDATE customers SET first_name = 'known' WHERE id = :id",
		"conditional": "UPDATE customers SET first_name = 'known' WHERE id = :id IF amount > 0",
	} {
		t.Run(name, func(t *testing.T) {
			plan := database.Plan{Migration: "m", Statements: &database.Statements{Check: "SELECT id FROM customers WHERE id = :id AND amount > 0 ALLOW FILTERING",
				Migrate: []string{migrate, "UPDATE customers SET anything = 'noted' WHERE id = :id;"}}}
			m := k.made(t, databasetest.Numbers, plan, "")
			var keys []database.Key
			var list []database.Write
			for _, row := range m.read() {
				keys, list = append(keys, row.Key), append(list, database.Write{Row: row})
			}
			needed, err := m.table.Check(t.Context(), keys)
			require.NoError(t, err)
			expected := make([]bool, len(keys))
			for i, key := range keys {
				expected[i] = key[0] != "0" // Anna has no amount
			}
			require.Equal(t, expected, needed)
			written, err := m.table.Write(t.Context(), m.mark, list)
			require.NoError(t, err)
			if name == "conditional" {
				require.Equal(t, expected, written.Rows)
			}
			for i, row := range m.read() {
				if written.Rows[i] {
					_, err = m.table.Write(t.Context(), m.mark, []database.Write{{Row: row}})
					require.ErrorIs(t, err, database.ErrLedgerConflict)
				}
			}
			rows, err := m.Actions.Rows("customers", "first_name", "anything")
			require.NoError(t, err)
			for _, row := range rows {
				require.Equal(t, row[0] == "known", row[1] == "noted", "further statements follow the first")
			}
		})
	}
}

// TestWhatCannotBePrepared holds what is refused before a row is touched.
func TestWhatCannotBePrepared(t *testing.T) {
	site := pool(t).site(t, databasetest.Numbers, "")
	for _, statement := range []string{
		"CREATE TABLE mixed (a int, b int, c int, PRIMARY KEY (a, b, c)) WITH CLUSTERING ORDER BY (b ASC, c DESC)",
		"CREATE TABLE tagged (id bigint, at int, s int static, tags set<text>, PRIMARY KEY (id, at))"} {
		cql.Schema(t, site.Actions.(*liveSite).session, statement)
	}
	plan := database.Plan{Migration: "m", Reads: []string{"name"}, Writes: []string{"first_name"}}
	cql := func(check string, migrate ...string) database.Plan {
		return database.Plan{Migration: "m", Statements: &database.Statements{Check: check, Migrate: migrate}}
	}
	for name, test := range map[string]struct {
		options func(*database.Options)
		plan    database.Plan
		says    string
	}{
		"no table":             {func(o *database.Options) { o.Table = "clients" }, plan, "connection/table: there is no table clients in keyspace"},
		"two directions":       {func(o *database.Options) { o.Table = "mixed" }, plan, "sorts its clustering columns"},
		"another key":          {func(o *database.Options) { o.Key = []string{"name"} }, plan, "on Cassandra the key is the primary key (id)"},
		"no column":            {nil, database.Plan{Migration: "m", Reads: []string{"phone"}, Writes: []string{"name"}}, "table customers has no column phone; it has amount, anything"},
		"the key":              {nil, database.Plan{Migration: "m", Writes: []string{"id"}}, "which is part of the key; a row must keep its key"},
		"a collection":         {func(o *database.Options) { o.Table = "tagged" }, database.Plan{Migration: "m", Writes: []string{"tags"}}, "a collection or the like"},
		"a static column":      {func(o *database.Options) { o.Table = "tagged" }, database.Plan{Migration: "m", Writes: []string{"s"}}, "which is static"},
		"no CQL":               {nil, cql("", "UPDATE customers SAT name = 'x' WHERE id = :id"), "migration m, migrate statement 1: line 1"},
		"a column that is not": {nil, cql("SELECT id FROM customers WHERE id = :id AND nowhere = 1"), "migration m, check: Undefined column name nowhere"},
		"a set":                {nil, cql("", "UPDATE customers SET name = 'x' WHERE id IN (:ids)"), "there are no sets on Cassandra; write :id"},
		"an unknown parameter": {nil, cql("", "UPDATE customers SET name = 'x' WHERE id = :number"), "there is no parameter :number; there are :id"},
		"a query":              {nil, cql("", "SELECT id FROM customers WHERE id = :id"), "it begins with SELECT"},
	} {
		t.Run(name, func(t *testing.T) {
			options := site.Options
			if test.options != nil {
				test.options(&options)
			}
			connection, err := cassandra.Driver{}.Open(t.Context(), options)
			require.NoError(t, err)
			defer connection.Close()
			_, err = connection.Prepare(t.Context(), test.plan)
			require.ErrorContains(t, err, test.says)
			require.Equal(t, database.Broken, database.ClassOf(err))
		})
	}
}
