package app_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// keyed is a mutation with an idempotency key: what it takes, made anew in the
// state that accepts it, and what it adds.
type keyed struct {
	// begin makes the input; n makes it differ.
	begin func(n int) apptest.Vars
	// others are changes that make it another request.
	others []apptest.Vars
	// adds is how many payments, attempts, operations and refunds come of it.
	adds [4]int
}

// keyedMutations are all mutations with an idempotency key.
func (x *trial) keyedMutations(t *testing.T) map[string]keyed {
	attempt := func(r recipe) func(int) apptest.Vars {
		return func(int) apptest.Vars {
			id := r(t, x, x.order(1000))
			return apptest.Vars{"transactionId": x.lifeOf(t, id).Transactions[0].ID}
		}
	}
	payment := func(r recipe, more apptest.Vars) func(int) apptest.Vars {
		return func(int) apptest.Vars { return but(more, apptest.Vars{"paymentId": r(t, x, x.order(1000))}) }
	}
	more := func(begin func(int) apptest.Vars, more apptest.Vars) func(int) apptest.Vars {
		return func(n int) apptest.Vars { return but(begin(n), more) }
	}
	hold, cent := apptest.Vars{"capture": false}, apptest.Vars{"amount": minor(1)}
	waits := with(sandboxKey("refund", "pending"), does("refundPayment", nil), func(_ *testing.T, x *trial, _ lifeStep) { x.clock.pass(1e11) })
	return map[string]keyed{
		"payOrders": {func(int) apptest.Vars { return apptest.Vars{"orders": one(x.order(1000)), "gatewayId": x.sandbox} },
			[]apptest.Vars{{"capture": false}}, [4]int{1, 1, 0, 0}},
		"createPayment": {func(int) apptest.Vars { return apptest.Vars{"orders": one(x.order(1000))} },
			[]apptest.Vars{{"description": "x"}, {"gatewayIds": []string{x.sandbox}}, {"metadata": []apptest.Vars{{"key": "a", "value": "b"}}}}, [4]int{1, 0, 0, 0}},
		"processPayment": {payment(with(tok("soft_decline")), apptest.Vars{"gatewayId": x.sandbox}),
			[]apptest.Vars{cent, {"capture": false}, {"paymentToken": "tok_x"}, {"gatewayId": x.make.Gateway(apptest.Vars{"name": "Other"})}}, [4]int{0, 1, 0, 0}},
		"completeTransaction": {more(attempt(with(tok("otp"))), apptest.Vars{"code": "123456"}), []apptest.Vars{{"code": "000000"}}, [4]int{}},
		"captureTransaction":  {attempt(with(hold)), []apptest.Vars{cent, {"final": true}}, [4]int{0, 0, 1, 0}},
		"voidTransaction":     {attempt(with(hold)), nil, [4]int{0, 0, 1, 0}},
		"cancelTransaction":   {attempt(with(tok("otp"))), nil, [4]int{0, 0, 1, 0}},
		"cancelPayment":       {payment(with(hold), nil), nil, [4]int{0, 0, 1, 0}},
		"submitManualPayment": {func(n int) apptest.Vars {
			return apptest.Vars{"orders": one(x.order(1000)), "gatewayId": x.manual, "transactionReference": fmt.Sprint("slip-", n)}
		}, []apptest.Vars{{"transactionReference": "other"}, {"notes": "x"}, {"evidenceUrl": "https://example.com/"}, {"referenceId": "x"},
			{"metadata": []apptest.Vars{{"key": "a", "value": "b"}}}}, [4]int{1, 1, 0, 0}},
		"approveManualPayment":  {attempt(slip(1000, false, "", nil)), []apptest.Vars{cent, {"expectedAmount": minor(1000)}, {"expectedVersion": 2}, {"allowSurplus": true}}, [4]int{}},
		"rejectManualPayment":   {more(attempt(slip(1000, false, "", nil)), apptest.Vars{"reason": "no"}), []apptest.Vars{{"reason": "yes"}}, [4]int{}},
		"withdrawManualPayment": {attempt(slip(1000, false, "", nil)), nil, [4]int{}},
		"resolveTransaction": {more(attempt(with(tok("timeout_forever"))), apptest.Vars{"outcome": "FAILED", "note": "seen"}),
			[]apptest.Vars{{"note": "x"}, {"outcome": "CAPTURED"}, {"externalId": "x"}}, [4]int{}},
		"refundPayment": {payment(with(nil), apptest.Vars{"amount": minor(100)}),
			[]apptest.Vars{cent, {"method": "STORE_CREDIT"}, {"reason": "x"}, {"referenceId": "x"}, {"method": "MANUAL", "manualReference": "x"}}, [4]int{0, 0, 0, 1}},
		"cancelRefund": {func(int) apptest.Vars {
			return apptest.Vars{"refundId": x.lifeOf(t, waits(t, x, x.order(1000))).Refunds[0].ID}
		}, nil, [4]int{0, 0, 1, 0}},
	}
}

// answersPayment says that a mutation is about one payment; others prove their
// keys with what they are about.
func answersPayment(field *ast.FieldDefinition) bool {
	return apiSchema().Types[field.Type.Name()].Fields.ForName("payment") != nil
}

func (s *shop) counts(t *testing.T) [4]int {
	t.Helper()
	return [4]int{s.count(t, "payments"), s.count(t, "transactions"), s.count(t, "operations"), s.count(t, "refunds")}
}

// TestEveryKey proves for every mutation with a key that the same request many
// times, at once and afterwards, has one effect, that the key is refused for any
// other request, and that the same key in another mutation is another one.
func TestEveryKey(t *testing.T) {
	t.Parallel()
	x := openTrial(t, "ADMIN")
	mutations := x.keyedMutations(t)
	for _, field := range apiSchema().Mutation.Fields {
		if !rootTakes(field.Name, "idempotencyKey") || !answersPayment(field) {
			continue
		}
		m, known := mutations[field.Name]
		if !known {
			t.Errorf("the test does not know %s", field.Name)
			continue
		}
		t.Run(field.Name, func(t *testing.T) {
			const key = "one-key-for-all"
			input := m.begin(1)
			before := x.counts(t)
			first := 0
			for _, got := range atOnce(20, func(int) lifeStep { return briefly(t, x.admin, field.Name, key, input) }) {
				switch {
				case len(got.Errors) == 0 && !got.Replayed:
					first++
				case len(got.Errors) > 0 && !slices.Equal(got.codes(), []string{"IDEMPOTENCY_IN_PROGRESS"}):
					t.Errorf("at once: %+v", got)
				}
			}
			again := briefly(t, x.admin, field.Name, key, input)
			if first != 1 || !again.Replayed || again.Payment == nil {
				t.Errorf("%d were the first, and afterwards %+v", first, again)
			}
			after := x.counts(t)
			for i := range before {
				if after[i]-before[i] != m.adds[i] {
					t.Errorf("rows were %v and are %v, want %v more", before, after, m.adds)
				}
			}
			others := []apptest.Vars{m.begin(2)}
			for _, change := range m.others {
				others = append(others, but(input, change))
			}
			events := x.count(t, "payment_events")
			for _, other := range others {
				if got := briefly(t, x.admin, field.Name, key, other); !slices.Equal(got.codes(), []string{"IDEMPOTENCY_KEY_REUSED"}) {
					t.Errorf("%v: got %+v", other, got)
				}
			}
			if n := x.count(t, "payment_events"); n != events {
				t.Errorf("refusals added %d events", n-events)
			}
		})
	}
}
