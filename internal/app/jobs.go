package app

import (
	"context"
	"time"

	"github.com/paygraph/paygraph/internal/jobs"
)

// StartJobs begins what the program does by itself, looking for it every interval.
// stop lets what runs end, until its context does.
func (a *App) StartJobs(ctx context.Context, interval time.Duration) (stop func(context.Context) error) {
	return jobs.Start(context.WithoutCancel(ctx), a.Service, a.log, interval).Stop
}
