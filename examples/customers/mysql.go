package main

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strings"

	"github.com/go-sql-driver/mysql"
	"golang.org/x/sync/errgroup"
)

// mysqlColumns are the columns with types of MySQL's and MariaDB's.
const mysqlColumns = `full_name VARCHAR(200), phone VARCHAR(200), email VARCHAR(300),
	first_name VARCHAR(200), last_name VARCHAR(200), phone_e164 VARCHAR(200), email_normalized VARCHAR(300)`

// writeMySQL makes the table in a database that exists. A table cannot be made in
// a transaction there: an interrupted one is dropped again.
func writeMySQL(ctx context.Context, chosen options, shown *progress) (err error) {
	database, err := openMySQL(chosen.url)
	if err != nil {
		return err
	}
	defer database.Close()
	if err := database.PingContext(ctx); err != nil {
		return errors.New("--url: the database cannot be reached; it must be mysql://user:password@host:port/database")
	}
	if err := makeMySQLTable(ctx, database, chosen); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = database.ExecContext(context.WithoutCancel(ctx), "DROP TABLE customers")
		}
	}()
	return insertMySQL(ctx, database, chosen, shown)
}

func openMySQL(address string) (*sql.DB, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, wrongUsage("--url: it must be mysql://user:password@host:port/database")
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.DBName = "tcp", parsed.Host, strings.Trim(parsed.Path, "/")
	config.User = parsed.User.Username()
	config.Passwd, _ = parsed.User.Password()
	config.InterpolateParams, config.MaxAllowedPacket, config.Logger = true, 0, &mysql.NopLogger{}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, wrongUsage("--url: %v", err)
	}
	return sql.OpenDB(connector), nil
}

func makeMySQLTable(ctx context.Context, database *sql.DB, chosen options) error {
	var there bool
	query := "SELECT COUNT(*) > 0 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'customers'"
	if err := database.QueryRowContext(ctx, query).Scan(&there); err != nil {
		return err
	}
	switch {
	case there && !chosen.force:
		return tableExists()
	case there:
		if _, err := database.ExecContext(ctx, "DROP TABLE customers"); err != nil {
			return err
		}
	}
	kind := "BIGINT"
	if chosen.uuids {
		kind = "CHAR(36) CHARACTER SET ascii"
	}
	_, err := database.ExecContext(ctx, "CREATE TABLE customers (id "+kind+" NOT NULL PRIMARY KEY, "+mysqlColumns+") ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4")
	return err
}

func insertMySQL(ctx context.Context, database *sql.DB, chosen options, shown *progress) error {
	group, ctx := errgroup.WithContext(ctx)
	batches := make(chan batch, 8)
	group.Go(func() error {
		defer close(batches)
		return produce(ctx, chosen, batches)
	})
	group.Go(func() error {
		defer shown.finish()
		for made := range batches {
			if _, err := database.ExecContext(ctx, insertStatement(made.rows), made.arguments...); err != nil {
				return err
			}
			shown.add(made.rows)
		}
		return ctx.Err()
	})
	return group.Wait()
}
