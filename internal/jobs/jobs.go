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
	// workers bounds the rows that are woken at the same time.
	workers = 32
	// batch is how many are taken on by one statement. A gateway with more than that at
	// work gets no more, nor does a company with more than twice that: so the one has
	// half of the workers at most, and the other three quarters.
	batch = workers / 4
	// worrying is after how many failures in a row a person should look.
	worrying = 5
	// wakeTimeout leaves room for a gateway that answers late, and for recording it.
	wakeTimeout = 2 * pay.CallDeadline
)

// Engine looks for what is due until it is stopped.
type Engine struct {
	service *service.Service
	log     *slog.Logger
	// free holds a token for each worker that has nothing to do.
	free chan struct{}
	// done is told when a worker is free again, if somebody waits for it.
	done chan struct{}
	// load counts whose rows are woken now.
	load *pay.Workload
	stop context.CancelFunc
	// abandon ends the work itself.
	abandon context.CancelFunc
	running sync.WaitGroup
}

// Start begins to look for what is due and to do it, every interval. It stops with
// Stop, or all at once when ctx ends.
func Start(ctx context.Context, s *service.Service, log *slog.Logger, interval time.Duration) *Engine {
	ctx, abandon := context.WithCancel(ctx)
	looking, stop := context.WithCancel(ctx)
	e := &Engine{service: s, log: log, free: make(chan struct{}, workers), done: make(chan struct{}, 1),
		load: pay.NewWorkload(), stop: stop, abandon: abandon}
	for range workers {
		e.free <- struct{}{}
	}
	e.running.Go(func() { e.look(looking, ctx, interval) })
	e.running.Go(func() { e.regularly(looking, interval, "sealing the audit log", e.service.SealAudit) })
	e.running.Go(func() { e.regularly(looking, interval, "placing events", e.service.PlaceEvents) })
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

// look claims as much as there are free workers: every interval, and as soon as a worker
// is free when there may be more than that.
func (e *Engine) look(looking, working context.Context, interval time.Duration) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		var done chan struct{}
		if e.tick(looking, working) {
			done = e.done
		}
		select {
		case <-tick.C:
		case <-done:
		case <-looking.Done():
			return
		}
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

// tick starts what is due. It says whether there may be more that waits for a worker.
func (e *Engine) tick(looking, working context.Context) (more bool) {
	select { // what ended until now is no news
	case <-e.done:
	default:
	}
	for {
		room, full := min(len(e.free), batch), e.load.Full(batch, 2*batch)
		if room == 0 {
			return true
		}
		due, err := e.service.ClaimDue(looking, room, full...)
		if err != nil {
			if looking.Err() == nil {
				e.log.WarnContext(looking, "looking for what is due failed", "error", err)
			}
			return false
		}
		for _, d := range due {
			<-e.free
			e.load.Count(d, 1)
			e.running.Go(func() { e.wake(working, d) })
		}
		if len(due) < room {
			return len(full) > 0
		}
	}
}

func (e *Engine) wake(ctx context.Context, d pay.Due) {
	defer func() {
		if fault := recover(); fault != nil { // one bad row must not end the program
			e.log.ErrorContext(ctx, "waking a row panicked", "kind", d.Kind, "id", d.ID, "panic", fault)
		}
		e.load.Count(d, -1)
		e.free <- struct{}{}
		select {
		case e.done <- struct{}{}:
		default:
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, wakeTimeout)
	defer cancel()
	if err := e.service.Wake(ctx, d); err != nil {
		level, failures := slog.LevelWarn, d.Failures+1
		if failures >= worrying {
			level = slog.LevelError
		}
		e.log.Log(ctx, level, "waking a row failed; it is tried again later", "kind", d.Kind, "id", d.ID, "failures", failures, "error", err)
	}
}
