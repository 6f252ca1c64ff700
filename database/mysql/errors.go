package mysql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"strings"

	mysql "github.com/go-sql-driver/mysql"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// Numbers of errors that are looked for by themselves.
const (
	duplicateKey = 1062
	accessDenied = 1045
	tlsRequired  = 3159
	unknownZone  = 1298
	notReady     = 1047 // a node of Galera's outside of its cluster: its sessions answer
)

// Errors that mean one thing, by MariaDB's and MySQL's numbers: the user lacks a right,
// or the server does not write, or not any more.
var (
	denied   = []uint16{1044, 1142, 1143, 1227, 1370}
	readOnly = []uint16{1290, 1792, 1836}
)

// code is a line of the table of errors.
type code struct {
	numbers []uint16
	// states are how SQLSTATE begins.
	states  []string
	verdict driverkit.Verdict
}

func (c code) is(number uint16, state string) bool {
	return slices.Contains(c.numbers, number) || slices.ContainsFunc(c.states, func(begins string) bool { return strings.HasPrefix(state, begins) })
}

// adviceLock: MariaDB and MySQL do not say whether the server or a trigger has sent it.
const adviceLock = "another session holds the lock, or a trigger says so; it is tried again"

// codes is the table of errors. Those of a number apart stand before those of a class of
// SQLSTATE.
var codes = []code{
	{numbers: []uint16{1969, 3024}, verdict: driverkit.Verdict{Class: database.Contention, Advice: driverkit.AdviceTimeout, Timeout: true}},
	{numbers: []uint16{1317}, verdict: driverkit.Verdict{Class: database.Contention, Advice: driverkit.AdviceTimeout, Rival: true}}, // killed query
	{numbers: []uint16{1205}, verdict: driverkit.Verdict{Class: database.Contention, Advice: adviceLock, Rival: true, Waits: true}}, // lock timeout
	{numbers: []uint16{3572}, verdict: driverkit.Verdict{Class: database.Contention, Advice: driverkit.AdviceLocked}},               // lock not free
	{numbers: []uint16{1213, 1020, 3101}, verdict: driverkit.Verdict{Class: database.Contention, Rival: true}},                      // deadlock, changed since read, certification
	{numbers: []uint16{1637, 1615}, verdict: driverkit.Verdict{Class: database.Contention}},                                         // too many transactions, prepare the statement anew
	{numbers: []uint16{1040, 1203, 1226}, verdict: driverkit.Verdict{Class: database.Disconnected, Advice: "raise the server's limit of connections, or lower customer-migration/processes"}},
	{numbers: []uint16{1053, 1077, 1927}, verdict: driverkit.Verdict{Class: database.Disconnected, Advice: driverkit.AdviceStopping}},
	{numbers: []uint16{4031, 2006, 2013}, verdict: driverkit.Verdict{Class: database.Disconnected}},                            // the connection was ended, or is gone
	{numbers: []uint16{1118, 1242, 1364, 1366, 1411, 1526, 3140, 3819, 4025}, verdict: driverkit.Verdict{Class: database.Own}}, // row too large, subquery of two rows, no default, bad text, bad date, no partition, bad JSON, check constraint (both servers)
	{numbers: denied, verdict: driverkit.Verdict{Class: database.Broken, Advice: driverkit.AdviceGrant}},
	{numbers: readOnly, verdict: driverkit.Verdict{Class: database.Broken, Advice: driverkit.AdviceReadOnly}},
	{numbers: []uint16{1021, 1114}, verdict: driverkit.Verdict{Class: database.Broken, Advice: driverkit.AdviceDisk}},
	{states: []string{"22", "23", "45", "01000"}, verdict: driverkit.Verdict{Class: database.Own}}, // data, constraints, the site's triggers
	{numbers: []uint16{notReady}, verdict: driverkit.Verdict{Class: database.Disconnected}},
	{states: []string{"08"}, verdict: driverkit.Verdict{Class: database.Disconnected}},
	{states: []string{""}, verdict: driverkit.Verdict{Class: database.Broken}},
}

// classify gives an error of the server's its class.
func classify(err error) error { return driverkit.Classify(err, judge) }

