package mysql

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	mysql "github.com/go-sql-driver/mysql"

	"db-migrate/database"
)

// duplicateKey is the number of a unique violation.
const duplicateKey = 1062

// classify gives an error of the server's its class.
func classify(err error) error {
	if database.Classified(err) {
		return err
	}
	if isStatementTimeout(advised(err)) {
		return database.StatementTimeout(advised(err))
	}
	return &database.Error{Class: classOf(err), Err: advised(err)}
}

func classOf(err error) database.Class {
	var failed *mysql.MySQLError
	if errors.As(err, &failed) {
		return classOfNumber(failed)
	}
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return database.Contention
	case errors.As(err, &network), errors.Is(err, driver.ErrBadConn), errors.Is(err, mysql.ErrInvalidConn):
		return database.Disconnected
	}
	return database.Broken
}

// classOfNumber is by MariaDB's and MySQL's numbers of errors, and by SQLSTATE
// where one class holds for all of it.
func classOfNumber(failed *mysql.MySQLError) database.Class {
	switch failed.Number {
	case 1205, 1213, 3572, 1317, 1020, 1637, 3101: // lock timeout, deadlock, lock not free, killed query, changed since read, too many transactions, certification
		return database.Contention
	case 1040, 1053, 1077, 1927, 1203, 1226, 4031, 2006, 2013: // too many connections, shutdown, connection killed or gone
		return database.Disconnected
	case 1118, 1242, 1364, 1366, 1411, 1526, 3140, 3819, 4025: // row too large, subquery of two rows, no default, bad text, bad date, no partition, bad JSON, check constraint (both servers)
		return database.Own
	}
	state := string(failed.SQLState[:])
	switch {
	case strings.HasPrefix(state, "22"), strings.HasPrefix(state, "23"), strings.HasPrefix(state, "45"), state == "01000":
		return database.Own // data, constraints, the site's triggers
	case strings.HasPrefix(state, "08"):
		return database.Disconnected
	case !serversOwn(state):
		return database.Own // a trigger has raised it by a code of its own
	}
	return database.Broken
}

// serversOwn reports whether a code is of a class that the servers themselves raise.
func serversOwn(state string) bool {
	return slices.ContainsFunc(strings.Fields("\x00 00 01 02 07 08 0A 0K 0Z 20 21 24 25 28 2F 35 37 3C 3D 40 42 44 70 HY S1 XA"),
		func(class string) bool { return strings.HasPrefix(state, class) })
}

// isStatementTimeout is by MariaDB's number, and by MySQL's.
func isStatementTimeout(err error) bool {
	var failed *mysql.MySQLError
	return errors.As(err, &failed) && (failed.Number == 1969 || failed.Number == 3024)
}

func isDuplicate(err error) bool {
	var failed *mysql.MySQLError
	return errors.As(err, &failed) && failed.Number == duplicateKey
}

// unreachable says which database cannot be reached, why, and what to do about it.
func unreachable(options database.Options, config *mysql.Config, err error) error {
	return &database.Error{Class: database.Disconnected,
		Err: fmt.Errorf("connection/url: MySQL database %s on %s cannot be opened: %s", config.DBName, config.Addr, reason(options, config, err))}
}

func reason(options database.Options, config *mysql.Config, err error) string {
	var failed *mysql.MySQLError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &failed) && (failed.Number == accessDenied || failed.Number == tlsRequired):
		return failed.Message + accessAdvice(config)
	case errors.As(err, &failed) && advice(failed.Number) != "":
		return failed.Message + "; " + advice(failed.Number)
	case errors.As(err, &failed):
		return failed.Message
	case errors.As(err, &certificate):
		return certificate.Err.Error() + certificateAdvice(certificate.Err)
	case errors.Is(err, mysql.ErrNoTLS):
		return "the server has no TLS, which tls in connection/url asks for; set it up there, or leave tls out if the network is trusted"
	case endedHandshake(config, err):
		return "the server ended the TLS handshake (" + err.Error() + "); does it trust the certificate that tls-cert in connection/url names?"
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return fmt.Sprintf("it did not answer within connection/connect-timeout (%s); are host and port right, and does a firewall let us through?", options.ConnectTimeout)
	}
	var network net.Error
	if errors.As(err, &network) {
		return err.Error() + "; is the server up, and are host and port in connection/url right?"
	}
	return err.Error()
}

// endedHandshake tells whether the server did not like our certificate: it says
// so, or it is gone before we could read that, which the driver calls a bad
// connection.
func endedHandshake(config *mysql.Config, err error) bool {
	shown := config.TLS != nil && len(config.TLS.Certificates) > 0
	return shown && (strings.Contains(err.Error(), "remote error: tls: ") || strings.Contains(err.Error(), "bad connection"))
}

// Numbers of errors at the beginning of a session.
const (
	accessDenied = 1045
	tlsRequired  = 3159
)

// accessAdvice: MariaDB says no more than «access denied» where it wants TLS.
func accessAdvice(config *mysql.Config) string {
	text := "; give the right user in connection/url and the password in connection/password or connection/password-file"
	if config.TLS == nil && (config.TLSConfig == "" || config.TLSConfig == "false") {
		text += "; if the server wants TLS, say tls=true and tls-ca=FILE in connection/url"
	}
	return text
}

func certificateAdvice(err error) string {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	switch {
	case errors.As(err, &unknown):
		return "; tls-ca in connection/url names the file with the certificate to trust"
	case errors.As(err, &host):
		return "; name the host in connection/url as its certificate does"
	}
	return ""
}

func isTimeout(err error) bool {
	var network net.Error
	return errors.As(err, &network) && network.Timeout()
}
