// Package jobs is what the program does by itself: it finds what is due, and does
// it. The job engine (River) sees to it that one process at a time looks, that
// nothing is done by two at once, and that what fails is tried again.
package jobs

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/rivertype"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// Settings of the engine.
const (
	// Interval is how often the program looks for what is due: the longest that a
	// payer whose outcome got lost waits beyond the gateway's own time.
	Interval = 2 * time.Second
	// batch is how many due rows are taken on at once.
	batch = 500
	// workers bounds the gateways that are asked at the same time.
	workers = 16
)

// Engine runs jobs until it is stopped.
type Engine struct{ client *river.Client[*sql.Tx] }

// Start begins to look for what is due and to do it, every interval. The engine
// uses db, which must not be behind a proxy that pools transactions, and stops
// with Stop.
func Start(ctx context.Context, db *sql.DB, s *service.Service, log *slog.Logger, interval time.Duration) (*Engine, error) {
	registry := river.NewWorkers()
	river.AddWorker(registry, &wakeWorker{service: s})
	look := &lookWorker{service: s}
	river.AddWorker(registry, look)
	river.AddWorker(registry, &sealWorker{service: s})
	client, err := river.NewClient(riverdatabasesql.New(db), &river.Config{
		Logger:                      slog.New(quiet{log.Handler()}),
		Workers:                     registry,
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}},
		FetchPollInterval:           max(interval/4, 100*time.Millisecond),
		FetchCooldown:               min(100*time.Millisecond, interval),
		CompletedJobRetentionPeriod: 10 * time.Minute,
		PeriodicJobs:                []*river.PeriodicJob{every(interval, lookArgs{}), every(interval, sealArgs{})},
	})
	if err != nil {
		return nil, fmt.Errorf("job engine: %w", err)
	}
	if err := client.Start(ctx); err != nil {
		return nil, fmt.Errorf("job engine: %w", err)
	}
	return &Engine{client}, nil
}

// every has a job done at the start and then every interval.
func every(interval time.Duration, args river.JobArgs) *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(interval), func() (river.JobArgs, *river.InsertOpts) { return args, nil },
		&river.PeriodicJobOpts{RunOnStart: true})
}

// Stop lets jobs that run end, until ctx does.
func (e *Engine) Stop(ctx context.Context) error {
	if err := e.client.Stop(ctx); err != nil {
		return fmt.Errorf("stop the job engine: %w", err)
	}
	return nil
}

// unfinished are the states of a job that will still be done.
var unfinished = []rivertype.JobState{rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
	rivertype.JobStateRetryable, rivertype.JobStateScheduled}

// lookArgs asks to look for what is due.
type lookArgs struct{}

// Kind names the job.
func (lookArgs) Kind() string { return "look" }

// InsertOpts makes one look at a time enough.
func (lookArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

// wakeArgs is one row that is due.
type wakeArgs struct{ Due pay.Due }

// Kind names the job.
func (wakeArgs) Kind() string { return "wake" }

// InsertOpts keeps one row from being done by two jobs. A failed one is not tried
// again: the row is still due, and the next look finds it.
func (wakeArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

type lookWorker struct {
	river.WorkerDefaults[lookArgs]
	service *service.Service
}

// Work makes a job of each row that is due.
func (w *lookWorker) Work(ctx context.Context, _ *river.Job[lookArgs]) error {
	due, err := w.service.Due(ctx, batch)
	if err != nil || len(due) == 0 {
		return err
	}
	jobs := make([]river.InsertManyParams, len(due))
	for i, d := range due {
		jobs[i] = river.InsertManyParams{Args: wakeArgs{d}}
	}
	if _, err := river.ClientFromContext[*sql.Tx](ctx).InsertMany(ctx, jobs); err != nil {
		return fmt.Errorf("take on what is due: %w", err)
	}
	return nil
}

type wakeWorker struct {
	river.WorkerDefaults[wakeArgs]
	service *service.Service
}

// Timeout leaves room for a gateway that answers late, and for recording it.
func (*wakeWorker) Timeout(*river.Job[wakeArgs]) time.Duration { return 2 * pay.CallDeadline }

// Work does what the row demands.
func (w *wakeWorker) Work(ctx context.Context, job *river.Job[wakeArgs]) error {
	return w.service.Wake(ctx, job.Args.Due)
}
