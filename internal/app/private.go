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

// keepPrivate starts the private PostgreSQL again when it ends by itself.
// Requests meanwhile are answered as UNAVAILABLE; the pool finds the new server
// at the same socket. The channel gets an error when it cannot be kept running,
// and nothing otherwise, also when the database is not this process's own.
func (a *App) keepPrivate(ctx context.Context) <-chan error {
	lost := make(chan error, 1)
	if a.private == nil || !a.private.Owner() {
		return lost
	}
	go func() {
		var starts []time.Time
		for {
			select {
			case <-ctx.Done():
				return
			case <-a.server().Exited():
			}
			starts = append(starts, time.Now())
			if n := len(starts); n > maxRestarts && time.Since(starts[n-1-maxRestarts]) < time.Minute {
				lost <- fmt.Errorf("the private PostgreSQL server ended %d times within a minute", maxRestarts)
				return
			}
			a.log.ErrorContext(ctx, "the private PostgreSQL server ended by itself; starting it again")
			if err := a.restart(ctx); err != nil && ctx.Err() == nil {
				lost <- fmt.Errorf("start the private PostgreSQL server again: %w", err)
				return
			}
		}
	}()
	return lost
}

func (a *App) restart(ctx context.Context) error {
	if err := a.server().Stop(ctx); err != nil { // gives its lock back
		a.log.WarnContext(ctx, "clearing up after the private PostgreSQL server failed", "error", err)
	}
	started, err := pg.Open(ctx, pg.Options{Dir: a.config.DataDir, Log: a.log})
	if err != nil {
		return err
	}
	a.privateMu.Lock()
	defer a.privateMu.Unlock()
	a.private = started
	return nil
}

// server is the private PostgreSQL as it is now.
func (a *App) server() *pg.Server {
	a.privateMu.Lock()
	defer a.privateMu.Unlock()
	return a.private
}
