package app_test

import (
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestLinesOfOrders proves that lines beside orders or an invoice become the
// payment's own where both come to the same, and are refused where not (C19).
func TestLinesOfOrders(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	a, b := s.order(600), s.order(400)
	bill := s.bill(t, "L-1", 900)
	lines := []apptest.Vars{{"productName": "Box", "quantity": 2, "unitAmount": minor(500)}}
	tenth := []apptest.Vars{{"discountName": "ten", "type": "PERCENOFF", "value": 10}}
	orders := []apptest.Vars{{"orderId": a}, {"orderId": b, "amount": minor(300)}}
	for name, c := range map[string]struct {
		input   apptest.Vars
		refused []string
	}{
		"orders":        {apptest.Vars{"orders": orders, "lines": lines, "discounts": tenth}, nil},
		"with amount":   {apptest.Vars{"orders": orders, "lines": lines, "discounts": tenth, "amount": minor(900)}, nil},
		"invoice":       {apptest.Vars{"invoiceId": bill, "lines": lines, "discounts": tenth}, nil},
		"too much":      {apptest.Vars{"orders": orders, "lines": lines}, []string{"AMOUNT_MISMATCH input.lines"}},
		"other amount":  {apptest.Vars{"orders": orders, "lines": lines, "discounts": tenth, "amount": minor(901)}, []string{"AMOUNT_MISMATCH input.amount"}},
		"invoice, more": {apptest.Vars{"invoiceId": bill, "lines": lines}, []string{"AMOUNT_MISMATCH input.lines"}},
		"currency": {apptest.Vars{"orders": orders, "lines": []apptest.Vars{{"productName": "Box", "unitAmount": apptest.Vars{"minorUnits": 900, "currency": "USD"}}}},
			[]string{"CURRENCY_MISMATCH input.lines.0.unitAmount.currency"}},
		"no lines":   {apptest.Vars{"orders": orders, "lines": []apptest.Vars{}}, []string{"REQUIRED input.lines"}},
		"discounts":  {apptest.Vars{"orders": orders, "discounts": tenth}, []string{"REQUIRED input.lines"}},
		"two things": {apptest.Vars{"orders": orders, "invoiceId": bill, "lines": lines}, []string{"INVALID_INPUT input"}},
	} {
		assertRefused(t, name, refusalsOf(t, s.admin, "previewPayment", c.input), c.refused...)
		assertRefused(t, name, refusalsOf(t, s.admin, "createPayment", but(c.input, apptest.Vars{"idempotencyKey": dashed(name)})), c.refused...)
		if c.refused != nil {
			continue
		}
		got := s.preview(t, c.input)
		if got.TotalAmount.MinorUnits != 1000 || got.FinalAmount.MinorUnits != 900 || len(got.Lines) != 1 || len(got.Discounts) != 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	made := apptest.Do[struct {
		CreatePayment struct {
			Payment struct {
				ID          string
				Lines       []struct{ ProductName string }
				Discounts   []struct{ AppliedAmount struct{ MinorUnits int64 } }
				Allocations []struct{ Amount struct{ MinorUnits int64 } }
			}
		}
	}](t, s.admin, `mutation($input: CreatePaymentInput!) { createPayment(input: $input) { payment { id lines { productName }
		discounts { appliedAmount { minorUnits } } allocations { amount { minorUnits } } } } }`,
		apptest.Vars{"input": apptest.Vars{"idempotencyKey": "made", "orders": orders, "lines": lines, "discounts": tenth}}).CreatePayment.Payment
	if len(made.Lines) != 1 || len(made.Discounts) != 1 || made.Discounts[0].AppliedAmount.MinorUnits != 100 ||
		len(made.Allocations) != 2 || made.Allocations[0].Amount.MinorUnits != 600 || made.Allocations[1].Amount.MinorUnits != 300 {
		t.Fatalf("made: %+v", made)
	}
	if paid := act(t, s.admin, "processPayment", "pay", apptest.Vars{"paymentId": made.ID, "gatewayId": s.sandbox}); paid.Payment == nil || paid.Payment.Status != "PAID" {
		t.Errorf("paid: %+v", paid)
	}
}

// TestPurposeAgrees proves that customer, location and currency may be said beside
// what is owed where they are its own.
func TestPurposeAgrees(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	here := create(t, s.admin, "createBusiness", "business", apptest.Vars{"name": "Here"})
	there := create(t, s.admin, "createBusiness", "business", apptest.Vars{"name": "There"})
	order := create(t, s.admin, "createOrder", "order", apptest.Vars{"order": apptest.Vars{"customerId": s.customer, "businessId": here, "totalAmount": minor(1000)}})
	bill := s.bill(t, "A-1", 2500)
	for name, subject := range map[string]apptest.Vars{"orders": {"orders": one(order)}, "invoice": {"invoiceId": bill}} {
		agreed := apptest.Vars{"customerId": s.customer, "currency": "EUR"}
		if name == "orders" {
			agreed["businessId"] = here
		}
		for want, more := range map[string]apptest.Vars{
			"":                                 agreed,
			"CURRENCY_MISMATCH input.currency": {"currency": "USD"},
			"INVALID_INPUT input.customerId":   {"customerId": s.make.Customer()},
			"INVALID_INPUT input.businessId":   {"businessId": there},
		} {
			var refused []string
			if want != "" {
				refused = []string{want}
			}
			in := but(subject, more)
			assertRefused(t, name, refusalsOf(t, s.admin, "previewPayment", in), refused...)
			assertRefused(t, name, refusalsOf(t, s.admin, "createPayment", but(in, apptest.Vars{"idempotencyKey": dashed(name + want)})), refused...)
		}
	}
}

// TestPartOfInvoice proves that an amount is a part of an invoice.
func TestPartOfInvoice(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	bill := s.bill(t, "P-1", 2500)
	billed := s.invoice(t, "P-2", s.order(2500))
	for _, id := range []string{bill, billed} {
		part := s.created(t, "part-"+id, apptest.Vars{"invoiceId": id, "amount": minor(100)})
		if part.Payment == nil || part.Payment.OutstandingAmount.MinorUnits != 100 {
			t.Fatalf("a part: %+v", part)
		}
		if paid := act(t, s.admin, "processPayment", "pay-"+id, apptest.Vars{"paymentId": part.Payment.ID, "gatewayId": s.sandbox}); paid.Payment == nil || paid.Payment.Status != "PAID" {
			t.Errorf("paid: %+v", paid)
		}
		assertRefused(t, id, refusalsOf(t, s.admin, "createPayment", apptest.Vars{"idempotencyKey": "more-" + id, "invoiceId": id, "amount": minor(2401)}),
			"AMOUNT_EXCEEDS_OUTSTANDING input.amount max=2400EUR")
		if rest := s.created(t, "rest-"+id, apptest.Vars{"invoiceId": id}); rest.Payment == nil || rest.Payment.OutstandingAmount.MinorUnits != 2400 {
			t.Errorf("the rest: %+v", rest)
		}
	}
}

// TestParentAgrees proves that a payment belongs to one of the same customer and
// currency.
func TestParentAgrees(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	parent := s.created(t, "parent", apptest.Vars{"amount": minor(100), "customerId": s.customer}).Payment.ID
	for name, c := range map[string]struct {
		input   apptest.Vars
		refused []string
	}{
		"same":     {apptest.Vars{"amount": minor(1), "customerId": s.customer}, nil},
		"guest":    {apptest.Vars{"amount": minor(1)}, nil},
		"another":  {apptest.Vars{"amount": minor(1), "customerId": s.make.Customer()}, []string{"INVALID_INPUT input.parentPaymentId"}},
		"currency": {apptest.Vars{"amount": apptest.Vars{"minorUnits": 1, "currency": "USD"}}, []string{"CURRENCY_MISMATCH input.parentPaymentId"}},
	} {
		assertRefused(t, name, refusalsOf(t, s.admin, "createPayment", but(c.input, apptest.Vars{"idempotencyKey": dashed(name), "parentPaymentId": parent})), c.refused...)
	}
}

// TestGatewayThatNeverPays proves that a payment is not tied to gateways that
// cannot pay it; those through which money moves outside can.
func TestGatewayThatNeverPays(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	off, dollars := s.make.Gateway(apptest.Vars{"isEnabled": false}), s.make.Gateway(apptest.Vars{"currencies": []string{"USD"}})
	stored := s.method(t, s.customer, s.sandbox, "tok_approve")
	for name, c := range map[string]struct {
		input   apptest.Vars
		refused []string
	}{
		"fine":       {apptest.Vars{"gatewayId": s.sandbox, "gatewayIds": []string{s.sandbox, s.manualGateway(nil)}}, nil},
		"manual":     {apptest.Vars{"gatewayId": s.manualGateway(nil)}, nil},
		"disabled":   {apptest.Vars{"gatewayId": off}, []string{"GATEWAY_UNAVAILABLE input.gatewayId"}},
		"currency":   {apptest.Vars{"gatewayId": dollars}, []string{"GATEWAY_UNAVAILABLE input.gatewayId"}},
		"of a list":  {apptest.Vars{"gatewayIds": []string{s.sandbox, off, dollars}}, []string{"GATEWAY_UNAVAILABLE input.gatewayIds.1", "GATEWAY_UNAVAILABLE input.gatewayIds.2"}},
		"not listed": {apptest.Vars{"paymentMethodId": stored, "customerId": s.customer, "gatewayIds": []string{s.manualGateway(nil)}}, []string{"GATEWAY_UNAVAILABLE input.paymentMethodId"}},
	} {
		assertRefused(t, name, refusalsOf(t, s.admin, "createPayment", but(c.input, apptest.Vars{"amount": minor(5), "idempotencyKey": dashed(name)})), c.refused...)
	}
}

// bill adds an invoice that bills no order.
func (s *shop) bill(t *testing.T, number string, units int64) string {
	t.Helper()
	return create(t, s.admin, "createInvoice", "invoice", apptest.Vars{"invoice": apptest.Vars{"customerId": s.customer, "number": number, "totalAmount": minor(units)}})
}

// dashed makes a key of a case's name.
func dashed(name string) string { return strings.ReplaceAll(name, " ", "-") }
