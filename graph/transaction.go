package graph

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/graph/model"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

type (
	transaction struct{ *Resolver }
	operation   struct{ *Resolver }
)

// TransactionOperation resolves the fields of operations that are not columns.
func (r *Resolver) TransactionOperation() generated.TransactionOperationResolver { return operation{r} }

// Transaction resolves the fields of attempts that are not columns.
func (r *Resolver) Transaction() generated.TransactionResolver { return transaction{r} }

// TransactionError resolves what not everybody is told of a failure.
func (r *Resolver) TransactionError() generated.TransactionErrorResolver { return transactionError{r} }

type transactionError struct{ *Resolver }

// External is nothing for customers: a payer may be a thief, and the gateway say that it
// knows.
func (transactionError) External(ctx context.Context, e *pay.TransactionError) (*pay.ExternalError, error) {
	if actor, _ := pay.ActorFrom(ctx); actor.Role == pay.RoleCustomer {
		return nil, nil
	}
	return e.External, nil
}

func (q query) Transaction(ctx context.Context, id string) (*pay.Transaction, error) {
	return byID(ctx, &load(ctx).transactions, pay.KindTransaction, id)
}

func (transaction) Payment(ctx context.Context, t *pay.Transaction) (*pay.Payment, error) {
	return load(ctx).payments.load(ctx, t.PaymentID)
}

func (transaction) Gateway(ctx context.Context, t *pay.Transaction) (*pay.PaymentGateway, error) {
	return load(ctx).gateways.load(ctx, t.GatewayID)
}

func (transaction) PaymentMethod(ctx context.Context, t *pay.Transaction) (*pay.PaymentMethod, error) {
	return loadAny(ctx, &load(ctx).methods, t.PaymentMethodID)
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

func (transaction) Operations(ctx context.Context, t *pay.Transaction) ([]pay.Operation, error) {
	all, err := load(ctx).operationsOf.load(ctx, t.PaymentID)
	own := []pay.Operation{}
	for _, o := range all {
		if o.TransactionID == t.ID {
			own = append(own, o)
		}
	}
	return own, err
}

// Refund finds one among its payment's, as attemptOf does.
func (operation) Refund(ctx context.Context, o *pay.Operation) (*pay.Refund, error) {
	return optionalRefund(ctx, o.PaymentID, o.RefundID)
}

func (operation) Transaction(ctx context.Context, o *pay.Operation) (*pay.Transaction, error) {
	return attemptOf(ctx, o.PaymentID, o.TransactionID)
}

func (transaction) Events(ctx context.Context, t *pay.Transaction) ([]pay.PaymentEvent, error) {
	return plain(load(ctx).eventsOfAttempt.load(ctx, t.ID))
}

// transacted shows what became of a request about one attempt.
func transacted(ctx context.Context) func(service.Paid, error) (*model.TransactionPayload, error) {
	return func(paid service.Paid, err error) (*model.TransactionPayload, error) {
		return answer(err, func(errs []model.MutationError) *model.TransactionPayload {
			if len(errs) == 0 {
				saw(ctx, (*loaders).sawPayments, []pay.Payment{paid.Payment})
				saw(ctx, (*loaders).sawTransactions, []pay.Transaction{paid.Transaction})
			}
			return &model.TransactionPayload{Payment: unless(errs, &paid.Payment), Transaction: unless(errs, &paid.Transaction),
				Operation: paid.Operation, Replayed: len(errs) == 0 && paid.Replayed, Errors: errs}
		})
	}
}

func (m mutation) ProcessPayment(ctx context.Context, input service.ProcessPaymentInput) (*model.TransactionPayload, error) {
	return transacted(ctx)(m.service.ProcessPayment(ctx, input))
}

func (m mutation) CompleteTransaction(ctx context.Context, input service.CompleteTransactionInput) (*model.TransactionPayload, error) {
	return transacted(ctx)(m.service.CompleteTransaction(ctx, input))
}

func (m mutation) CaptureTransaction(ctx context.Context, input service.CaptureTransactionInput) (*model.TransactionPayload, error) {
	return transacted(ctx)(m.service.CaptureTransaction(ctx, input))
}

func (m mutation) VoidTransaction(ctx context.Context, input service.TransactionInput) (*model.TransactionPayload, error) {
	return transacted(ctx)(m.service.VoidTransaction(ctx, input))
}

func (m mutation) CancelTransaction(ctx context.Context, input service.TransactionInput) (*model.TransactionPayload, error) {
	return transacted(ctx)(m.service.CancelTransaction(ctx, input))
}

func (m mutation) SubmitManualPayment(ctx context.Context, input service.SubmitManualPaymentInput) (*model.TransactionPayload, error) {
	return transacted(ctx)(m.service.SubmitManualPayment(ctx, input))
}

func (m mutation) ApproveManualPayment(ctx context.Context, input service.ApproveManualPaymentInput) (*model.TransactionPayload, error) {
	return transacted(ctx)(m.service.ApproveManualPayment(ctx, input))
}

func (m mutation) RejectManualPayment(ctx context.Context, input service.RejectManualPaymentInput) (*model.TransactionPayload, error) {
	return transacted(ctx)(m.service.RejectManualPayment(ctx, input))
}

func (m mutation) WithdrawManualPayment(ctx context.Context, input service.TransactionInput) (*model.TransactionPayload, error) {
	return transacted(ctx)(m.service.WithdrawManualPayment(ctx, input))
}

func (m mutation) ResolveTransaction(ctx context.Context, input service.ResolveTransactionInput) (*model.TransactionPayload, error) {
	return transacted(ctx)(m.service.ResolveTransaction(ctx, input))
}

func (r transaction) StatusAs(ctx context.Context, t *pay.Transaction, vocabulary pay.StatusVocabulary) (*string, error) {
	refunds, err := r.Refunds(ctx, t)
	return t.StatusAs(vocabulary, refunds), err
}
