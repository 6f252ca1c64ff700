package mysql

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	mysql "github.com/go-sql-driver/mysql"

	"db-migrate/database"
)

const urlForm = "connection/url: it must be mysql://user@host:port/database?tls=…"

// readBeyond is how much longer than a statement may take the client waits for
// its answer, before it takes the connection for lost.
const readBeyond = 2

// configure reads the URL. What it refuses is told without the URL, which may
// hold a password.
func configure(options database.Options) (*mysql.Config, error) {
	parsed, err := url.Parse(options.URL)
	if err != nil || (parsed.Scheme != "mysql" && parsed.Scheme != "mariadb") || parsed.Host == "" || strings.Trim(parsed.Path, "/") == "" {
		return nil, broken("%s", urlForm)
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.DBName = "tcp", address(parsed), strings.Trim(parsed.Path, "/")
	config.User = parsed.User.Username()
	config.Passwd, _ = parsed.User.Password()
	if options.Password != "" {
		config.Passwd = options.Password
	}
	config.Timeout = options.ConnectTimeout
	if options.StatementTimeout > 0 {
		config.ReadTimeout = readBeyond * options.StatementTimeout
	}
	config.ClientFoundRows, config.InterpolateParams = true, true
	config.MaxAllowedPacket = 0 // as the server says
	config.ConnectionAttributes = "program_name:db-migrate"
	config.Logger = &mysql.NopLogger{} // what matters comes back as an error
	return config, encrypt(config, parsed)
}

func address(parsed *url.URL) string {
	port := parsed.Port()
	if port == "" {
		port = "3306"
	}
	return net.JoinHostPort(parsed.Hostname(), port)
}

// encrypt reads the URL's parameters: tls is true, false, preferred or
// skip-verify; tls-ca is a file with the certificates to trust.
func encrypt(config *mysql.Config, parsed *url.URL) error {
	for name, values := range parsed.Query() {
		value := values[len(values)-1]
		switch name {
		case "tls":
			if !strings.Contains(" true false preferred skip-verify ", " "+value+" ") {
				return broken("connection/url: tls is %q; it must be true, false, preferred or skip-verify", value)
			}
			config.TLSConfig = value
		case "tls-ca":
			trusted, err := certificates(value)
			if err != nil {
				return err
			}
			config.TLS = &tls.Config{RootCAs: trusted, ServerName: parsed.Hostname(), MinVersion: tls.VersionTLS12}
		default:
			return broken("connection/url: there is no parameter %q; there are tls and tls-ca", name)
		}
	}
	return nil
}

func certificates(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, broken("connection/url: tls-ca: %w", err)
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(text) {
		return nil, broken("connection/url: tls-ca: %s holds no certificate in PEM form", path)
	}
	return trusted, nil
}

func broken(format string, arguments ...any) error {
	return &database.Error{Class: database.Broken, Err: fmt.Errorf(format, arguments...)}
}
