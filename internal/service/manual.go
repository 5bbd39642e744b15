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
}

// SubmitManualPayment records a bank transfer, cash, a check or a wallet payment
// that waits for approval. The reference on the slip is unique for each company
// and method, so that the same slip cannot be submitted twice. Customers may
// submit for what is their own.
func (s *Service) SubmitManualPayment(ctx context.Context, in SubmitManualPaymentInput) (Paid, error) {
	c, err := s.writes(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return Paid{}, err
	}
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
		err = pay.Errors{duplicateReference("", pay.At("input", "transactionReference"))}
	}
	return result, err
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
	}
	return *g, faults.Err()
}

// submit adds the manual attempt, unless its gateway is disabled: a repeat of what
// was submitted before gets its answer all the same.
func submit(state *pay.State, g pay.PaymentGateway, attempt pay.Transaction) error {
	if !g.IsEnabled {
		return refused(disabled(pay.At("input", "gatewayId")))
	}
	return refused(state.Submit(attempt))
}

func (in SubmitManualPaymentInput) content(subject content, minor *int64) content {
	c := content{"gateway": idContent(pay.KindGateway, &in.GatewayID), "manualReference": in.TransactionReference, "notes": in.Notes,
		"evidence": in.EvidenceURL, "reference": in.ReferenceID, "metadata": metadataContent(in.Metadata), "minor": minor}
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
	wish := intention{operation: opSubmit, key: in.IdempotencyKey, subject: attempt.ID, content: in.content(content{"payment": p.ID}, minor)}
	_, earlier, err := s.command(ctx, c, p.ID, wish, func(_ context.Context, state *pay.State) error {
		state.Traits[g.ID] = gateway.TraitsOf(s.connectors[g.Connector], g)
		if minor != nil {
			attempt.RequestedMinor = *minor
		}
		return submit(state, g, attempt)
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
		d.start = func(state *pay.State) error {
			attempt.RequestedMinor = p.finalMinor
			return submit(state, g, attempt)
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

// ApproveManualPaymentInput says that the money of a manual payment arrived.
type ApproveManualPaymentInput struct {
	IdempotencyKey  string
	TransactionID   string
	Amount          *pay.MoneyInput
	ExpectedVersion *int
	ExpectedAmount  *pay.MoneyInput
}

// ApproveManualPayment records that the money arrived: all that was submitted, or
// less. What is owed is checked again under lock, and the invoice, the orders and
// the customer's store credit change in the same transaction. The approver must be
// somebody else than the submitter, unless the company allows otherwise. For
// callers with payments:approve.
func (s *Service) ApproveManualPayment(ctx context.Context, in ApproveManualPaymentInput) (Paid, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsApprove)
	if err != nil {
		return Paid{}, err
	}
	t, err := c.visibleAttempt(ctx, in.TransactionID, pay.At("input", "transactionId"))
	if err != nil {
		return Paid{}, err
	}
	minor, err := positive(in.Amount, t.Currency, pay.At("input", "amount"))
	if err != nil {
		return Paid{}, err
	}
	expected, err := positive(in.ExpectedAmount, t.Currency, pay.At("input", "expectedAmount"))
	if err != nil {
		return Paid{}, err
	}
	wish := content{"transaction": t.ID, "minor": minor, "expected": expected, "version": in.ExpectedVersion}
	return s.decide(ctx, c, opApprove, in.IdempotencyKey, t, wish, func(state *pay.State) (*pay.Error, error) {
		if refusal := unexpected(state, t.ID, in.ExpectedVersion, expected); refusal != nil {
			return refusal, nil
		}
		return state.Approve(t.ID, *cmp.Or(minor, &t.RequestedMinor))
	})
}

// unexpected refuses when the approver looked at something that changed since.
func unexpected(state *pay.State, id uuid.UUID, version *int, minor *int64) *pay.Error {
	if refusal := outdated(state, version); refusal != nil {
		return refusal
	}
	if t := state.Attempt(id); minor != nil && *minor != t.RequestedMinor {
		e := pay.Refuse(pay.CodeAmountMismatch, pay.At("input", "expectedAmount"), "%s was submitted.", t.RequestedAmount())
		e.Maximum = ptr(t.RequestedAmount())
		return e
	}
	return nil
}

// RejectManualPaymentInput says why a manual payment is not accepted.
type RejectManualPaymentInput struct {
	IdempotencyKey string
	TransactionID  string
	Reason         string
}

// RejectManualPayment refuses a manual payment. For callers with payments:approve.
func (s *Service) RejectManualPayment(ctx context.Context, in RejectManualPaymentInput) (Paid, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsApprove)
	if err != nil {
		return Paid{}, err
	}
	var faults checks
	faults.text(&in.Reason, 1, 1000, pay.At("input", "reason"))
	if faults.Any() {
		return Paid{}, faults.Err()
	}
	t, err := c.visibleAttempt(ctx, in.TransactionID, pay.At("input", "transactionId"))
	if err != nil {
		return Paid{}, err
	}
	return s.decide(ctx, c, opReject, in.IdempotencyKey, t, content{"transaction": t.ID, "reason": in.Reason},
		func(state *pay.State) (*pay.Error, error) { return state.Reject(t.ID, in.Reason), nil })
}

// WithdrawManualPayment takes a manual payment back, which is for who submitted it
// and for who may approve.
func (s *Service) WithdrawManualPayment(ctx context.Context, in TransactionInput) (Paid, error) {
	c, err := s.writes(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return Paid{}, err
	}
	t, err := c.visibleAttempt(ctx, in.TransactionID, pay.At("input", "transactionId"))
	if err != nil {
		return Paid{}, err
	}
	return s.decide(ctx, c, opWithdraw, in.IdempotencyKey, t, content{"transaction": t.ID},
		func(state *pay.State) (*pay.Error, error) { return state.Withdraw(t.ID), nil })
}

// decide records what a person decided about an attempt, once for each key.
func (s *Service) decide(ctx context.Context, c caller, operation, key string, t pay.Transaction, wish content, how func(*pay.State) (*pay.Error, error)) (Paid, error) {
	_, earlier, err := s.command(ctx, c, t.PaymentID, intention{operation: operation, key: key, content: wish, subject: pay.NewID()},
		func(_ context.Context, state *pay.State) error {
			refusal, err := how(state)
			return cmp.Or(err, refused(refusal))
		})
	if err != nil {
		return Paid{}, err
	}
	result, err := s.paid(ctx, c, t.ID)
	result.Replayed = earlier != nil
	return result, err
}
