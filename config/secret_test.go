package config_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/config"
)

// TestPrintMasksPasswords, wherever a connection string may hold one.
func TestPrintMasksPasswords(t *testing.T) {
	for _, address := range []string{
		"postgres://migrate:s3cret@db:5432/shop?sslmode=require",
		"postgres://db/shop?user=migrate&password=s3cret&sslmode=require",
		"postgres://db/shop?sslpassword=s3cret",
		"host=db user=migrate password=s3cret dbname=shop",
		"host=db password = 's3c ret\\'s3cret' dbname=shop",
		"mysql://migrate:s3cret@db:3306/shop",
		"cassandra://migrate:s3cret@db1:9042,db2:9042/shop",
		"postgres://migrate:s3cret/with@db:port/shop",
		"postgres://migrate:s3cret%zz@db/shop",
	} {
		loaded, err := config.Load(config.Sources{Environment: "localhost", Getenv: os.LookupEnv, Arguments: []string{"connection/url=" + address, "connection/password=s3cret"}})
		require.NoError(t, err)
		var printed bytes.Buffer
		require.NoError(t, loaded.Print(&printed))
		require.NotContains(t, printed.String(), "s3c", address)
		require.Contains(t, printed.String(), "********", address)
		require.Contains(t, printed.String(), "db", "the host may be seen")
	}
}

func TestSecret(t *testing.T) {
	folder := t.TempDir()
	file := func(content string) string {
		path := filepath.Join(folder, "password")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	for _, content := range []string{"s3cret", "s3cret\n", "s3cret\r\n"} {
		secret, err := config.Connection{PasswordFile: file(content)}.Secret()
		require.NoError(t, err)
		require.Equal(t, "s3cret", secret)
	}
	_, err := config.Connection{PasswordFile: file("\n")}.Secret()
	require.ErrorContains(t, err, "password is empty; it must be a file that the worker may read")
	_, err = config.Connection{PasswordFile: filepath.Join(folder, "nowhere")}.Secret()
	require.ErrorContains(t, err, "connection/password-file: open ")
	require.ErrorContains(t, err, "it must be a file that the worker may read")
}

func TestTwoPasswordsAreRefused(t *testing.T) {
	_, err := config.Load(config.Sources{Environment: "localhost", Getenv: os.LookupEnv, Arguments: []string{"connection/password=s3cret", "connection/password-file=x"}})
	require.ErrorContains(t, err, "connection/password-file: connection/password is set, too; leave one of them out")
	require.NotContains(t, err.Error(), "s3cret")
}
