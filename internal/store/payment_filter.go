package store

import (
	"strings"

	"github.com/lib/pq"

	"github.com/paygraph/paygraph/internal/pay"
)

// payment adds the conditions of a payment filter.
func (w *where) payment(f pay.PaymentFilter) {
	w.conditions = append(w.conditions, w.paymentConditions(f)...)
}

// group collects conditions whose arguments go to w.
type group struct {
	w    *where
	list []string
}

func (g *group) and(condition string, args ...any) {
	g.list = append(g.list, g.w.bind(condition, args...))
}

// paymentConditions writes a filter as conditions over alias t.
func (w *where) paymentConditions(f pay.PaymentFilter) []string {
	g := &group{w: w}
	g.byName(f)
	g.byState(f)
	g.bySubject(f)
	g.byAmountAndTime(f)
	g.byAttempt(f)
	if f.IsActive != nil {
		g.and(map[bool]string{true: "t.is_active", false: "NOT t.is_active"}[*f.IsActive]) // so that the planner knows which
	}
	for _, sub := range f.And {
		g.list = append(g.list, allOf(w.paymentConditions(sub)))
	}
	if f.Or != nil {
		ways := []string{"false"} // an empty OR matches nothing
		for _, sub := range f.Or {
			ways = append(ways, allOf(w.paymentConditions(sub)))
		}
		g.list = append(g.list, "("+strings.Join(ways, " OR ")+")")
	}
	return g.list
}

func allOf(conditions []string) string {
	return "(" + strings.Join(append([]string{"true"}, conditions...), " AND ") + ")"
}

func (g *group) byName(f pay.PaymentFilter) {
	g.ids("t.id", pay.KindPayment, f.IDs)
	oneOf(g, "t.human_id", upper(f.HumanIDs))
	oneOf(g, "t.reference_id", f.ReferenceIDs)
	g.ids("t.customer_id", pay.KindCustomer, f.CustomerIDs)
	g.ids("t.business_id", pay.KindBusiness, f.BusinessIDs)
	if f.CustomerEmail != nil {
		g.and("lower(t.customer_email) = lower(?)", *f.CustomerEmail)
	}
	if f.Search != nil {
		like := "%" + escapeLike.Replace(*f.Search) + "%"
		g.and("(t.human_id ILIKE ? OR t.reference_id ILIKE ? OR t.description ILIKE ?)", like, like, like)
	}
	for _, entry := range f.Metadata {
		g.and("t.metadata @> jsonb_build_array(jsonb_build_object('key', ?::text, 'value', ?::text))", entry.Key, entry.Value)
	}
}

// upper returns human ids as they are stored; nil stays nil.
func upper(humanIDs []string) []string {
	if humanIDs == nil {
		return nil
	}
	list := make([]string, len(humanIDs))
	for i, id := range humanIDs {
		list[i] = strings.ToUpper(id)
	}
	return list
}

// escapeLike keeps the caller's % and _ from meaning anything.
var escapeLike = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func (g *group) byState(f pay.PaymentFilter) {
	if f.Status != nil {
		oneOf(g, "t.status", f.Status.In)
		if f.Status.NotIn != nil {
			g.and("NOT t.status = ANY(?)", pq.Array(f.Status.NotIn))
		}
	}
	oneOf(g, `CASE WHEN t.mode = 'SETUP' AND t.status <> 'CONFIRMED' THEN 'NONE' WHEN t.captured_minor > t.final_minor THEN 'OVER' WHEN t.captured_minor = t.final_minor THEN 'FULL'
		WHEN t.captured_minor > 0 THEN 'PARTIAL' ELSE 'NONE' END`, f.CaptureStatus)
	oneOf(g, "t.refund_status", f.RefundStatus)
	oneOf(g, "t.reconciliation_status", f.ReconciliationStatus)
	oneOf(g, "t.module", f.Module)
	oneOf(g, "t.mode", f.Mode)
	oneOf(g, "t.method_type", f.MethodType)
	if f.Attention != nil {
		g.and("t.attention && ?", pq.Array(f.Attention))
	}
	if f.Currency != nil {
		g.and("t.currency = ?", string(*f.Currency))
	}
	if f.HasRefund != nil {
		g.and("(t.refunded_minor > 0) = ?", *f.HasRefund)
	}
	if r := f.StatusReachedAt; r != nil {
		sub := group{w: g.w}
		sub.and("e.status = ?", string(r.Status))
		sub.times("e.created_at", &pay.DateTimeRange{Gte: r.Gte, Lt: r.Lt})
		g.and("EXISTS (SELECT 1 FROM payment_events e WHERE e.tenant_id = t.tenant_id AND e.payment_id = t.id AND " + allOf(sub.list) + ")")
	}
}

func (g *group) bySubject(f pay.PaymentFilter) {
	for _, s := range []struct {
		column string
		kind   pay.Kind
		ids    []string
	}{
		{"order_id", pay.KindOrder, f.OrderIDs},
		{"invoice_id", pay.KindInvoice, f.InvoiceIDs},
		{"subscription_id", pay.KindSubscription, f.SubscriptionIDs},
	} {
		if s.ids != nil {
			g.and("t.id IN (SELECT a.payment_id FROM payment_allocations a WHERE a.tenant_id = t.tenant_id AND a."+
				s.column+" = ANY(?))", pq.Array(pay.ParseIDs(s.kind, s.ids)))
		}
	}
}

func (g *group) byAmountAndTime(f pay.PaymentFilter) {
	g.amounts("t.final_minor", f.Amount)
	g.amounts("t.captured_minor", f.PaidAmount)
	g.times("t.created_at", f.CreatedAt)
	g.times("t.updated_at", f.UpdatedAt)
	g.times("t.paid_at", f.PaidAt)
	g.times("t.scheduled_for", f.ScheduledFor)
}

func (g *group) byAttempt(f pay.PaymentFilter) {
	const attempt = "EXISTS (SELECT 1 FROM transactions x WHERE x.tenant_id = t.tenant_id AND x.payment_id = t.id AND "
	if f.GatewayIDs != nil {
		g.and(attempt+"x.gateway_id = ANY(?))", pq.Array(pay.ParseIDs(pay.KindGateway, f.GatewayIDs)))
	}
	if f.ExternalID != nil {
		g.and(attempt+"x.external_id = ?)", *f.ExternalID)
	}
	if f.ManualReference != nil {
		g.and(attempt+"x.manual_reference = ?)", *f.ManualReference)
	}
}

// oneOf keeps rows whose expression is one of the values; no list keeps all.
func oneOf[T ~string](g *group, expr string, values []T) {
	if values != nil {
		g.and(expr+" = ANY(?)", pq.Array(values))
	}
}

func (g *group) ids(column string, kind pay.Kind, texts []string) {
	if texts != nil {
		g.and(column+" = ANY(?)", pq.Array(pay.ParseIDs(kind, texts)))
	}
}

func (g *group) times(column string, r *pay.DateTimeRange) {
	if r == nil {
		return
	}
	if r.Gte != nil {
		g.and(column+" >= ?", *r.Gte)
	}
	if r.Lt != nil {
		g.and(column+" < ?", *r.Lt)
	}
}

func (g *group) amounts(column string, r *pay.AmountRange) {
	if r == nil {
		return
	}
	if r.Gte != nil {
		g.and(column+" >= ?", *r.Gte)
	}
	if r.Lte != nil {
		g.and(column+" <= ?", *r.Lte)
	}
}
