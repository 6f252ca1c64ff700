package driverkit

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"

	"db-migrate/database"
)

// AdviceLogin and AdviceHost end what is said of a server that lets nobody in, or that
// cannot be found.
const (
	AdviceLogin = "; give the right user in connection/url and the password in connection/password or connection/password-file"
	AdviceHost  = "; is the server up, and are host and port in connection/url right?"
)

// Unreachable says which database cannot be opened, and why. What it says holds nothing
// of the URL, which may have a password.
func Unreachable(name, host, reason string) error {
	return &database.Error{Class: database.Disconnected, Err: fmt.Errorf("connection/url: %s on %s cannot be opened: %s", name, host, reason)}
}

// WhyUnreachable is the reason where every client library tells it alike: a certificate,
// or no answer within a time. trust is the parameter of the URL that names a file with
// certificates. Empty: it is something else.
func WhyUnreachable(err error, trust string, timeout time.Duration) string {
	var certificate *tls.CertificateVerificationError
	var network net.Error
	switch {
	case errors.As(err, &certificate):
		return certificate.Err.Error() + certificateAdvice(certificate.Err, trust)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return NoAnswer(timeout)
	}
	return ""
}

// NoAnswer says that nobody answered in time.
func NoAnswer(timeout time.Duration) string {
	return fmt.Sprintf("it did not answer within connection/connect-timeout (%s); are host and port right, and does a firewall let us through?", timeout)
}

func certificateAdvice(err error, trust string) string {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	switch {
	case errors.As(err, &unknown):
		return "; " + trust + " in connection/url names the file with the certificate to trust"
	case errors.As(err, &host):
		return "; name the host in connection/url as its certificate does"
	}
	return ""
}

// RootCause is the innermost error, without what was said around it.
func RootCause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
