package main

import (
	"context"
	"sync"
	"time"
)

// each works through items with a number of workers. The first error stops the
// others and is returned.
func each[T any](ctx context.Context, workers int, items []T, work func(context.Context, T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan T)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for item := range queue {
				if err := work(ctx, item); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
hand:
	for _, item := range items {
		select {
		case queue <- item:
		case <-ctx.Done():
			break hand
		}
	}
	close(queue)
	running.Wait()
	return context.Cause(ctx)
}

// newIDs returns an empty collection of ids that workers fill together.
func newIDs() *idCollection { return &idCollection{byReference: map[string]string{}} }

type idCollection struct {
	mu          sync.Mutex
	byReference map[string]string
}

func (c *idCollection) add(list []created) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, object := range list {
		c.byReference[object.ReferenceID] = object.ID
	}
}

// sleep waits, or returns the context's error when that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
