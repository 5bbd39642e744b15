package observe

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/paygraph/paygraph/internal/pay"
)

const (
	// backlogTimeout bounds the question to the database: a database in trouble must not
	// keep the other metrics from whoever looks what the trouble is.
	backlogTimeout = 2 * time.Second
	// backlogKept is how long its answer is good for all who ask, so that many of them
	// cost no more than one.
	backlogKept = 5 * time.Second
)

// AskBacklog counts what waits in the database, as of now.
type AskBacklog func(ctx context.Context) (list []pay.Backlog, now time.Time, err error)

// backlog is asked when the metrics are. It has nothing old to tell: where the question
// fails, its series are missing and paygraph_backlog_up is 0.
type backlog struct {
	ask AskBacklog

	mu     sync.Mutex
	asked  time.Time
	latest counted
}

// counted is the answer to one question.
type counted struct {
	list []pay.Backlog
	now  time.Time
	err  error
}

func newBacklog(ask AskBacklog) *backlog { return &backlog{ask: ask} }

var (
	backlogUp = prometheus.NewDesc("paygraph_backlog_up", "1 when what waits could be counted, else 0.", nil, nil)
	waiting   = map[pay.Queue]*prometheus.Desc{
		pay.QueueDue:      prometheus.NewDesc("paygraph_due", "Rows whose time to be looked at has come.", []string{"kind"}, nil),
		pay.QueueUnknown:  prometheus.NewDesc("paygraph_unknown", "What was asked of a gateway, and whose outcome is not known.", []string{"kind"}, nil),
		pay.QueueUnsealed: prometheus.NewDesc("paygraph_audit_unsealed", "Entries of the audit log that are not in its chain yet.", []string{"kind"}, nil),
	}
	ages = map[pay.Queue]*prometheus.Desc{
		pay.QueueDue:      prometheus.NewDesc("paygraph_due_oldest_seconds", "How long the row that is due longest has been; 0 for none.", []string{"kind"}, nil),
		pay.QueueUnknown:  prometheus.NewDesc("paygraph_unknown_oldest_seconds", "How long ago the oldest was begun whose outcome is not known; 0 for none.", []string{"kind"}, nil),
		pay.QueueUnsealed: prometheus.NewDesc("paygraph_audit_unsealed_oldest_seconds", "Age of the oldest entry that is not in the chain; 0 for none.", []string{"kind"}, nil),
	}
)

// Describe is part of prometheus.Collector.
func (b *backlog) Describe(to chan<- *prometheus.Desc) {
	to <- backlogUp
	for queue := range waiting {
		to <- waiting[queue]
		to <- ages[queue]
	}
}

// Collect is part of prometheus.Collector.
func (b *backlog) Collect(to chan<- prometheus.Metric) {
	answer := b.counted()
	if answer.err != nil {
		to <- prometheus.MustNewConstMetric(backlogUp, prometheus.GaugeValue, 0)
		return
	}
	to <- prometheus.MustNewConstMetric(backlogUp, prometheus.GaugeValue, 1)
	for _, q := range answer.list {
		age := 0.0
		if q.Oldest != nil {
			age = max(0, answer.now.Sub(*q.Oldest).Seconds())
		}
		to <- prometheus.MustNewConstMetric(waiting[q.Queue], prometheus.GaugeValue, float64(q.Count), q.Kind)
		to <- prometheus.MustNewConstMetric(ages[q.Queue], prometheus.GaugeValue, age, q.Kind)
	}
}

// counted asks, unless the answer to the last question is good still. Whoever comes
// meanwhile waits for the same answer.
func (b *backlog) counted() counted {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Since(b.asked) < backlogKept {
		return b.latest
	}
	ctx, cancel := context.WithTimeout(context.Background(), backlogTimeout)
	defer cancel()
	answers := make(chan counted, 1)
	go func() {
		var c counted
		c.list, c.now, c.err = b.ask(ctx)
		answers <- c
	}()
	select { // a database that hangs keeps its driver from noticing the end of ctx
	case b.latest = <-answers:
	case <-ctx.Done():
		b.latest = counted{err: ctx.Err()}
	}
	b.asked = time.Now()
	return b.latest
}
