package integration_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"db-migrate/internal/testserver/cql"
)

// shopPoison is how many addresses in a shop cannot be taken apart.
const shopPoison = 3

// shopCustomers is a shop's size: on Cassandra each row and its history take a request of
// their own, beside other tests.
func shopCustomers(driver string) int64 {
	if driver == "cassandra" {
		return 5000
	}
	return 20_000
}

// shop is the example's database, made anew, on one kind of server.
type shop struct {
	*stack
	driver, url string
	customers   int64
	// count is what a query counts.
	count func(query string) int64
}

// shopBinaries builds the example's programs.
var shopBinaries = sync.OnceValue(func() error {
	bin, err := binaries()
	if err != nil {
		return err
	}
	for _, name := range []string{"generate", "worker"} {
		output, err := exec.Command("go", "build", "-o", filepath.Join(bin, "shop-"+name), "db-migrate/examples/shop/"+name).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, output)
		}
	}
	return nil
})

// TestTheShopIsMigrated carries the example's migrations out on each database,
// and kills the worker of the first one: the second table has a row for each
// customer who was migrated, once, and for nobody else.
func TestTheShopIsMigrated(t *testing.T) {
	t.Parallel()
	for driver, migrations := range map[string][]shopMigration{
		"sqlite":    {{"customer-address", "address"}, {"customer-email", "email"}, {"customer-spent", "spent"}},
		"postgres":  {{"customer-address-postgres", "address"}, {"customer-email", "email"}, {"customer-spent", "spent"}},
		"mysql":     {{"customer-address", "address"}, {"customer-email", "email"}, {"customer-spent", "spent"}},
		"cassandra": {{"customer-address-cassandra", "address"}, {"customer-newsletter", "newsletter"}},
	} {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			on := newShop(t, driver)
			for i, migration := range migrations {
				on.migrate(migration, i == 0)
			}
			on.requireContent()
		})
	}
}

// shopMigration is one of the example's, with its name in the history.
type shopMigration struct{ name, what string }

// migrate carries a migration out, and holds the summary against the second
// table.
func (s *shop) migrate(migration shopMigration, killed bool) {
	s.Helper()
	options := []string{"--config", s.config(), "connection/url=" + s.url, "customer-migrator/migration=" + migration.name, "customer-migrator/retry-interval=10ms"}
	if killed { // slow enough to be killed on the way
		options = append(options, fmt.Sprintf("customer-migration/rate=%d", s.customers*3/10))
	}
	worker := s.startWorkerAs("shop-worker", nil, options...)
	starter := s.startStarter(options...)
	noted := "SELECT COUNT(*) FROM customer_history WHERE what = '" + migration.what + "'"
	if killed {
		s.until("the first customers", func() bool { return s.count(noted+s.filtering()) > 0 })
		worker.kill()
		worker = s.startWorkerAs("shop-worker", nil, options...)
	}
	code := starter.wait(s)
	end := s.summary(starter)
	failed := int64(0)
	if migration.what == "address" {
		failed = shopPoison
	}
	require.Equal(s, failed, end.Failed, starter.text())
	require.Equal(s, failed > 0, code == 1, starter.text())
	require.EqualValues(s, s.customers, end.Scanned)
	require.Equal(s, end.Scanned, end.Migrated+end.Skipped+end.Failed)
	if s.driver == "cassandra" { // a worker's death may make customers skipped who were migrated before it
		require.EqualValues(s, s.customers-failed, s.count(noted+s.filtering()))
	} else {
		require.EqualValues(s, end.Migrated, s.count(noted), "rows in the second table")
		require.EqualValues(s, end.Migrated, s.count("SELECT COUNT(DISTINCT customer_id) FROM customer_history WHERE what = '"+migration.what+"'"))
	}
	s.Logf("%s: %s migrated %d, skipped %d, failed %d", s.driver, migration.name, end.Migrated, end.Skipped, end.Failed)
	worker.stop(s.stack)
}

// filtering is what Cassandra wants to be told before it looks at every row.
func (s *shop) filtering() string {
	if s.driver == "cassandra" {
		return " ALLOW FILTERING"
	}
	return ""
}

func (s *shop) config() string {
	folder, err := filepath.Abs("../../examples/shop/config/" + s.driver)
	require.NoError(s, err)
	return folder
}

