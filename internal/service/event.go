package service

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/feed"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// placeBatch is how many events get their places in one transaction.
const placeBatch = 2000

// errBeyondLog refuses a place that the log has not reached.
var errBeyondLog = pay.Errors{pay.Refuse(pay.CodeInvalidInput, pay.At("after"),
	"The cursor lies beyond the newest event: the database was put back to an earlier time. Begin without a cursor.")}

// EventLog reads a page of what happened to the company's payments that matches, behind
// a place in its log, oldest first. It has all events that were recorded before.
func (s *Service) EventLog(ctx context.Context, f pay.PaymentEventFilter, after int64, limit int) (pay.EventPage, error) {
	return read(ctx, s, func(c caller) (pay.EventPage, error) {
		head, err := (eventSource{s}).PlaceEventsOf(ctx, c.TenantID)
		if err == nil && after > head {
			err = errBeyondLog
		}
		if err != nil {
			return pay.EventPage{}, err
		}
		page, err := c.rows.EventLog(ctx, f, after, limit)
		if c.CustomerID != nil && !page.More {
			page.End = after // how far the log goes would tell that others pay
			if n := len(page.List); n > 0 {
				page.End = *page.List[n-1].Position
			}
		}
		page.List = showing(page.List, c.logged)
		return page, err
	})
}

// CountEventLog counts the events that match.
func (s *Service) CountEventLog(ctx context.Context, f pay.PaymentEventFilter) (int, error) {
	return read(ctx, s, func(c caller) (int, error) { return c.rows.CountEventLog(ctx, f) })
}

// EventStream is the events of a company as they happen. Its methods are called from one
// goroutine at a time.
type EventStream struct {
	follower *feed.Follower
	caller   caller
}

// followedPage is how many events somebody reads at once who has fallen behind.
const followedPage = 100

// FollowEvents begins to follow what happens to the company's payments and matches,
// behind a place in its log, or behind all that is there. The stream must be closed.
func (s *Service) FollowEvents(ctx context.Context, f pay.PaymentEventFilter, after *int64) (*EventStream, error) {
	return read(ctx, s, func(c caller) (*EventStream, error) {
		follower, err := s.feed.Follow(ctx, feed.View{
			Tenant: c.TenantID, Matches: f.Matcher(c.CustomerID),
			Read: func(ctx context.Context, after int64) (pay.EventPage, error) {
				return c.rows.EventLog(ctx, f, after, followedPage)
			},
		}, after)
		if errors.Is(err, feed.ErrAhead) {
			err = errBeyondLog
		}
		if err != nil {
			return nil, err
		}
		return &EventStream{follower, c}, nil
	})
}

// Next returns the events that come next, at least one, and waits for them until ctx
// ends.
func (e *EventStream) Next(ctx context.Context) ([]pay.LoggedEvent, error) {
	events, err := e.follower.Next(ctx)
	shown := make([]pay.LoggedEvent, len(events)) // others read the same ones
	for i := range events {
		shown[i] = e.caller.logged(events[i])
	}
	return shown, err
}

// Close ends the stream.
func (e *EventStream) Close() { e.follower.Close() }

// logged shows an event of the log.
func (c caller) logged(e pay.LoggedEvent) pay.LoggedEvent {
	e.Actor = c.NameOf(e.Actor)
	return e
}

// PlaceEvents gives the new events of all companies their places in their logs. For the
// job engine: what nobody follows has time.
func (s *Service) PlaceEvents(ctx context.Context) error {
	tenants, err := s.store.UnplacedTenants(ctx)
	for _, tenant := range tenants {
		if err = (eventSource{s}).place(ctx, tenant); err != nil {
			break
		}
	}
	return err
}

// asProgram has the program itself act, on rows of one tenant.
func asProgram(ctx context.Context, tenant uuid.UUID) context.Context {
	return pay.WithActor(ctx, pay.Actor{ID: pay.ActorSystem, TenantID: tenant})
}

// eventSource is what the feed reads: the events of all companies, for the program
// itself.
type eventSource struct{ *Service }

var _ feed.Source = eventSource{}

// PlaceEventsOf gives those events of a tenant their places that were recorded before.
func (s eventSource) PlaceEventsOf(ctx context.Context, tenant uuid.UUID) (int64, error) {
	ctx = asProgram(ctx, tenant)
	rows := s.store.For(pay.Actor{TenantID: tenant})
	head, err := rows.EventHead(ctx)
	if err != nil || !head.Unplaced { // most often: no transaction for nothing
		return head.Position, err
	}
	if err := s.place(ctx, tenant); err != nil {
		return 0, err
	}
	head, err = rows.EventHead(ctx)
	return head.Position, err
}

func (s eventSource) place(ctx context.Context, tenant uuid.UUID) error {
	ctx = asProgram(ctx, tenant)
	for placed := placeBatch; placed >= placeBatch; {
		err := s.store.InTx(ctx, func(ctx context.Context) (err error) {
			placed, err = s.store.PlaceEvents(ctx, tenant, placeBatch)
			return err
		})
		// A lost answer does no harm: what has a place keeps it.
		if err != nil && !errors.Is(err, store.ErrCommitUnknown) {
			return err
		}
	}
	return nil
}

// LoggedEvents reads the log of a tenant.
func (s eventSource) LoggedEvents(ctx context.Context, tenant uuid.UUID, after int64, limit int) ([]pay.LoggedEvent, error) {
	page, err := s.store.For(pay.Actor{TenantID: tenant}).EventLog(asProgram(ctx, tenant), pay.PaymentEventFilter{}, after, limit)
	return page.List, err
}

// EventHeads says where the logs of tenants end.
func (s eventSource) EventHeads(ctx context.Context, tenants []uuid.UUID) ([]pay.EventHead, error) {
	return s.store.EventHeads(ctx, tenants)
}
