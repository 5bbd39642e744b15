package service

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// CreatePaymentInput is a payment to be made without an attempt.
type CreatePaymentInput struct {
	PurposeInput
	IdempotencyKey   string
	ParentPaymentID  *string
	GatewayID        *string
	GatewayIDs       []string
	PaymentMethodID  *string
	ReferenceID      *string
	Module           *pay.PaymentModule
	ScheduledFor     *time.Time
	ExpiresAt        *time.Time
	AutomaticRetries int
	BillingAddress   *pay.Address
	Description      *string
	Metadata         []pay.MetadataEntry
}

// CreatedPayment is what became of a request to make a payment.
type CreatedPayment struct {
	Payment  pay.Payment
	Replayed bool
}

// CreatePayment makes a payment that is attempted later: by processPayment, on its
// date, or never. It asks for nothing yet, so it reserves nothing of its orders.
// One whose discounts leave nothing to collect is complete at once. Customers may
// make payments for what is their own, but set no prices.
func (s *Service) CreatePayment(ctx context.Context, in CreatePaymentInput) (CreatedPayment, error) {
	admit := s.writes
	if in.setsPrice() {
		admit = s.maintains
	}
	c, err := admit(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return CreatedPayment{}, err
	}
	in.PurposeInput = in.by(c.Actor)
	if err := in.check(s.clock()); err != nil {
		return CreatedPayment{}, err
	}
	intent := &paymentIntent{service: s, caller: c, intention: intention{operation: opCreatePayment, key: in.IdempotencyKey, subject: pay.NewID()},
		reference: in.ReferenceID, paymentID: pay.NewID(), orders: orderIDs(in.Orders)}
	if err := intent.lockInvoice(ctx, in.InvoiceID); err != nil {
		return CreatedPayment{}, err
	}
	intent.content = in.content
	intent.draft = func(ctx context.Context, orders []pay.Order, invoices []pay.Invoice) (paymentDraft, error) {
		return s.draftPayment(ctx, c, in, orders, invoices)
	}
	if err := intent.commit(ctx); err != nil {
		return CreatedPayment{}, err
	}
	id := intent.paymentID
	if intent.earlier != nil {
		id = intent.earlier.PaymentID
	}
	found, err := c.payments(c.rows.Payments(ctx, []uuid.UUID{id}))
	if err == nil && len(found) == 0 { // of another customer: not theirs to know
		err = pay.Errors{keyReused(*intent.earlier)}
	}
	if err != nil {
		return CreatedPayment{}, err
	}
	return CreatedPayment{Payment: found[0], Replayed: intent.earlier != nil}, nil
}

// lockInvoice has the invoice locked, after the order that it bills.
func (i *paymentIntent) lockInvoice(ctx context.Context, id *string) error {
	if id == nil {
		return nil
	}
	invoice, err := i.caller.visibleInvoice(ctx, *id)
	if err != nil {
		return err
	}
	if i.invoices = []uuid.UUID{invoice.ID}; invoice.OrderID != nil {
		i.orders = []uuid.UUID{*invoice.OrderID}
	}
	return nil
}

func (in CreatePaymentInput) check(now time.Time) error {
	at := pay.At("input")
	var c checks
	c.reference(in.ReferenceID, at)
	c.description(in.Description, at.Then("description"))
	c.metadata(in.Metadata, at.Then("metadata"))
	c.address(in.BillingAddress, at.Then("billingAddress"))
	if len(in.GatewayIDs) > 50 {
		c.Addf(pay.CodeTooManyItems, at.Then("gatewayIds"), "At most 50 gateways are accepted.")
	}
	in.PurposeInput.check(&c, at)
	in.checkTimes(&c, now, at)
	return c.Err()
}

func (in CreatePaymentInput) checkTimes(c *checks, now time.Time, at pay.Path) {
	for name, date := range map[string]*time.Time{"scheduledFor": in.ScheduledFor, "expiresAt": in.ExpiresAt} {
		if date != nil && !date.After(now) {
			c.Addf(pay.CodeInvalidInput, at.Then(name), "The date must lie ahead.")
		}
	}
	if in.ScheduledFor != nil && in.ExpiresAt != nil && !in.ExpiresAt.After(*in.ScheduledFor) {
		c.Addf(pay.CodeInvalidInput, at.Then("expiresAt"), "The payment would expire before it is attempted.")
	}
	c.retries(in.AutomaticRetries, at)
	if in.SubscriptionID == nil { // else known once the subscription is
		in.checkUnattended(c, in.PaymentMethodID != nil)
	}
}

// checkUnattended refuses to attempt by itself what has no stored method.
func (in CreatePaymentInput) checkUnattended(c *checks, hasMethod bool) {
	if (in.ScheduledFor != nil || in.AutomaticRetries > 0) && !hasMethod {
		c.Addf(pay.CodeRequired, pay.At("input", "paymentMethodId"), "What is attempted without the payer needs a stored method.")
	}
}

