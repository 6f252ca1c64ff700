package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"

	mysql "github.com/go-sql-driver/mysql"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// sessions are the server's numbers of the sessions that a worker has opened: no number
// is given twice while the server runs.
type sessions struct{ numbers sync.Map }

func (s *sessions) add(number string)       { s.numbers.Store(number, true) }
func (s *sessions) have(number string) bool { _, found := s.numbers.Load(number); return found }

// OpenProbe opens a probe on connections of its own.
func (t *table) OpenProbe(ctx context.Context, options database.ProbeOptions) (database.SiteProbe, error) {
	config, err := configure(t.options)
	if err != nil {
		return nil, err
	}
	config.Timeout, config.ReadTimeout = options.Timeout, readBeyond*options.Timeout
	own := *t.connection
	own.options.Processes, own.options.StatementTimeout = 1, options.Timeout
	own.readers, own.writers = own.pool(config, true), own.pool(config, false)
	plan := t.Plan
	plan.Where = "" // the probe reads any row
	prepared, err := own.Prepare(ctx, plan)
	if err != nil {
		return nil, errors.Join(err, own.Close())
	}
	opened := &probe{connection: &own, row: driverkit.FirstRow{Table: prepared}, replicas: map[string]*sql.DB{}}
	for _, address := range options.Replicas {
		opened.replicas[address] = opened.replica(config, address)
	}
	return opened, nil
}

// replica is a server that is asked how far it is behind, with the same user.
func (p *probe) replica(config *mysql.Config, address string) *sql.DB {
	config = config.Clone()
	config.Addr, config.DBName = address, ""
	if _, _, err := net.SplitHostPort(address); err != nil {
		config.Addr = net.JoinHostPort(address, "3306")
	}
	pool := sql.OpenDB(&connector{config: config, ours: &sessions{}})
	pool.SetMaxOpenConns(1)
	return pool
}

// probe feels what the site's statements feel.
type probe struct {
	*connection
	row      driverkit.FirstRow
	replicas map[string]*sql.DB
}

// Read reads a row by its key.
func (p *probe) Read(ctx context.Context) error { return p.row.Read(ctx) }

// Commit is not felt: a transaction that writes no row does not wait for the disk here,
// and the probe has no table of its own to write to.
func (p *probe) Commit(context.Context) error { return errors.ErrUnsupported }

// Ask asks the user's query, in a session that only reads.
func (p *probe) Ask(ctx context.Context, text string) (answer string, found bool, err error) {
	rows := 0
	err = query(ctx, p.readers, text, nil, func(values driverkit.Texts) error {
		if rows++; rows == 1 && len(values) > 0 && values[0] != nil {
			answer, found = values.Text(0), true
		}
		return nil
	})
	return answer, found, classify(err)
}

// Close closes the probe's connections.
func (p *probe) Close() error {
	err := p.connection.Close()
	for _, replica := range p.replicas {
		err = errors.Join(err, replica.Close())
	}
	return err
}

const (
	// runningLimit is how many statements may run at once, ours not counted, and
	// historyLimit how many changes may wait to be purged.
	runningLimit = 32
	historyLimit = 1_000_000
)

// Look looks at other sessions, at the server's load and at replicas.
func (p *probe) Look(ctx context.Context) (database.SiteSigns, error) {
	var signs database.SiteSigns
	ours, err := p.others(ctx, &signs)
	if err == nil {
		err = p.load(ctx, &signs, ours)
	}
	if err != nil {
		return database.SiteSigns{}, classify(err)
	}
	p.lags(ctx, &signs)
	return signs, nil
}