// requireContent: every customer's new columns are filled, and right where SQL
// can tell.
func (s *shop) requireContent() {
	s.Helper()
	if s.driver == "cassandra" {
		require.EqualValues(s, s.customers-shopPoison, s.count("SELECT COUNT(billing_city) FROM customer"))
		require.EqualValues(s, s.customers, s.count("SELECT COUNT(newsletter) FROM customer"))
		require.EqualValues(s, 2*s.customers-shopPoison, s.count("SELECT COUNT(*) FROM customer_history"))
		return
	}
	for _, test := range []struct {
		customers int64
		where     string
	}{
		{shopPoison, "billing_street IS NULL OR billing_postal_code IS NULL OR billing_city IS NULL"},
		{0, "spent IS NULL OR email_normalized IS NULL AND email IS NOT NULL"},
		{s.customers - shopPoison, "EXISTS (SELECT 1 FROM address JOIN city ON city.city_id = address.city_id WHERE address.address_id = customer.address_id " +
			"AND address.address = billing_street AND address.postal_code = billing_postal_code AND city.city = billing_city)"},
		{s.customers, "spent = (SELECT COALESCE(SUM(amount), 0) FROM payment WHERE payment.customer_id = customer.customer_id)"},
		{s.customers - shopPoison, "EXISTS (SELECT 1 FROM customer_history WHERE customer_history.customer_id = customer.customer_id AND what = 'address' AND was = billing_address)"},
	} {
		require.Equal(s, test.customers, s.count("SELECT COUNT(*) FROM customer WHERE "+test.where), test.where)
	}
}

// stop ends a worker as an operator does.
func (p *process) stop(s *stack) {
	s.Helper()
	p.signal(syscall.SIGINT)
	require.Zero(s, p.wait(s), p.text())
}

// newShop makes a database of the test's own, and fills it.
func newShop(t *testing.T, driver string) *shop {
	t.Helper()
	variable := map[string]string{"postgres": "TEST_POSTGRES_URL", "mysql": "TEST_MYSQL_URL", "cassandra": "TEST_CASSANDRA_URL"}[driver]
	if variable != "" && os.Getenv(variable) == "" {
		t.Skipf("%s is not set: make services", variable)
	}
	require.NoError(t, shopBinaries())
	made := &shop{stack: newStack(t), driver: driver, customers: shopCustomers(driver)}
	target := []string{"--db"}
	if variable == "" {
		made.url = made.path("shop.db")
		made.count = counting(t, made.openFile("shop.db"))
	} else {
		target = []string{"--url"}
		made.url, made.count = made.ownDatabase(os.Getenv(variable))
	}
	arguments := append(target, made.url, "--rows", fmt.Sprint(made.customers), "--poison", fmt.Sprint(shopPoison))
	generator := made.start("shop-generate", nil, arguments...)
	require.Zero(t, generator.wait(t), generator.text())
	return made
}

func counting(t *testing.T, opened *sql.DB) func(string) int64 {
	t.Cleanup(func() { opened.Close() })
	return func(query string) int64 {
		var number int64
		require.NoError(t, opened.QueryRow(query).Scan(&number), query)
		return number
	}
}

// ownDatabase makes an empty database on a server, and returns its address and
// how to count in it.
func (s *shop) ownDatabase(server string) (string, func(string) int64) {
	s.Helper()
	if s.driver == "postgres" {
		address := s.postgresDatabase(server)
		opened, err := sql.Open("pgx", address)
		require.NoError(s, err)
		return address, counting(s.T, opened)
	}
	parsed, err := url.Parse(server)
	require.NoError(s, err)
	name := fmt.Sprintf("shop_%d", time.Now().UnixNano())
	parsed.Path = "/" + name
	if s.driver == "cassandra" {
		return parsed.String(), s.countingInCassandra(parsed.Host, name)
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.User = "tcp", parsed.Host, parsed.User.Username()
	config.Passwd, _ = parsed.User.Password()
	maker := openMySQL(s.T, config)
	_, err = maker.Exec("CREATE DATABASE " + name)
	require.NoError(s, err)
	s.Cleanup(func() {
		_, err := maker.Exec("DROP DATABASE " + name)
		require.NoError(s, err)
		maker.Close()
	})
	config.DBName = name
	return parsed.String(), counting(s.T, openMySQL(s.T, config))
}

func openMySQL(t *testing.T, config *mysql.Config) *sql.DB {
	t.Helper()
	connector, err := mysql.NewConnector(config.Clone())
	require.NoError(t, err)
	return sql.OpenDB(connector)
}

// countingInCassandra counts in a keyspace that the generator makes.
func (s *shop) countingInCassandra(host, keyspace string) func(string) int64 {
	cluster := cql.Cluster(host)
	cluster.Timeout = patience
	session, err := cluster.CreateSession()
	require.NoError(s, err)
	s.Cleanup(func() {
		cql.Schema(s, session, "DROP KEYSPACE IF EXISTS "+keyspace)
		session.Close()
	})
	var own *gocql.Session
	var once sync.Once
	return func(query string) int64 {
		once.Do(func() {
			inKeyspace := *cluster
			inKeyspace.Keyspace = keyspace
			own, err = inKeyspace.CreateSession()
			require.NoError(s, err)
			s.Cleanup(own.Close)
		})
		var number int64
		require.NoError(s, own.Query(query).Scan(&number), query)
		return number
	}
}
