package jobs

import (
	"context"

	"github.com/riverqueue/river"

	"github.com/paygraph/paygraph/internal/service"
)

// sealArgs asks to seal what is new in the audit log. It is a job of its own, because
// a long backlog must not keep what is due from being found.
type sealArgs struct{}

// Kind names the job.
func (sealArgs) Kind() string { return "seal" }

// InsertOpts makes one at a time enough. A failed one is not tried again: the next
// finds the same entries.
func (sealArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: unfinished}}
}

type sealWorker struct {
	river.WorkerDefaults[sealArgs]
	service *service.Service
}

// Work seals the audit log.
func (w *sealWorker) Work(ctx context.Context, _ *river.Job[sealArgs]) error {
	return w.service.SealAudit(ctx)
}
