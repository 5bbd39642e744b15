package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync/atomic"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// once is a question that a company asks once about each id, in all rounds together. The
// idempotency key names the id.
func once(name, document string, company int, kind pay.Kind, ids []uuid.UUID, input func(id, key string) map[string]any) Question {
	run := rand.Text() // keys must be new where the set is not
	var next atomic.Int64
	return Question{Name: name, Document: document, Only: company, Variables: func(int) map[string]any {
		i := int(next.Add(1)) - 1
		if i >= len(ids) {
			return nil
		}
		return map[string]any{"input": input(pay.FormatID(kind, ids[i]), fmt.Sprint(run, "-", ids[i]))}
	}}
}

// Pays is paying an order of a company, each time another one, and says which.
func (s *Stage) Pays(ctx context.Context, company int) (q Question, orders []uuid.UUID, err error) {
	tenant := s.callers[company-1].tenant
	if err := s.db.SelectContext(ctx, &orders, `SELECT id FROM orders WHERE tenant_id = $1 AND captured_minor = 0 AND reference_id LIKE 'owed-%' ORDER BY id`, tenant); err != nil {
		return q, nil, err
	}
	var gateway uuid.UUID
	if err := s.db.GetContext(ctx, &gateway, `SELECT id FROM payment_gateways WHERE tenant_id = $1 ORDER BY id LIMIT 1`, tenant); err != nil {
		return q, nil, err
	}
	return once("payOrders", `mutation($input: PayOrdersInput!) { payOrders(input: $input) { payment { id status } transaction { status } replayed errors { code message } } }`,
		company, pay.KindOrder, orders, func(id, key string) map[string]any {
			return map[string]any{"idempotencyKey": key, "orders": []any{map[string]any{"orderId": id}}, "gatewayId": pay.FormatID(pay.KindGateway, gateway), "paymentToken": "tok_approve"}
		}), orders, nil
}

// Refunds is giving a payment of the first company back, each time another one.
func (s *Stage) Refunds(ctx context.Context) (q Question, err error) {
	var payments []uuid.UUID
	if err := s.db.SelectContext(ctx, &payments, `SELECT id FROM payments WHERE tenant_id = $1 AND status = 'CONFIRMED' ORDER BY id`, s.callers[0].tenant); err != nil {
		return q, err
	}
	return once("refundPayment", `mutation($input: RefundPaymentInput!) { refundPayment(input: $input) { payment { id status } refunds { status } replayed errors { code message } } }`,
		1, pay.KindPayment, payments, func(id, key string) map[string]any {
			return map[string]any{"idempotencyKey": key, "paymentId": id}
		}), nil
}
