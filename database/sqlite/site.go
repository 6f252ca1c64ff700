package sqlite

import (
	"context"
	"database/sql"
	"sync/atomic"
	"time"
)

// site is what is known of others who write to the file.
type site struct {
	// version is SQLite's, which a commit of anybody else changes; looked is when it
	// was asked for last, wrote when it had changed.
	version       int64
	looked, wrote time.Time
	// seen is wrote for those who do not hold the writer, in nanoseconds; 0: never.
	seen atomic.Int64
}

// rhythm is for how long transactions follow each other, and the gap after that.
// SQLite's waiting writers look for the lock after 1, 2, 5, 10, 15, 20, three times
// 25, twice 50 and then each 100 ms: a gap must be as long as their longest pause
// until then, or some of them miss it again and again (4 of a site's writes in 12 s
// were seen without gaps).
type rhythm struct{ busy, gap time.Duration }

func quietSite() rhythm { return rhythm{busy: 890 * time.Millisecond, gap: 110 * time.Millisecond} }

// writingSite costs a fifth of the time instead of a ninth, but nobody waits for
// more than an eighth of a second.
func writingSite() rhythm { return rhythm{busy: 100 * time.Millisecond, gap: 27 * time.Millisecond} }

const (
	// lookEvery bounds how often the site is looked for.
	lookEvery = 50 * time.Millisecond
	// siteMemory is how long a site that has written is taken to write on.
	siteMemory = 10 * time.Second
)

// look finds out whether anybody else has written.
func (s *site) look(ctx context.Context, conn *sql.Conn) error {
	now := time.Now()
	if now.Sub(s.looked) < lookEvery {
		return nil
	}
	var version int64
	if err := conn.QueryRowContext(ctx, "PRAGMA data_version").Scan(&version); err != nil {
		return err
	}
	if !s.looked.IsZero() && version != s.version {
		s.wrote = now
		s.seen.Store(now.UnixNano())
	}
	s.looked, s.version = now, version
	return nil
}

// wroteLately reports whether anybody else writes.
func (s *site) wroteLately(now time.Time) bool {
	seen := s.seen.Load()
	return seen != 0 && now.UnixNano()-seen < int64(siteMemory)
}

// rhythm is that in which the writer leaves gaps now.
func (s *site) rhythm(now time.Time) rhythm {
	if now.Sub(s.wrote) < siteMemory {
		return writingSite()
	}
	return quietSite()
}
