package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// queue is a sort of due rows with workers of its own, which no other sort can take.
type queue struct {
	// claim takes rows on.
	claim func(ctx context.Context, limit int, without ...uuid.UUID) ([]pay.Due, error)
	batch int

	service *service.Service
	log     *slog.Logger
	running *sync.WaitGroup
	// free holds a token for each worker that has nothing to do.
	free chan struct{}
	// done is told when a worker is free again, if somebody waits for it.
	done chan struct{}
	// load counts whose rows are woken now.
	load *pay.Workload
}

func (q *queue) open(s *service.Service, log *slog.Logger, running *sync.WaitGroup) {
	q.service, q.log, q.running, q.load = s, log, running, pay.NewWorkload()
	q.free, q.done = make(chan struct{}, workers), make(chan struct{}, 1)
	for range workers {
		q.free <- struct{}{}
	}
}

// look claims as much as there are free workers: every interval, and as soon as a worker
// is free when there may be more than that.
func (q *queue) look(looking, working context.Context, interval time.Duration) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		var done chan struct{}
		if q.tick(looking, working) {
			done = q.done
		}
		select {
		case <-tick.C:
		case <-done:
		case <-looking.Done():
			return
		}
	}
}

// tick starts what is due. It says whether there may be more that waits for a worker.
func (q *queue) tick(looking, working context.Context) (more bool) {
	select { // what ended until now is no news
	case <-q.done:
	default:
	}
	for {
		room, full := min(len(q.free), q.batch), q.load.Full(q.batch, 2*q.batch)
		if room == 0 {
			return true
		}
		due, err := q.claim(looking, room, full...)
		if err != nil {
			if looking.Err() == nil {
				q.log.WarnContext(looking, "looking for what is due failed", "error", err)
			}
			return false
		}
		for _, d := range due {
			<-q.free
			q.load.Count(d, 1)
			q.running.Go(func() { q.wake(working, d) })
		}
		if len(due) < room {
			return len(full) > 0
		}
	}
}

func (q *queue) wake(ctx context.Context, d pay.Due) {
	defer func() {
		if fault := recover(); fault != nil { // one bad row must not end the program
			q.log.ErrorContext(ctx, "waking a row panicked", "kind", d.Kind, "id", d.ID, "panic", fault)
		}
		q.load.Count(d, -1)
		q.free <- struct{}{}
		select {
		case q.done <- struct{}{}:
		default:
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, wakeTimeout)
	defer cancel()
	if err := q.service.Wake(ctx, d); err != nil {
		level, failures := slog.LevelWarn, d.Failures+1
		if failures >= worrying {
			level = slog.LevelError
		}
		q.log.Log(ctx, level, "waking a row failed; it is tried again later", "kind", d.Kind, "id", d.ID, "failures", failures, "error", err)
	}
}
