package cassandra

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

const (
	// strainSpan is for how long an answer that says «too much» counts, and strainLimit
	// how many of them in it leave the least of the pace.
	strainSpan  = 5 * time.Second
	strainLimit = 5
)

// strain counts the answers by which the cluster says that it is too much: timeouts and
// overloads of the migration's own requests.
type strain struct {
	mutex sync.Mutex
	at    []time.Time
}

// ObserveQuery is what the library calls after each request.
func (s *strain) ObserveQuery(_ context.Context, seen gocql.ObservedQuery) {
	s.note(seen.End, seen.Err)
}

// ObserveBatch is what the library calls after each batch.
func (s *strain) ObserveBatch(_ context.Context, seen gocql.ObservedBatch) {
	s.note(seen.End, seen.Err)
}

func (s *strain) note(at time.Time, err error) {
	if err == nil || errors.Is(err, context.Canceled) || database.ClassOf(classify(err)) != database.Contention {
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.at = append(s.at, at); len(s.at) > strainLimit {
		s.at = s.at[1:]
	}
}

// lately is how many there were in the span before, up to the limit.
func (s *strain) lately(now time.Time) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	count := 0
	for _, at := range s.at {
		if now.Sub(at) < strainSpan {
			count++
		}
	}
	return count
}

// OpenProbe opens a probe on connections of its own.
func (t *table) OpenProbe(ctx context.Context, options database.ProbeOptions) (database.SiteProbe, error) {
	own := t.options
	own.Processes, own.StatementTimeout = 1, options.Timeout
	opened, err := Driver{}.Open(ctx, own)
	if err != nil {
		return nil, err
	}
	prepared, err := opened.Prepare(ctx, t.plan)
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return &probe{connection: opened.(*connection), row: driverkit.FirstRow{Table: prepared}, working: t.strain}, nil
}

// probe feels what the site's requests feel.
type probe struct {
	*connection
	row     driverkit.FirstRow
	working *strain
}

// Read reads a row by its key.
func (p *probe) Read(ctx context.Context) error { return p.row.Read(ctx) }

// Commit is not felt: there are no transactions.
func (p *probe) Commit(context.Context) error { return errors.ErrUnsupported }

// Look counts timeouts and overloads. Cassandra does not tell who else is there.
func (p *probe) Look(context.Context) (database.SiteSigns, error) {
	count := p.working.lately(time.Now())
	return database.SiteSigns{Presence: database.PresenceUnknown, Signals: []database.Signal{{Name: "overloads", Value: float64(count), Limit: strainLimit, Least: 0.1,
		Words:      fmt.Sprintf("the cluster has answered %d requests with a timeout or as overloaded within 5 s", count),
		LimitWords: fmt.Sprint(strainLimit)}}}, nil
}

// Ask asks the user's query, in CQL.
func (p *probe) Ask(ctx context.Context, text string) (string, bool, error) {
	if !strings.HasPrefix(strings.ToUpper(strings.TrimSpace(text)), "SELECT ") {
		return "", false, driverkit.Broken("site-guard/query: it must be a SELECT")
	}
	rows := p.session.Query(text).IterContext(ctx)
	found := map[string]any{}
	columns := rows.Columns()
	got := rows.MapScan(found)
	if err := rows.Close(); err != nil {
		return "", false, classify(err)
	}
	if !got || len(columns) == 0 || found[columns[0].Name] == nil {
		return "", false, nil
	}
	return fmt.Sprint(found[columns[0].Name]), true, nil
}

// Close closes the probe's connections.
func (p *probe) Close() error { return p.connection.Close() }
