package observe

import (
	"database/sql"
	"errors"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// buckets are the bounds of durations in seconds, up to the longest that a request may
// take.
var buckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// counts are the metrics that are counted as things happen. Their labels are words of
// the program and the schema: no company, caller or object has a series of its own.
type counts struct {
	operations *prometheus.CounterVec
	durations  *prometheus.HistogramVec
	calls      *prometheus.CounterVec
	waits      *prometheus.HistogramVec
	breakers   *prometheus.CounterVec
	fallovers  *prometheus.CounterVec
}

func newCounts() counts {
	return counts{
		operations: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "paygraph_operations_total",
			Help: "Operations of the API by root field and outcome: OK, the code of the first error, or the HTTP status of what never became one. Refusals in a payload's errors are OK."}, []string{"operation", "outcome"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "paygraph_operation_seconds", Buckets: buckets,
			Help: "How long operations of the API took, subscriptions left out."}, []string{"operation"}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "paygraph_gateway_calls_total",
			Help: "Questions to gateways by connector and outcome: the state that was answered, or in which way none was."}, []string{"connector", "question", "outcome"}),
		waits: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "paygraph_gateway_call_seconds", Buckets: buckets,
			Help: "How long gateways took to answer."}, []string{"connector", "question"}),
		breakers: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "paygraph_gateway_breaker_changes_total",
			Help: "Breakers of gateways that opened, because a gateway failed too often, or closed, because it answers again, by its connector."}, []string{"connector", "change"}),
		fallovers: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "paygraph_gateway_fallovers_total",
			Help: "Attempts that another gateway took over from, by connector of the one that failed and why."}, []string{"connector", "why"}),
	}
}

func (c counts) collectors() []prometheus.Collector {
	return []prometheus.Collector{c.operations, c.durations, c.calls, c.waits, c.breakers, c.fallovers}
}

// operation counts an operation. What stays open as long as its caller likes has no
// duration that says anything of the program.
func (c counts) operation(name, outcome string, took time.Duration, staysOpen bool) {
	c.operations.WithLabelValues(name, outcome).Inc()
	if !staysOpen {
		c.durations.WithLabelValues(name).Observe(took.Seconds())
	}
}

func (c counts) call(connector, question, outcome string, took time.Duration) {
	c.calls.WithLabelValues(connector, question, outcome).Inc()
	c.waits.WithLabelValues(connector, question).Observe(took.Seconds())
}

// Build is which program runs.
type Build struct{ Version, Revision string }

// Watch adds what is looked up whenever the metrics are asked for: the connections to
// the database, what waits in it, the connections that streams counts, the Go runtime,
// and which program this is. It may be called once.
func (o *Observer) Watch(b Build, db *sql.DB, ask AskBacklog, streams func() int) error {
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "paygraph_build_info", Help: "Which program runs; the value is 1.",
		ConstLabels: prometheus.Labels{"version": b.Version, "revision": b.Revision, "go": runtime.Version()}}, func() float64 { return 1 })
	open := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "paygraph_streams", Help: "Connections that are open for subscriptions."},
		func() float64 { return float64(streams()) })
	var failed []error
	for _, c := range []prometheus.Collector{build, open, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewDBStatsCollector(db, "paygraph"), newBacklog(ask)} {
		failed = append(failed, o.registry.Register(c))
	}
	return errors.Join(failed...)
}
