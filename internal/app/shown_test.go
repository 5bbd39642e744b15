package app_test

import (
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestMerchantsOwn proves that customers see of their payments neither what gateways
// charge the merchant, nor who works there, nor what those wrote for each other.
func TestMerchantsOwn(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	key, _ := pay.ParseID(pay.KindCustomer, c.customer)
	mine := c.api.Client(c.api.Token(t, auth.Grant{Role: pay.RoleCustomer, Subject: "ana", CustomerID: &key}))
	slip := func(by *apptest.Client) string {
		return act(t, by, "submitManualPayment", c.key(), apptest.Vars{"orders": one(c.order(100)), "gatewayId": c.manual, "transactionReference": c.key(), "notes": "between us"}).Payment.ID
	}
	paid := act(t, c.clerk, "payOrders", c.key(), apptest.Vars{"orders": one(c.order(1000)), "gatewayId": c.sandbox}).Payment.ID
	act(t, c.admin, "refundPayment", c.key(), apptest.Vars{"paymentId": paid, "amount": minor(5)})
	theirs, own := slip(c.clerk), slip(mine)
	const document = `query($id: ID!) { payment(by: { id: $id }) { processingFee { minorUnits } feeIsEstimated refunds { createdBy } events { nodes { actor } }
		transactions { notes submittedBy processingFee { minorUnits } feeIsEstimated } } paymentSummary(groupBy: [STATUS]) { processingFee { minorUnits } } }`
	seen := func(by *apptest.Client, id string) string {
		t.Helper()
		got := by.Send(t, document, apptest.Vars{"id": id})
		if len(got.Errors) > 0 {
			t.Fatal(got.Body)
		}
		return got.Body
	}
	for _, id := range []string{paid, theirs} {
		for _, hidden := range []string{"teller", "boss", "between us", `"processingFee":{`} {
			if strings.Contains(seen(mine, id), hidden) {
				t.Errorf("the customer sees %s in %s", hidden, seen(mine, id))
			}
		}
	}
	for _, shown := range []string{`"actor":"staff"`, `"createdBy":"admin"`, `"actor":"gateway"`} {
		if !strings.Contains(seen(mine, paid), shown) {
			t.Errorf("the customer does not see %s in %s", shown, seen(mine, paid))
		}
	}
	for _, shown := range []string{"between us", `"submittedBy":"customer:ana"`} {
		if !strings.Contains(seen(mine, own), shown) {
			t.Errorf("the customer does not see %s in %s", shown, seen(mine, own))
		}
	}
	for id, shown := range map[string][]string{paid: {`"processingFee":{`, "staff:teller", "admin:boss"}, theirs: {"between us", "staff:teller"}} {
		for _, text := range shown {
			if !strings.Contains(seen(c.admin, id), text) {
				t.Errorf("the admin does not see %s in %s", text, seen(c.admin, id))
			}
		}
	}
}
