package driverkit

import (
	"context"
	"errors"
	"fmt"
	"net"

	"db-migrate/database"
)

// Verdict is what a driver's table of codes says of an error of its server's, or of its
// client library's.
type Verdict struct {
	Class database.Class
	// Advice is what to do about it, for people; empty: the server's words say it all.
	Advice string
	// Timeout: the server has stopped a statement that took too long.
	Timeout bool
	// Lost: the connection is gone.
	Lost bool
	// Rival: another session was in the way (database.RivalError), and Waits: the server
	// has given up a wait for it.
	Rival, Waits bool
}

// Classify gives an error its class, by the driver's table; known is false for what is
// not in it. An error that has its class keeps it, and the caller's own end stays what
// it is.
func Classify(err error, judge func(error) (verdict Verdict, known bool)) error {
	if database.Classified(err) {
		return err
	}
	verdict, known := judge(err)
	switch {
	case !known:
		verdict.Class = unjudged(err)
	case verdict.Lost:
		return &database.Error{Class: database.Disconnected, Err: fmt.Errorf("the connection to the server was lost (%w); it is tried again until it is back", err)}
	}
	if verdict.Advice != "" {
		err = fmt.Errorf("%w; %s", err, verdict.Advice)
	}
	if verdict.Rival {
		err = &database.RivalError{Err: err, Waits: verdict.Waits}
	}
	if verdict.Timeout {
		return database.StatementTimeout(err)
	}
	return &database.Error{Class: verdict.Class, Err: err}
}

// unjudged is the class of an error that no server has sent. That of a deadline is one
// of the network's, too.
func unjudged(err error) database.Class {
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return database.Contention
	case errors.As(err, &network):
		return database.Disconnected
	}
	return database.Broken
}

// Broken is an error of class Broken.
func Broken(format string, arguments ...any) error {
	return &database.Error{Class: database.Broken, Err: fmt.Errorf(format, arguments...)}
}

// Astray is Broken, and nothing that passes.
func Astray(format string, arguments ...any) error {
	return &database.Error{Class: database.Broken, Err: &database.AstrayError{Reason: fmt.Sprintf(format, arguments...)}}
}

// Advice that holds for every server.
const (
	AdviceGrant    = "grant this right to the user of connection/url, and the migration goes on by itself"
	AdviceReadOnly = "this server only reads (a replica, or a failover has made it one): name the server that writes in connection/url"
	AdviceDisk     = "free disk space on the server, and the migration goes on by itself"
	AdviceStopping = "the server stops or starts; it is tried again until it is up"
	AdviceTimeout  = "the statement took longer than customer-migrator/statement-timeout, or was cancelled"
	AdviceLocked   = "another session holds the lock; it is tried again"
)
