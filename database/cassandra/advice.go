package cassandra

import (
	"errors"
	"fmt"

	gocql "github.com/apache/cassandra-gocql-driver/v2"
)

// advised adds what to do about an error to the server's own words.
func advised(err error) error {
	var failed gocql.RequestError
	switch {
	case errors.As(err, &failed) && advice(failed.Code()) != "":
		return fmt.Errorf("%w; %s", err, advice(failed.Code()))
	case errors.Is(err, gocql.ErrNoConnections), errors.Is(err, gocql.ErrConnectionClosed):
		return fmt.Errorf("no node of connection/url answers (%w); they are tried again until one does", err)
	}
	return err
}

// advice is by the codes of the native protocol. What fails an attempt is tried
// again until it is mended.
func advice(code int) string {
	switch code {
	case gocql.ErrCodeUnavailable:
		return "too few replicas are up: start the nodes that are down, or say another consistency in connection/url"
	case gocql.ErrCodeUnauthorized:
		return "grant this right to the user of connection/url, and the migration goes on by itself"
	case gocql.ErrCodeReadTimeout, gocql.ErrCodeWriteTimeout, gocql.ErrCodeOverloaded:
		return "the nodes are too slow at the moment; it is tried again (customer-migrator/in-flight says how much is asked at once)"
	}
	return ""
}
