package service

import (
	"cmp"
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// SubmitManualPaymentInput is money that was paid outside any gateway, for an
// invoice, for orders, or for a payment that is there; exactly one of them.
type SubmitManualPaymentInput struct {
	IdempotencyKey       string
	InvoiceID            *string
	Orders               []PayOrderInput
	PaymentID            *string
	Amount               *pay.MoneyInput
	GatewayID            string
	TransactionReference string
	Notes                *string
	EvidenceURL          *string
	ReferenceID          *string
	Metadata             []pay.MetadataEntry
	// AllowSurplus records money that is there for a payment that is there, up to all that the
	// payment is for, also where less is owed meanwhile. It takes an Amount: what is owed does
	// not say it.
	AllowSurplus bool
}

// SubmitManualPayment records a bank transfer, cash, a check or a wallet payment
// that waits for approval. The reference on the slip is unique for each company,
// method and label, so that the same slip cannot be submitted twice unless it was
// withdrawn or rejected. Customers may submit for what is their own.
func (s *Service) SubmitManualPayment(ctx context.Context, in SubmitManualPaymentInput) (Paid, error) {
	c, err := s.writes(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return Paid{}, err
	}
	in.TransactionReference = pay.CleanReference(in.TransactionReference)
	g, err := s.checkManual(ctx, c, in)
	if err != nil {
		return Paid{}, err
	}
	id := pay.NewID()
	attempt := pay.Transaction{ID: id, GatewayID: g.ID, MethodType: g.MethodType, MethodLabel: g.MethodLabel, AutoCapture: true,
		ManualReference: &in.TransactionReference, Notes: in.Notes, EvidenceURL: in.EvidenceURL,
		Details: pay.MethodDetails{Manual: &pay.ManualDetails{Label: g.MethodLabel, Reference: &in.TransactionReference}}}
	var result Paid
	if in.PaymentID != nil {
		result, err = s.submitTo(ctx, c, in, g, attempt)
	} else {
		result, err = s.submitNew(ctx, c, in, g, attempt)
	}
	if store.IsDuplicateManualReference(err) {
		err = c.sameSlip(ctx, attempt)
	}
	return result, err
}

// sameSlip refuses a slip that was submitted before, and names the attempt where the
// caller may see it.
func (c caller) sameSlip(ctx context.Context, attempt pay.Transaction) error {
	found, err := first(c.rows.TransactionsOfSlip(ctx, attempt))
	if err != nil {
		return err
	}
	existing := ""
	if found != nil {
		existing = found.GlobalID()
	}
	return pay.Errors{duplicateReference(existing, pay.At("input", "transactionReference"))}
}

// checkManual checks what does not need a lock, and reads the gateway.
func (s *Service) checkManual(ctx context.Context, c caller, in SubmitManualPaymentInput) (pay.PaymentGateway, error) {
	at := pay.At("input")
	var faults checks
	named := 0
	for _, set := range []bool{in.InvoiceID != nil, in.PaymentID != nil, in.Orders != nil} {
		if set {
			named++
		}
	}
	switch {
	case named == 0:
		faults.Addf(pay.CodeRequired, at, "Give invoiceId, orders or paymentId.")
	case named > 1:
		faults.Addf(pay.CodeInvalidInput, at, "Give only one of invoiceId, orders and paymentId.")
	case in.Orders != nil:
		faults.bulk(len(in.Orders), maxPaidOrders, at.Then("orders"))
		if in.Amount != nil {
			faults.Addf(pay.CodeInvalidInput, at.Then("amount"), "Amounts of orders stand with each order.")
		}
	}
	if in.PaymentID != nil {
		faults.onlyNew(in.ReferenceID != nil, at.Then("referenceId"))
		faults.onlyNew(in.Metadata != nil, at.Then("metadata"))
	}
	switch {
	case !in.AllowSurplus:
	case in.PaymentID == nil: // nothing that is paid gets a payment more
		faults.Addf(pay.CodeInvalidInput, at.Then("allowSurplus"), "It is for a payment that is there; name it by paymentId.")
	case in.Amount == nil:
		faults.Addf(pay.CodeRequired, at.Then("amount"), "With allowSurplus say how much was paid.")
	}
	faults.text(&in.TransactionReference, 1, 255, at.Then("transactionReference"))
	faults.text(in.Notes, 0, 2000, at.Then("notes"))
	faults.url(in.EvidenceURL, c.Environment, at.Then("evidenceUrl"))
	faults.reference(in.ReferenceID, at)
	faults.metadata(in.Metadata, at.Then("metadata"))
	g, err := first(c.rows.Gateways(ctx, pay.ParseIDs(pay.KindGateway, []string{in.GatewayID})))
	switch {
	case err != nil:
		return pay.PaymentGateway{}, err
	case g == nil:
		faults.Add(notFound("gateway", at.Then("gatewayId")))
		return pay.PaymentGateway{}, faults.Err()
	case g.Kind != pay.KindManual:
		faults.Addf(pay.CodeGatewayUnavailable, at.Then("gatewayId"), "The gateway is asked for money itself; manual payments need one of kind MANUAL.")
	case c.PaymentID != nil && g.MethodType == pay.MethodCash: // whoever has the link has given nobody cash
		faults.Addf(pay.CodeGatewayUnavailable, at.Then("gatewayId"), "Cash is told by who took it.")
	}
	return *g, faults.Err()
}

// onlyNew refuses what only a payment that is made now can take.
func (c *checks) onlyNew(given bool, at pay.Path) {
	if given {
		c.Addf(pay.CodeInvalidInput, at, "It is for a new payment; with paymentId the payment keeps its own.")
	}
}

// submit adds the manual attempt, unless its gateway does not take it: a repeat of
// what was submitted before gets its answer all the same.
func (in SubmitManualPaymentInput) submit(state *pay.State, g pay.PaymentGateway, country string, attempt pay.Transaction) error {
	amount := pay.At("input", "amount")
	if in.Orders != nil {
		amount = pay.At("input", "orders")
	}
	if list := limits(g, state.Payment.Currency, country); len(list) > 0 {
		list[0].Path = pay.At("input", "gatewayId")
		return refused(list[0].Error)
	}
	may, add := state.MaySubmit, state.Submit
	if in.AllowSurplus {
		may, add = state.MaySubmitPaid, state.SubmitPaid
	}
	if most, refusal := may(); refusal == nil {
		if low := tooLittle(g, state.Payment.Currency, cmp.Or(attempt.RequestedMinor, most), amount); low != nil {
			return refused(low)
		}
	}
	refusal := add(attempt)
	if all, no := state.MaySubmitPaid(); refusal != nil && in.PaymentID != nil && !in.AllowSurplus && no == nil && attempt.RequestedMinor <= all {
		refusal.Message += " If the money is there all the same, submit its amount with allowSurplus."
	}
	return refused(refusal)
}

func (in SubmitManualPaymentInput) content(subject content, minor *int64) content {
	c := content{"gateway": idContent(pay.KindGateway, &in.GatewayID), "manualReference": in.TransactionReference, "notes": in.Notes,
		"evidence": in.EvidenceURL, "reference": in.ReferenceID, "metadata": metadataContent(in.Metadata), "minor": minor, "surplus": in.AllowSurplus}
	for name, value := range subject {
		c[name] = value
	}
	return c
}

// submitTo adds the manual attempt to a payment that is there.
func (s *Service) submitTo(ctx context.Context, c caller, in SubmitManualPaymentInput, g pay.PaymentGateway, attempt pay.Transaction) (Paid, error) {
	p, err := c.visiblePayment(ctx, *in.PaymentID, pay.At("input", "paymentId"))
	if err != nil {
		return Paid{}, err
	}
	minor, err := positive(in.Amount, p.Currency, pay.At("input", "amount"))
	if err != nil {
		return Paid{}, err
	}
	country, err := s.countryOf(ctx, c, p, g)
	if err != nil {
		return Paid{}, err
	}
	enabled, err := c.rows.EnabledGatewaysOf(ctx, []uuid.UUID{p.ID})
	if err != nil {
		return Paid{}, err
	}
	wish := intention{operation: opSubmit, key: in.IdempotencyKey, subject: attempt.ID, content: in.content(content{"payment": p.ID}, minor)}
	_, earlier, err := s.command(ctx, c, p.ID, wish, func(_ context.Context, state *pay.State) error {
		state.Traits[g.ID] = gateway.TraitsOf(s.connectors[g.Connector], g)
		if minor != nil {
			attempt.RequestedMinor = *minor
		}
		if !isEnabled(enabled, g.ID) {
			return refused(notAllowed(pay.At("input", "gatewayId")))
		}
		return in.submit(state, g, country, attempt)
	})
	if err != nil {
		return Paid{}, err
	}
	return s.submitted(ctx, c, attempt.ID, earlier)
}

// submitNew makes a payment for an invoice or for orders, with the manual attempt.
func (s *Service) submitNew(ctx context.Context, c caller, in SubmitManualPaymentInput, g pay.PaymentGateway, attempt pay.Transaction) (Paid, error) {
	intent := &paymentIntent{service: s, caller: c, intention: intention{operation: opSubmit, key: in.IdempotencyKey, subject: attempt.ID},
		reference: in.ReferenceID, paymentID: pay.NewID(), orders: orderIDs(in.Orders)}
	if err := intent.lockInvoice(ctx, in.InvoiceID); err != nil {
		return Paid{}, err
	}
	intent.content = func(orders []pay.Order) content { return in.newContent(orders) }
	intent.draft = func(ctx context.Context, orders []pay.Order, invoices []pay.Invoice) (paymentDraft, error) {
		p, err := s.manualPlan(ctx, c, in, orders, invoices)
		if err != nil {
			return paymentDraft{}, err
		}
		p.gateway = g
		d := p.draft(pay.Payment{ReferenceID: in.ReferenceID, Mode: pay.ModePayment, SelectedGatewayID: &g.ID, Metadata: in.Metadata})
		d.traits = map[uuid.UUID]pay.Traits{g.ID: gateway.TraitsOf(s.connectors[g.Connector], g)}
		country, err := s.payerCountry(ctx, c, g, nil, p.customer.Address)
		if err != nil {
			return paymentDraft{}, err
		}
		d.start = func(state *pay.State) error {
			attempt.RequestedMinor = p.finalMinor
			return in.submit(state, g, country, attempt)
		}
		return d, nil
	}
	if err := intent.commit(ctx); err != nil {
		return Paid{}, err
	}
	return s.submitted(ctx, c, attempt.ID, intent.earlier)
}

func (in SubmitManualPaymentInput) newContent(orders []pay.Order) content {
	if in.InvoiceID != nil {
		c := in.content(content{"invoice": idContent(pay.KindInvoice, in.InvoiceID)}, nil)
		c["amount"] = moneyContent(in.Amount)
		return c
	}
	return in.content(content{"orders": orderContents(in.Orders, orders)}, nil)
}

// manualPlan checks an invoice or orders that are paid by hand.
func (s *Service) manualPlan(ctx context.Context, c caller, in SubmitManualPaymentInput, orders []pay.Order, invoices []pay.Invoice) (plan, error) {
	var faults checks
	p := plan{orders: orders, invoices: invoices}
	if in.InvoiceID != nil {
		p.payInvoice(&faults, in.Amount, pay.At("input"))
	} else {
		p.readParts(&faults, in.Orders)
	}
	if faults.Any() {
		return plan{}, faults.Err()
	}
	if err := p.readCustomer(ctx, c); err != nil {
		return plan{}, err
	}
	if in.InvoiceID != nil {
		return p, nil
	}
	return p, p.fill(ctx, c)
}

// submitted answers with the manual attempt as it is.
func (s *Service) submitted(ctx context.Context, c caller, id uuid.UUID, earlier *store.IdempotencyKey) (Paid, error) {
	if earlier != nil {
		id = earlier.SubjectID
	}
	result, err := s.paid(ctx, c, id)
	result.Replayed = earlier != nil
	return result, err
}
