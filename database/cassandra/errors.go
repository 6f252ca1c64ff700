package cassandra

import (
	"context"
	"errors"
	"fmt"
	"net"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database"
)

// classify gives an error of the driver's or the server's its class.
func classify(err error) error {
	if database.Classified(err) {
		return err
	}
	return &database.Error{Class: classOf(err), Err: advised(err)}
}

func classOf(err error) database.Class {
	var failed gocql.RequestError
	if errors.As(err, &failed) {
		switch failed.Code() {
		case gocql.ErrCodeWriteTimeout, gocql.ErrCodeReadTimeout, gocql.ErrCodeOverloaded, gocql.ErrCodeCASWriteUnknown:
			return database.Contention // too much at once: smaller, and again
		case gocql.ErrCodeUnavailable, gocql.ErrCodeBootstrapping, gocql.ErrCodeReadFailure, gocql.ErrCodeWriteFailure,
			gocql.ErrCodeCDCWriteFailure, gocql.ErrCodeTruncate, gocql.ErrCodeServer:
			return database.Disconnected
		}
		return database.Broken
	}
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, gocql.ErrTimeoutNoResponse), errors.Is(err, gocql.ErrNoStreams):
		return database.Contention
	case errors.As(err, &network), errors.Is(err, gocql.ErrNoConnections), errors.Is(err, gocql.ErrConnectionClosed),
		errors.Is(err, gocql.ErrUnavailable):
		return database.Disconnected
	}
	return database.Broken
}

func broken(format string, arguments ...any) error {
	return &database.Error{Class: database.Broken, Err: fmt.Errorf(format, arguments...)}
}
