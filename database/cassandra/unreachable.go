package cassandra

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"db-migrate/database"
)

// unreachable says which keyspace cannot be opened, why, and what to do about it.
func unreachable(asked address, options database.Options, err error) error {
	return &database.Error{Class: database.Disconnected,
		Err: fmt.Errorf("connection/url: Cassandra keyspace %s on %s cannot be opened: %s", asked.keyspace, strings.Join(asked.hosts, ","), reason(asked, options, err))}
}

// reason is read from the text: the client library keeps no more of its causes.
func reason(asked address, options database.Options, err error) string {
	said := strings.TrimPrefix(rootCause(err).Error(), "gocql: unable to create session: ")
	said = strings.TrimPrefix(said, "unable to discover protocol version: ")
	about := func(parts ...string) bool {
		for _, part := range parts {
			if strings.Contains(err.Error(), part) {
				return true
			}
		}
		return false
	}
	const user = "; give the user in connection/url and the password in connection/password or connection/password-file"
	var network net.Error
	switch {
	case about("Provided username"):
		return said + user
	case about("assword", "authenti"):
		return "the server wants a user and a password" + user
	case about("unknown authority"):
		return said + "; tls-ca in connection/url names the file with the certificate to trust"
	case about("certificate is valid for", "certificate is not valid for any"):
		return said + "; name the nodes in connection/url as their certificates do"
	case about("first record does not look like a TLS handshake"):
		return "the nodes have no TLS, which connection/url asks for; set it up there, or leave tls and tls-ca out if the network is trusted"
	case errors.As(err, &network) && network.Timeout(), about("i/o timeout", "no response to connection startup within timeout", "no response received"):
		return fmt.Sprintf("it did not answer within connection/connect-timeout (%s); are hosts and port right, and does a firewall let us through?", options.ConnectTimeout)
	case about("connection reset", "EOF") && !asked.encrypted():
		return said + "; if the nodes want TLS, say tls=true and tls-ca=FILE in connection/url"
	}
	if about("connection refused", "no such host", "failed to resolve", "lookup ") {
		said += "; is a node up, and are hosts and port in connection/url right?"
	}
	return said
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
