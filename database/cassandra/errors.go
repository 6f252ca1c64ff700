package cassandra

import (
	"errors"
	"net"
	"strings"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// codes is the table of errors by the codes of the native protocol. None of them is a
// row's own.
var codes = map[int]driverkit.Verdict{
	gocql.ErrCodeWriteTimeout:    {Class: database.Contention, Advice: adviceSlow}, // too much at once: smaller, and again
	gocql.ErrCodeReadTimeout:     {Class: database.Contention, Advice: adviceSlow},
	gocql.ErrCodeOverloaded:      {Class: database.Contention, Advice: adviceSlow},
	gocql.ErrCodeCASWriteUnknown: {Class: database.Contention},
	gocql.ErrCodeUnavailable:     {Class: database.Disconnected, Advice: "too few replicas are up: start the nodes that are down, or say another consistency in connection/url"},
	gocql.ErrCodeBootstrapping:   {Class: database.Disconnected},
	gocql.ErrCodeReadFailure:     {Class: database.Disconnected},
	gocql.ErrCodeWriteFailure:    {Class: database.Disconnected},
	gocql.ErrCodeCDCWriteFailure: {Class: database.Disconnected},
	gocql.ErrCodeTruncate:        {Class: database.Disconnected},
	gocql.ErrCodeServer:          {Class: database.Disconnected},
	gocql.ErrCodeUnauthorized:    {Class: database.Broken, Advice: driverkit.AdviceGrant},
}

const (
	adviceSlow  = "the nodes are too slow at the moment; it is tried again (customer-migrator/in-flight says how much is asked at once)"
	adviceNodes = "no node of connection/url answers; they are tried again until one does"
)

// classify gives an error of the client library's or the server's its class.
func classify(err error) error { return driverkit.Classify(err, judge) }

func judge(err error) (driverkit.Verdict, bool) {
	var failed gocql.RequestError
	switch {
	case errors.As(err, &failed):
		return codes[failed.Code()], true // what is not in the table is Broken
	case errors.Is(err, gocql.ErrTimeoutNoResponse), errors.Is(err, gocql.ErrNoStreams):
		return driverkit.Verdict{Class: database.Contention}, true
	case errors.Is(err, gocql.ErrNoConnections), errors.Is(err, gocql.ErrConnectionClosed):
		return driverkit.Verdict{Class: database.Disconnected, Advice: adviceNodes}, true
	case errors.Is(err, gocql.ErrUnavailable):
		return driverkit.Verdict{Class: database.Disconnected}, true
	}
	return driverkit.Verdict{}, false
}

// reason is read from the text: the client library keeps no more of its causes.
func reason(asked address, options database.Options, err error) string {
	said := strings.TrimPrefix(driverkit.RootCause(err).Error(), "gocql: unable to create session: ")
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
		return driverkit.NoAnswer(options.ConnectTimeout)
	case about("connection reset", "EOF") && !asked.encrypted():
		return said + "; if the nodes want TLS, say tls=true and tls-ca=FILE in connection/url"
	}
	if about("connection refused", "no such host", "failed to resolve", "lookup ") {
		said += "; is a node up, and are hosts and port in connection/url right?"
	}
	return said
}
