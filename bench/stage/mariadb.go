package stage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// MariaDB is a database of the benchmark's own on a server of MariaDB or MySQL.
type MariaDB struct {
	URL string

	server, name string
	pool         *sql.DB
}

// OpenMariaDB creates the database and generates so many customers in it.
func (s *Stage) OpenMariaDB(ctx context.Context, server string, rows int) (*MariaDB, error) {
	m := &MariaDB{server: server, name: uniqueName()}
	if err := m.onServer(ctx, "CREATE DATABASE "+m.name); err != nil {
		return nil, err
	}
	var err error
	if m.URL, err = withPath(server, m.name); err != nil {
		return nil, err
	}
	if err := s.fillMariaDB(ctx, m, rows); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

func (s *Stage) fillMariaDB(ctx context.Context, m *MariaDB, rows int) error {
	if err := s.Generate(ctx, rows, "--url", m.URL); err != nil {
		return err
	}
	var err error
	if m.pool, err = m.Connect(ctx, 1); err != nil {
		return err
	}
	return m.execute(ctx, "RENAME TABLE customers TO pristine")
}

func openMySQL(address string) (*sql.DB, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the server's address is no URL")
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.DBName, config.User = "tcp", parsed.Host, strings.Trim(parsed.Path, "/"), parsed.User.Username()
	config.Passwd, _ = parsed.User.Password()
	config.InterpolateParams, config.ClientFoundRows, config.MaxAllowedPacket = true, true, 0
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// Connect opens so many connections.
func (m *MariaDB) Connect(ctx context.Context, connections int) (*sql.DB, error) {
	pool, err := openMySQL(m.URL)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	held := make([]*sql.Conn, connections)
	for i := range held {
		if held[i], err = pool.Conn(ctx); err != nil {
			return nil, errors.Join(err, pool.Close())
		}
	}
	for _, one := range held {
		err = errors.Join(err, one.Close())
	}
	return pool, err
}

func (m *MariaDB) onServer(ctx context.Context, statement string) error {
	pool, err := openMySQL(m.server)
	if err != nil {
		return err
	}
	defer pool.Close()
	_, err = pool.ExecContext(ctx, statement)
	return err
}

func (m *MariaDB) execute(ctx context.Context, statements ...string) error {
	for _, statement := range statements {
		if _, err := m.pool.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// Restore makes the first so many customers anew, with an empty ledger, all of it
// written to disk and analysed.
func (m *MariaDB) Restore(ctx context.Context, rows int) error {
	left, err := m.names(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name <> 'pristine'")
	if err != nil {
		return err
	}
	for _, table := range left {
		if err := m.execute(ctx, "DROP TABLE "+table); err != nil {
			return err
		}
	}
	err = m.execute(ctx, "CREATE TABLE customers LIKE pristine",
		fmt.Sprintf("INSERT INTO customers SELECT * FROM pristine ORDER BY id LIMIT %d", rows))
	if err != nil {
		return err
	}
	if err := makeLedger(ctx, "mysql", m.URL); err != nil {
		return err
	}
	// for an export InnoDB writes the table's dirty pages; statistics come after
	return m.execute(ctx, "FLUSH TABLES customers, "+LoopLedger+" FOR EXPORT", "UNLOCK TABLES", "DO (SELECT COUNT(*) FROM customers)", "ANALYZE TABLE customers")
}

func (m *MariaDB) names(ctx context.Context, query string, arguments ...any) ([]string, error) {
	rows, err := m.pool.QueryContext(ctx, query, arguments...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// Number is the result of a query.
func (m *MariaDB) Number(ctx context.Context, query string) (int64, error) {
	var number int64
	err := m.pool.QueryRowContext(ctx, query).Scan(&number)
	return number, err
}

// Ledgered is how many customers all ledgers have.
func (m *MariaDB) Ledgered(ctx context.Context) (int64, error) {
	names, err := m.names(ctx, "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE 'db\\_migrate\\_ledger%'")
	total := int64(0)
	for _, name := range names {
		number, failed := m.Number(ctx, "SELECT COUNT(*) FROM "+name)
		total, err = total+number, errors.Join(err, failed)
	}
	return total, err
}

// LedgerColumns are those of the loops' ledger beside the key: each takes a
// number.
func (m *MariaDB) LedgerColumns(ctx context.Context) ([]string, error) {
	return m.names(ctx, "SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND column_name <> 'id' ORDER BY ordinal_position", LoopLedger)
}

// Version is the server's.
func (m *MariaDB) Version(ctx context.Context) (string, error) {
	found, err := m.names(ctx, "SELECT VERSION()")
	return strings.Join(found, ""), err
}

// Close drops the database.
func (m *MariaDB) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if m.pool != nil {
		_ = m.pool.Close()
	}
	if err := m.onServer(ctx, "DROP DATABASE IF EXISTS "+m.name); err != nil {
		fmt.Fprintf(os.Stderr, "bench: database %s was not dropped: %v\n", m.name, err)
	}
}
