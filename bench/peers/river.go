package peers

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// RiverSettings are what a user can tune; zero: River's own default.
type RiverSettings struct {
	// Workers is how many jobs are worked on at once.
	Workers int
	// FetchCooldown is the least time between two fetches of jobs, and
	// FetchPollInterval the most.
	FetchCooldown, FetchPollInterval time.Duration
	// Fast inserts jobs by COPY.
	Fast bool
}

// insertSize is how many jobs are inserted at a time.
const insertSize = 5000

// Migrate migrates a customer and enters him into the ledger, in a transaction;
// it tells how many it has migrated: 1, or 0.
type Migrate func(ctx context.Context, tx pgx.Tx, id int64) (int64, error)

// customerArgs is a job: one customer.
type customerArgs struct {
	ID int64 `json:"id"`
}

// Kind is the job's name.
func (customerArgs) Kind() string { return "customer" }

// customerWorker migrates a job's customer and completes the job in one
// transaction.
type customerWorker struct {
	river.WorkerDefaults[customerArgs]
	pool    *pgxpool.Pool
	migrate Migrate

	total, done, migrated atomic.Int64
	finished              chan struct{}
}

// Work is River's.
func (w *customerWorker) Work(ctx context.Context, job *river.Job[customerArgs]) error {
	migrated := int64(0)
	err := pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
		var err error
		if migrated, err = w.migrate(ctx, tx, job.Args.ID); err != nil {
			return err
		}
		_, err = river.JobCompleteTx[*riverpgxv5.Driver](ctx, tx, job)
		return err
	})
	if err != nil {
		return err
	}
	w.migrated.Add(migrated)
	if w.done.Add(1) == w.total.Load() {
		close(w.finished)
	}
	return nil
}

// River is a queue of jobs, one for each customer, in the customers' database.
type River struct {
	client *river.Client[pgx.Tx]
	worker *customerWorker
	pool   *pgxpool.Pool
	fast   bool
}

// OpenRiver creates River's tables and starts its client, with nothing to do yet.
// The pool must have a connection for each worker, and some more.
func OpenRiver(ctx context.Context, pool *pgxpool.Pool, migrate Migrate, settings RiverSettings) (*River, error) {
	driver := riverpgxv5.New(pool)
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, err
	}
	worker := &customerWorker{pool: pool, migrate: migrate, finished: make(chan struct{})}
	workers := river.NewWorkers()
	river.AddWorker(workers, worker)
	opened, err := river.NewClient(driver, &river.Config{
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: settings.Workers}},
		FetchCooldown:     settings.FetchCooldown,
		FetchPollInterval: settings.FetchPollInterval,
		Workers:           workers,
		Logger:            slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	return &River{client: opened, worker: worker, pool: pool, fast: settings.Fast}, opened.Start(ctx)
}

// Run inserts a job for each customer, and waits until all are done.
func (r *River) Run(ctx context.Context) (int64, error) {
	rows, err := r.pool.Query(ctx, "SELECT id FROM customers ORDER BY id")
	if err != nil {
		return 0, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	r.worker.total.Store(int64(len(ids)))
	for some := range slices.Chunk(ids, insertSize) {
		if err := r.insert(ctx, some); err != nil {
			return 0, err
		}
	}
	select {
	case <-r.worker.finished:
		return r.worker.migrated.Load(), nil
	case <-ctx.Done():
		return 0, fmt.Errorf("%d of %d jobs are done: %w", r.worker.done.Load(), len(ids), ctx.Err())
	}
}

func (r *River) insert(ctx context.Context, ids []int64) error {
	jobs := make([]river.InsertManyParams, len(ids))
	for i, id := range ids {
		jobs[i] = river.InsertManyParams{Args: customerArgs{ID: id}}
	}
	var err error
	if r.fast {
		_, err = r.client.InsertManyFast(ctx, jobs)
	} else {
		_, err = r.client.InsertMany(ctx, jobs)
	}
	return err
}

// Close stops the client.
func (r *River) Close(ctx context.Context) error { return r.client.Stop(ctx) }
