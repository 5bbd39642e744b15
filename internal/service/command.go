package service

import (
	"bytes"
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// The operations that take an idempotency key; a key counts for one of them.
const (
	opPayOrders     = "payOrders"
	opCreatePayment = "createPayment"
	opProcess       = "processPayment"
	opComplete      = "completeTransaction"
	opCapture       = "captureTransaction"
	opVoid          = "voidTransaction"
	opCancelAttempt = "cancelTransaction"
	opCancelPayment = "cancelPayment"
	opSubmit        = "submitManualPayment"
	opApprove       = "approveManualPayment"
	opReject        = "rejectManualPayment"
	opWithdraw      = "withdrawManualPayment"
	opResolve       = "resolveTransaction"
	opRefund        = "refundPayment"
	opCancelRefund  = "cancelRefund"
)

// intention is one request of a caller under its idempotency key.
type intention struct {
	operation string
	key       string
	content   content
	// subject is the id of what the request makes, made before the transaction
	// begins: by it the program knows its own commit again when the answer to
	// COMMIT is lost.
	subject uuid.UUID
}

// command changes a payment by a caller's request, once for each key. earlier is
// the record of a key that was used before; nothing was changed then.
func (s *Service) command(ctx context.Context, c caller, paymentID uuid.UUID, in intention, do func(context.Context, *pay.State) error) (state *pay.State, earlier *store.IdempotencyKey, err error) {
	for range 5 {
		earlier = nil
		state, err = s.change(ctx, c.Actor, paymentID, func(ctx context.Context, state *pay.State) error {
			var err error
			if earlier, err = c.used(ctx, in); err != nil {
				return err
			}
			if earlier != nil {
				return errUnchanged
			}
			if err := do(ctx, state); err != nil {
				return err
			}
			return c.use(ctx, in, paymentID, state)
		})
		if !store.IsDuplicateKey(err) {
			break // else another request committed the same key meanwhile: look again
		}
	}
	if earlier != nil && earlier.SubjectID == in.subject {
		earlier = nil // our own commit, whose answer was lost
	}
	return state, earlier, s.forbid(ctx, c.Actor, err)
}

// used reads what a key was used for. Another request with it is refused.
func (c caller) used(ctx context.Context, in intention) (*store.IdempotencyKey, error) {
	var faults checks
	if faults.text(&in.key, 1, 255, pay.At("input", "idempotencyKey")); faults.Any() {
		return nil, faults.Err()
	}
	keys, err := c.rows.IdempotencyKeyOf(ctx, in.operation, in.key)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	if !bytes.Equal(keys[0].Fingerprint, fingerprint(in.content)) {
		return nil, pay.Errors{keyReused(keys[0])}
	}
	return &keys[0], nil
}

func keyReused(k store.IdempotencyKey) *pay.Error {
	e := pay.Refuse(pay.CodeIdempotencyKeyReused, pay.At("input", "idempotencyKey"), "The key was used for another request.")
	e.FirstUsedAt = k.CreatedAt
	return e
}

// use records that the key was used, in the transaction of its effect.
func (c caller) use(ctx context.Context, in intention, paymentID uuid.UUID, state *pay.State) error {
	return c.rows.InsertIdempotencyKey(ctx, store.IdempotencyKey{Operation: in.operation, Key: in.key,
		Fingerprint: fingerprint(in.content), PaymentID: paymentID, SubjectID: in.subject, CreatedAt: state.Now})
}

// refused makes one refusal an error, and none of none.
func refused(e *pay.Error) error {
	if e == nil {
		return nil
	}
	return pay.Errors{e}
}

// visiblePayment reads a payment that the caller may see, or refuses the id.
func (c caller) visiblePayment(ctx context.Context, id string, path pay.Path) (pay.Payment, error) {
	return visible(ctx, c.rows.Payments, pay.KindPayment, "payment", id, path)
}

// visibleAttempt reads an attempt that the caller may see, or refuses the id.
func (c caller) visibleAttempt(ctx context.Context, id string, path pay.Path) (pay.Transaction, error) {
	return visible(ctx, c.rows.Transactions, pay.KindTransaction, "transaction", id, path)
}

// visibleInvoice reads the invoice that a payment is asked for, or refuses the id.
func (c caller) visibleInvoice(ctx context.Context, id string) (pay.Invoice, error) {
	return visible(ctx, c.rows.Invoices, pay.KindInvoice, "invoice", id, pay.At("input", "invoiceId"))
}

// visible reads the row that an id of the input names. One that the caller may not
// see is refused as if it were not there.
func visible[T any](ctx context.Context, read func(context.Context, []uuid.UUID) ([]T, error), kind pay.Kind, name, id string, path pay.Path) (row T, err error) {
	found, err := read(ctx, pay.ParseIDs(kind, []string{id}))
	switch {
	case err != nil:
		return row, err
	case len(found) == 0:
		return row, pay.Errors{notFound(name, path)}
	}
	return found[0], nil
}
