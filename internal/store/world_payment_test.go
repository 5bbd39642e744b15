package store_test

import (
	"context"
	"errors"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// makePayments makes a payment with every field set whose parent is the bare
// one, and what hangs on the two.
func (w *world) makePayments() {
	payment := filled(w.f, func(p *pay.Payment) {
		p.HumanID, p.CustomerID, p.BusinessID = "ABC234", &w.customers[0].ID, &w.businesses[0].ID
		p.PaymentMethodID, p.SelectedGatewayID = &w.methods[0].ID, &w.gateways[0].ID
		p.TotalMinor, p.DiscountMinor, p.FinalMinor = 1000, 100, 900
		p.CapturedMinor, p.ConfirmedMinor, p.VoucherMinor, p.RefundedMinor = 800, 700, 300, 200
		p.RetriesLeft = 3
	})
	other := bare(payment, func(p *pay.Payment) { p.ID, p.HumanID = pay.NewID(), "XYZ789" })
	payment.ParentPaymentID = &other.ID
	attempt := filled(w.f, func(x *pay.Transaction) {
		x.PaymentID, x.AttemptNumber, x.GatewayID, x.PaymentMethodID = payment.ID, 2, w.gateways[0].ID, &w.methods[0].ID
		x.CapturedMinor, x.ConfirmedMinor, x.RefundedMinor, x.VoucherMinor, x.ToldRefundedMinor, x.UnexplainedMinor = 800, 700, 200, 300, 200, 100
	})
	poor := bare(attempt, func(x *pay.Transaction) { x.ID, x.PaymentID, x.VoucherMinor = pay.NewID(), other.ID, 0 })
	w.payments = []store.NewPayment{{Payment: payment, Transactions: []pay.Transaction{attempt}, Lines: w.lines(payment.ID, other.ID)[:2], Discounts: w.discounts(payment.ID, other.ID)[:3],
		Enabled: []pay.EnabledGateway{{PaymentID: payment.ID, GatewayID: w.gateways[0].ID, Position: 1}}},
		{Payment: other, Transactions: []pay.Transaction{poor}, Lines: w.lines(payment.ID, other.ID)[2:], Discounts: w.discounts(payment.ID, other.ID)[3:]}}
	w.makeParts(payment, other, attempt)
}

func (w *world) makeParts(payment, other pay.Payment, attempt pay.Transaction) {
	full := filled(w.f, func(a *pay.PaymentAllocation) {
		a.PaymentID, a.Position, a.RefundedMinor, a.SurplusMinor = payment.ID, 1, 1, 1
		a.OrderID, a.InvoiceID, a.SubscriptionID = &w.orders[0].ID, &w.invoices[0].ID, &w.subscriptions[0].ID
		a.DueOn = ptr(a.DueOn.Truncate(24 * time.Hour))
	})
	w.payments[0].Allocations = []pay.PaymentAllocation{full}
	w.payments[1].Allocations = []pay.PaymentAllocation{bare(full, func(a *pay.PaymentAllocation) {
		a.ID, a.PaymentID, a.SubjectKind, a.OrderID = pay.NewID(), other.ID, pay.SubjectOrder, &w.orders[1].ID
	})}
	refund := filled(w.f, func(r *pay.Refund) { r.PaymentID, r.TransactionID = payment.ID, attempt.ID })
	operation := filled(w.f, func(o *pay.Operation) {
		o.PaymentID, o.TransactionID, o.Kind, o.RefundID = payment.ID, attempt.ID, pay.OperationCancelRefund, &refund.ID
	})
	w.operations = []pay.Operation{operation, bare(operation, func(o *pay.Operation) {
		o.ID, o.Kind, o.Status = pay.NewID(), pay.OperationVoid, pay.OperationPending
	})}
	w.refunds = []pay.Refund{refund, bare(refund, func(r *pay.Refund) { r.ID, r.Status = pay.NewID(), "PENDING" })}
	event := filled(w.f, func(e *pay.PaymentEvent) {
		e.PaymentID, e.Seq, e.TransactionID, e.RefundID, e.OperationID = payment.ID, 1, &attempt.ID, &refund.ID, &operation.ID
		e.ChangedFields = pay.Strings[string]{"isActive", "scheduledFor"}
		e.Position = nil // until they are placed
	})
	w.events = []pay.PaymentEvent{event, bare(event, func(e *pay.PaymentEvent) { e.ID, e.Seq = pay.NewID(), 2 })}
	first := bare(event, func(e *pay.PaymentEvent) { e.ID, e.PaymentID = pay.NewID(), other.ID })
	w.payments[1].Events = []pay.PaymentEvent{first}
	w.settlement = filled(w.f, func(s *pay.Settlement) { s.GatewayID = w.gateways[0].ID })
	line := filled(w.f, func(l *pay.SettlementLine) {
		l.SettlementID, l.GatewayID, l.TransactionID, l.PaymentID = w.settlement.ID, w.gateways[0].ID, &attempt.ID, &payment.ID
		l.SettledOn = l.SettledOn.Truncate(24 * time.Hour)
	})
	w.settled = []pay.SettlementLine{line, bare(line, func(l *pay.SettlementLine) {
		l.ID, l.ExternalID, l.Outcome = pay.NewID(), "another", pay.SettlementOrphan
	})}
	entry := filled(w.f, func(e *pay.LedgerEntry) {
		e.PaymentID, e.DebitGatewayID, e.CreditGatewayID = payment.ID, &w.gateways[0].ID, &w.gateways[0].ID
		e.DebitCustomerID, e.CreditCustomerID, e.CreditKind = &w.customers[0].ID, &w.customers[1].ID, pay.LedgerSettled
	})
	w.entries = []pay.LedgerEntry{entry, bare(entry, func(e *pay.LedgerEntry) {
		e.ID, e.Position, e.DebitKind, e.CreditKind, e.AmountMinor = pay.NewID(), 77, pay.LedgerPayouts, pay.LedgerSuspense, 5
	})}
	w.simulation = filled(w.f, func(m *pay.Simulation) { m.TransactionID, m.PaymentID, m.RefundID = attempt.ID, payment.ID, &refund.ID })
	hook := filled(w.f, func(e *store.NewWebhookEvent) {
		e.GatewayID, e.TransactionID, e.PaymentID, e.WakeAt = w.gateways[0].ID, &attempt.ID, &payment.ID, nil
		// What was reported was asked for under nobody's lease.
		e.Report.Fact.Answered = false
		e.Report.Fact.Lease, e.Report.Operation.Fact.Lease, e.Report.Refund.Fact.Lease = time.Time{}, time.Time{}, time.Time{}
	})
	w.hooks = []store.NewWebhookEvent{hook, bare(hook, func(e *store.NewWebhookEvent) {
		e.ID, e.EventID, e.Body, e.WakeAt = pay.NewID(), "another", []byte{1}, &hook.ReceivedAt
	})}
	w.intent = filled(w.f, func(k *store.IdempotencyKey) { k.PaymentID = payment.ID })
}

// insertPayments adds the payments, and the subscriptions that they refer to.
func (w *world) insertPayments() {
	w.write(func(ctx context.Context) error {
		return errors.Join(w.rows.InsertSubscription(ctx, w.subscriptions[0]), w.rows.InsertSubscription(ctx, w.subscriptions[1]),
			w.rows.InsertNewPayment(ctx, w.payments[1]), w.rows.InsertNewPayment(ctx, w.payments[0]),
			w.rows.SaveChange(ctx, store.PaymentChange{Payment: w.payments[0].Payment, NewOperations: w.operations, NewRefunds: w.refunds,
				Events: w.events, CreditMinor: w.credit.BalanceMinor, Ledger: w.entries}),
			w.rows.InsertIdempotencyKey(ctx, w.intent), w.rows.InsertIdempotencyKey(ctx, w.spent()),
			w.rows.InsertSettlement(ctx, w.settlement), w.rows.InsertSettlementLines(ctx, w.settled),
			w.rows.InsertSimulation(ctx, w.simulation), w.insertHook(ctx, w.rows, w.hooks[0]), w.insertHook(ctx, w.rows, w.hooks[1]))
	})
}

// placeEvents gives the events their places.
func (w *world) placeEvents() {
	w.t.Helper()
	w.write(func(ctx context.Context) error {
		_, err := w.store.PlaceEvents(ctx, w.tenant.ID, 100)
		return err
	})
	for _, list := range [][]pay.PaymentEvent{w.events, w.payments[1].Events} {
		for i := range list {
			if err := w.db.GetContext(w.t.Context(), &list[i].Position, "SELECT position FROM payment_events WHERE id = $1", list[i].ID); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

// spent is a key whose request came to nothing.
func (w *world) spent() store.IdempotencyKey {
	k := w.intent
	k.Key = "spent"
	return k
}

// insertHook stores an event that must be new.
func (w *world) insertHook(ctx context.Context, rows store.Tenant, e store.NewWebhookEvent) error {
	isNew, err := rows.InsertWebhookEvent(ctx, e)
	if err == nil && !isNew {
		err = errors.New("the event was there")
	}
	return err
}
