package database

import (
	"context"
	"time"
)

// Site is how a driver feels what the live site's own statements feel, while a
// migration runs beside them.
type Site interface {
	// OpenProbe opens a probe on connections of its own, so that it never waits for a
	// connection behind statements of the migration. It writes nothing.
	OpenProbe(ctx context.Context, options ProbeOptions) (SiteProbe, error)
}

// ProbeOptions say what a probe looks at beside the database itself.
type ProbeOptions struct {
	// Replicas are host:port of replicas that are to be asked how far they are behind,
	// where the database itself does not know it.
	Replicas []string
	// Timeout bounds each of the probe's statements.
	Timeout time.Duration
}

// SiteProbe does what a statement of the site's would do. Its methods are called by one
// goroutine, one after the other; the caller measures how long they take.
type SiteProbe interface {
	// Read reads one row by its key, or finds that there is none.
	Read(ctx context.Context) error
	// Commit commits a small transaction that changes no row of anybody's.
	// errors.ErrUnsupported: the database has no transactions, or the user may not.
	Commit(ctx context.Context) error
	// Look looks at who else is there, and at the database's own figures.
	Look(ctx context.Context) (SiteSigns, error)
	// Ask is the first value of the first row that a query of the user's returns; false:
	// there is no row, or it is NULL.
	Ask(ctx context.Context, query string) (string, bool, error)
	Close() error
}

// Presence says whether anybody but db-migrate uses the database.
type Presence int

// What is known of others.
const (
	// PresenceUnknown: the database does not tell, so somebody is assumed.
	PresenceUnknown Presence = iota
	Nobody
	Somebody
)

// SiteSigns is what one look has found.
type SiteSigns struct {
	Presence Presence
	// Signals are figures with limits of their own.
	Signals []Signal
	// Notes are what could not be looked at, and what would let it be.
	Notes []string
}

// Names of the signals that have a limit in the configuration, or a meaning of their own.
const (
	SignalReplicaLag = "replica-lag"
	// SignalLockWaits are sessions of the site's that wait for rows which a transaction
	// of ours has locked: smaller sets help.
	SignalLockWaits = "lock-waits"
)

// Signal is a figure that says how close the database is to harm.
type Signal struct {
	// Name is one word, for metrics; Words say in a sentence what the value means, such
	// as "replica standby1 is behind by 14 s".
	Name, Words string
	// Value is compared with Limit (0: the configuration's): up to half of it the signal
	// asks for nothing, and at the limit it leaves Least of the pace.
	Value, Limit float64
	// LimitWords is the limit as people read it; empty: it goes without saying.
	LimitWords string
	// Least is the share that is left at and beyond the limit; 0: all work waits.
	Least float64
}
