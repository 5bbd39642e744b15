package app

import (
	"context"
	"fmt"
	"time"

	"github.com/paygraph/paygraph/internal/pg"
)

// maxRestarts bounds how often in a minute a private PostgreSQL that ended by
// itself is started again: one that keeps ending needs a person.
const maxRestarts = 5

// keepPrivate has a private PostgreSQL run until ctx ends: it starts its own
// again when that ends by itself, and takes over that of another process when
// the other ends. Requests meanwhile are answered as UNAVAILABLE; the pool finds
// the new server at the same socket. The error says why it cannot be kept.
func (a *App) keepPrivate(ctx context.Context) error {
	var crashes []time.Time
	for {
		own := a.private.Owner()
		// When both ended, too.
		if a.private.Wait(ctx); ctx.Err() != nil { // #nosec G104 -- its error is that of ctx
			return nil
		}
		if own {
			crashes = append(crashes, time.Now())
			if n := len(crashes); n > maxRestarts && time.Since(crashes[n-1-maxRestarts]) < time.Minute {
				return fmt.Errorf("the private PostgreSQL server ended %d times within a minute", maxRestarts)
			}
			a.log.ErrorContext(ctx, "the private PostgreSQL server ended by itself; starting it again")
		} else {
			a.log.InfoContext(ctx, "the process that ran the private PostgreSQL server has ended; taking over")
		}
		if err := a.reopenPrivate(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("start the private PostgreSQL server again: %w", err)
		}
	}
}

// reopenPrivate starts the private PostgreSQL, or attaches to it when another
// process was faster.
func (a *App) reopenPrivate(ctx context.Context) error {
	if err := a.private.Stop(ctx); err != nil { // gives its lock back
		a.log.WarnContext(ctx, "clearing up after the private PostgreSQL server failed", "error", err)
	}
	opened, err := pg.Open(ctx, pg.Options{Dir: a.config.DataDir, Log: a.log})
	if err != nil {
		return err
	}
	a.private = opened
	if a.database != nil { // connections to the old server are dead; a ping is not repeated on another
		a.database.SetMaxIdleConns(0)
		a.database.SetMaxIdleConns(a.maxConns())
	}
	return nil
}

// maxHandovers is how many owners of the private PostgreSQL may end under a step
// of the start, one after the other.
const maxHandovers = 3

// steady runs a step again that failed while another process ran the private
// PostgreSQL: that may have ended half-way, a short command does so at once. The
// step must be safe to repeat. Nothing else may use the database meanwhile.
func (a *App) steady(ctx context.Context, step func() error) error {
	for handovers := 0; ; handovers++ {
		err := step()
		if err == nil || ctx.Err() != nil || handovers == maxHandovers || a.private == nil || a.private.Owner() {
			return err
		}
		a.log.DebugContext(ctx, "trying again with the private PostgreSQL server as it is now", "error", err)
		if reopenErr := a.reopenPrivate(ctx); reopenErr != nil {
			return fmt.Errorf("%w (after %w)", reopenErr, err)
		}
	}
}
