package app_test

import (
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestBadCompanies proves that a company's short name is well-formed and its
// own, and its currency one of today.
func TestBadCompanies(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	company := func(fields apptest.Vars) apptest.Vars {
		return changed(apptest.Vars{"name": "Bistro", "country": "PT", "currency": "EUR"}, fields)
	}
	refuseEach(t, api, api.Client(api.Token(t, auth.Grant{Role: pay.RoleOperator})), "createCompany", []badInput{
		{"taken", company(apptest.Vars{"slug": api.Company.Slug}), []string{"DUPLICATE_REFERENCE input.slug"}},
		{"taken by the name", company(apptest.Vars{"name": " -ACME- "}), []string{"DUPLICATE_REFERENCE input.slug"}},
		{"malformed slug", company(apptest.Vars{"slug": "Bistro"}), []string{"INVALID_INPUT input.slug"}},
		{"name without letters", company(apptest.Vars{"name": "???"}), []string{"INVALID_INPUT input.slug"}},
		{"empty name", company(apptest.Vars{"name": "", "slug": "x"}), []string{"INVALID_INPUT input.name"}},
		{"blank name", company(apptest.Vars{"name": " \n", "slug": "x"}), []string{"INVALID_INPUT input.name"}},
		{"currency of the past", company(apptest.Vars{"currency": "HRK"}), []string{"INVALID_INPUT input.currency"}},
	})
}

// TestBadCustomers proves that nothing of a wrong customer is stored.
func TestBadCustomers(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	customer := func(fields apptest.Vars) apptest.Vars { return apptest.Vars{"customer": fields} }
	const at = "INVALID_INPUT input.customer."
	refuseEach(t, s.api, s.admin, "createCustomer", []badInput{
		{"empty reference", customer(apptest.Vars{"referenceId": ""}), []string{at + "referenceId"}},
		{"blank reference", customer(apptest.Vars{"referenceId": "   "}), []string{at + "referenceId"}},
		{"long names", customer(apptest.Vars{"firstName": strings.Repeat("ä", 201), "lastName": strings.Repeat("ä", 201)}), []string{at + "firstName", at + "lastName"}},
		{"NUL in every text", customer(apptest.Vars{"firstName": "\x00", "address": apptest.Vars{"name": "\x00", "postalCode": "\x00"}}),
			[]string{at + "firstName", at + "address.name", at + "address.postalCode"}},
		{"metadata without key", customer(apptest.Vars{"metadata": []apptest.Vars{{"key": "", "value": ""}}}), []string{"METADATA_LIMIT input.customer.metadata.0.key"}},
	})
	refuseEach(t, s.api, s.admin, "createBusiness", []badInput{
		{"empty name", apptest.Vars{"name": ""}, []string{"INVALID_INPUT input.name"}},
		{"blank name", apptest.Vars{"name": "\u3000"}, []string{"INVALID_INPUT input.name"}},
		{"long name", apptest.Vars{"name": strings.Repeat("x", 201)}, []string{"INVALID_INPUT input.name"}},
		{"long reference and address", apptest.Vars{"name": "x", "referenceId": strings.Repeat("x", 256), "address": apptest.Vars{"region": strings.Repeat("x", 201)}},
			[]string{"INVALID_INPUT input.referenceId", "INVALID_INPUT input.address.region"}},
	})
}

// TestBadProducts proves that nothing of a wrong product is stored.
func TestBadProducts(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	product := func(fields apptest.Vars) apptest.Vars {
		good := apptest.Vars{"name": "Tea", "unitAmount": minor(250)}
		return apptest.Vars{"products": []apptest.Vars{good, changed(good, fields)}}
	}
	const at = "INVALID_INPUT input.products.1."
	refuseEach(t, s.api, s.admin, "createProducts", []badInput{
		{"empty name", product(apptest.Vars{"name": ""}), []string{at + "name"}},
		{"blank name", product(apptest.Vars{"name": " "}), []string{at + "name"}},
		{"long name", product(apptest.Vars{"name": strings.Repeat("x", 501)}), []string{at + "name"}},
		{"long variant", product(apptest.Vars{"variant": strings.Repeat("x", 501)}), []string{at + "variant"}},
		{"negative price", product(apptest.Vars{"unitAmount": minor(-1)}), []string{at + "unitAmount"}},
		{"no price", product(apptest.Vars{"unitAmount": apptest.Vars{}}), []string{at + "unitAmount"}},
		{"too precise price", product(apptest.Vars{"unitAmount": apptest.Vars{"decimal": "1.5", "currency": "JPY"}}), []string{at + "unitAmount.decimal"}},
		{"currency of the past", product(apptest.Vars{"unitAmount": apptest.Vars{"minorUnits": 1, "currency": "BGN"}}), []string{at + "unitAmount.currency"}},
		{"too much tax", product(apptest.Vars{"taxRate": "101"}), []string{at + "taxRate"}},
		{"tax with 5 decimals", product(apptest.Vars{"taxRate": "0.00001"}), []string{at + "taxRate"}},
	})
	real := s.api.Client(s.api.Token(t, auth.Grant{Environment: pay.Live}))
	refuseEach(t, s.api, real, "createProducts", []badInput{{"picture of localhost for real payers", product(apptest.Vars{"imageUrl": "http://localhost/tea.png"}), []string{at + "imageUrl"}}})
	customer := create(t, real, "createCustomer", "customer", apptest.Vars{"customer": apptest.Vars{}})
	refuseEach(t, s.api, real, "createOrder", []badInput{{"line's picture of localhost for real payers", apptest.Vars{"order": apptest.Vars{"customerId": customer,
		"lines": []apptest.Vars{{"productName": "Tea", "productImage": "http://localhost/tea.png", "unitAmount": minor(250)}}}}, []string{"INVALID_INPUT input.order.lines.0.productImage"}}})
	create(t, s.admin, "createOrder", "order", apptest.Vars{"order": apptest.Vars{"customerId": s.customer, // a rehearsal may have them
		"lines": []apptest.Vars{{"productName": "Tea", "productImage": "http://localhost/tea.png", "unitAmount": minor(250)}}}})
}

// TestBadInvoices proves that an invoice agrees with the order that it bills,
// and that its number and its order belong to no other.
func TestBadInvoices(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	orders := s.make.Orders(s.customer, 1000, 2000)
	_, raw, _ := pay.SplitID(orders[0])
	taken := create(t, s.admin, "createInvoice", "invoice", apptest.Vars{"invoice": apptest.Vars{"number": "F-1", "orderId": orders[1]}})
	invoice := func(fields apptest.Vars) apptest.Vars {
		good := apptest.Vars{"number": "F-2", "customerId": s.customer, "totalAmount": minor(1)}
		item := changed(apptest.Vars{"number": "F-3"}, fields)
		return apptest.Vars{"invoices": []apptest.Vars{good, item}}
	}
	const at = " input.invoices.1."
	refuseEach(t, s.api, s.admin, "createInvoices", []badInput{
		{"number of another", invoice(apptest.Vars{"number": "F-1", "orderId": orders[0]}), []string{"DUPLICATE_REFERENCE" + at + "number existing=" + taken}},
		{"number twice", invoice(apptest.Vars{"number": "F-2", "orderId": orders[0]}), []string{"DUPLICATE_REFERENCE" + at + "number"}},
		{"billed order", invoice(apptest.Vars{"orderId": orders[1]}), []string{"DUPLICATE_REFERENCE" + at + "orderId existing=" + taken}},
		{"order twice", apptest.Vars{"invoices": []apptest.Vars{{"number": "F-2", "orderId": orders[0]}, {"number": "F-3", "orderId": orders[0]}}},
			[]string{"DUPLICATE_REFERENCE" + at + "orderId"}},
		{"order twice in two spellings", apptest.Vars{"invoices": []apptest.Vars{{"number": "F-2", "orderId": orders[0]}, {"number": "F-3", "orderId": raw.String()}}},
			[]string{"DUPLICATE_REFERENCE" + at + "orderId"}},
		{"empty number", invoice(apptest.Vars{"number": "", "orderId": orders[0]}), []string{"INVALID_INPUT" + at + "number"}},
		{"long number", invoice(apptest.Vars{"number": strings.Repeat("x", 101), "orderId": orders[0]}), []string{"INVALID_INPUT" + at + "number"}},
		{"neither order nor customer nor total", invoice(nil), []string{"REQUIRED" + at + "customerId", "REQUIRED" + at + "totalAmount"}},
		{"absent order", invoice(apptest.Vars{"orderId": absent(pay.KindOrder)}), []string{"NOT_FOUND" + at + "orderId"}},
		{"absent customer", invoice(apptest.Vars{"customerId": absent(pay.KindCustomer), "totalAmount": minor(1)}), []string{"NOT_FOUND" + at + "customerId"}},
		{"absent business", invoice(apptest.Vars{"orderId": orders[0], "businessId": absent(pay.KindBusiness)}), []string{"NOT_FOUND" + at + "businessId"}},
		{"order of another customer", invoice(apptest.Vars{"orderId": orders[0], "customerId": s.other}), []string{"INVALID_INPUT" + at + "customerId"}},
		{"total of another", invoice(apptest.Vars{"orderId": orders[0], "totalAmount": minor(1001)}), []string{"AMOUNT_MISMATCH" + at + "totalAmount"}},
		{"currency of another", invoice(apptest.Vars{"orderId": orders[0], "totalAmount": apptest.Vars{"minorUnits": 1000, "currency": "USD"}}), []string{"CURRENCY_MISMATCH" + at + "totalAmount.currency"}},
		{"currency of the past", invoice(apptest.Vars{"customerId": s.customer, "totalAmount": apptest.Vars{"minorUnits": 1, "currency": "HRK"}}),
			[]string{"INVALID_INPUT" + at + "totalAmount.currency"}},
		{"negative total", invoice(apptest.Vars{"customerId": s.customer, "totalAmount": minor(-1)}), []string{"INVALID_INPUT" + at + "totalAmount"}},
		{"due before issued", invoice(apptest.Vars{"orderId": orders[0], "issuedOn": "2026-02-01", "dueOn": "2026-01-31"}), []string{"INVALID_INPUT" + at + "dueOn"}},
	})
}
