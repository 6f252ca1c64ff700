package postgres

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"db-migrate/database"
)

// classify gives an error of PostgreSQL's its class.
func classify(err error) error {
	if database.Classified(err) {
		return err
	}
	var failed *pgconn.PgError
	if errors.As(err, &failed) && failed.Code == queryCanceled {
		return database.StatementTimeout(advised(err))
	}
	return &database.Error{Class: classOf(err), Err: advised(err)}
}

// Codes of errors that are looked for by themselves.
const (
	queryCanceled       = "57014"
	readOnlyTransaction = "25006"
)

func classOf(err error) database.Class {
	var failed *pgconn.PgError
	if errors.As(err, &failed) {
		return classOfCode(failed.Code)
	}
	var network net.Error
	var connecting *pgconn.ConnectError
	switch {
	case errors.As(err, &connecting): // also by a timeout
		return database.Disconnected
	case errors.Is(err, context.DeadlineExceeded):
		return database.Contention
	case errors.As(err, &network), pgconn.SafeToRetry(err), strings.Contains(err.Error(), "conn closed"), strings.Contains(err.Error(), "unexpected EOF"):
		return database.Disconnected
	}
	return database.Broken
}

// classOfCode is by the classes of SQLSTATE, see «PostgreSQL Error Codes».
func classOfCode(code string) database.Class {
	switch code {
	case "40001", "40P01", "55P03": // serialization, deadlock, lock timeout
		return database.Contention
	case "57P01", "57P02", "57P03", "57P05", "25P03", "25P04": // the server stops, is not up yet, or ends an idle session
		return database.Disconnected
	case "54000": // a value too long for an index
		return database.Own
	}
	switch {
	case strings.HasPrefix(code, "22"), strings.HasPrefix(code, "23"), strings.HasPrefix(code, "P0"), strings.HasPrefix(code, "44"):
		return database.Own // data, constraints, the site's triggers
	case strings.HasPrefix(code, "21"), !serversOwn(code):
		return database.Own // a subquery of two rows; what a trigger has raised by a code of its own
	case strings.HasPrefix(code, "08"), code == "53300":
		return database.Disconnected
	}
	return database.Broken
}

// serversOwn reports whether a code is of a class that the server itself raises.
func serversOwn(code string) bool {
	return slices.ContainsFunc(strings.Fields("00 01 02 03 08 09 0A 0B 0F 0L 0P 0Z 20 24 25 26 27 28 2B 2D 2F 34 38 39 3B 3D 3F 40 42 53 54 55 57 58 72 F0 HV XX"),
		func(class string) bool { return strings.HasPrefix(code, class) })
}

func broken(format string, arguments ...any) error {
	return &database.Error{Class: database.Broken, Err: fmt.Errorf(format, arguments...)}
}

// unreachable says which database cannot be reached, why, and what to do about it,
// without what the URL holds beside.
func unreachable(options database.Options, c *connection, err error) error {
	return &database.Error{Class: database.Disconnected,
		Err: fmt.Errorf("connection/url: PostgreSQL database %s on %s cannot be opened: %s", c.database, c.host, reason(options, err))}
}

func reason(options database.Options, err error) string {
	var failed *pgconn.PgError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &failed) && strings.Contains(failed.Message, "no encryption"):
		return failed.Message + "; the server wants TLS: say sslmode=verify-full and sslrootcert=FILE in connection/url"
	case errors.As(err, &failed) && strings.HasPrefix(failed.Code, "28"):
		return failed.Message + "; give the right user in connection/url and the password in connection/password or connection/password-file"
	case errors.As(err, &failed) && advice(failed.Code) != "":
		return failed.Message + "; " + advice(failed.Code)
	case errors.As(err, &failed):
		return failed.Message
	case errors.As(err, &certificate):
		return certificate.Err.Error() + certificateAdvice(certificate.Err)
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return fmt.Sprintf("it did not answer within connection/connect-timeout (%s); are host and port right, and does a firewall let us through?", options.ConnectTimeout)
	case strings.Contains(err.Error(), "server refused TLS connection"):
		return "the server has no TLS, which sslmode in connection/url asks for; set it up there, or say sslmode=disable if the network is trusted"
	}
	return lines(rootCause(err).Error()) + "; is the server up, and are host and port in connection/url right?"
}

// lines are those of a text, each once: pgx tries a host more than once.
func lines(text string) string {
	var found []string
	for _, line := range strings.Split(text, "\n") {
		if !slices.Contains(found, line) {
			found = append(found, line)
		}
	}
	return strings.Join(found, ", ")
}

func certificateAdvice(err error) string {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	switch {
	case errors.As(err, &unknown):
		return "; sslrootcert in connection/url names the file with the certificate to trust"
	case errors.As(err, &host):
		return "; name the host in connection/url as its certificate does"
	}
	return ""
}

func isTimeout(err error) bool {
	var network net.Error
	return errors.As(err, &network) && network.Timeout()
}

func rootCause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
