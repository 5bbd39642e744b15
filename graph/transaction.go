package graph

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/internal/pay"
)

type (
	transaction struct{ *Resolver }
	refund      struct{ *Resolver }
	event       struct{ *Resolver }
)

// Transaction resolves the fields of attempts that are not columns.
func (r *Resolver) Transaction() generated.TransactionResolver { return transaction{r} }

// Refund resolves the fields of refunds that are not columns.
func (r *Resolver) Refund() generated.RefundResolver { return refund{r} }

// PaymentEvent resolves the fields of events that are not columns.
func (r *Resolver) PaymentEvent() generated.PaymentEventResolver { return event{r} }

func (q query) Transaction(ctx context.Context, id string) (*pay.Transaction, error) {
	return byID(ctx, load(ctx).transactions, pay.KindTransaction, id)
}

func (q query) Refund(ctx context.Context, id string) (*pay.Refund, error) {
	list, err := q.service.Refunds(ctx, pay.ParseIDs(pay.KindRefund, []string{id}))
	load(ctx).sawRefunds(ctx, list)
	return first(list, err)
}

func (transaction) Payment(ctx context.Context, t *pay.Transaction) (*pay.Payment, error) {
	return load(ctx).payments.load(ctx, t.PaymentID)
}

func (transaction) Gateway(ctx context.Context, t *pay.Transaction) (*pay.PaymentGateway, error) {
	return load(ctx).gateways.load(ctx, t.GatewayID)
}

func (transaction) PaymentMethod(ctx context.Context, t *pay.Transaction) (*pay.PaymentMethod, error) {
	return loadAny(ctx, load(ctx).methods, t.PaymentMethodID)
}

func (transaction) Refunds(ctx context.Context, t *pay.Transaction) ([]pay.Refund, error) {
	all, err := load(ctx).refundsOf.load(ctx, t.PaymentID)
	own := []pay.Refund{}
	for _, r := range all {
		if r.TransactionID == t.ID {
			own = append(own, r)
		}
	}
	return own, err
}

func (refund) Payment(ctx context.Context, r *pay.Refund) (*pay.Payment, error) {
	return load(ctx).payments.load(ctx, r.PaymentID)
}

func (refund) Transaction(ctx context.Context, r *pay.Refund) (*pay.Transaction, error) {
	return attemptOf(ctx, r.PaymentID, r.TransactionID)
}

func (event) Transaction(ctx context.Context, e *pay.PaymentEvent) (*pay.Transaction, error) {
	if e.TransactionID == nil {
		return nil, nil
	}
	return attemptOf(ctx, e.PaymentID, *e.TransactionID)
}

// attemptOf finds one attempt among its payment's, which a document that asks
// for it mostly asks for too.
func attemptOf(ctx context.Context, payment, id uuid.UUID) (*pay.Transaction, error) {
	attempts, err := load(ctx).transactionsOf.load(ctx, payment)
	for i := range attempts {
		if attempts[i].ID == id {
			return &attempts[i], err
		}
	}
	return nil, err
}
