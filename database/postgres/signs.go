package postgres

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/dustin/go-humanize"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

const (
	// slowEvery is how often figures are looked at that change slowly.
	slowEvery = 5 * time.Second
	// deadShare is how many dead rows there may be for each that lives, and leastDead how
	// few are no matter: a migration leaves one for each row if no vacuum comes.
	deadShare = 2.0
	leastDead = 100_000
	// slotBytes is how much of the write-ahead log replication slots may keep, where the
	// server has no limit of its own.
	slotBytes = 16 << 30
)

// Look looks at other sessions, at replicas, and now and then at dead rows and slots.
func (p *probe) Look(ctx context.Context) (database.SiteSigns, error) {
	var signs database.SiteSigns
	for _, look := range []func(context.Context, *database.SiteSigns) error{p.sessions, p.replicas, p.slowSigns} {
		if err := look(ctx, &signs); err != nil {
			return database.SiteSigns{}, classify(err)
		}
	}
	return signs, nil
}

// theirs are the sessions of clients that are not db-migrate's. Who may not see what a
// session does does not see what kind it is, either.
const theirs = ` a.pid <> pg_backend_pid() AND a.application_name NOT IN ('db-migrate', current_setting('application_name'))
	AND (a.backend_type = 'client backend' OR a.backend_type IS NULL AND a.usesysid IS NOT NULL AND a.pid NOT IN (SELECT pid FROM pg_stat_replication)) `

// ours are db-migrate's.
const ours = ` o.application_name IN ('db-migrate', current_setting('application_name')) `

// sessions finds out whether anybody is at work, and who waits for rows of ours. What a
// session did is only shown to those who may see it; one that is not shown counts.
func (p *probe) sessions(ctx context.Context, signs *database.SiteSigns) error {
	found, err := one(ctx, p.reading(), `SELECT
		(SELECT count(*) FROM pg_stat_activity a WHERE`+theirs+`AND (a.state <> 'idle' OR a.state_change > clock_timestamp() - interval '5 s')),
		(SELECT count(*) FROM pg_stat_activity a WHERE`+theirs+`AND a.state IS NULL),
		(SELECT count(DISTINCT l.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE NOT l.granted AND`+theirs+`
			AND EXISTS (SELECT 1 FROM unnest(pg_blocking_pids(l.pid)) b JOIN pg_stat_activity o ON o.pid = b AND`+ours+`))`)
	if err != nil {
		return err
	}
	working, hidden, waiting := figure(found, 0), figure(found, 1), figure(found, 2)
	signs.Presence = database.Nobody
	if working+hidden > 0 {
		signs.Presence = database.Somebody
	}
	if hidden > 0 {
		signs.Notes = append(signs.Notes, "what other users' sessions do is not shown to this user, so that they count as the site at work; GRANT pg_monitor TO the worker's user shows it")
	}
	words := "a session waits for rows that the migration has locked"
	if waiting > 1 {
		words = fmt.Sprintf("%.0f sessions wait for rows that the migration has locked", waiting)
	}
	signs.Signals = append(signs.Signals, database.Signal{Name: database.SignalLockWaits, Words: words, Value: waiting, Limit: 1, Least: 0.2})
	return nil
}

// printed are values as the server prints them.
type printed interface {
	Null(column int) bool
	Text(column int) string
}

// figure is a number among them; NULL is 0.
func figure(values printed, column int) float64 {
	if values.Null(column) {
		return 0
	}
	value, _ := strconv.ParseFloat(values.Text(column), 64) // the server printed it
	return value
}

