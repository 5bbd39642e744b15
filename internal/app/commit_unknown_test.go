package app_test

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// loseCommits makes the database carry out every COMMIT and lose the answer of the
// n-th, or of all for 0.
func (w *wire) loseCommits(n int) (commits *int) {
	commits = new(int)
	w.cutBy(func(statement string, done bool) error {
		if statement != "COMMIT" || !done {
			return nil
		}
		*commits++
		switch {
		case n == 0 && *commits%2 == 0:
			return driver.ErrBadConn
		case n == 0, n == *commits:
			return io.EOF
		}
		return nil
	})
	return commits
}

// assertAvailable fails the test when an answer is an error other than UNAVAILABLE
// with an unknown outcome.
func assertAvailable(t *testing.T, name string, got apptest.Response) {
	t.Helper()
	for _, e := range got.Errors {
		if e.Extensions.Code != "UNAVAILABLE" || e.Extensions.Outcome != "UNKNOWN" {
			t.Errorf("%s: %s", name, got.Body)
		}
	}
}

// TestEveryCommitUnknown proves for every mutation about a payment that the lost
// answer of any of its COMMITs, or of all of them, is found out about or answered
// with UNAVAILABLE, never as a fault of ours, and that the repeat with the same key
// finds the one effect.
func TestEveryCommitUnknown(t *testing.T) {
	t.Parallel()
	var sent wire
	x := openTrial(t, "ADMIN", sent.option())
	mutations, n := x.keyedMutations(t), 0
	x.make = x.admin.Make(t) // whose token outlives the clock
	for _, field := range apiSchema().Mutation.Fields {
		if !rootTakes(field.Name, "idempotencyKey") || !answersPayment(field) {
			continue
		}
		m := mutations[field.Name]
		document := documentOf(t, field.Name, "{ payment { id status } replayed errors { code message } }")
		t.Run(field.Name, func(t *testing.T) {
			for lost, most := 0, 1; lost <= most; lost++ {
				n++
				name := fmt.Sprintf("COMMIT %d lost", lost)
				input := but(m.begin(n), apptest.Vars{"idempotencyKey": fmt.Sprint("commit-unknown-", n)})
				before := x.counts(t)
				commits := sent.loseCommits(lost)
				got := x.admin.Send(t, document, apptest.Vars{"input": input})
				sent.cutBy(nil)
				assertAvailable(t, name, got)
				if lost > 0 {
					most = *commits
				}
				x.clock.pass(1e12) // whatever runs is over
				again := apptest.Do[map[string]seenAfter](t, x.admin, document, apptest.Vars{"input": input})[field.Name]
				if again.Payment == nil || len(again.Errors) > 0 {
					t.Errorf("%s: %s, repeated: %+v", name, got.Body, again)
				}
				after := x.counts(t)
				for i := range after {
					if after[i]-before[i] != m.adds[i] {
						t.Errorf("%s: rows were %v and are %v, want %v more", name, before, after, m.adds)
					}
				}
			}
		})
	}
}

// TestMasterDataCommitUnknown proves the same for master data: what was saved is
// found by its id, and who cannot be told so repeats with the same reference.
func TestMasterDataCommitUnknown(t *testing.T) {
	t.Parallel()
	var sent wire
	s := openShop(t, sent.option())
	order := s.order(100)
	for mutation, c := range map[string]struct {
		input apptest.Vars
		rows  string
	}{
		"createBusiness":      {apptest.Vars{"referenceId": "R", "name": "x"}, "businesses"},
		"createCustomer":      {apptest.Vars{"customer": apptest.Vars{"referenceId": "R", "firstName": "x"}}, "customers"},
		"createCustomers":     {apptest.Vars{"customers": []apptest.Vars{{"referenceId": "R1", "firstName": "x"}, {"referenceId": "R2", "firstName": "x"}}}, "customers"},
		"createProducts":      {apptest.Vars{"products": []apptest.Vars{{"referenceId": "R", "name": "x", "unitAmount": minor(1)}}}, "products"},
		"createOrder":         {apptest.Vars{"order": apptest.Vars{"referenceId": "R", "customerId": s.customer, "totalAmount": minor(100)}}, "orders"},
		"createOrders":        {apptest.Vars{"orders": []apptest.Vars{{"referenceId": "R1", "customerId": s.customer, "totalAmount": minor(100)}}}, "orders"},
		"createInvoice":       {apptest.Vars{"invoice": apptest.Vars{"referenceId": "R", "number": "R", "orderId": order}}, "invoices"},
		"createPaymentMethod": {apptest.Vars{"referenceId": "R", "customerId": s.customer, "gatewayId": s.sandbox, "token": "tok_approve"}, "payment_methods"},
		"createBillingSubscription": {apptest.Vars{"referenceId": "R", "customerId": s.customer, "price": minor(1), "intervalUnit": "MONTH", "timeZone": "UTC",
			"startsOn": time.Now().AddDate(1, 0, 0).Format(time.DateOnly)}, "billing_subscriptions"},
		"createPaymentGateway": {apptest.Vars{"referenceId": "R", "name": "x", "connector": "sandbox", "methodType": "CARD"}, "payment_gateways"},
		"updateCustomer":       {apptest.Vars{"id": s.customer, "lastName": "Y"}, "customers"},
		"updateCompany":        {apptest.Vars{"name": "y"}, "companies"},
		"updatePaymentGateway": {apptest.Vars{"id": s.gateway, "name": "y"}, "payment_gateways"},
		"setGatewayRules":      {apptest.Vars{"rules": []apptest.Vars{{"name": "all", "gatewayId": s.gateway}}}, "gateway_rules"},
		"trustDocuments":       {apptest.Vars{"documents": []string{"{ viewer { id } }"}}, "trusted_documents"},
		"createApiKey":         {apptest.Vars{"name": "x", "scopes": []string{"PAYMENTS_READ"}}, "api_keys"},
	} {
		t.Run(mutation, func(t *testing.T) {
			document := documentOf(t, mutation, "{ errors { code message } }")
			before := s.count(t, c.rows)
			sent.loseCommits(0)
			assertAvailable(t, mutation, s.admin.Send(t, document, apptest.Vars{"input": c.input}))
			sent.cutBy(nil)
			committed := s.count(t, c.rows)
			if mutation == "createApiKey" {
				return // a key whose secret was lost is of no use to anybody; the repeat makes another
			}
			var refusals []apptest.Refusal
			for _, got := range apptest.Do[map[string]struct{ Errors json.RawMessage }](t, s.admin, document, apptest.Vars{"input": c.input}) {
				if err := json.Unmarshal(got.Errors, &refusals); err != nil {
					t.Fatal(err)
				}
			}
			if after := s.count(t, c.rows); after != committed || len(refusals) > 0 || mutation[:6] == "create" && committed == before {
				t.Errorf("rows were %d, then %d, then %d; refused: %v", before, committed, after, refusals)
			}
		})
	}
}
