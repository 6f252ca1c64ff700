package postgres

import (
	"context"
	"maps"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"db-migrate/database"
)

// idleTime bounds how long a transaction of ours may wait for us: rows that a frozen
// worker has locked are the site's again after it.
const idleTime = 10 * time.Second

// settings are those of each session. The planner keeps to the index: statistics
// move while a migration runs, and its other plans were three times slower, and
// deadlocked sets that are sorted. It takes what is turned off for dear, and would
// compile short statements, which took 60 ms for a look at the catalog.
func settings(options database.Options) map[string]string {
	lock := defaultLockTime
	if options.StatementTimeout > 0 {
		lock = min(lock, options.StatementTimeout/2)
	}
	return map[string]string{
		"application_name":                    "db-migrate",
		"statement_timeout":                   milliseconds(options.StatementTimeout),
		"lock_timeout":                        milliseconds(lock),
		"idle_in_transaction_session_timeout": milliseconds(idleTime),
		"enable_hashjoin":                     "off",
		"enable_mergejoin":                    "off",
		"enable_seqscan":                      "off",
		"jit":                                 "off",
		"DateStyle":                           "ISO",
		"IntervalStyle":                       "postgres",
		"TimeZone":                            "UTC",
		"extra_float_digits":                  "1",
		"bytea_output":                        "hex",
	}
}

// fixed are settings that are no URL's to choose: the encoding of all texts here, the
// isolation in which each statement sees what was committed before it, how a backslash
// in SQL is read, and that rows which a policy hides are an error and not left out. In
// another isolation a set would not see that its run has ended meanwhile.
func fixed() map[string]string {
	return map[string]string{"client_encoding": "UTF8", "default_transaction_isolation": "read committed",
		"standard_conforming_strings": "on", "row_security": "off"}
}

// addSettings adds the settings of our sessions to those that the URL gives, which
// win. Names compare without regard to case, as the server compares them: of two
// spellings one would win by chance, in each session anew.
func addSettings(given map[string]string, options database.Options) {
	ours := fixed()
	for name := range given {
		if _, found := ours[strings.ToLower(name)]; found {
			delete(given, name)
		}
	}
	known := namesGiven(given)
	for name, value := range settings(options) {
		if !known[strings.ToLower(name)] {
			given[name] = value
		}
	}
	maps.Copy(given, ours)
}

// named is a setting in the URL's options, as the server's command line has them.
var named = regexp.MustCompile(`(?:^|\s)(?:-c\s*|--)([\w.-]+)\s*=`)

// namesGiven are the names of the settings that the URL gives, in lower case.
func namesGiven(given map[string]string) map[string]bool {
	known := map[string]bool{}
	for name, value := range given {
		known[strings.ToLower(name)] = true
		if !strings.EqualFold(name, "options") {
			continue
		}
		for _, found := range named.FindAllStringSubmatch(value, -1) {
			known[strings.ToLower(strings.ReplaceAll(found[1], "-", "_"))] = true
		}
	}
	return known
}

// rawBytes leaves texts as they are where the server does not know their encoding:
// it would refuse to hand out those that are no UTF-8.
func rawBytes(ctx context.Context, conn *pgx.Conn) error {
	if conn.PgConn().ParameterStatus("server_encoding") != "SQL_ASCII" {
		return nil
	}
	_, err := conn.Exec(ctx, "SET client_encoding = 'SQL_ASCII'")
	return err
}