// replicas finds out how far each of them is behind. The server's own replay_lag stands
// still while a replica does, so it is also seen when the log was where the replica is.
func (p *probe) replicas(ctx context.Context, signs *database.SiteSigns) error {
	hidden := 0
	now := time.Now()
	behind := database.Signal{Name: database.SignalReplicaLag}
	err := query(ctx, p.reading(), `SELECT coalesce(nullif(r.application_name, 'walreceiver'), host(r.client_addr), r.application_name, '?'), r.replay_lsn - '0/0', extract(epoch FROM r.replay_lag),
		CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_lsn() - '0/0' END FROM (SELECT 1) x LEFT JOIN pg_stat_replication r ON coalesce(r.state, '') IN ('', 'streaming', 'catchup')
		AND r.pid NOT IN (SELECT active_pid FROM pg_replication_slots WHERE slot_type = 'logical' AND active_pid IS NOT NULL)`, nil, func(values driverkit.Texts) error {
		p.wal.note(now, figure(values, 3))
		if values[1] == nil {
			if *values[0] != "?" {
				hidden++
			}
			return nil
		}
		lag := max(p.wal.behind(now, figure(values, 1)).Seconds(), figure(values, 2))
		if behind.Words == "" || lag > behind.Value {
			behind.Value, behind.Words = lag, fmt.Sprintf("replica %s is behind by %.1f s", *values[0], lag)
		}
		return nil
	})
	if behind.Words != "" {
		signs.Signals = append(signs.Signals, behind)
	}
	if hidden > 0 {
		signs.Notes = append(signs.Notes, "how far replicas are behind is not shown to this user; GRANT pg_monitor TO the worker's user shows it")
	}
	return err
}

// walTimes is when the write-ahead log was where.
type walTimes struct {
	places []walPlace
}

type walPlace struct {
	at   time.Time
	byte float64
}

// walMemory bounds how many places are kept, twice a second.
const walMemory = 1200

// note notes where the log is now.
func (w *walTimes) note(now time.Time, position float64) {
	if last := len(w.places) - 1; last >= 0 && w.places[last].byte >= position {
		w.places[last].at = now // nothing was written since
		return
	}
	w.places = append(w.places, walPlace{now, position})
	if len(w.places) > walMemory {
		w.places = w.places[len(w.places)-walMemory:]
	}
}

// behind is since when the log is beyond a position.
func (w *walTimes) behind(now time.Time, position float64) time.Duration {
	for i := len(w.places) - 1; i >= 0; i-- {
		if w.places[i].byte <= position {
			if i == len(w.places)-1 {
				return 0
			}
			return now.Sub(w.places[i].at)
		}
	}
	if len(w.places) == 0 {
		return 0
	}
	return now.Sub(w.places[0].at)
}

// slowSigns are dead rows that no vacuum takes away, and logs that slots keep.
func (p *probe) slowSigns(ctx context.Context, signs *database.SiteSigns) error {
	defer func() { signs.Signals = append(signs.Signals, p.slow...) }()
	if time.Since(p.slowly) < slowEvery {
		return nil
	}
	p.slowly = time.Now()
	found, err := one(ctx, p.reading(), `SELECT n_dead_tup, n_live_tup FROM pg_stat_all_tables WHERE relid = $1::text::oid`, p.oid)
	if err != nil {
		return err
	}
	p.slow = nil
	if found != nil && figure(found, 0) >= leastDead {
		dead, living := figure(found, 0), max(figure(found, 1), 1)
		p.slow = append(p.slow, database.Signal{Name: "dead-rows", Value: dead / living, Limit: deadShare, Least: 0.1,
			Words:      fmt.Sprintf("table %s has %s dead rows beside %s, and autovacuum does not keep up", p.name, humanize.Comma(int64(dead)), humanize.Comma(int64(living))),
			LimitWords: "twice as many"})
	}
	return p.slots(ctx)
}

func (p *probe) slots(ctx context.Context) error {
	return query(ctx, p.reading(), `SELECT slot_name, pg_current_wal_lsn() - restart_lsn, (SELECT setting::bigint << 20 FROM pg_settings WHERE name = 'max_slot_wal_keep_size')
		FROM pg_replication_slots WHERE restart_lsn IS NOT NULL AND NOT pg_is_in_recovery() ORDER BY restart_lsn LIMIT 1`, nil, func(values driverkit.Texts) error {
		limit := figure(values, 2)
		if limit <= 0 {
			limit = slotBytes
		}
		kept := figure(values, 1)
		p.slow = append(p.slow, database.Signal{Name: "slot-wal", Value: kept, Limit: limit, Least: 0.1,
			Words:      fmt.Sprintf("replication slot %s keeps %s of the write-ahead log", *values[0], humanize.IBytes(uint64(max(kept, 0)))),
			LimitWords: humanize.IBytes(uint64(limit))})
		return nil
	})
}
