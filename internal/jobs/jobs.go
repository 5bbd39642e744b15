// Package jobs is what the program does by itself: it finds what is due, and does it.
//
// The rows that are due are the queue: a process claims some, wakes them and gives them
// back. There is no leader and no second record of the work, so nothing waits for an
// election, and what a killed process had claimed is taken on by any other when the
// claim ends. What fails stays due, and is tried again later each time. No gateway
// that hangs, and no company, gets all workers.
package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// Settings of the engine.
const (
	// Interval is how often the program looks for what is due: the longest that a
	// payer whose outcome got lost waits beyond the gateway's own time.
	Interval = 2 * time.Second
	// workers bounds the rows of a queue that are woken at the same time.
	workers = 32
	// moneyBatch is how many are taken on by one statement. A gateway with more than that
	// at work gets no more, nor does a company with more than twice that: so the one has
	// half of the workers at most, and the other three quarters.
	moneyBatch = workers / 4
	// messageBatch is the same for messages to companies, whose servers hang more often.
	messageBatch = workers / 8
	// worrying is after how many failures in a row a person should look.
	worrying = 5
	// wakeTimeout leaves room for a gateway that answers late, and for recording it.
	wakeTimeout = 2 * pay.CallDeadline
)

// Engine looks for what is due until it is stopped.
type Engine struct {
	log  *slog.Logger
	stop context.CancelFunc
	// abandon ends the work itself.
	abandon context.CancelFunc
	running *sync.WaitGroup
}

// Start begins to look for what is due and to do it, every interval. It stops with
// Stop, or all at once when ctx ends.
func Start(ctx context.Context, s *service.Service, log *slog.Logger, interval time.Duration) *Engine {
	ctx, abandon := context.WithCancel(ctx)
	looking, stop := context.WithCancel(ctx)
	e := &Engine{log: log, stop: stop, abandon: abandon, running: &sync.WaitGroup{}}
	for _, q := range []*queue{
		{claim: s.ClaimDue, batch: moneyBatch},
		{claim: s.ClaimDeliveries, batch: messageBatch},
	} {
		q.open(s, log, e.running)
		e.running.Go(func() { q.look(looking, ctx, interval) })
	}
	e.running.Go(func() { e.regularly(looking, interval, "sealing the audit log", s.SealAudit) })
	e.running.Go(func() {
		e.regularly(looking, interval, "placing events and telling companies of them", s.DispatchWebhooks)
	})
	return e
}

// Stop looks no more and lets the work that runs end; when ctx ends first it is broken
// off, and any process takes it on again later.
func (e *Engine) Stop(ctx context.Context) error {
	e.stop()
	defer e.abandon()
	ended := make(chan struct{})
	go func() {
		e.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop the job engine: %w", ctx.Err())
	}
}

// regularly does for all companies what needs no claim, every interval: appending what
// is new to the audit logs' chains and to the logs of events.
func (e *Engine) regularly(ctx context.Context, interval time.Duration, what string, do func(context.Context) error) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			e.log.WarnContext(ctx, what+" failed; it is tried again", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
