// Package feed hands the events of tenants on to those who follow them, as they happen.
//
// One goroutine for each tenant that somebody follows gives new events their places in
// the tenant's log and reads them, once for all followers of the tenant; nobody's costs
// nothing. Followers are not sent anything: each takes what comes next when it is ready,
// from what was read last or, when it has fallen behind that, from the database. So
// none can lose or double an event, and none can make the process keep events for it.
package feed

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

const (
	// Interval is how often the feed looks for events of other processes. Those of its
	// own process it is told of.
	Interval = 250 * time.Millisecond
	// kept is how many of a tenant's newest events are remembered, about 300 bytes each.
	kept = 512
	// readers bounds the followers that read the database at the same time: after a
	// restart all of them come back at once, and requests need connections too.
	readers = 4
	// retry is how long after a failure the database is asked again.
	retry = time.Second
)

// ErrAhead is the error of a follower who claims to have seen more than there is: the
// database was put back to an earlier time.
var ErrAhead = errors.New("place lies beyond the end of the log")

// Source is where events come from.
type Source interface {
	// PlaceEventsOf gives all events of a tenant their places, and returns that of the
	// newest, or 0.
	PlaceEventsOf(ctx context.Context, tenant uuid.UUID) (head int64, err error)
	// LoggedEvents reads events of a tenant behind a place, oldest first, at most limit.
	LoggedEvents(ctx context.Context, tenant uuid.UUID, after int64, limit int) ([]pay.LoggedEvent, error)
	// EventHeads says where the logs of tenants end.
	EventHeads(ctx context.Context, tenants []uuid.UUID) ([]pay.EventHead, error)
}

// Hub has the followers of all tenants. Its methods may be called from several
// goroutines.
type Hub struct {
	source Source
	log    *slog.Logger
	// reading has room for those who read the database.
	reading chan struct{}

	mu    sync.Mutex
	tails map[uuid.UUID]*tail
	// looking says that somebody looks for events of other processes.
	looking bool
}

// New returns a hub without followers. The log is told of what fails and is tried again.
func New(source Source, log *slog.Logger) *Hub {
	return &Hub{source: source, log: log, reading: make(chan struct{}, readers), tails: map[uuid.UUID]*tail{}}
}

// Poke says that there may be new events of a tenant. It never blocks.
func (h *Hub) Poke(tenant uuid.UUID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.tails[tenant]; t != nil {
		t.wake()
	}
}

// View is what a follower sees of a tenant's events.
type View struct {
	Tenant uuid.UUID
	// Matches tests an event that was read for all.
	Matches func(pay.LoggedEvent) bool
	// Read reads a page of what the follower sees behind a place from the database.
	Read func(ctx context.Context, after int64) (pay.EventPage, error)
}

// Follow begins to follow a tenant behind a place in its log; without one, nil, behind
// all events that are there. The follower must be closed.
func (h *Hub) Follow(ctx context.Context, v View, after *int64) (*Follower, error) {
	f := &Follower{hub: h, view: v}
	if after != nil {
		f.position = *after
	}
	f.tail = h.hold(v.Tenant)
	head, err := f.tail.await(ctx)
	if err == nil && (after == nil || *after > head) {
		// What the tail knows may be older than what others have seen.
		head, err = h.source.PlaceEventsOf(ctx, v.Tenant)
	}
	switch {
	case err != nil:
	case after == nil:
		f.position = head
	case *after > head:
		err = ErrAhead
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// hold returns the tail of a tenant, which one follower more needs.
func (h *Hub) hold(tenant uuid.UUID) *tail {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.tails[tenant]
	if t == nil {
		ctx, stop := context.WithCancel(context.Background())
		t = &tail{tenant: tenant, source: h.source, log: h.log, stop: stop, poked: make(chan struct{}, 1), known: make(chan struct{}), moved: make(chan struct{})}
		h.tails[tenant] = t
		go t.run(ctx)
	}
	t.followers++
	if !h.looking {
		h.looking = true
		go h.look()
	}
	return t
}

// release is the end of hold.
func (h *Hub) release(t *tail) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.followers--; t.followers == 0 {
		t.stop()
		delete(h.tails, t.tenant)
	}
}

// followed lists the tenants that somebody follows. When there are none nobody looks
// any longer.
func (h *Hub) followed() (tenants []uuid.UUID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for tenant := range h.tails {
		tenants = append(tenants, tenant)
	}
	h.looking = len(tenants) > 0
	return tenants
}

// look finds what other processes record, by one statement for all tenants.
func (h *Hub) look() {
	tick := time.NewTicker(Interval)
	defer tick.Stop()
	for range tick.C {
		tenants := h.followed()
		if len(tenants) == 0 {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
		heads, err := h.source.EventHeads(ctx, tenants)
		cancel()
		if err != nil {
			h.log.Warn("looking for new events failed; it is tried again", "error", err)
			time.Sleep(retry)
			continue
		}
		h.compare(heads)
	}
}

// lookTimeout bounds one look: a database that hangs must not keep the next from
// finding one that is back.
const lookTimeout = 5 * time.Second

// compare wakes the tails that have not seen all there is.
func (h *Hub) compare(heads []pay.EventHead) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, head := range heads {
		if t := h.tails[head.TenantID]; t != nil && (head.Unplaced || head.Position > t.seen()) {
			t.wake()
		}
	}
}
