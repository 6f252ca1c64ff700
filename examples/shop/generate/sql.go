package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver named pgx
	_ "modernc.org/sqlite"             // the driver named sqlite
)

// dialect is what differs between the databases that speak SQL.
type dialect struct {
	// integer and text are types, serial the declaration of a key that numbers
	// itself.
	integer, text, serial string
	// placeholder is that of an argument, numbered from 1.
	placeholder func(number int) string
	after       []string
}

func question(int) string { return "?" }

// schema is the shop's tables. A customer's new columns are empty; amounts are
// in cents.
func (d dialect) schema() []string {
	text := `CREATE TABLE country (country_id INT PRIMARY KEY, country TEXT NOT NULL);
CREATE TABLE city (city_id INT PRIMARY KEY, city TEXT NOT NULL, country_id INT NOT NULL REFERENCES country (country_id));
CREATE TABLE address (address_id INT PRIMARY KEY, address TEXT NOT NULL, district TEXT NOT NULL, city_id INT NOT NULL REFERENCES city (city_id),
	postal_code TEXT, phone TEXT NOT NULL);
CREATE TABLE store (store_id INT PRIMARY KEY, address_id INT NOT NULL REFERENCES address (address_id));
CREATE TABLE customer (customer_id INT PRIMARY KEY, store_id INT NOT NULL REFERENCES store (store_id),
	address_id INT NOT NULL REFERENCES address (address_id), first_name TEXT NOT NULL, last_name TEXT NOT NULL, email TEXT,
	billing_address TEXT NOT NULL, create_date TEXT NOT NULL,
	billing_street TEXT, billing_postal_code TEXT, billing_city TEXT, email_normalized TEXT, spent INT, latitude DOUBLE PRECISION, longitude DOUBLE PRECISION);
CREATE TABLE film (film_id INT PRIMARY KEY, title TEXT NOT NULL, rental_rate INT NOT NULL);
CREATE TABLE inventory (inventory_id INT PRIMARY KEY, film_id INT NOT NULL REFERENCES film (film_id), store_id INT NOT NULL REFERENCES store (store_id));
CREATE TABLE rental (rental_id INT PRIMARY KEY, rental_date TEXT NOT NULL, inventory_id INT NOT NULL REFERENCES inventory (inventory_id),
	customer_id INT NOT NULL REFERENCES customer (customer_id), return_date TEXT);
CREATE TABLE payment (payment_id INT PRIMARY KEY, customer_id INT NOT NULL REFERENCES customer (customer_id),
	rental_id INT NOT NULL REFERENCES rental (rental_id), amount INT NOT NULL, payment_date TEXT NOT NULL);
CREATE TABLE customer_history (history_id SERIAL, customer_id INT NOT NULL REFERENCES customer (customer_id), what TEXT NOT NULL, was TEXT);
CREATE INDEX rental_customer ON rental (customer_id);
CREATE INDEX payment_customer ON payment (customer_id)`
	text = strings.NewReplacer(" INT ", " "+d.integer+" ", " INT,", " "+d.integer+",", " INT)", " "+d.integer+")",
		" TEXT", " "+d.text, " SERIAL", " "+d.serial).Replace(text)
	return strings.Split(text, ";\n")
}

func (o options) writeSQLite(ctx context.Context) error {
	if _, err := os.Stat(o.file); err == nil {
		if !o.force {
			return wrongUsage("%s exists; --force replaces it", o.file)
		}
		if err := errors.Join(os.Remove(o.file), removeIfThere(o.file+"-wal"), removeIfThere(o.file+"-shm")); err != nil {
			return err
		}
	}
	name := url.URL{Scheme: "file", OmitHost: true, Path: o.file, RawQuery: "_pragma=foreign_keys(1)&_pragma=journal_mode(wal)"}
	opened, err := sql.Open("sqlite", name.String())
	if err != nil {
		return err
	}
	defer opened.Close()
	return o.fill(ctx, opened, dialect{integer: "INTEGER", text: "TEXT", serial: "INTEGER PRIMARY KEY", placeholder: question})
}

