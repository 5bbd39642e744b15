package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/pay"
)

var eventLog = table[pay.LoggedEvent]{name: "payment_events", computed: map[string]string{
	"currency": paymentCurrency, "position": "t.position",
	"customer_id": "(SELECT p.customer_id FROM payments p WHERE p.tenant_id = t.tenant_id AND p.id = t.payment_id)",
}}

// maxScanned bounds the part of the log that one page looks through for what matches:
// a filter that hardly anything matches must not make a statement read all of it.
const maxScanned = 10_000

// EventLog reads the visible events behind a place in the tenant's log that match,
// oldest first and at most limit. A page may hold fewer, or none, and still have more
// behind it: it ends where it stopped looking.
func (t Tenant) EventLog(ctx context.Context, f pay.PaymentEventFilter, after int64, limit int) (pay.EventPage, error) {
	head, err := t.EventLogEnd(ctx)
	if err != nil {
		return pay.EventPage{}, err
	}
	// What has a place up to the head is there: places are given one after another.
	page := pay.EventPage{End: max(after, min(head, after+maxScanned))}
	w := t.eventsWhere(f)
	w.and("t.position > ? AND t.position <= ?", after, page.End)
	if page.List, err = eventLog.find(ctx, t.store, w, " ORDER BY t.position"+w.bind(" LIMIT ?", limit+1)); err != nil {
		return pay.EventPage{}, err
	}
	if len(page.List) > limit {
		page.List = page.List[:limit]
		page.End = *page.List[limit-1].Position
	}
	page.More = page.End < head
	return page, nil
}

// CountEventLog counts the visible events in the log that match.
func (t Tenant) CountEventLog(ctx context.Context, f pay.PaymentEventFilter) (int, error) {
	w := t.eventsWhere(f)
	w.and("t.position IS NOT NULL")
	return eventLog.count(ctx, t.store, w)
}

// EventLogEnd is the place of the newest event in the tenant's log, 0 when there is none.
func (t Tenant) EventLogEnd(ctx context.Context) (int64, error) {
	var heads []int64
	const query = "SELECT h.position FROM event_heads h WHERE h.tenant_id = $1"
	if err := t.store.reader(ctx).SelectContext(ctx, &heads, query, t.id); err != nil {
		return 0, translate(err, "read the head of the events")
	}
	if len(heads) == 0 {
		return 0, nil
	}
	return heads[0], nil
}

func (t Tenant) eventsWhere(f pay.PaymentEventFilter) *where {
	w := t.where("t")
	t.visiblePart(w)
	g := &group{w: w}
	oneOf(g, "t.type", f.Types)
	oneOf(g, "t.status", f.Statuses)
	g.ids("t.payment_id", pay.KindPayment, f.PaymentIDs)
	if f.CustomerIDs != nil {
		g.and("t.payment_id IN (SELECT p.id FROM payments p WHERE p.tenant_id = t.tenant_id AND p.customer_id = ANY(?))",
			pq.Array(pay.ParseIDs(pay.KindCustomer, f.CustomerIDs)))
	}
	w.conditions = append(w.conditions, g.list...)
	return w
}

// EventHead says where the tenant's log ends, and whether events still lack a place.
func (t Tenant) EventHead(ctx context.Context) (pay.EventHead, error) {
	heads, err := t.store.eventHeads(ctx, []uuid.UUID{t.id})
	if err != nil {
		return pay.EventHead{}, err
	}
	return heads[0], nil
}

// EventHeads is EventHead of several tenants. It is the program's own question and no
// caller's.
func (s *Store) EventHeads(ctx context.Context, tenants []uuid.UUID) ([]pay.EventHead, error) {
	return s.eventHeads(across(ctx), tenants)
}

// eventHeads has one for each of the tenants.
func (s *Store) eventHeads(ctx context.Context, tenants []uuid.UUID) ([]pay.EventHead, error) {
	const query = `SELECT n.id AS tenant_id, coalesce(h.position, 0) AS position,
			EXISTS (SELECT FROM payment_events t WHERE t.tenant_id = n.id AND t.position IS NULL) AS unplaced
		FROM unnest($1::uuid[]) n(id) LEFT JOIN event_heads h ON h.tenant_id = n.id`
	var heads []pay.EventHead
	if err := s.reader(ctx).SelectContext(ctx, &heads, query, pq.Array(tenants)); err != nil {
		return nil, translate(err, "read the heads of the events")
	}
	return heads, nil
}

// UnplacedTenants lists the tenants with events that lack a place, for the program
// itself.
func (s *Store) UnplacedTenants(ctx context.Context) ([]uuid.UUID, error) {
	const query = `SELECT n.id FROM tenants n WHERE EXISTS (SELECT FROM payment_events t WHERE t.tenant_id = n.id AND t.position IS NULL)`
	var list []uuid.UUID
	if err := s.reader(ctx).SelectContext(across(ctx), &list, query); err != nil {
		return nil, translate(err, "find events without a place")
	}
	return list, nil
}

// PlaceEvents gives events of a tenant their places in its log, about so many at most,
// and says how many, for the program itself.
func (s *Store) PlaceEvents(ctx context.Context, tenant uuid.UUID, most int) (placed int, err error) {
	if err := s.writer(ctx).GetContext(ctx, &placed, "SELECT event_place($1, $2)", tenant, most); err != nil {
		return 0, translate(err, "place events")
	}
	return placed, nil
}

// OnEvents has tell called after each transaction of this process that may have added
// events, with their tenant: also when the answer to COMMIT was lost. It must not
// block. Set it before the store is used.
func (s *Store) OnEvents(tell func(tenant uuid.UUID)) { s.onEvents = tell }

type addedKey struct{}

// added collects the tenants whose events a transaction adds.
type added map[uuid.UUID]bool

func addsEvents(ctx context.Context, tenant uuid.UUID) {
	if a, ok := ctx.Value(addedKey{}).(added); ok {
		a[tenant] = true
	}
}

// tell tells who gives places of a transaction that is over.
func (a added) tell(s *Store) {
	if s.onEvents == nil {
		return
	}
	for tenant := range a {
		s.onEvents(tenant)
	}
}
