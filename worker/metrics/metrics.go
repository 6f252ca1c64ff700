// Package metrics tells Prometheus how a worker does: rows, batches and sets, the
// site-guard's share and signals, and what Temporal's SDK counts.
package metrics

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"

	"db-migrate/activities"
	"db-migrate/siteguard"
)

// Metrics are those of one worker.
type Metrics struct {
	registry *prometheus.Registry
	rows     *prometheus.CounterVec
	batches  *prometheus.HistogramVec
	sets     prometheus.Histogram
	attempts *prometheus.CounterVec
	sdk      *series
}

// New makes the metrics of a worker with these site-guards, by what it serves; nothing is
// served yet.
func New(guards map[string]*siteguard.Guard) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		rows: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "db_migrate_rows_total",
			Help: "Rows that batches of this worker have accounted for, by outcome; its rate is the rows a second."}, []string{"outcome"}),
		batches: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "db_migrate_batch_seconds",
			Help: "How long batches took, by why they ended; empty: all of them was done.", Buckets: prometheus.ExponentialBuckets(0.05, 2, 12)}, []string{"rest"}),
		sets: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "db_migrate_set_seconds",
			Help: "How long sets were at work: reading, deciding and writing.", Buckets: prometheus.ExponentialBuckets(0.001, 2, 14)}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "db_migrate_attempts_total",
			Help: "Attempts at activities, by activity, whether it was the first, and whether it succeeded."}, []string{"activity", "attempt", "result"}),
		sdk: newSeries(),
	}
	m.registry.MustRegister(m.rows, m.batches, m.sets, m.attempts, m.sdk, guardCollector{guards})
	return m
}

// OnSet notes a set of so many rows.
func (m *Metrics) OnSet(_ int, took time.Duration) { m.sets.Observe(took.Seconds()) }

// SDK is where Temporal's SDK puts its own.
func (m *Metrics) SDK() client.MetricsHandler { return handler{series: m.sdk} }

// Serve answers on an address until ctx is done. It returns once it listens.
func (m *Metrics) Serve(ctx context.Context, address string) (net.Addr, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	serving := http.NewServeMux()
	serving.Handle("/metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: serving, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }() // it ends by Close
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return listener.Addr(), nil
}

// Interceptor sees the results of activities.
func (m *Metrics) Interceptor() interceptor.WorkerInterceptor { return &watching{metrics: m} }

type watching struct {
	interceptor.WorkerInterceptorBase
	metrics *Metrics
}

func (w *watching) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	inbound := &inbound{metrics: w.metrics}
	inbound.Next = next
	return inbound
}

type inbound struct {
	interceptor.ActivityInboundInterceptorBase
	metrics *Metrics
}

// ExecuteActivity runs the activity and notes what it came to.
func (i *inbound) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	result, err := i.Next.ExecuteActivity(ctx, in)
	i.metrics.attempted(ctx, err)
	if batch, is := result.(activities.BatchResult); is && err == nil {
		i.metrics.batch(batch)
	}
	return result, err
}

func (m *Metrics) batch(result activities.BatchResult) {
	m.batches.WithLabelValues(result.RestReason).Observe(result.Elapsed.Seconds())
	var total activities.Counts
	for _, part := range result.Ranges {
		total.Add(part.Counts)
	}
	for outcome, rows := range map[string]int{"migrated": total.Migrated, "skipped": total.Skipped, "needed again": total.NeededAgain,
		"failed": total.Failed, "troubled": len(result.Troubled)} {
		m.rows.WithLabelValues(outcome).Add(float64(rows))
	}
}

// guardCollector asks the guards when it is asked itself. It does not make them look.
type guardCollector struct{ guards map[string]*siteguard.Guard }

func guardGauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("db_migrate_site_guard_"+name, help, labels, nil)
}

// Describe names none: which signals there are depends on the database.
func (guardCollector) Describe(chan<- *prometheus.Desc) {}

// Collect sends the share, the signals and their limits, with the migration's name if the
// worker serves several.
func (c guardCollector) Collect(into chan<- prometheus.Metric) {
	for name, guard := range c.guards {
		labels := map[string]string{}
		if len(c.guards) > 1 {
			labels["migration"] = name
		}
		collect(guard, labels, into)
	}
}

func collect(guard *siteguard.Guard, common map[string]string, into chan<- prometheus.Metric) {
	decision, known := guard.Last()
	if !known {
		return
	}
	send := func(name, help string, value float64, labels map[string]string) {
		var names, values []string
		labels = maps.Clone(labels)
		maps.Copy(labels, common)
		for label, text := range labels {
			names, values = append(names, label), append(values, text)
		}
		into <- prometheus.MustNewConstMetric(guardGauge(name, help, names...), prometheus.GaugeValue, value, values...)
	}
	send("share", "How much of the database the migration may have, from 0 to 1.", decision.Share, map[string]string{})
	present := 0.0
	if decision.Beside {
		present = 1
	}
	send("site_present", "1: somebody else uses the database, or that is not known.", present, map[string]string{})
	seen := map[string]bool{}
	for _, reading := range decision.Readings {
		if seen[reading.Name] {
			continue
		}
		seen[reading.Name] = true
		labels := map[string]string{"signal": reading.Name}
		send("signal", "What the guard looks at: read and commit in seconds, replica-lag in seconds, others as they are.", reading.Value, labels)
		send("limit", "The limit of a signal; 0: there is none.", reading.Limit, labels)
	}
}

// result is a word for how an attempt ended.
func resultOf(err error) string {
	switch {
	case err == nil:
		return "done"
	case errors.Is(err, context.Canceled):
		return "called back"
	}
	return "failed"
}
