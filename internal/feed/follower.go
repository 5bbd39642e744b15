package feed

import (
	"context"
	"sync"

	"github.com/paygraph/paygraph/internal/pay"
)

// Follower takes the events of one tenant that it may see, in their order, each once.
// Its methods are called from one goroutine at a time.
type Follower struct {
	hub      *Hub
	tail     *tail
	view     View
	position int64
	close    sync.Once
}

// Next returns the events that come next, at least one, and waits for them until ctx
// ends. A database that cannot be read is waited for too.
func (f *Follower) Next(ctx context.Context) ([]pay.LoggedEvent, error) {
	for {
		events, remembered, moved := f.tail.after(f.position)
		switch {
		case !remembered:
			events = f.read(ctx)
		case len(events) == 0:
			select {
			case <-moved:
			case <-ctx.Done():
			}
		default:
			f.position = *events[len(events)-1].Position
			events = f.matching(events)
		}
		if len(events) > 0 {
			return events, nil
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
}

func (f *Follower) matching(all []pay.LoggedEvent) (events []pay.LoggedEvent) {
	for _, e := range all {
		if f.view.Matches(e) {
			events = append(events, e)
		}
	}
	return events
}

// read reads what the follower has fallen behind with.
func (f *Follower) read(ctx context.Context) []pay.LoggedEvent {
	select {
	case f.hub.reading <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	page, err := f.view.Read(ctx, f.position)
	<-f.hub.reading
	if err != nil {
		if ctx.Err() == nil {
			f.hub.log.WarnContext(ctx, "reading events failed; it is tried again", "error", err)
			pause(ctx, retry)
		}
		return nil
	}
	f.position = page.End
	return page.List
}

// Close lets the tenant go.
func (f *Follower) Close() { f.close.Do(func() { f.hub.release(f.tail) }) }
