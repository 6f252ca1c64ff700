package mysql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	mysql "github.com/go-sql-driver/mysql"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// Driver opens databases of MySQL and MariaDB.
type Driver struct{}

// Name is what connection/driver says to choose it.
func (Driver) Name() string { return "mysql" }

// Sets is true: there are transactions.
func (Driver) Sets() bool { return true }

// spareConnections are for the scanner and the bookkeeping.
const spareConnections = 4

// defaultLockTime bounds the wait for a row lock, if the options don't. The
// servers count it in whole seconds.
const defaultLockTime = 2 * time.Second

// Open opens the database for reading. Connections that may write are opened by
// the first write: a dry run is read-only for the server too.
func (Driver) Open(ctx context.Context, options database.Options) (database.Connection, error) {
	config, err := configure(options)
	if err != nil {
		return nil, err
	}
	opened := &connection{options: options, host: config.Addr, database: config.DBName, opened: &sessions{}, zone: strings.Trim(config.Params[timeZone], "'")}
	if opened.maria, err = opened.detect(ctx, config); err != nil {
		return nil, driverkit.Unreachable("MySQL database "+config.DBName, config.Addr, reason(options, config, err))
	}
	opened.readers = opened.pool(config, true)
	opened.writers = opened.pool(config, false)
	return opened, nil
}

// connection is an open database.
type connection struct {
	options        database.Options
	host, database string
	// zone is the sessions' time zone.
	zone string
	// maria: the server is MariaDB, which differs in a few places.
	maria   bool
	readers *sql.DB
	writers *sql.DB
	// opened are the sessions that this worker has opened.
	opened *sessions
}

// detect connects once, and tells which server it is.
func (c *connection) detect(ctx context.Context, config *mysql.Config) (maria bool, err error) {
	heard := &words{}
	defer func() { err = heard.explain(err) }()
	config = config.Clone()
	config.Logger = heard
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return false, err
	}
	once := sql.OpenDB(connector)
	defer once.Close()
	ctx, cancel := within(ctx, config.Timeout)
	defer cancel()
	var version string
	err = once.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version)
	return strings.Contains(version, "MariaDB"), err
}

// within bounds opening a session: the library's own timeout ends with the dialling.
func within(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, timeout)
}

// words keeps what the client library logs: the reason for a «bad connection».
type words struct{ last string }

// Print is what the library calls, from the goroutine of the call alone.
func (w *words) Print(said ...any) { w.last = fmt.Sprint(said...) }

func (w *words) explain(err error) error {
	if w.last == "" || !errors.Is(err, driver.ErrBadConn) && !errors.Is(err, mysql.ErrInvalidConn) {
		return err
	}
	return fmt.Errorf("%w: %s", err, w.last)
}

func (c *connection) pool(config *mysql.Config, readOnly bool) *sql.DB {
	config = config.Clone()
	pool := sql.OpenDB(&connector{config: config, settings: c.settings(readOnly), ours: c.opened})
	pool.SetMaxOpenConns(c.options.Processes + spareConnections)
	pool.SetMaxIdleConns(c.options.Processes + spareConnections)
	if !readOnly && !c.maria {
		pool.SetConnMaxIdleTime(idleTime / 2) // before MySQL ends the session
	}
	return pool
}

// idleTime bounds how long a transaction of ours may wait for us: rows that a frozen
// worker has locked are the site's again after it.
const idleTime = 10 * time.Second

// idleSetting is that bound. MySQL has one for whole sessions alone.
func (c *connection) idleSetting() string {
	if c.maria {
		return fmt.Sprintf("SET idle_transaction_timeout = %d", int(idleTime.Seconds()))
	}
	return fmt.Sprintf("SET wait_timeout = %d", int(idleTime.Seconds()))
}

// settings are the statements that begin each session. READ COMMITTED locks the
// rows that are found and no gaps, in which the site would insert.
func (c *connection) settings(readOnly bool) []string {
	timeout, lock := c.options.StatementTimeout, defaultLockTime
	if timeout > 0 {
		lock = min(lock, timeout/2)
	}
	list := []string{
		"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
		"SET sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')", // never cut a value without a word
		fmt.Sprintf("SET innodb_lock_wait_timeout = %d", max(1, int(lock.Seconds()))),
	}
	if c.maria {
		list = append(list, fmt.Sprintf("SET max_statement_time = %.3f", timeout.Seconds()),
			"SET in_predicate_conversion_threshold = 0") // long lists of keys keep to the index
	} else {
		list = append(list, fmt.Sprintf("SET max_execution_time = %d", timeout.Milliseconds()))
	}
	if readOnly {
		return append(list, "SET SESSION TRANSACTION READ ONLY")
	}
	return append(list, c.idleSetting())
}

// connector opens sessions with our settings.
type connector struct {
	config   *mysql.Config
	settings []string
	ours     *sessions
}

func (c *connector) Driver() driver.Driver { return mysql.MySQLDriver{} }

func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := mysql.NewConnector(c.config)
	if err != nil {
		return nil, err
	}
	ctx, cancel := within(ctx, c.config.Timeout)
	defer cancel()
	opened, err := inner.Connect(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, &database.Error{Class: database.Disconnected, Err: fmt.Errorf("%s did not answer within connection/connect-timeout (%s)", c.config.Addr, c.config.Timeout)}
	}
	if err != nil {
		return nil, err
	}
	if err := c.note(ctx, opened); err != nil {
		_ = opened.Close()
		return nil, err
	}
	for _, text := range c.settings {
		if _, err := opened.(driver.ExecerContext).ExecContext(ctx, text, nil); err != nil {
			_ = opened.Close()
			return nil, fmt.Errorf("%s: %w", text, err)
		}
	}
	return opened, nil
}

// note notes the session as one of ours.
func (c *connector) note(ctx context.Context, opened driver.Conn) error {
	rows, err := opened.(driver.QueryerContext).QueryContext(ctx, "SELECT CAST(CONNECTION_ID() AS CHAR)", nil)
	if err != nil {
		return err
	}
	value := make([]driver.Value, 1)
	err = rows.Next(value)
	if number, text := value[0].([]byte); text {
		c.ours.add(string(number))
	} else if number, text := value[0].(string); text {
		c.ours.add(number)
	}
	return errors.Join(err, rows.Close())
}

// Close closes all connections.
func (c *connection) Close() error {
	readers, writers := c.readers.Close(), c.writers.Close()
	if readers != nil {
		return readers
	}
	return writers
}
