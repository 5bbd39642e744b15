package feed

import (
	"context"
	"log/slog"
	"sort"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// tail has the newest events of one tenant, for as long as somebody follows it.
type tail struct {
	tenant uuid.UUID
	source Source
	log    *slog.Logger
	stop   context.CancelFunc
	// followers is the hub's, under its lock.
	followers int
	// poked holds a token when there may be new events.
	poked chan struct{}
	// known is closed once the head is.
	known chan struct{}

	mu sync.Mutex
	// recent are the events behind the place from up to head. Appending never
	// overwrites them, so followers may read what they took without the lock.
	recent     []pay.LoggedEvent
	from, head int64
	// moved is closed when head moves, and replaced.
	moved chan struct{}
}

func (t *tail) wake() {
	select {
	case t.poked <- struct{}{}:
	default: // it will look anyway
	}
}

// seen is the place of the newest event that was read.
func (t *tail) seen() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.head
}

// await returns the head once it is known.
func (t *tail) await(ctx context.Context) (int64, error) {
	select {
	case <-t.known:
		return t.seen(), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// run reads what is new whenever there may be something.
func (t *tail) run(ctx context.Context) {
	begun := false
	for {
		err := t.catchUp(ctx, begun)
		if err == nil && !begun {
			begun = true
			close(t.known)
		}
		if err != nil && ctx.Err() == nil {
			t.log.WarnContext(ctx, "reading new events failed; it is tried again", "error", err)
			t.wake()
			pause(ctx, retry)
		}
		select {
		case <-t.poked:
		case <-ctx.Done():
			return
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// catchUp gives new events their places and reads them; at first, the newest of those
// that are there, for followers who come back.
func (t *tail) catchUp(ctx context.Context, begun bool) error {
	head, err := t.source.PlaceEventsOf(ctx, t.tenant)
	if err != nil {
		return err
	}
	if !begun {
		t.begin(max(0, head-kept))
	}
	for at := t.seen(); at < head; at = t.seen() {
		events, err := t.source.LoggedEvents(ctx, t.tenant, at, kept)
		if err != nil || len(events) == 0 {
			return err
		}
		t.add(events)
	}
	return nil
}

func (t *tail) begin(at int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.from, t.head = at, at
}

func (t *tail) add(events []pay.LoggedEvent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.recent = append(t.recent, events...)
	if over := len(t.recent) - kept; over > 0 {
		t.from = *t.recent[over-1].Position
		t.recent = t.recent[over:]
	}
	t.head = *events[len(events)-1].Position
	close(t.moved)
	t.moved = make(chan struct{})
}

// after returns the events behind a place, if they are remembered; without any there,
// moved is closed once there are some.
func (t *tail) after(position int64) (events []pay.LoggedEvent, remembered bool, moved <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if position < t.from {
		return nil, false, nil
	}
	i := sort.Search(len(t.recent), func(i int) bool { return *t.recent[i].Position > position })
	return t.recent[i:len(t.recent):len(t.recent)], true, t.moved
}
