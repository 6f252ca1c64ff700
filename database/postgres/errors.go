package postgres

import (
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// Codes of errors that are looked for by themselves.
const (
	readOnly     = "25006" // a write in a read-only transaction
	denied       = "42501"
	noTable      = "42P01"
	uniqueTwice  = "23505"
	nullRefused  = "23502"
	tooManyUsers = "53300"
	lockRefused  = "55P03"
	notSupported = "0A000"
)

// coded is a line of the table of errors.
type coded struct {
	code    string
	verdict driverkit.Verdict
}

// codes is the table of errors by SQLSTATE, or by how it begins: see «PostgreSQL Error
// Codes». Those of a code apart stand before those of a class.
var codes = []coded{
	{"57014", driverkit.Verdict{Class: database.Contention, Advice: driverkit.AdviceTimeout, Timeout: true}},
	{"40001", driverkit.Verdict{Class: database.Contention, Rival: true}}, // serialization
	{"40P01", driverkit.Verdict{Class: database.Contention, Rival: true}}, // deadlock
	{lockRefused, driverkit.Verdict{Class: database.Contention, Advice: driverkit.AdviceLocked}},
	{"57P01", driverkit.Verdict{Class: database.Disconnected, Advice: driverkit.AdviceStopping}},
	{"57P02", driverkit.Verdict{Class: database.Disconnected, Advice: driverkit.AdviceStopping}},
	{"57P03", driverkit.Verdict{Class: database.Disconnected, Advice: driverkit.AdviceStopping}},
	{"57P05", driverkit.Verdict{Class: database.Disconnected}}, // the server ends an idle session
	{"25P03", driverkit.Verdict{Class: database.Disconnected}},
	{"25P04", driverkit.Verdict{Class: database.Disconnected}},
	{tooManyUsers, driverkit.Verdict{Class: database.Disconnected, Advice: "raise max_connections on the server, or lower customer-migration/processes"}},
	{denied, driverkit.Verdict{Class: database.Broken, Advice: driverkit.AdviceGrant}},
	{readOnly, driverkit.Verdict{Class: database.Broken, Advice: driverkit.AdviceReadOnly}},
	{"53100", driverkit.Verdict{Class: database.Broken, Advice: driverkit.AdviceDisk}},
	{"54000", driverkit.Verdict{Class: database.Own}}, // a value too long for an index
	{"22", driverkit.Verdict{Class: database.Own}},    // data
	{"23", driverkit.Verdict{Class: database.Own}},    // constraints
	{"44", driverkit.Verdict{Class: database.Own}},    // WITH CHECK OPTION
	{"P0", driverkit.Verdict{Class: database.Own}},    // the site's triggers
	{"21", driverkit.Verdict{Class: database.Own}},    // a subquery of two rows
	{"08", driverkit.Verdict{Class: database.Disconnected}},
	{"", driverkit.Verdict{Class: database.Broken}},
}

// classify gives an error of PostgreSQL's its class.
func classify(err error) error { return driverkit.Classify(err, judge) }

func judge(err error) (driverkit.Verdict, bool) {
	var failed *pgconn.PgError
	var connecting *pgconn.ConnectError
	switch {
	case errors.As(err, &failed) && !serversOwn(failed.Code):
		return driverkit.Verdict{Class: database.Own}, true // a trigger has raised it by a code of its own
	case errors.As(err, &failed):
		return verdictOf(failed), true
	case errors.As(err, &connecting): // also by a timeout
		return driverkit.Verdict{Class: database.Disconnected}, true
	}
	lost := pgconn.SafeToRetry(err) || strings.Contains(err.Error(), "conn closed") || strings.Contains(err.Error(), "unexpected EOF")
	return driverkit.Verdict{Lost: lost}, lost
}

// verdictOf is the table's, held against what the server has said beside the code.
func verdictOf(failed *pgconn.PgError) driverkit.Verdict {
	at := slices.IndexFunc(codes, func(one coded) bool { return strings.HasPrefix(failed.Code, one.code) })
	verdict := codes[at].verdict
	switch {
	case stalePlan(failed):
		return driverkit.Verdict{Class: database.Disconnected, Advice: "the table's columns have changed; its statements are prepared anew"}
	case verdict.Class == database.Disconnected && failed.SeverityUnlocalized == "ERROR":
		// A session that the server ends gets FATAL. This one goes on: a trigger, or a
		// server behind it, has sent the code.
		return driverkit.Verdict{Class: database.Broken}
	case failed.Code == lockRefused && !foundLock(failed):
		verdict.Advice, verdict.Rival = "", true
	}
	return verdict
}

// foundLock reports whether the server itself has met a lock, by the file of its source
// that says so; a trigger that raises the code has met none.
func foundLock(failed *pgconn.PgError) bool {
	files := []string{"postgres.c", "heapam.c", "heapam_handler.c", "lock.c", "lmgr.c", "lockcmds.c", "namespace.c", "nodeLockRows.c"}
	return failed.File == "" || slices.Contains(files, failed.File)
}

// stalePlan reports whether a prepared statement answers with other columns than it was
// prepared with. Within a function the plan is the function's, and stays as it is.
func stalePlan(failed *pgconn.PgError) bool {
	return failed.Code == notSupported && failed.Where == "" && strings.Contains(failed.Message, "cached plan must not change result type")
}

// serversOwn reports whether a code is of a class that the server itself raises.
func serversOwn(code string) bool {
	return slices.ContainsFunc(strings.Fields("00 01 02 03 08 09 0A 0B 0F 0L 0P 0Z 20 21 22 23 24 25 26 27 28 2B 2D 2F 34 38 39 3B 3D 3F 40 42 44 53 54 55 57 58 72 F0 HV P0 XX"),
		func(class string) bool { return strings.HasPrefix(code, class) })
}

// hasCode reports whether PostgreSQL has sent an error of this code.
func hasCode(err error, code string) bool {
	var failed *pgconn.PgError
	return errors.As(err, &failed) && failed.Code == code
}

// explain tells the ledger's own errors from all others. After a failover the next
// connections may find the server that writes; sessions stay read-only that were opened
// while the server was.
func (w *setWriter) explain(err error) error {
	if hasCode(err, readOnly) {
		w.toWrite().Reset()
	}
	var failed *pgconn.PgError
	if errors.As(err, &failed) && failed.TableName == w.ledger && failed.SchemaName == w.ours {
		switch {
		case failed.Code == uniqueTwice:
			return database.ErrLedgerConflict
		case failed.Code == nullRefused && slices.Contains(w.KeyColumns(), failed.ColumnName):
			return driverkit.KeyChanged("migration " + w.Plan.Migration) // as updateText has it
		case failed.Code == nullRefused:
			return &database.RunOverError{} // the proof that the run is alive is NULL
		}
	}
	return classify(err)
}

// reason is why a database cannot be opened, and what to do about it, without what the
// URL holds beside.
func reason(options database.Options, err error) string {
	var failed *pgconn.PgError
	if errors.Is(err, errShared) {
		return errShared.Error()
	}
	if errors.As(err, &failed) {
		verdict, _ := judge(err)
		switch {
		case refusesSettings(failed):
			return failed.Message + "; " + errShared.Error()
		case strings.Contains(failed.Message, "no encryption"):
			return failed.Message + "; the server wants TLS: say sslmode=verify-full and sslrootcert=FILE in connection/url"
		case strings.HasPrefix(failed.Code, "28"):
			return failed.Message + driverkit.AdviceLogin
		case verdict.Advice != "":
			return failed.Message + "; " + verdict.Advice
		}
		return failed.Message
	}
	if why := driverkit.WhyUnreachable(err, "sslrootcert", options.ConnectTimeout); why != "" {
		return why
	}
	if strings.Contains(err.Error(), "server refused TLS connection") {
		return "the server has no TLS, which sslmode in connection/url asks for; set it up there, or say sslmode=disable if the network is trusted"
	}
	return lines(driverkit.RootCause(err).Error()) + driverkit.AdviceHost
}

// lines are those of a text, each once: pgx tries a host more than once.
func lines(text string) string {
	var found []string
	for line := range strings.SplitSeq(text, "\n") {
		if !slices.Contains(found, line) {
			found = append(found, line)
		}
	}
	return strings.Join(found, ", ")
}
