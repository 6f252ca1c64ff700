package main

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/examples/shop/addresses"
)

func generated(t *testing.T, arguments ...string) *sql.DB {
	t.Helper()
	file := filepath.Join(t.TempDir(), "shop.db")
	var stdout, stderr bytes.Buffer
	require.Equal(t, exitDone, run(t.Context(), append([]string{"--db", file}, arguments...), &stdout, &stderr), stderr.String())
	opened, err := sql.Open("sqlite", "file:"+file)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, opened.Close()) })
	return opened
}

func count(t *testing.T, opened *sql.DB, query string) (number int) {
	t.Helper()
	require.NoError(t, opened.QueryRow(query).Scan(&number), query)
	return number
}

func TestContent(t *testing.T) {
	shop := generated(t, "--rows", "1000", "--poison", "3")
	for table, rows := range map[string]int{"country": 5, "city": 15, "address": 1004, "store": 4, "customer": 1000, "film": 200,
		"inventory": 1600, "rental": 2000, "payment": 2000, "customer_history": 0} {
		require.Equal(t, rows, count(t, shop, "SELECT COUNT(*) FROM "+table), table)
	}
	var broken string
	require.ErrorIs(t, shop.QueryRow("PRAGMA foreign_key_check").Scan(&broken), sql.ErrNoRows)
	require.Zero(t, count(t, shop, "SELECT COUNT(*) FROM payment JOIN rental USING (rental_id) WHERE payment.customer_id <> rental.customer_id"))
	require.Positive(t, count(t, shop, "SELECT COUNT(*) FROM customer WHERE customer_id NOT IN (SELECT customer_id FROM rental)"))
	rows, err := shop.Query("SELECT customer_id, billing_address FROM customer ORDER BY customer_id")
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var id int
		var lines string
		require.NoError(t, rows.Scan(&id, &lines))
		_, err := addresses.Split(lines)
		require.Equal(t, id <= 3, err != nil, "customer %d: %q", id, lines)
	}
}

func TestSameSeedSameContent(t *testing.T) {
	first := hash(t, generated(t, "--rows", "300"))
	require.Equal(t, first, hash(t, generated(t, "--rows", "300")))
	require.NotEqual(t, first, hash(t, generated(t, "--rows", "300", "--seed", "2")))
}

func hash(t *testing.T, opened *sql.DB) string {
	t.Helper()
	sum := sha256.New()
	for _, its := range (shop{rows: 1}).tables() {
		columns := "quote(" + strings.Join(its.columns, ") || quote(") + ")"
		rows, err := opened.Query("SELECT " + columns + " FROM " + its.name + " ORDER BY 1")
		require.NoError(t, err)
		for rows.Next() {
			var text string
			require.NoError(t, rows.Scan(&text))
			fmt.Fprintln(sum, text)
		}
		require.NoError(t, rows.Err())
		rows.Close()
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func TestWrongUsage(t *testing.T) {
	for arguments, says := range map[string]string{
		"":                            "say either --db, a SQLite file, or --url",
		"--db a --url b":              "say either --db, a SQLite file, or --url",
		"--db a --rows 0":             "--rows is 0; it must be 1 or more",
		"--db a --rows 5 --poison 6":  "--poison is 6; it must be 0 to 5",
		"--url http://localhost/shop": "it must begin with postgres://, mysql:// or cassandra://",
		"--db a more":                 `unexpected argument "more"`,
		"--nonsense":                  "unknown flag: --nonsense",
	} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, exitUsage, run(t.Context(), strings.Fields(arguments), &stdout, &stderr))
		require.Contains(t, stderr.String(), says)
		require.Empty(t, stdout.String())
	}
}
