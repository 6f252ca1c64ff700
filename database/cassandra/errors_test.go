package cassandra

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
	"github.com/stretchr/testify/require"

	"db-migrate/database"
)

// answered is a node's error by its code; the driver's own cannot be made.
type answered int

func (a answered) Code() int       { return int(a) }
func (a answered) Message() string { return "the node's words" }
func (a answered) Error() string   { return a.Message() }

// TestClassOf holds whom an error blames: here never the customer.
func TestClassOf(t *testing.T) {
	for code, class := range map[int]database.Class{
		gocql.ErrCodeWriteTimeout:    database.Contention,
		gocql.ErrCodeReadTimeout:     database.Contention,
		gocql.ErrCodeOverloaded:      database.Contention,
		gocql.ErrCodeCASWriteUnknown: database.Contention,

		gocql.ErrCodeUnavailable:     database.Disconnected,
		gocql.ErrCodeBootstrapping:   database.Disconnected,
		gocql.ErrCodeReadFailure:     database.Disconnected,
		gocql.ErrCodeWriteFailure:    database.Disconnected,
		gocql.ErrCodeCDCWriteFailure: database.Disconnected,
		gocql.ErrCodeTruncate:        database.Disconnected,
		gocql.ErrCodeServer:          database.Disconnected,

		gocql.ErrCodeUnauthorized:    database.Broken,
		gocql.ErrCodeCredentials:     database.Broken,
		gocql.ErrCodeInvalid:         database.Broken,
		gocql.ErrCodeSyntax:          database.Broken,
		gocql.ErrCodeConfig:          database.Broken,
		gocql.ErrCodeFunctionFailure: database.Broken,
	} {
		require.Equal(t, class, database.ClassOf(classify(fmt.Errorf("customer 1: %w", answered(code)))), "%#x", code)
	}
	for _, test := range []struct {
		err   error
		class database.Class
	}{
		{context.DeadlineExceeded, database.Contention},
		{gocql.ErrTimeoutNoResponse, database.Contention},
		{gocql.ErrNoStreams, database.Contention},
		{gocql.ErrNoConnections, database.Disconnected},
		{gocql.ErrConnectionClosed, database.Disconnected},
		{gocql.ErrUnavailable, database.Disconnected},
		{&net.OpError{Op: "dial", Err: errors.New("connection refused")}, database.Disconnected},
		{errors.New("something else"), database.Broken},
		{database.OwnError(errors.New("the migration's verdict")), database.Own},
	} {
		require.Equal(t, test.class, database.ClassOf(classify(test.err)), test.err)
	}
}

// TestAdvice: what somebody can mend says how, beside the node's own words.
func TestAdvice(t *testing.T) {
	for code, says := range map[int]string{
		gocql.ErrCodeUnavailable: "start the nodes that are down", gocql.ErrCodeUnauthorized: "grant this right",
		gocql.ErrCodeOverloaded: "customer-migrator/in-flight",
	} {
		require.ErrorContains(t, classify(answered(code)), "the node's words; ")
		require.ErrorContains(t, classify(answered(code)), says)
	}
	require.ErrorContains(t, classify(gocql.ErrNoConnections), "no node of connection/url answers")
}