// others finds out whether anybody is at work, and how many statements of ours run. Other
// workers count as the site: nothing tells them apart.
func (p *probe) others(ctx context.Context, signs *database.SiteSigns) (ours int, err error) {
	signs.Presence = database.Nobody
	listed := 0
	err = query(ctx, p.readers, "SELECT ID, COMMAND, TIME FROM information_schema.PROCESSLIST WHERE COMMAND NOT IN ('Daemon', 'Binlog Dump', 'Binlog Dump GTID')", nil, func(values driverkit.Texts) error {
		listed++
		asleep := values.Text(1) == "Sleep"
		switch {
		case p.opened.have(values.Text(0)):
			if !asleep {
				ours++
			}
		case !asleep || figure(values, 2) < 5:
			signs.Presence = database.Somebody
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	connected, err := p.status(ctx, "Threads_connected")
	if hidden := int(connected) - listed; hidden > 0 && err == nil {
		signs.Presence = database.Somebody
		signs.Notes = append(signs.Notes, "other users' sessions are not shown to this user, so that they count as the site at work; GRANT PROCESS ON *.* TO the worker's user shows them")
	}
	return ours, err
}

// status is one of the server's counters; 0: it has no such.
func (p *probe) status(ctx context.Context, name string) (value float64, err error) {
	err = query(ctx, p.readers, "SHOW GLOBAL STATUS LIKE '"+name+"'", nil, func(values driverkit.Texts) error {
		value = figure(values, 1)
		return nil
	})
	return value, err
}

func (p *probe) load(ctx context.Context, signs *database.SiteSigns, ours int) error {
	running, err := p.status(ctx, "Threads_running")
	if err != nil {
		return err
	}
	running = max(running-float64(ours), 0)
	signs.Signals = append(signs.Signals, database.Signal{Name: "threads-running", Value: running, Limit: runningLimit, Least: 0.1,
		Words: fmt.Sprintf("%.0f statements of others run at once", running), LimitWords: strconv.Itoa(runningLimit)})
	history, err := p.history(ctx)
	if err == nil && history > 0 {
		signs.Signals = append(signs.Signals, database.Signal{Name: "history-list", Value: history, Limit: historyLimit, Least: 0.1,
			Words: fmt.Sprintf("%.0f changes wait to be purged (a long transaction holds them, or purge does not keep up)", history), LimitWords: strconv.Itoa(historyLimit)})
	}
	return nil // who may not see the history's length goes on without it
}

// history is InnoDB's history list length.
func (p *probe) history(ctx context.Context) (float64, error) {
	if p.maria {
		return p.status(ctx, "Innodb_history_list_length")
	}
	found, err := one(ctx, p.readers, "SELECT COUNT FROM information_schema.INNODB_METRICS WHERE NAME = 'trx_rseg_history_len'")
	if err != nil || found == nil {
		return 0, err
	}
	return figure(found, 0), nil
}

// lags asks the replicas how far they are behind. One that does not answer, or does not
// replicate, holds nothing up, but is told.
func (p *probe) lags(ctx context.Context, signs *database.SiteSigns) {
	worst := database.Signal{Name: database.SignalReplicaLag}
	for address, replica := range p.replicas {
		lag, err := p.lag(ctx, replica)
		switch {
		case err != nil:
			signs.Notes = append(signs.Notes, fmt.Sprintf("replica %s (site-guard/replicas) is not heeded: %v", address, err))
		case worst.Words == "" || lag > worst.Value:
			worst.Value, worst.Words = lag, fmt.Sprintf("replica %s is behind by %.0f s", address, lag)
		}
	}
	if worst.Words != "" {
		signs.Signals = append(signs.Signals, worst)
	}
}

var errNoReplica = errors.New("it does not replicate, or its replication has stopped")

// lag is how many seconds a replica is behind by its own account.
func (p *probe) lag(ctx context.Context, replica *sql.DB) (float64, error) {
	for _, text := range []string{"SHOW REPLICA STATUS", "SHOW SLAVE STATUS"} {
		rows, err := replica.QueryContext(ctx, text)
		if err != nil {
			if isSyntax(err) {
				continue
			}
			return 0, err
		}
		return lagOf(rows)
	}
	return 0, errNoReplica
}

// lagOf finds the lag in the answer, whose columns differ from server to server.
func lagOf(rows *sql.Rows) (float64, error) {
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	values, targets := make([]sql.NullString, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return 0, err
		}
		for i, name := range columns {
			if (name == "Seconds_Behind_Source" || name == "Seconds_Behind_Master") && values[i].Valid {
				return strconv.ParseFloat(values[i].String, 64)
			}
		}
	}
	return 0, errors.Join(errNoReplica, rows.Err())
}

// isSyntax reports whether the server does not know a statement.
func isSyntax(err error) bool {
	var refused *mysql.MySQLError
	return errors.As(err, &refused) && refused.Number == 1064
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