func removeIfThere(file string) error {
	if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

func (o options) writePostgres(ctx context.Context) error {
	opened, err := sql.Open("pgx", o.url)
	if err != nil {
		return wrongUsage("--url must be postgres://user:password@host:port/database")
	}
	defer opened.Close()
	return o.fillServer(ctx, opened, dialect{integer: "bigint", text: "text", serial: "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
		placeholder: func(number int) string { return fmt.Sprintf("$%d", number) }, after: []string{"ANALYZE"}})
}

func (o options) writeMySQL(ctx context.Context, parsed *url.URL) error {
	config := mysql.NewConfig()
	config.Net, config.Addr, config.DBName = "tcp", parsed.Host, strings.Trim(parsed.Path, "/")
	config.User = parsed.User.Username()
	config.Passwd, _ = parsed.User.Password()
	config.InterpolateParams, config.Logger = true, &mysql.NopLogger{}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return wrongUsage("--url must be mysql://user:password@host:port/database")
	}
	opened := sql.OpenDB(connector)
	defer opened.Close()
	return o.fillServer(ctx, opened, dialect{integer: "BIGINT", text: "VARCHAR(300)", serial: "BIGINT AUTO_INCREMENT PRIMARY KEY", placeholder: question})
}

// fillServer makes the shop in a database that is there.
func (o options) fillServer(ctx context.Context, opened *sql.DB, spoken dialect) error {
	if err := opened.PingContext(ctx); err != nil {
		return fmt.Errorf("--url: the database cannot be reached: %w", err)
	}
	tables := append(names(o.tables()), "customer_history")
	for i := len(tables) - 1; i >= 0; i-- {
		_, err := opened.ExecContext(ctx, "SELECT 1 FROM "+tables[i]+" WHERE 1 = 0")
		if err != nil {
			continue // there is none
		}
		if !o.force {
			return wrongUsage("the database has a table %s; --force replaces the shop's tables", tables[i])
		}
		if _, err := opened.ExecContext(ctx, "DROP TABLE "+tables[i]); err != nil {
			return err
		}
	}
	return o.fill(ctx, opened, spoken)
}

func names(tables []table) []string {
	var found []string
	for _, its := range tables {
		found = append(found, its.name)
	}
	return found
}

// fill makes the tables and their rows, those in one transaction.
func (o options) fill(ctx context.Context, opened *sql.DB, spoken dialect) error {
	for _, statement := range spoken.schema() {
		if _, err := opened.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%w: %s", err, statement)
		}
	}
	transaction, err := opened.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer transaction.Rollback()
	for _, its := range o.tables() {
		if err := insert(ctx, transaction, spoken, its); err != nil {
			return fmt.Errorf("table %s: %w", its.name, err)
		}
	}
	if err := transaction.Commit(); err != nil {
		return err
	}
	for _, statement := range spoken.after {
		if _, err := opened.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// rowsEach is how many rows one statement inserts.
const rowsEach = 100

func insert(ctx context.Context, transaction *sql.Tx, spoken dialect, its table) error {
	var arguments []any
	flush := func() error {
		if len(arguments) == 0 {
			return nil
		}
		_, err := transaction.ExecContext(ctx, insertText(spoken, its, len(arguments)/len(its.columns)), arguments...)
		arguments = arguments[:0]
		return err
	}
	for row := range its.rows {
		arguments = append(arguments, row...)
		if len(arguments) == rowsEach*len(its.columns) {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

func insertText(spoken dialect, its table, rows int) string {
	var text strings.Builder
	fmt.Fprintf(&text, "INSERT INTO %s (%s) VALUES ", its.name, strings.Join(its.columns, ", "))
	for row := range rows {
		for column := range its.columns {
			separator := ", "
			if column == 0 {
				separator = "("
			}
			text.WriteString(separator + spoken.placeholder(row*len(its.columns)+column+1))
		}
		text.WriteString("), ")
	}
	return strings.TrimSuffix(text.String(), ", ")
}