// content is what tells one request to make a payment from another.
func (in CreatePaymentInput) content(orders []pay.Order) content {
	c := in.PurposeInput.content(orders)
	maps.Copy(c, content{"parent": idContent(pay.KindPayment, in.ParentPaymentID), "gateway": idContent(pay.KindGateway, in.GatewayID),
		"method": idContent(pay.KindMethod, in.PaymentMethodID), "reference": in.ReferenceID, "module": in.Module, "retries": in.AutomaticRetries,
		"billingAddress": addressContent(in.BillingAddress), "description": in.Description, "metadata": metadataContent(in.Metadata)})
	var gateways []any
	for _, id := range in.GatewayIDs {
		gateways = append(gateways, idContent(pay.KindGateway, &id))
	}
	c["gateways"] = gateways
	if in.ScheduledFor != nil {
		c["scheduledFor"] = timeContent(*in.ScheduledFor)
	}
	if in.ExpiresAt != nil {
		c["expiresAt"] = timeContent(*in.ExpiresAt)
	}
	return c
}

// draftPayment checks the request against what it names.
func (s *Service) draftPayment(ctx context.Context, c caller, in CreatePaymentInput, orders []pay.Order, invoices []pay.Invoice) (paymentDraft, error) {
	p, err := s.plan(ctx, c, PreviewPaymentInput{PurposeInput: in.PurposeInput, Capture: true}, orders, invoices)
	if err != nil {
		return paymentDraft{}, err
	}
	var faults checks
	if sub := p.subscription; sub != nil && sub.PaymentMethodID != nil && in.GatewayID == nil && in.PaymentMethodID == nil {
		in.PaymentMethodID = ptr(pay.FormatID(pay.KindMethod, *sub.PaymentMethodID))
	}
	in.checkUnattended(&faults, in.PaymentMethodID != nil)
	base := pay.Payment{ReferenceID: in.ReferenceID, Mode: in.Mode, Module: in.Module, BillingAddress: in.BillingAddress, Description: in.Description,
		Metadata: in.Metadata, ScheduledFor: in.ScheduledFor, ExpiresAt: in.ExpiresAt, RetriesLeft: in.AutomaticRetries}
	if base.ParentPaymentID, err = c.parentPayment(ctx, in.ParentPaymentID, p, &faults); err != nil {
		return paymentDraft{}, err
	}
	enabled, err := s.chooseGateways(ctx, c, &p, in, &faults)
	if err != nil {
		return paymentDraft{}, err
	}
	if p.gateway.ID != uuid.Nil {
		base.SelectedGatewayID = &p.gateway.ID
	}
	d := p.draft(base)
	d.enabled = enabled
	return d, faults.Err()
}

// parentPayment finds the payment that this one belongs to: of the same customer,
// where both have one, and in the same currency.
func (c caller) parentPayment(ctx context.Context, id *string, p plan, faults *checks) (*uuid.UUID, error) {
	if id == nil {
		return nil, nil
	}
	at := pay.At("input", "parentPaymentId")
	parent, err := first(c.rows.Payments(ctx, pay.ParseIDs(pay.KindPayment, []string{*id})))
	if err != nil {
		return nil, err
	}
	if parent == nil {
		faults.Add(notFound("payment", at))
		return nil, nil
	}
	if parent.CustomerID != nil && p.customer.ID != uuid.Nil && *parent.CustomerID != p.customer.ID {
		faults.Addf(pay.CodeInvalidInput, at, "The payment is another customer's.")
	}
	if parent.Currency != p.currency {
		faults.Addf(pay.CodeCurrencyMismatch, at, "The payment is in %s, and this one in %s.", parent.Currency, p.currency)
	}
	return &parent.ID, nil
}

// chooseGateways reads the gateways that the payment may use, its own one and its
// stored method.
func (s *Service) chooseGateways(ctx context.Context, c caller, p *plan, in CreatePaymentInput, faults *checks) (enabled []uuid.UUID, err error) {
	at := pay.At("input")
	known, err := fetch(ctx, pay.ParseIDs(pay.KindGateway, in.GatewayIDs), c.rows.Gateways, gatewayID)
	if err != nil {
		return nil, err
	}
	for i, text := range in.GatewayIDs {
		id, _ := pay.ParseID(pay.KindGateway, text)
		switch {
		case known[id].ID == uuid.Nil:
			faults.Add(notFound("gateway", at.Then("gatewayIds").Index(i)))
		case slices.Contains(enabled, id):
			faults.Addf(pay.CodeInvalidInput, at.Then("gatewayIds").Index(i), "The gateway is named twice.")
		default:
			faults.Add(s.cannotTake(c, *p, known[id]).at(at.Then("gatewayIds").Index(i)))
			enabled = append(enabled, id)
		}
	}
	if in.GatewayID == nil && in.PaymentMethodID == nil {
		return enabled, nil
	}
	if err := s.chooseGateway(ctx, c, p, in.GatewayID, in.PaymentMethodID, faults); err != nil || faults.Any() {
		return nil, err
	}
	if len(enabled) > 0 && !slices.Contains(enabled, p.gateway.ID) {
		faults.Addf(pay.CodeGatewayUnavailable, p.tenderPath(), "The gateway is not among gatewayIds.")
	}
	faults.Add(s.cannotTake(c, *p, p.gateway).at(p.tenderPath()))
	if m := p.method; m != nil && !m.Pays(&p.customer.ID) {
		faults.Add(noSuchMethod(at.Then("paymentMethodId")))
	}
	return enabled, nil
}
