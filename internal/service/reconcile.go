package service

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// maxSettlementLines bounds one delivery of settlement lines.
const maxSettlementLines = 1000

// ReconcilePaymentsInput is 1 to 1000 lines that one gateway settled.
type ReconcilePaymentsInput struct {
	IdempotencyKey string
	GatewayID      string
	Lines          []SettlementLineInput
}

// SettlementLineInput is one line of a gateway's settlement file: a charge with its
// whole amount, before fees and refunds.
type SettlementLineInput struct {
	// ExternalID is the attempt's id at the gateway; for manual payments the
	// reference on the slip.
	ExternalID string
	Amount     pay.MoneyInput
	Fee        *pay.MoneyInput
	SettledOn  time.Time
}

// Reconciled is what a delivery came to, a result for each line in its order.
type Reconciled struct {
	Lines    []pay.SettlementLine
	Replayed bool
}

// Count is how many lines came to an outcome.
func (r Reconciled) Count(o pay.SettlementOutcome) (n int) {
	for _, l := range r.Lines {
		if l.Outcome == o {
			n++
		}
	}
	return n
}

// ReconcilePayments matches settlement lines with the attempts that they are about
// and records what they say. Each payment changes in a transaction of its own, so a
// line that fails costs no other its result; the failure is returned then, and the
// same request, sent again with the same key, does the rest. A line that was
// delivered before changes nothing. For callers with payments:reconcile.
func (s *Service) ReconcilePayments(ctx context.Context, in ReconcilePaymentsInput) (Reconciled, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsReconcile)
	if err != nil {
		return Reconciled{}, err
	}
	b, err := s.readDelivery(ctx, c, in)
	if err != nil {
		return Reconciled{}, err
	}
	replayed, err := b.open(ctx)
	if err != nil {
		return Reconciled{}, err
	}
	// A part at a time, so that no statement is about more rows than a page.
	for part := range chunks(b.lines, pay.MaxPageSize) {
		if err := b.settle(ctx, part); err != nil {
			b.failures = append(b.failures, err)
			break
		}
	}
	if len(b.failures) > 0 {
		return Reconciled{}, errors.Join(b.failures...)
	}
	return Reconciled{Lines: b.lines, Replayed: replayed}, nil
}

// chunks yields list in parts of at most n; changes of a part's elements are
// changes of the list's.
func chunks[T any](list []T, n int) func(yield func([]T) bool) {
	return func(yield func([]T) bool) {
		for len(list) > 0 {
			m := min(n, len(list))
			if !yield(list[:m:m]) {
				return
			}
			list = list[m:]
		}
	}
}

// delivery is one request with settlement lines, on the way to their outcomes.
type delivery struct {
	service  *Service
	caller   caller
	gateway  pay.PaymentGateway
	row      pay.Settlement
	lines    []pay.SettlementLine
	failures []error
}

// readDelivery checks a request and reads its gateway.
func (s *Service) readDelivery(ctx context.Context, c caller, in ReconcilePaymentsInput) (*delivery, error) {
	b := &delivery{service: s, caller: c}
	at := pay.At("input")
	var faults checks
	faults.text(&in.IdempotencyKey, 1, 255, at.Then("idempotencyKey"))
	g, err := first(c.rows.Gateways(ctx, pay.ParseIDs(pay.KindGateway, []string{in.GatewayID})))
	if err != nil {
		return nil, err
	}
	if g == nil {
		faults.Add(notFound("gateway", at.Then("gatewayId")))
		g = &pay.PaymentGateway{}
	}
	b.gateway = *g
	b.row = pay.Settlement{ID: pay.NewID(), IdempotencyKey: in.IdempotencyKey, GatewayID: g.ID, LineCount: len(in.Lines), CreatedBy: c.ID, CreatedAt: s.clock()}
	if faults.bulk(len(in.Lines), maxSettlementLines, at.Then("lines")) {
		for i, line := range in.Lines {
			b.lines = append(b.lines, b.readLine(&faults, i, line, at.Then("lines").Index(i)))
		}
	}
	if faults.Any() {
		return nil, faults.Err()
	}
	b.row.Fingerprint = fingerprint(b.content())
	return b, nil
}

// readLine checks one line. Its currency must be there: a line that belongs to no
// attempt has nothing else to take it from.
func (b *delivery) readLine(faults *checks, i int, in SettlementLineInput, at pay.Path) pay.SettlementLine {
	line := pay.SettlementLine{ID: pay.NewID(), SettlementID: b.row.ID, Position: i, GatewayID: b.gateway.ID, ExternalID: in.ExternalID,
		SettledOn: in.SettledOn, CreatedAt: b.row.CreatedAt}
	faults.text(&in.ExternalID, 1, 255, at.Then("externalId"))
	if pay.SettledAhead(in.SettledOn, b.row.CreatedAt) {
		faults.Addf(pay.CodeInvalidInput, at.Then("settledOn"), "The day lies ahead.")
	}
	if in.Amount.Currency == nil {
		faults.Addf(pay.CodeRequired, at.Then("amount", "currency"), "A settlement line names its currency.")
		return line
	}
	line.Currency = *in.Amount.Currency
	minor, refusal := in.Amount.Positive(line.Currency, at.Then("amount"))
	faults.Add(refusal)
	line.AmountMinor = minor
	if in.Fee != nil {
		fee, refusal := in.Fee.NotNegative(line.Currency, at.Then("fee"))
		faults.Add(refusal)
		line.FeeMinor = &fee
	}
	return line
}

func (b *delivery) content() content {
	lines := make([]content, len(b.lines))
	for i, l := range b.lines {
		lines[i] = content{"externalId": l.ExternalID, "currency": l.Currency, "minor": l.AmountMinor, "fee": l.FeeMinor, "settledOn": l.SettledOn.Format(time.DateOnly)}
	}
	return content{"gateway": b.gateway.ID, "lines": lines}
}

// open stores the delivery under its key, or finds the earlier one with the same
// content and goes on as that.
func (b *delivery) open(ctx context.Context) (replayed bool, err error) {
	rows := b.caller.rows
	for range 3 {
		err = b.service.store.InTx(ctx, func(ctx context.Context) error {
			earlier, err := first(rows.SettlementByKey(ctx, b.row.IdempotencyKey))
			switch {
			case err != nil:
				return err
			case earlier == nil:
				return rows.InsertSettlement(ctx, b.row)
			case !bytes.Equal(earlier.Fingerprint, b.row.Fingerprint):
				return pay.Errors{keyReused(store.IdempotencyKey{CreatedAt: earlier.CreatedAt})}
			}
			replayed = earlier.ID != b.row.ID // else our own commit, whose answer was lost
			for i := range b.lines {
				b.lines[i].SettlementID = earlier.ID
			}
			return nil
		})
		if !store.IsDuplicateSettlement(err) && !errors.Is(err, store.ErrCommitUnknown) {
			break
		}
	}
	return replayed, err
}
