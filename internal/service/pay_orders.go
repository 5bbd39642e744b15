package service

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// PayOrdersInput is what to pay, and through which gateway or stored method.
type PayOrdersInput struct {
	IdempotencyKey  string
	Orders          []PayOrderInput
	GatewayID       *string
	PaymentMethodID *string
	PaymentToken    *string
	Capture         bool
	VoucherCount    *int
	MethodType      *pay.PaymentMethodType
	Form            []FormValueInput
	ReferenceID     *string
	Module          *pay.PaymentModule
	BillingAddress  *pay.Address
	Description     *string
	Metadata        []pay.MetadataEntry
}

// Paid is what became of a request to pay.
type Paid struct {
	Payment     pay.Payment
	Transaction pay.Transaction
	// Operation is what the request asked the gateway to do about the attempt, if it
	// asked for such.
	Operation *pay.Operation
	// Replayed: the idempotency key was used before, and this is that payment.
	Replayed bool
}

// PayOrders pays orders in three steps, each safe to repeat: the intent is
// committed, the gateway is asked outside any transaction, its answer is
// settled in another. A repeat with the same key and input returns the same
// payment, and asks the gateway what became of an attempt without a result.
// A decline is a result, not an error.
func (s *Service) PayOrders(ctx context.Context, in PayOrdersInput) (Paid, error) {
	c, err := s.writes(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return Paid{}, err
	}
	if err := in.check(); err != nil {
		return Paid{}, err
	}
	ids, transactionID := orderIDs(in.Orders), pay.NewID()
	var p plan
	intent := &paymentIntent{service: s, caller: c, intention: intention{operation: opPayOrders, key: in.IdempotencyKey, subject: transactionID},
		reference: in.ReferenceID, paymentID: pay.NewID(), orders: ids,
		content: func(orders []pay.Order) content { return payOrdersContent(in, orders) }}
	intent.draft = func(ctx context.Context, orders []pay.Order, invoices []pay.Invoice) (paymentDraft, error) {
		var err error
		if p, err = s.plan(ctx, c, in.preview(), orders, invoices); err != nil {
			return paymentDraft{}, err
		}
		if in.GatewayID == nil && in.PaymentMethodID == nil {
			if err := s.route(ctx, c, &p, in.routeWish(p)); err != nil {
				return paymentDraft{}, err
			}
		}
		var faults checks
		brought := faults.means(p, in.PaymentToken, in.VoucherCount, in.Form)
		return s.draftOfOrders(in, p, brought, transactionID), faults.Err()
	}
	if err := intent.commit(ctx); err != nil {
		return Paid{}, err
	}
	if intent.earlier != nil {
		return s.replay(ctx, c, *intent.earlier)
	}
	if intent.made == nil { // committed, but the answer was lost
		return s.replay(ctx, c, store.IdempotencyKey{PaymentID: intent.paymentID, SubjectID: transactionID})
	}
	w, err := s.newWork(c, intent.made.Payment, intent.made.Attempts[0], p.gateway, p.method)
	if err != nil {
		return Paid{}, err
	}
	return s.attempt(ctx, c, w, false)
}

// routeWish is what the company's rules are asked with.
func (in PayOrdersInput) routeWish(p plan) routeWish {
	return routeWish{seed: in.IdempotencyKey, minor: p.finalMinor, methodType: in.MethodType, token: in.PaymentToken, vouchers: in.VoucherCount,
		form: in.Form, billing: in.BillingAddress, home: p.customer.Address}
}

// preview asks for the same orders, gateway and method.
func (in PayOrdersInput) preview() PreviewPaymentInput {
	asked := PreviewPaymentInput{PurposeInput: PurposeInput{Mode: pay.ModePayment, Orders: in.Orders}, GatewayID: in.GatewayID, PaymentMethodID: in.PaymentMethodID, Capture: in.Capture}
	if in.BillingAddress != nil {
		asked.BillingCountry = in.BillingAddress.Country
	}
	return asked
}

// draftOfOrders makes the payment that a plan comes to, with its first attempt.
func (s *Service) draftOfOrders(in PayOrdersInput, p plan, brought means, transactionID uuid.UUID) paymentDraft {
	base := pay.Payment{ReferenceID: in.ReferenceID, Mode: pay.ModePayment, Module: in.Module, BillingAddress: in.BillingAddress,
		Description: in.Description, Metadata: in.Metadata}
	if p.routing == nil { // what rules chose, they choose anew where somebody pays once more
		base.SelectedGatewayID = &p.gateway.ID
	}
	d := p.draft(base)
	d.traits = map[uuid.UUID]pay.Traits{p.gateway.ID: gateway.TraitsOf(s.connectors[p.gateway.Connector], p.gateway)}
	d.start = func(state *pay.State) error {
		t := p.gatewayAttempt(transactionID, p.finalMinor, in.Capture, brought)
		refusal, err := state.StartAttempt(t)
		return cmp.Or(err, refused(refusal))
	}
	return d
}

// gatewayAttempt is an attempt at the plan's gateway.
func (p plan) gatewayAttempt(id uuid.UUID, minor int64, capture bool, m means) pay.Transaction {
	t := pay.Transaction{ID: id, GatewayID: p.gateway.ID, MethodType: p.gateway.MethodType, MethodLabel: p.gateway.MethodLabel,
		Status: pay.TransactionCreated, AutoCapture: capture, RequestedMinor: minor, Token: m.token, Form: m.form, Routing: p.routing}
	if p.gateway.Kind == pay.KindVoucher {
		t.VouchersTendered = m.vouchers
		if m.vouchers == nil {
			t.VouchersTendered = ptr(1)
		}
	}
	if p.method != nil {
		t.PaymentMethodID, t.Details = &p.method.ID, p.method.Details
		t.HolderName, t.HolderEmail = p.method.HolderName, p.method.HolderEmail
	}
	return t
}

func (in PayOrdersInput) check() error {
	at := pay.At("input")
	var c checks
	c.bulk(len(in.Orders), maxPaidOrders, at.Then("orders")) // before any of them is locked
	c.reference(in.ReferenceID, at)
	c.description(in.Description, at.Then("description"))
	c.metadata(in.Metadata, at.Then("metadata"))
	c.address(in.BillingAddress, at.Then("billingAddress"))
	if in.MethodType != nil && (in.GatewayID != nil || in.PaymentMethodID != nil) {
		c.Add(methodTypeNamed(at))
	}
	c.tender(in.PaymentToken, in.PaymentMethodID, in.VoucherCount, at)
	return c.Err()
}

func orderIDs(list []PayOrderInput) []uuid.UUID {
	texts := make([]string, len(list))
	for i, o := range list {
		texts[i] = o.OrderID
	}
	ids := pay.ParseIDs(pay.KindOrder, texts)
	slices.SortFunc(ids, compareIDs)
	return slices.Compact(ids)
}
