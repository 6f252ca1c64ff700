package metrics

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
)

// attempted notes an attempt at an activity.
func (m *Metrics) attempted(ctx context.Context, err error) {
	info := activity.GetInfo(ctx)
	attempt := "first"
	if info.Attempt > 1 {
		attempt = "repeated"
	}
	m.attempts.WithLabelValues(info.ActivityType.Name, attempt, resultOf(err)).Inc()
}

// series are metrics that the SDK makes up as it goes. One name comes with different
// labels there, which Prometheus takes and its client's vectors do not; so each set of
// labels is a metric of its own. Temporal's own modules for this (contrib/tally and
// contrib/opentelemetry) bring a dozen others along.
type series struct {
	mutex sync.Mutex
	known map[string]prometheus.Metric
}

func newSeries() *series { return &series{known: map[string]prometheus.Metric{}} }

// Describe names none: they are not known before.
func (s *series) Describe(chan<- *prometheus.Desc) {}

// Collect sends all that there are.
func (s *series) Collect(into chan<- prometheus.Metric) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, one := range s.known {
		into <- one
	}
}

// find finds the metric of a name and labels, or makes it.
func find[Kind prometheus.Metric](s *series, name string, labels map[string]string, create func(prometheus.Labels) Kind) Kind {
	var key strings.Builder
	key.WriteString(name)
	for _, label := range slices.Sorted(maps.Keys(labels)) {
		key.WriteString("\x00" + label + "\x00" + labels[label])
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if found, is := s.known[key.String()].(Kind); is {
		return found
	}
	made := create(labels)
	s.known[key.String()] = made
	return made
}

// handler hands out the SDK's metrics with its tags as labels.
type handler struct {
	series *series
	tags   map[string]string
}

// WithTags adds labels to all metrics from then on.
func (h handler) WithTags(tags map[string]string) client.MetricsHandler {
	joined := maps.Clone(h.tags)
	if joined == nil {
		joined = map[string]string{}
	}
	for name, text := range tags {
		joined[strings.NewReplacer("-", "_", ".", "_").Replace(name)] = text
	}
	return handler{h.series, joined}
}

// Counter finds a counter.
func (h handler) Counter(name string) client.MetricsCounter {
	counter := find(h.series, name, h.tags, func(labels prometheus.Labels) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: "Temporal's SDK", ConstLabels: labels})
	})
	return counterFunc(func(by int64) { counter.Add(float64(by)) })
}

// Gauge finds a gauge.
func (h handler) Gauge(name string) client.MetricsGauge {
	gauge := find(h.series, name, h.tags, func(labels prometheus.Labels) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: "Temporal's SDK", ConstLabels: labels})
	})
	return gaugeFunc(gauge.Set)
}

// Timer finds a timer, in seconds.
func (h handler) Timer(name string) client.MetricsTimer {
	timer := find(h.series, name, h.tags, func(labels prometheus.Labels) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name + "_seconds", Help: "Temporal's SDK", ConstLabels: labels})
	})
	return timerFunc(func(took time.Duration) { timer.Observe(took.Seconds()) })
}

type (
	counterFunc func(int64)
	gaugeFunc   func(float64)
	timerFunc   func(time.Duration)
)

func (f counterFunc) Inc(by int64)            { f(by) }
func (f gaugeFunc) Update(value float64)      { f(value) }
func (f timerFunc) Record(took time.Duration) { f(took) }
