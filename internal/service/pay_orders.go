package service

import (
	"context"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
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
	// Replayed: the idempotency key was used before, and this is that payment.
	Replayed bool
}

const (
	opPayOrders = "payOrders"
	// callDeadline bounds how long a gateway is waited for.
	callDeadline = 25 * time.Second
	// leaseLength is how long nobody else asks about an attempt: longer than
	// the call that is still waiting for its answer can last.
	leaseLength = callDeadline + 10*time.Second
)

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
	intent := &intent{service: s, caller: c, input: in, paymentID: pay.NewID(), transactionID: pay.NewID()}
	if err := intent.commit(ctx); err != nil {
		return Paid{}, err
	}
	if intent.earlier != nil {
		return s.replay(ctx, c, *intent.earlier)
	}
	w, err := s.newWork(c.Environment, intent.made.Payment, intent.made.Transaction, intent.plan.gateway, intent.plan.method)
	if err != nil {
		return Paid{}, err
	}
	return s.attempt(ctx, c, w, false)
}

func (in PayOrdersInput) check() error {
	at := pay.At("input")
	var c checks
	c.bulk(len(in.Orders), maxPaidOrders, at.Then("orders")) // before any of them is locked
	c.reference(in.ReferenceID, at)
	c.description(in.Description, at.Then("description"))
	c.metadata(in.Metadata, at.Then("metadata"))
	c.address(in.BillingAddress, at.Then("billingAddress"))
	c.text(in.PaymentToken, 1, 255, at.Then("paymentToken"))
	if in.PaymentToken != nil && pay.LooksLikeCardNumber(*in.PaymentToken) {
		c.Addf(pay.CodeInvalidInput, at.Then("paymentToken"), "Card numbers are not accepted; give the gateway's token.")
	}
	if in.PaymentToken != nil && in.PaymentMethodID != nil {
		c.Addf(pay.CodeInvalidInput, at.Then("paymentToken"), "A stored method brings its own token.")
	}
	if in.VoucherCount != nil && (*in.VoucherCount < 1 || *in.VoucherCount > 1000) {
		c.Addf(pay.CodeInvalidInput, at.Then("voucherCount"), "Between 1 and 1000 vouchers are accepted.")
	}
	return c.Err()
}
