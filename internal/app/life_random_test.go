package app_test

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestRandomLife proves that whatever several people do to the same payments at
// the same time, in whatever order and with whatever outcome, no invariant breaks,
// no request fails otherwise than by a refusal and no statement loses a conflict.
func TestRandomLife(t *testing.T) {
	t.Parallel()
	var sent wire
	var clock movingClock
	s := openShop(t, sent.option(), clock.option())
	x := &trial{shop: s, clock: &clock, me: s.admin, manual: s.manualGateway(nil)}
	var last atomic.Int64
	key := func() string { return fmt.Sprint("random-", last.Add(1)) }
	outcomes := []string{"succeed", "succeed", "succeed", "fail", "pending", "timeout"}
	tokens := []string{"approve", "approve", "partial", "authorize", "soft_decline", "otp", "timeout", "wrong_amount"}
	var payments []string
	for i, token := range tokens {
		metadata := []apptest.Vars{}
		for j, name := range []string{"capture", "void", "cancel", "refund"} {
			metadata = append(metadata, apptest.Vars{"key": "sandbox." + name, "value": outcomes[(i+j)%len(outcomes)]})
		}
		orders := s.make.Orders(s.customer, 333, 667)
		s.invoice(t, fmt.Sprint("I-", i), orders[0])
		p := act(t, s.admin, "payOrders", key(), apptest.Vars{"orders": []apptest.Vars{{"orderId": orders[0]}, {"orderId": orders[1]}}, "gatewayId": s.sandbox,
			"paymentToken": "tok_" + token, "capture": i%2 == 0, "metadata": metadata})
		if p.Payment == nil {
			t.Fatalf("pay: %+v", p.Errors)
		}
		payments = append(payments, p.Payment.ID)
	}
	teller := s.teller(t)
	accepted := atomic.Int64{}
	atOnce(6, func(worker int) error {
		random := rand.New(rand.NewPCG(1, uint64(worker)))
		for range 40 {
			id := payments[random.IntN(len(payments))]
			all := s.lifeOf(t, id).all()
			a := all[random.IntN(len(all))]
			m := mutationOf[a.action]
			if m.name == "cancelPayment" && random.IntN(4) > 0 { // or all would be over soon
				continue
			}
			input := apptest.Vars{"idempotencyKey": key()}
			if m.amount && random.IntN(2) == 0 {
				input["amount"] = minor(1 + random.Int64N(600))
			}
			if random.IntN(20) == 0 {
				clock.pass(time.Minute)
			}
			client := s.admin
			if random.IntN(2) == 0 && m.name == "submitManualPayment" {
				client = teller
			}
			if briefly(t, client, m.name, key(), x.input(t, id, a, input, key)).Payment != nil {
				accepted.Add(1)
			}
		}
		return nil
	})
	clock.pass(time.Minute)
	s.wakeAll(t)
	if accepted.Load() < 20 {
		t.Errorf("only %d requests were accepted", accepted.Load())
	}
	for _, err := range sent.errors() {
		t.Errorf("a statement failed: %v", err)
	}
}
