package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// once is a question that is asked once about each id, in all rounds together.
func once(name, document string, kind pay.Kind, ids []uuid.UUID, input func(id, key string) map[string]any) Question {
	run := rand.Text() // keys must be new where the set is not
	var next atomic.Int64
	return Question{Name: name, Document: document, First: true, Variables: func(int) map[string]any {
		i := int(next.Add(1)) - 1
		if i >= len(ids) {
			return nil
		}
		return map[string]any{"input": input(pay.FormatID(kind, ids[i]), fmt.Sprintf("%s-%s-%d", name, run, i))}
	}}
}

// Writes are paying an order and giving a payment back, each time another one's.
func (s *Stage) Writes(ctx context.Context) ([]Question, error) {
	tenant := s.callers[0].tenant
	var orders, payments, gateways []uuid.UUID
	for statement, into := range map[string]*[]uuid.UUID{
		`SELECT id FROM orders WHERE tenant_id = $1 AND captured_minor = 0 AND reference_id LIKE 'owed-%' ORDER BY id`: &orders,
		`SELECT id FROM payments WHERE tenant_id = $1 AND status = 'CONFIRMED' ORDER BY id`:                            &payments,
		`SELECT id FROM payment_gateways WHERE tenant_id = $1 ORDER BY id LIMIT 1`:                                     &gateways,
	} {
		if err := s.db.SelectContext(ctx, into, statement, tenant); err != nil {
			return nil, err
		}
	}
	pays := once("payOrders", `mutation($input: PayOrdersInput!) { payOrders(input: $input) { payment { id status } transaction { status } replayed errors { code message } } }`,
		pay.KindOrder, orders, func(id, key string) map[string]any {
			return map[string]any{"idempotencyKey": key, "orders": []any{map[string]any{"orderId": id}}, "gatewayId": pay.FormatID(pay.KindGateway, gateways[0]), "paymentToken": "tok_approve"}
		})
	refunds := once("refundPayment", `mutation($input: RefundPaymentInput!) { refundPayment(input: $input) { payment { id status } refunds { status } replayed errors { code message } } }`,
		pay.KindPayment, payments, func(id, key string) map[string]any {
			return map[string]any{"idempotencyKey": key, "paymentId": id}
		})
	return []Question{pays, refunds}, nil
}

// Pages are the first and the last whole page of the first company's payments.
func (s *Stage) Pages(ctx context.Context) ([]Question, error) {
	var payments int
	if err := s.db.GetContext(ctx, &payments, `SELECT count(*) FROM payments WHERE tenant_id = $1`, s.callers[0].tenant); err != nil {
		return nil, err
	}
	// Behind the eleventh from the end are the last ten.
	ask := s.askProduct(Question{First: true, Document: `{ payments(last: 11) { pageInfo { startCursor } } }`})
	var body bytes.Buffer
	if err := send(ctx, http.DefaultClient, ask(0), &body); err != nil {
		return nil, err
	}
	var answer struct {
		Data struct {
			Payments struct{ PageInfo struct{ StartCursor string } }
		}
	}
	if err := json.Unmarshal(body.Bytes(), &answer); err != nil {
		return nil, err
	}
	return []Question{page("page 1", nil), page(fmt.Sprint("page ", payments/10), &answer.Data.Payments.PageInfo.StartCursor)}, nil
}
