package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// Driver opens PostgreSQL databases.
type Driver struct{}

// Name is what connection/driver says to choose it.
func (Driver) Name() string { return "postgres" }

// Sets is true: there are transactions.
func (Driver) Sets() bool { return true }

// spareConnections are for the scanner and the bookkeeping.
const spareConnections = 4

// defaultLockTime bounds the wait for a row lock, if the options don't.
const defaultLockTime = 2 * time.Second

// Open opens the database for reading. Connections that may write are opened by
// the first write: a dry run is read-only for the server too.
func (Driver) Open(ctx context.Context, options database.Options) (database.Connection, error) {
	reading, err := configure(options, true)
	if err != nil {
		return nil, err
	}
	writing, err := configure(options, false)
	if err != nil {
		return nil, err
	}
	opened := &connection{options: options, host: fmt.Sprintf("%s:%d", reading.ConnConfig.Host, reading.ConnConfig.Port),
		database: reading.ConnConfig.Database, hosts: hostsOf(reading)}
	if opened.readers, err = pgxpool.NewWithConfig(ctx, reading); err != nil {
		return nil, classify(err)
	}
	if err := opened.waitForCommits(ctx, writing); err != nil {
		opened.readers.Close()
		return nil, driverkit.Unreachable("PostgreSQL database "+opened.database, opened.host, reason(options, err))
	}
	if opened.writers, err = pgxpool.NewWithConfig(ctx, writing); err != nil {
		opened.readers.Close()
		return nil, classify(err)
	}
	return opened, nil
}

func configure(options database.Options, readOnly bool) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(options.URL)
	if err != nil {
		// pgx's own text may quote the URL, and with it the password.
		if strings.Contains(err.Error(), "failed to configure TLS") {
			return nil, driverkit.Broken("connection/url: %w (sslmode is disable, allow, prefer, require, verify-ca or verify-full; sslrootcert, sslcert and sslkey are files)", errors.Unwrap(err))
		}
		return nil, driverkit.Broken("connection/url: it must be postgres://user@host:port/database?sslmode=…, or host=… port=… dbname=… user=…")
	}
	if options.Password != "" {
		config.ConnConfig.Password = options.Password
	}
	if options.ConnectTimeout > 0 {
		config.ConnConfig.ConnectTimeout = options.ConnectTimeout
	}
	mark := newMark()
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		registerTextList(conn)
		if err := isOurs(ctx, conn, mark); err != nil {
			return err
		}
		if err := rawBytes(ctx, conn); err != nil || !readOnly {
			return err
		}
		return onlyRead(ctx, conn)
	}
	config.MaxConns = int32(options.Processes + spareConnections)
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	config.ConnConfig.BuildContextWatcherHandler = stopStatement
	addSettings(config.ConnConfig.RuntimeParams, options)
	config.ConnConfig.RuntimeParams[ownMark] = mark
	return config, nil
}

// stopTime bounds the wait for the server's answer to a statement that was stopped.
const stopTime = 5 * time.Second

// stopStatement makes a call whose context ends ask the server to stop the
// statement, and wait for its answer: pgx's own way leaves it running, and it
// could commit after the call has returned.
func stopStatement(conn *pgconn.PgConn) ctxwatch.Handler {
	return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: stopTime}
}

// onlyRead makes a session read-only. It does so after the session was found to be
// such as target_session_attrs in the URL asks for: read-write, for example.
func onlyRead(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "SET default_transaction_read_only = on")
	return err
}

func milliseconds(span time.Duration) string { return strconv.FormatInt(span.Milliseconds(), 10) }

// connection is an open database.
type connection struct {
	options        database.Options
	host, database string
	readers        *pgxpool.Pool
	writers        *pgxpool.Pool
	// hosts are all that the URL names. weakCommit is a setting of the URL's by which
	// a crash takes commits back; empty: there is none.
	hosts      []string
	weakCommit string
	// writing is set by the first write.
	writing atomic.Bool
}

// reading are the connections for queries of our own: those that write, once
// there are any, so that no process needs two.
func (c *connection) reading() *pgxpool.Pool {
	if c.writing.Load() {
		return c.writers
	}
	return c.readers
}

// toWrite are the connections that may write.
func (c *connection) toWrite() *pgxpool.Pool {
	c.writing.Store(true)
	return c.writers
}

// Close closes all connections.
func (c *connection) Close() error {
	c.readers.Close()
	c.writers.Close()
	return nil
}

// commitSetting says when a commit is reported.
const commitSetting = "synchronous_commit"

// weakCommits are its values by which a crash, or a failover to a synchronous
// standby, takes commits back.
var weakCommits = []string{"off", "local", "remote_write"}

// waitForCommits makes the sessions that write wait until their commits are on disk,
// where the server, the database or the user says otherwise: what a crash takes back
// was counted as migrated. What the URL says stays.
func (c *connection) waitForCommits(ctx context.Context, writing *pgxpool.Config) error {
	found, err := one(ctx, c.readers, "SHOW "+commitSetting)
	if err != nil {
		return err
	}
	given := namesGiven(writing.ConnConfig.RuntimeParams)[commitSetting]
	switch weak := slices.Contains(weakCommits, found.Text(0)); {
	case weak && given:
		c.weakCommit = found.Text(0)
	case weak:
		writing.ConnConfig.RuntimeParams[commitSetting] = "on"
	}
	return nil
}

// hostsOf are the hosts that a URL names.
func hostsOf(config *pgxpool.Config) []string {
	hosts := []string{fmt.Sprintf("%s:%d", config.ConnConfig.Host, config.ConnConfig.Port)}
	for _, other := range config.ConnConfig.Fallbacks {
		if host := fmt.Sprintf("%s:%d", other.Host, other.Port); !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}
