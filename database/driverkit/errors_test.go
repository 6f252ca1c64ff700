package driverkit_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

var errServers = errors.New("the server's words")

// judgeOf is the table of a driver with one error.
func judgeOf(verdict driverkit.Verdict) func(error) (driverkit.Verdict, bool) {
	return func(err error) (driverkit.Verdict, bool) { return verdict, errors.Is(err, errServers) }
}

// TestErrorsOfNoServer have the same class whatever the driver's table says.
func TestErrorsOfNoServer(t *testing.T) {
	for _, test := range []struct {
		err   error
		class database.Class
	}{
		{context.DeadlineExceeded, database.Contention},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, database.Disconnected},
		{errors.New("something else"), database.Broken},
	} {
		err := driverkit.Classify(fmt.Errorf("customer 1: %w", test.err), judgeOf(driverkit.Verdict{Class: database.Own}))
		require.Equal(t, test.class, database.ClassOf(err), test.err)
	}
}

// TestTheCallersEndIsNobodysFault: cancellation has no class, and is nobody's timeout.
func TestTheCallersEndIsNobodysFault(t *testing.T) {
	ended := fmt.Errorf("%w: %w", errServers, context.Canceled)
	require.Equal(t, ended, driverkit.Classify(ended, judgeOf(driverkit.Verdict{Class: database.Own, Timeout: true})))
	require.NoError(t, driverkit.Classify(nil, judgeOf(driverkit.Verdict{})))
}

func TestVerdicts(t *testing.T) {
	err := driverkit.Classify(errServers, judgeOf(driverkit.Verdict{Class: database.Own, Advice: "mend it"}))
	require.Equal(t, database.Own, database.ClassOf(err))
	require.EqualError(t, err, "the server's words; mend it")
	err = driverkit.Classify(errServers, judgeOf(driverkit.Verdict{Class: database.Contention, Timeout: true}))
	require.ErrorIs(t, err, database.ErrStatementTimeout)
	require.Equal(t, database.Contention, database.ClassOf(err))
	err = driverkit.Classify(errServers, judgeOf(driverkit.Verdict{Lost: true}))
	require.Equal(t, database.Disconnected, database.ClassOf(err))
	require.ErrorContains(t, err, "the connection to the server was lost")
}
