package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// OpenProbe opens a probe on connections of its own.
func (t *table) OpenProbe(ctx context.Context, options database.ProbeOptions) (database.SiteProbe, error) {
	own := t.options
	own.Processes, own.StatementTimeout, own.ConnectTimeout = 1, options.Timeout, options.Timeout
	opened, err := Driver{}.Open(ctx, own)
	if err != nil {
		return nil, err
	}
	plan := t.Plan
	plan.Where = "" // the probe reads any row
	prepared, err := opened.Prepare(ctx, plan)
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return &probe{connection: opened.(*connection), row: driverkit.FirstRow{Table: prepared}, oid: t.oid, name: t.name}, nil
}

// probe feels what the site's statements feel.
type probe struct {
	*connection
	row driverkit.FirstRow
	// oid and name are the table's.
	oid, name string
	wal       walTimes
	// slow are the signals that are looked at now and then, slowly when they were.
	slow   []database.Signal
	slowly time.Time
}

// Read reads a row by its key.
func (p *probe) Read(ctx context.Context) error { return p.row.Read(ctx) }

// Commit writes a message into the write-ahead log, which no table knows of, and commits:
// it waits for the disk, and for synchronous replicas, as any commit of the site's does.
func (p *probe) Commit(ctx context.Context) error {
	_, err := p.toWrite().Exec(ctx, "SELECT pg_logical_emit_message(true, 'db-migrate', '')")
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		switch refused.Code {
		case "42501", "42883", "25006": // no right, no such function, a server that only reads
			return errors.Join(errors.ErrUnsupported, err)
		}
	}
	return classify(err)
}

// Ask asks the user's query, in a session that only reads.
func (p *probe) Ask(ctx context.Context, text string) (answer string, found bool, err error) {
	rows := 0
	err = query(ctx, p.readers, text, nil, func(values driverkit.Texts) error {
		if rows++; rows == 1 && len(values) > 0 && values[0] != nil {
			answer, found = *values[0], true
		}
		return nil
	})
	return answer, found, classify(err)
}

// Close closes the probe's connections.
func (p *probe) Close() error { return p.connection.Close() }
