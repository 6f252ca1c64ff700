package stage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Postgres is a database of the benchmark's own on a PostgreSQL server. The
// schema «pristine» keeps the customers as they were generated; «public» is made
// anew by Restore.
type Postgres struct {
	URL string

	server, name string
	connection   *pgx.Conn
}

// OpenPostgres creates the database and generates so many customers in it.
func (s *Stage) OpenPostgres(ctx context.Context, server string, rows int, generate ...string) (*Postgres, error) {
	p := &Postgres{server: server, name: uniqueName()}
	if err := p.onServer(ctx, "CREATE DATABASE "+p.name); err != nil {
		return nil, err
	}
	var err error
	if p.URL, err = withPath(server, p.name); err != nil {
		return nil, err
	}
	if err := s.fillPostgres(ctx, p, rows, generate); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (s *Stage) fillPostgres(ctx context.Context, p *Postgres, rows int, generate []string) error {
	if err := s.Generate(ctx, rows, append([]string{"--url", p.URL}, generate...)...); err != nil {
		return err
	}
	var err error
	if p.connection, err = pgx.Connect(ctx, p.URL); err != nil {
		return err
	}
	return p.execute(ctx, "CREATE SCHEMA pristine", "ALTER TABLE public.customers SET SCHEMA pristine", "VACUUM ANALYZE pristine.customers")
}

// uniqueName is that of a database which is nobody else's.
func uniqueName() string {
	return fmt.Sprintf("db_migrate_bench_%d_%d", os.Getpid(), time.Now().UnixNano()%1_000_000_000)
}

// withPath is the address of another database on the same server.
func withPath(address, name string) (string, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return "", errors.New("the server's address is no URL")
	}
	parsed.Path = "/" + name
	return parsed.String(), nil
}

func (p *Postgres) onServer(ctx context.Context, statements ...string) error {
	connection, err := pgx.Connect(ctx, p.server)
	if err != nil {
		return err
	}
	defer connection.Close(context.WithoutCancel(ctx))
	for _, statement := range statements {
		if _, err := connection.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func (p *Postgres) execute(ctx context.Context, statements ...string) error {
	for _, statement := range statements {
		if _, err := p.connection.Exec(ctx, statement, pgx.QueryExecModeSimpleProtocol); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// Restore makes the first so many customers anew, with an empty ledger, all of it
// written to disk and analysed.
func (p *Postgres) Restore(ctx context.Context, rows int) error {
	err := p.execute(ctx, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public",
		"CREATE TABLE public.customers (LIKE pristine.customers)",
		fmt.Sprintf("INSERT INTO public.customers SELECT * FROM pristine.customers ORDER BY id LIMIT %d", rows),
		"ALTER TABLE public.customers ADD PRIMARY KEY (id)")
	if err != nil {
		return err
	}
	if err := makeLedger(ctx, "postgres", p.URL); err != nil {
		return err
	}
	if err := p.execute(ctx, "VACUUM (ANALYZE) public.customers", "VACUUM (ANALYZE) public."+LoopLedger); err != nil {
		return err
	}
	return p.Checkpoint(ctx)
}

// Checkpoint writes all that is dirty. Who may not ask for it creates and drops a
// database, which needs one, too.
func (p *Postgres) Checkpoint(ctx context.Context) error {
	_, err := p.connection.Exec(ctx, "CHECKPOINT")
	var failed *pgconn.PgError
	if errors.As(err, &failed) && failed.Code == "42501" {
		spare := p.name + "_checkpoint"
		return p.onServer(ctx, "CREATE DATABASE "+spare, "DROP DATABASE "+spare)
	}
	return err
}

// IndexPlans are settings of sessions without plans that read the whole table, as
// db-migrate's are: a plan that turns bad during a run is no matter of the
// benchmark.
func IndexPlans() map[string]string {
	return map[string]string{"enable_hashjoin": "off", "enable_mergejoin": "off", "enable_seqscan": "off", "jit": "off"}
}

// Connect opens so many connections, with settings for their sessions, or none.
func (p *Postgres) Connect(ctx context.Context, connections int, settings map[string]string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(p.URL)
	if err != nil {
		return nil, err
	}
	config.MaxConns, config.MinConns = int32(connections), int32(connections)
	maps.Copy(config.ConnConfig.RuntimeParams, settings)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	for pool.Stat().TotalConns() < int32(connections) {
		if err := pool.Ping(ctx); err != nil {
			pool.Close()
			return nil, err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return pool, nil
}

// Number is the result of a query.
func (p *Postgres) Number(ctx context.Context, query string) (int64, error) {
	var number int64
	err := p.connection.QueryRow(ctx, query).Scan(&number)
	return number, err
}

// Ledgered is how many customers all ledgers have.
func (p *Postgres) Ledgered(ctx context.Context) (int64, error) {
	return p.overLedgers(ctx, "count(*)")
}

// LedgerBytes is the size of all ledgers with their indexes.
func (p *Postgres) LedgerBytes(ctx context.Context) (int64, error) {
	return p.Number(ctx, "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class WHERE relkind = 'r' AND relname LIKE 'db\\_migrate\\_ledger%'")
}

// StateBytes is the size of db-migrate's other tables with their indexes.
func (p *Postgres) StateBytes(ctx context.Context) (int64, error) {
	return p.Number(ctx, "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class WHERE relkind = 'r' AND relname LIKE 'db\\_migrate%' AND relname NOT LIKE 'db\\_migrate\\_ledger%'")
}

// WAL is the server's position in its write-ahead log, in bytes.
func (p *Postgres) WAL(ctx context.Context) (int64, error) {
	return p.Number(ctx, "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")
}

func (p *Postgres) overLedgers(ctx context.Context, what string) (int64, error) {
	names, err := p.ledgers(ctx)
	total := int64(0)
	for _, name := range names {
		number, failed := p.Number(ctx, "SELECT "+what+" FROM public."+name)
		total, err = total+number, errors.Join(err, failed)
	}
	return total, err
}

func (p *Postgres) ledgers(ctx context.Context) ([]string, error) {
	rows, err := p.connection.Query(ctx, "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relname LIKE 'db\\_migrate\\_ledger%'")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// LedgerColumns are those of the loops' ledger beside the key: each takes a
// number.
func (p *Postgres) LedgerColumns(ctx context.Context) ([]string, error) {
	rows, err := p.connection.Query(ctx, "SELECT column_name::text FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 AND column_name <> 'id' ORDER BY ordinal_position", LoopLedger)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// Version is the server's.
func (p *Postgres) Version(ctx context.Context) (string, error) {
	var version string
	err := p.connection.QueryRow(ctx, "SHOW server_version").Scan(&version)
	return version, err
}

// Close drops the database.
func (p *Postgres) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if p.connection != nil {
		_ = p.connection.Close(ctx)
	}
	if err := p.onServer(ctx, "DROP DATABASE IF EXISTS "+p.name+" WITH (FORCE)"); err != nil {
		fmt.Fprintf(os.Stderr, "bench: database %s was not dropped: %v\n", p.name, err)
	}
}
