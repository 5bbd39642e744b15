package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Words of our own among the API's error codes, for rows that were no refusal
// but took no money either.
const (
	declined = "DECLINED" // the gateway said no; the payment exists and has failed
	unknown  = "UNKNOWN"  // no result yet; a later run will see it
	notFound = "NOT_FOUND"
)

const (
	maxLooks    = 12
	maxLookWait = 2 * time.Second
)

// payAll pays every row of the files and returns how many rows were not paid,
// by code. Orders are paid side by side, the rows of one order in turn: what a
// row may take depends on those before it.
func (r *replayer) payAll(ctx context.Context, groups []orderPayments, orders, gateways map[string]string) (map[string]int, error) {
	total := 0
	for _, g := range groups {
		total += len(g.rows)
	}
	defer r.progress.begin("payments", total)()
	var mu sync.Mutex
	refused := map[string]int{}
	err := each(ctx, r.workers, groups, func(ctx context.Context, g orderPayments) error {
		codes, err := r.payOrder(ctx, orders[g.orderID], g.rows, gateways)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		for _, code := range codes {
			refused[code]++
		}
		return nil
	})
	return refused, err
}

// payOrder pays the rows of one order and returns the codes of those that took
// no money.
//
// A refused row is counted under the code that the API gives for it once all
// rows of the order are done, not under the one that it met when it was sent.
// The two can differ: what was too much for an order half paid becomes "already
// paid" when a later row pays the rest, and a second run would meet only the
// latter. The state after all rows is the same in every run, so the codes are
// too. previewPayment tells them without any risk of moving money.
func (r *replayer) payOrder(ctx context.Context, orderID string, rows []payment, gateways map[string]string) ([]string, error) {
	if orderID == "" {
		r.progress.add(len(rows))
		return slices.Repeat([]string{notFound}, len(rows)), nil
	}
	var codes []string
	sent := map[int]*refusal{}
	for i, p := range rows {
		code, err := r.payRow(ctx, orderID, p, gateways[p.kind])
		var refused *refusal
		switch {
		case errors.As(err, &refused) && !isFault(refused.Code):
			sent[i] = refused
		case err != nil:
			return nil, fmt.Errorf("pay order %s, payment %d: %w", p.orderID, p.sequence, err)
		case code != "":
			codes = append(codes, code)
		}
		r.progress.add(1)
	}
	for _, i := range slices.Sorted(maps.Keys(sent)) {
		code, err := r.finalCode(ctx, orderID, rows[i], gateways[rows[i].kind])
		if err != nil {
			return nil, fmt.Errorf("order %s, payment %d, refused as %s: %w", rows[i].orderID, rows[i].sequence, sent[i].Code, err)
		}
		codes = append(codes, code)
	}
	return codes, nil
}

// isFault tells refusals that are no fact about the data: the row was replayed
// before with other content, or its first request has not ended. Counting such a
// row would hide that nobody knows what became of it.
func isFault(code string) bool {
	return code == "IDEMPOTENCY_KEY_REUSED" || code == "DUPLICATE_REFERENCE" || code == "IDEMPOTENCY_IN_PROGRESS"
}

// key names the row for ever: the same row sent again is the same payment.
func (p payment) key() string { return fmt.Sprintf("replay-%s-%d", p.orderID, p.sequence) }

// payRow sends one row, whatever its amount: the API is who decides, and a check
// of our own could only be wrong in another way. It returns the code to count
// the row under, or none when it took the money.
func (r *replayer) payRow(ctx context.Context, orderID string, p payment, gatewayID string) (string, error) {
	input := subject(orderID, p, gatewayID)
	input["idempotencyKey"], input["referenceId"] = p.key(), p.key()
	var payload struct{ Transaction *transaction }
	if err := r.api.call(ctx, payDocument, map[string]any{"input": input}, &payload); err != nil {
		return "", err
	}
	return r.outcome(ctx, payload.Transaction)
}

// subject is what payOrders and previewPayment are both asked about.
func subject(orderID string, p payment, gatewayID string) map[string]any {
	return map[string]any{
		"orders":    []map[string]any{{"orderId": orderID, "amount": p.amount.money()}},
		"gatewayId": gatewayID,
	}
}

// transaction is one attempt at a gateway.
type transaction struct{ ID, Status string }

// outcome waits a little for an attempt that is under way. A gateway that does
// not answer is no failure: money may have moved, so the row is neither paid nor
// declined.
func (r *replayer) outcome(ctx context.Context, t *transaction) (string, error) {
	wait := r.poll
	for look := 1; ; look++ {
		if t == nil {
			return "", errors.New("the API shows no transaction")
		}
		switch t.Status {
		case "CAPTURED", "CONFIRMED", "PARTIALLY_REFUNDED", "REFUNDED":
			return "", nil
		case "FAILED":
			return declined, nil
		case "CREATED", "PENDING", "UNKNOWN":
			if look == maxLooks {
				return unknown, nil
			}
		default:
			return t.Status, nil // such as REQUIRES_ACTION, or a value added since
		}
		if err := sleep(ctx, wait); err != nil {
			return "", err
		}
		wait = min(2*wait, maxLookWait)
		id := t.ID
		t = nil
		if err := r.api.call(ctx, transactionDocument, map[string]any{"id": id}, &t); err != nil {
			return "", fmt.Errorf("look at transaction %s: %w", id, err)
		}
	}
}

// finalCode asks why a refused row would be refused now. That it would not be is
// an error: outstanding amounts only shrink here, so somebody else changed the
// order, and a second run would pay what this one did not.
func (r *replayer) finalCode(ctx context.Context, orderID string, p payment, gatewayID string) (string, error) {
	var accepted struct{}
	err := r.api.call(ctx, previewDocument, map[string]any{"input": subject(orderID, p, gatewayID)}, &accepted)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return refused.Code, nil
	case err != nil:
		return "", err
	}
	return "", errors.New("it would be accepted now, so the order was changed from elsewhere; run again")
}
