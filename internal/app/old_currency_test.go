package app_test

import (
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestOldCurrency proves that nothing new is made in a currency that is no longer
// in use, whatever names it, while what was stored in one is read as before.
func TestOldCurrency(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	order, gateway := s.make.Order(s.customer, 1000), s.make.Gateway(apptest.Vars{"currencies": []string{"EUR"}})
	product := apptest.Do[struct {
		CreateProducts struct{ Products []struct{ ID string } }
	}](t, s.admin, `mutation { createProducts(input: { products: [{ name: "Tea", unitAmount: { decimal: "2.50" } }] }) { products { id } } }`, nil).CreateProducts.Products[0].ID
	// There is no other way left to have such rows.
	for _, old := range []string{`UPDATE orders SET currency = 'HRK'`, `UPDATE products SET currency = 'HRK'`, `UPDATE payment_gateways SET currencies = '{HRK,BGN}'`} {
		if _, err := s.api.Database.DB.Exec(old); err != nil {
			t.Fatal(err)
		}
	}
	old := apptest.Vars{"minorUnits": 1, "currency": "HRK"}
	input := func(fields apptest.Vars) apptest.Vars {
		return apptest.Vars{"order": changed(apptest.Vars{"customerId": s.customer}, fields)}
	}
	const at = "INVALID_INPUT input.order."
	refuseEach(t, s.api, s.admin, "createOrder", []badInput{
		{"by the order", input(apptest.Vars{"currency": "HRK", "totalAmount": minor(1)}), []string{at + "currency"}},
		{"by the total", input(apptest.Vars{"totalAmount": old}), []string{at + "totalAmount.currency"}},
		{"by a price", input(apptest.Vars{"lines": []apptest.Vars{{"productName": "Tea", "unitAmount": old}}}), []string{at + "lines.0.unitAmount.currency"}},
		{"by a product", input(apptest.Vars{"lines": []apptest.Vars{{"productId": product}}}), []string{at + "lines.0.productId"}},
	})
	refuseEach(t, s.api, s.admin, "createInvoice", []badInput{
		{"by an old order", apptest.Vars{"invoice": apptest.Vars{"number": "F-1", "orderId": order}}, []string{"INVALID_INPUT input.invoice.orderId"}},
	})
	assertRefused(t, "updatePaymentGateway", refusalsOf(t, s.admin, "updatePaymentGateway", apptest.Vars{"id": gateway, "name": "Renamed"}))
	got := apptest.Do[struct {
		Order struct {
			TotalAmount struct{ Decimal, Currency string }
		}
		Node struct{ Currencies []string }
	}](t, s.admin, `query($order: ID!, $gateway: ID!) { order(id: $order) { totalAmount { decimal currency } } node(id: $gateway) { ... on PaymentGateway { currencies } } }`,
		apptest.Vars{"order": order, "gateway": gateway})
	if got.Order.TotalAmount.Decimal != "10.00" || got.Order.TotalAmount.Currency != "HRK" || len(got.Node.Currencies) != 2 {
		t.Errorf("read back %+v", got)
	}
}
