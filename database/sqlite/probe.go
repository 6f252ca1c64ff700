package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"db-migrate/database"
	"db-migrate/database/driverkit"
)

// OpenProbe opens a probe on connections of its own.
func (t *table) OpenProbe(ctx context.Context, options database.ProbeOptions) (database.SiteProbe, error) {
	own := t.options
	own.Processes, own.StatementTimeout = 1, options.Timeout
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
	return &probe{connection: opened.(*connection), row: driverkit.FirstRow{Table: prepared}, working: t.writer}, nil
}

// probe feels what the site's reads feel.
type probe struct {
	*connection
	row driverkit.FirstRow
	// working is the migration's own writer, which knows whether anybody else writes.
	working *writer
}

// Read reads a row by its key.
func (p *probe) Read(ctx context.Context) error { return p.row.Read(ctx) }

// Commit is not felt: one transaction writes at a time, and the writer leaves gaps for
// the site by a rhythm of its own.
func (p *probe) Commit(context.Context) error { return errors.ErrUnsupported }

// Look reports whether anybody else has written lately. Readers are not seen, and are not
// kept waiting either: they read on while we write.
func (p *probe) Look(context.Context) (database.SiteSigns, error) {
	if p.working.site.wroteLately(time.Now()) {
		return database.SiteSigns{Presence: database.Somebody}, nil
	}
	return database.SiteSigns{Presence: database.Nobody}, nil
}

// Ask asks the user's query, on a connection that only reads.
func (p *probe) Ask(ctx context.Context, text string) (string, bool, error) {
	rows, err := p.readers.QueryContext(ctx, text)
	if err != nil {
		return "", false, classify(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil || len(columns) == 0 || !rows.Next() {
		return "", false, classify(errors.Join(err, rows.Err()))
	}
	values, targets := make([]sql.NullString, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	if err := rows.Scan(targets...); err != nil {
		return "", false, classify(fmt.Errorf("site-guard/query: %w", err))
	}
	return values[0].String, values[0].Valid, nil
}

// Close closes the probe's connections.
func (p *probe) Close() error { return p.connection.Close() }
