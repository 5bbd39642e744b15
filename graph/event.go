package graph

import (
	"context"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/page"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

type (
	event      struct{ *Resolver }
	subscribed struct{ *Resolver }
)

// PaymentEvent resolves the fields of events that are not columns.
func (r *Resolver) PaymentEvent() generated.PaymentEventResolver { return event{r} }

// Subscription is the root of following.
func (r *Resolver) Subscription() generated.SubscriptionResolver { return subscribed{r} }

func checkEventFilter(filter *pay.PaymentEventFilter) (pay.PaymentEventFilter, error) {
	if filter == nil {
		return pay.PaymentEventFilter{}, nil
	}
	if len(filter.Statuses) > maxFilterValues {
		return *filter, badInput("A list in a filter takes at most %d values.", maxFilterValues)
	}
	return *filter, checkValues(filter.Types, filter.PaymentIDs, filter.CustomerIDs)
}

func (q query) Events(ctx context.Context, after *string, first int, filter *pay.PaymentEventFilter) (*page.Connection[pay.PaymentEvent], error) {
	l, err := q.eventLog(ctx)
	if err != nil {
		return nil, err
	}
	f, err := checkEventFilter(filter)
	if err != nil {
		return nil, err
	}
	if first < 1 || first > pay.MaxPageSize {
		return nil, badInput("A page has 1 to %d rows.", pay.MaxPageSize)
	}
	from, err := l.after(after)
	if err != nil {
		return nil, err
	}
	if from == nil {
		from = new(int64)
	}
	found, err := q.service.EventLog(ctx, f, *from, first)
	if err != nil {
		return nil, err
	}
	return q.eventPage(ctx, l, f, *from, found), nil
}

// eventPage is the connection of a page. It has an end also when it is empty, so that
// who asks again and again never begins anew, nor reads twice what did not match.
func (r *Resolver) eventPage(ctx context.Context, l eventLog, f pay.PaymentEventFilter, from int64, found pay.EventPage) *page.Connection[pay.PaymentEvent] {
	conn := &page.Connection[pay.PaymentEvent]{Nodes: make([]pay.PaymentEvent, len(found.List))}
	for i, e := range found.List {
		conn.Nodes[i] = e.PaymentEvent
	}
	at := func(place int64) func() (string, error) {
		return func() (string, error) { return l.write(place), nil }
	}
	conn.Cursor = func(i int) (string, error) { return at(*found.List[i].Position)() }
	conn.Info = func() page.PageInfo {
		info := page.PageInfo{HasNextPage: found.More, HasPreviousPage: from > 0, End: at(found.End)}
		if len(found.List) > 0 {
			info.Start = at(*found.List[0].Position)
		}
		return info
	}
	conn.Count = func(ctx context.Context) (int, error) { return r.service.CountEventLog(ctx, f) }
	saw(ctx, (*loaders).sawEvents, conn.Nodes)
	return conn
}

// PaymentEvents hands on what happens until the stream ends.
func (s subscribed) PaymentEvents(ctx context.Context, filter *pay.PaymentEventFilter, after *string) (<-chan *pay.PaymentEvent, error) {
	l, err := s.eventLog(ctx)
	if err != nil {
		return nil, err
	}
	f, err := checkEventFilter(filter)
	if err != nil {
		return nil, err
	}
	from, err := l.after(after)
	if err != nil {
		return nil, err
	}
	stream, err := s.service.FollowEvents(pay.WithTask(ctx, "paymentEvents"), f, from)
	if err != nil {
		return nil, err
	}
	happening := make(chan *pay.PaymentEvent)
	go hand(ctx, stream, happening)
	return happening, nil
}

// hand hands events on one by one, each when the one before is sent.
func hand(ctx context.Context, stream *service.EventStream, on chan<- *pay.PaymentEvent) {
	defer close(on)
	defer stream.Close()
	for {
		events, err := stream.Next(ctx)
		if err != nil {
			return // ctx ended
		}
		for i := range events {
			select {
			case on <- &events[i].PaymentEvent:
			case <-ctx.Done():
				return
			}
		}
	}
}

func (r event) Cursor(ctx context.Context, e *pay.PaymentEvent) (*string, error) {
	if e.Position == nil {
		return nil, nil
	}
	l, err := r.eventLog(ctx)
	if err != nil {
		return nil, err
	}
	return new(l.write(*e.Position)), nil
}

func (event) Payment(ctx context.Context, e *pay.PaymentEvent) (*pay.Payment, error) {
	return load(ctx).payments.load(ctx, e.PaymentID)
}

func (event) Refund(ctx context.Context, e *pay.PaymentEvent) (*pay.Refund, error) {
	return optionalRefund(ctx, e.PaymentID, e.RefundID)
}

// Operation finds one among its payment's, as attemptOf does.
func (event) Operation(ctx context.Context, e *pay.PaymentEvent) (*pay.Operation, error) {
	if e.OperationID == nil {
		return nil, nil
	}
	all, err := load(ctx).operationsOf.load(ctx, e.PaymentID)
	for i := range all {
		if all[i].ID == *e.OperationID {
			return &all[i], err
		}
	}
	return nil, err
}

func (event) Transaction(ctx context.Context, e *pay.PaymentEvent) (*pay.Transaction, error) {
	return optionalAttempt(ctx, e.PaymentID, e.TransactionID)
}
