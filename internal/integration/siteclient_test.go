package integration_test

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// siteClient runs the site's statements, with question marks for values.
type siteClient interface {
	// do runs a statement, and tells how many rows it has changed, where the
	// database does.
	do(statement string, values ...any) (int64, error)
	// replace deletes a customer and inserts him again in one.
	replace(id int, insert string, values ...any) error
}

// siteClient opens so many connections.
func (v *server) siteClient(connections int) siteClient {
	v.Helper()
	if v.driver == "cassandra" {
		session := v.session()
		v.Cleanup(session.Close)
		return cassandraClient{session}
	}
	opened := v.open()
	v.Cleanup(func() { opened.Close() })
	if v.driver == "sqlite" {
		connections = 1 // it lets one write at a time
	}
	opened.SetMaxOpenConns(connections)
	opened.SetMaxIdleConns(connections)
	require.NoError(v, opened.Ping())
	return sqlClient{v.driver, opened}
}

type sqlClient struct {
	driver string
	pool   *sql.DB
}

// rebind puts $1, $2 … in place of question marks, where these are wanted.
func (c sqlClient) rebind(statement string) string {
	if c.driver != "postgres" {
		return statement
	}
	parts := strings.Split(statement, "?")
	for i := range parts[1:] {
		parts[i] += "$" + strconv.Itoa(i+1)
	}
	return strings.Join(parts, "")
}

func (c sqlClient) do(statement string, values ...any) (int64, error) {
	result, err := c.pool.Exec(c.rebind(statement), values...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (c sqlClient) replace(id int, insert string, values ...any) error {
	if c.driver != "postgres" {
		_, err := c.pool.Exec("REPLACE"+strings.TrimPrefix(insert, "INSERT"), values...)
		return err
	}
	tx, err := c.pool.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.Exec("DELETE FROM customers WHERE id = $1", id); err != nil {
		return err
	}
	if _, err := tx.Exec(c.rebind(insert), values...); err != nil {
		return err
	}
	return tx.Commit()
}

type cassandraClient struct{ session *gocql.Session }

func (c cassandraClient) do(statement string, values ...any) (int64, error) {
	return 1, c.session.Query(statement, values...).Exec()
}

// isDeadlock reports whether the server has undone a transaction for others.
func isDeadlock(err error) bool {
	var postgres *pgconn.PgError
	var maria *mysql.MySQLError
	return errors.As(err, &postgres) && postgres.Code == "40P01" || errors.As(err, &maria) && maria.Number == 1213
}

// replace dates the insert after the delete, which would win otherwise.
func (c cassandraClient) replace(id int, insert string, values ...any) error {
	now := time.Now().UnixMicro()
	return c.session.Batch(gocql.UnloggedBatch).
		Query("DELETE FROM customers USING TIMESTAMP ? WHERE id = ?", now-1, id).
		Query(insert+" USING TIMESTAMP ?", append(values, now)...).Exec()
}