func judge(err error) (driverkit.Verdict, bool) {
	var failed *mysql.MySQLError
	if !errors.As(err, &failed) {
		lost := errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn)
		return driverkit.Verdict{Lost: lost}, lost
	}
	if !serversOwn(string(failed.SQLState[:])) {
		return driverkit.Verdict{Class: database.Own}, true // a trigger has raised it by a code of its own
	}
	at := slices.IndexFunc(codes, func(one code) bool { return one.is(failed.Number, string(failed.SQLState[:])) })
	return codes[at].verdict, true
}

// ended are errors that a pool's next session knows nothing of.
var ended = []uint16{1040, 1203, 1226, 1053, 1077, 1927, 4031}

// ofSession gives an error of a statement its class by what becomes of its session. One by
// which a server says that the session is lost is the statement's where the session
// answers: a trigger, or a server behind it, has sent it.
func ofSession(ctx context.Context, in session, err error) error {
	classified := classify(err)
	var failed *mysql.MySQLError
	if database.ClassOf(classified) != database.Disconnected || !errors.As(err, &failed) || failed.Number == notReady {
		return classified
	}
	if _, pool := in.(*sql.DB); pool && slices.Contains(ended, failed.Number) {
		return classified
	}
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if _, gone := in.ExecContext(asking, "DO 1"); gone != nil {
		return classified
	}
	return &database.Error{Class: database.Broken, Err: err}
}

// serversOwn reports whether a code is of a class that the servers themselves raise.
func serversOwn(state string) bool {
	return slices.ContainsFunc(strings.Fields("\x00 00 01 02 07 08 0A 0K 0Z 20 21 22 23 24 25 28 2F 35 37 3C 3D 40 42 44 45 70 HY S1 XA"),
		func(class string) bool { return strings.HasPrefix(state, class) })
}

// isOneOf reports whether the server has sent an error of one of these numbers.
func isOneOf(err error, numbers ...uint16) bool {
	var failed *mysql.MySQLError
	return errors.As(err, &failed) && slices.Contains(numbers, failed.Number)
}

// reason is why a database cannot be opened, and what to do about it.
func reason(options database.Options, config *mysql.Config, err error) string {
	var failed *mysql.MySQLError
	if errors.As(err, &failed) {
		verdict, _ := judge(err)
		switch {
		case failed.Number == accessDenied || failed.Number == tlsRequired:
			return failed.Message + accessAdvice(config)
		case failed.Number == unknownZone:
			return failed.Message + "; the server knows names of time zones once mysql_tzinfo_to_sql has loaded them; or write a distance in time-zone in connection/url, such as %2B02:00"
		case verdict.Advice != "":
			return failed.Message + "; " + verdict.Advice
		}
		return failed.Message
	}
	switch why := driverkit.WhyUnreachable(err, "tls-ca", options.ConnectTimeout); {
	case errors.Is(err, mysql.ErrNoTLS):
		return "the server has no TLS, which tls in connection/url asks for; set it up there, or leave tls out if the network is trusted"
	case endedHandshake(config, err):
		return "the server ended the TLS handshake (" + err.Error() + "); does it trust the certificate that tls-cert in connection/url names?"
	case why != "":
		return why
	}
	if database.ClassOf(classify(err)) == database.Disconnected {
		return err.Error() + driverkit.AdviceHost
	}
	return err.Error()
}

// endedHandshake reports whether the server did not like our certificate: it says
// so, or it is gone before we could read that, which the driver calls a bad
// connection.
func endedHandshake(config *mysql.Config, err error) bool {
	shown := config.TLS != nil && len(config.TLS.Certificates) > 0
	return shown && (strings.Contains(err.Error(), "remote error: tls: ") || strings.Contains(err.Error(), "bad connection"))
}

// accessAdvice: MariaDB says no more than «access denied» where it wants TLS.
func accessAdvice(config *mysql.Config) string {
	if config.TLS == nil && (config.TLSConfig == "" || config.TLSConfig == "false") {
		return driverkit.AdviceLogin + "; if the server wants TLS, say tls=true and tls-ca=FILE in connection/url"
	}
	return driverkit.AdviceLogin
}
