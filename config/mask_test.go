package config_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/config"
)

// TestMask: each form of an address that users know, with as much of it as may be seen.
func TestMask(t *testing.T) {
	for address, masked := range map[string]string{
		"postgres://me:s3cret@host:5432/db?sslmode=require":       "postgres://me:********@host:5432/db?sslmode=require",
		"postgres://me:s3cret@one:5432,two:5432/db":               "postgres://me:********@one:5432,two:5432/db",
		"postgres://:s3cret@host/db":                              "postgres://:********@host/db",
		"postgres://me@host/db?password=s3cret&a=b":               "postgres://me@host/db?password=********&a=b",
		"postgres://host/db?user=me&password=s3cret&sslmode=x":    "postgres://host/db?user=me&password=********&sslmode=x",
		"postgres://host/db?sslpassword=s3cret":                   "postgres://host/db?sslpassword=********",
		"postgres://host/db?passfile=/home/me/s3cret":             "postgres://host/db?passfile=********",
		"postgres://me:s3cret/slash@host/db":                      "postgres://me:********@host/db",
		"postgres://me:12#s3cret@host/db":                         "postgres://me:********@host/db",
		"postgres://me:12?s3cret@host/db":                         "postgres://me:********@host/db",
		"postgres://me:s3c@s3cret@host/db":                        "postgres://me:********@host/db",
		"postgres://me:s3cret%zz@host/db":                         "postgres://me:********@host/db",
		"mysql://me:s3cret@host:3306/db?tls=true":                 "mysql://me:********@host:3306/db?tls=true",
		"cassandra://me:s3cret@one:9042,two:9042/ks":              "cassandra://me:********@one:9042,two:9042/ks",
		"jdbc:mysql://host/db?user=me&password=s3cret":            "jdbc:mysql://host/db?user=me&password=********",
		"me:s3cret@tcp(host:3306)/db":                             "me:********@tcp(host:3306)/db",
		"me:s3:c@r/et@tcp(host)/db?tls=true":                      "me:********@tcp(host)/db?tls=true",
		"me:s3cret@/db":                                           "me:********@/db",
		"me:s3cret@unix(/tmp/mysql.sock)/db":                      "me:********@unix(/tmp/mysql.sock)/db",
		"host=db user=me password=s3cret dbname=shop":             "host=db user=me password=******** dbname=shop",
		"host=db PASSWORD = 's3c ret\\'s3cret' dbname=shop":       "host=db PASSWORD = ******** dbname=shop",
		"host=db password='s3c ret":                               "host=db password=********",
		"host=db password=s3c\\ ret&s3cret dbname=shop":           "host=db password=******** dbname=shop",
		"host=db sslpassword=s3cret passfile=/s3cret dbname=shop": "host=db sslpassword=******** passfile=******** dbname=shop",
		"file:shop.db?_auth_pass=s3cret&mode=ro":                  "file:shop.db?_auth_pass=********&mode=ro",
		"var/customers.db":                                        "var/customers.db",
		"/var/lib/a@b:c/customers.db":                             "/var/lib/a@b:c/customers.db",
		"postgres://me@host/db":                                   "postgres://me@host/db",
		"mysql://host:3306/db":                                    "mysql://host:3306/db",
		"":                                                        "",
	} {
		require.Equal(t, masked, config.Mask(address), address)
	}
}

// TestHide: a text that repeats the address, or the password, shows neither.
func TestHide(t *testing.T) {
	for _, arguments := range [][]string{
		{"connection/url=me:s3cret@tcp(host)/db"},
		{"connection/url=host=db password=s3cret"},
		{"connection/url=x", "connection/password=s3cret-and-more"},
	} {
		loaded, err := config.Load(config.Sources{Environment: "localhost", Getenv: os.LookupEnv, Arguments: arguments})
		require.NoError(t, err)
		text := "connection/url: " + loaded.Connection.URL + " is not there (" + loaded.Connection.Password + ")"
		require.NotContains(t, loaded.Hide(text), "s3cret")
		require.Contains(t, loaded.Hide(text), "is not there")
	}
}
