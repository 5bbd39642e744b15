package app_test

import (
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// paidThrough pays orders through a gateway and fails the test unless the
// payment reaches the status.
func (f sourceFixture) paidThrough(t *testing.T, key, status string, input apptest.Vars) lifeStep {
	t.Helper()
	step := act(t, f.admin, "payOrders", key, input)
	if step.Payment == nil || step.Payment.Status != status {
		t.Fatalf("%s: %+v, want %s", key, step, status)
	}
	return step
}

// fillS0 makes a payment of two orders of a location, for groomed dogs, and
// another that is partly refunded.
func fillS0(t *testing.T, f sourceFixture) {
	salon := create(t, f.admin, "createBusiness", "business", apptest.Vars{"name": "Salon"})
	f.ids["business"] = salon
	f.ids["order"] = f.orderOf(t, apptest.Vars{"totalAmount": minor(4500), "businessId": salon})
	f.ids["other order"] = f.orderOf(t, apptest.Vars{"totalAmount": minor(1500), "businessId": salon})
	whole := f.paidThrough(t, "groomed", "PAID", apptest.Vars{"orders": one(f.ids["order"]), "gatewayId": f.sandbox, "module": "GROOMING"})
	part := f.paidThrough(t, "bought", "PAID", apptest.Vars{"orders": one(f.ids["other order"]), "gatewayId": f.sandbox, "module": "RETAIL"})
	act(t, f.admin, "refundPayment", "back", apptest.Vars{"paymentId": part.Payment.ID, "amount": minor(500)})
	f.ids["payment"], f.ids["other payment"] = whole.Payment.ID, part.Payment.ID
	f.ids["gateway"] = f.sandbox
	f.ids["charge"] = apptest.Do[struct{ Transaction struct{ ExternalID string } }](t, f.admin, `query($id: ID!) { transaction(id: $id) { externalId } }`,
		apptest.Vars{"id": whole.Transaction.ID}).Transaction.ExternalID
}

// fillS1 makes invoices: one to be paid, one paid, one whose payment failed, one
// of somebody else, and two whose transfers wait for approval.
func fillS1(t *testing.T, f sourceFixture) {
	bank := f.make.Gateway(apptest.Vars{"name": "Transfer", "connector": "manual", "kind": "MANUAL", "methodType": "BANK_TRANSFER", "isTokenizable": false})
	f.ids["bank transfer"] = bank
	f.clients["approver"] = f.api.Client(f.api.Token(t, auth.Grant{Subject: "approver"}))
	invoiced := func(name, number string) string {
		order := f.make.Order(f.customer, 1250)
		f.ids[name] = f.invoice(t, number, order)
		return order
	}
	invoiced("invoice", "2026-101")
	f.paidThrough(t, "paid", "PAID", apptest.Vars{"orders": one(invoiced("paid invoice", "2026-102")), "gatewayId": f.sandbox})
	failed := f.paidThrough(t, "failed", "FAILED", apptest.Vars{"orders": one(invoiced("open invoice", "2026-103")), "gatewayId": f.sandbox, "paymentToken": "tok_hard_decline"})
	f.ids["failed payment"] = failed.Payment.ID
	for name, number := range map[string]string{"approve": "2026-104", "reject": "2026-105"} {
		invoiced("invoice to "+name, number)
		step := act(t, f.admin, "submitManualPayment", "submit-to-"+name, apptest.Vars{"invoiceId": f.ids["invoice to "+name], "gatewayId": bank, "transactionReference": "TRF-to-" + name})
		if step.Payment == nil {
			t.Fatalf("submit: %+v", step)
		}
		f.ids["payment to "+name], f.ids["transaction to "+name] = step.Payment.ID, step.Transaction.ID
	}
	rival := f.api.NewCompany(t, "rival")
	other := f.api.Client(f.api.Token(t, auth.Grant{CompanyID: rival.ID}))
	order := other.Make(t).Order(other.Make(t).Customer(), 1250)
	f.ids["foreign invoice"] = create(t, other, "createInvoice", "invoice", apptest.Vars{"invoice": apptest.Vars{"number": "1", "orderId": order}})
}

// fillS2 makes two orders to be paid at once, a payment that failed, one that is
// scheduled, and three of different amounts and states.
func fillS2(t *testing.T, f sourceFixture) {
	method := f.method(t, f.customer, f.sandbox, "tok_approve")
	f.ids["method"], f.ids["order"], f.ids["other order"] = method, f.order(1999), f.order(501)
	f.ids["order that failed"] = f.order(4200)
	failed := f.paidThrough(t, "failed", "FAILED", apptest.Vars{"orders": one(f.ids["order that failed"]), "gatewayId": f.sandbox, "paymentToken": "tok_soft_decline",
		"billingAddress": apptest.Vars{"line1": "Rua do Carmo 3", "city": "Lisboa", "country": "PT"}, "description": "Spring order",
		"metadata": []apptest.Vars{{"key": "channel", "value": "web"}}})
	f.ids["failed payment"] = failed.Payment.ID
	scheduled := f.created(t, "scheduled", apptest.Vars{"amount": minor(900), "customerId": f.customer, "paymentMethodId": method, "scheduledFor": "2099-01-01T08:00:00Z"})
	f.ids["scheduled payment"] = scheduled.Payment.ID
	pays := func(name, status string, amount int64, fields apptest.Vars) lifeStep {
		step := f.paidThrough(t, name, status, but(apptest.Vars{"orders": one(f.order(amount)), "gatewayId": f.sandbox}, fields))
		f.ids[name+" payment"] = step.Payment.ID
		return step
	}
	f.ids["subscription"] = create(t, f.admin, "createBillingSubscription", "billingSubscription", apptest.Vars{"customerId": f.customer, "price": minor(1290), "intervalUnit": "MONTH",
		"timeZone": "UTC", "startsOn": time.Now().UTC().AddDate(0, 1, 0).Format(time.DateOnly), "paymentMethodId": method})
	f.ids["payment of the subscription"] = f.created(t, "of-subscription", apptest.Vars{"subscriptionId": f.ids["subscription"]}).Payment.ID
	pays("succeeded", "PAID", 300, nil)
	pays("reserved", "AUTHORIZED", 800, apptest.Vars{"capture": false})
	refunded := pays("refunded", "PAID", 700, nil)
	act(t, f.admin, "refundPayment", "back", apptest.Vars{"paymentId": refunded.Payment.ID, "amount": minor(100)})
}

// fillS3 makes a customer with an order paid in two parts, and a buyer with an
// order to be paid.
func fillS3(t *testing.T, f sourceFixture) {
	bkash := f.make.Gateway(apptest.Vars{"name": "Bkash", "methodType": "MOBILE_WALLET", "methodLabel": "Bkash", "isTokenizable": false})
	cash := f.make.Gateway(apptest.Vars{"name": "Cash on delivery", "connector": "manual", "kind": "MANUAL", "methodType": "CASH", "isTokenizable": false})
	buyer := f.make.Customer()
	f.clients["customer"], f.clients["buyer"] = asCustomer(t, f.api, f.customer), asCustomer(t, f.api, buyer)
	f.ids["bkash"], f.ids["cash"], f.ids["buyer"] = bkash, cash, buyer
	f.ids["order"], f.ids["order on delivery"] = f.make.Order(buyer, 80_000), f.make.Order(buyer, 2_000)
	parts := f.order(90_000)
	first := f.paidThrough(t, "first", "PAID", apptest.Vars{"orders": part(parts, minor(50_000)), "gatewayId": bkash})
	second := f.paidThrough(t, "second", "PAID", apptest.Vars{"orders": part(parts, minor(10_000)), "gatewayId": f.sandbox})
	f.ids["order in parts"], f.ids["first part"], f.ids["second part"] = parts, first.Payment.ID, second.Payment.ID
}

// fillS4 makes a payment with everything that one can have, and one for each
// operation.
func fillS4(t *testing.T, f sourceFixture) {
	f.ids["meal vouchers"] = f.make.Gateway(apptest.Vars{"name": "Meal vouchers", "kind": "VOUCHER", "methodType": "VOUCHER", "isFoodOnly": true, "isTokenizable": false})
	f.ids["terminal"] = f.make.Gateway(apptest.Vars{"name": "Cards with a form", "legacyType": 1, "action": "DROPIN", "minimumAmount": minor(100),
		"image": "https://cdn.example.com/card.png", "checkoutImage": "https://cdn.example.com/card-wide.png", "icon": "https://cdn.example.com/card.ico",
		"requestAffiliationUrl": "https://provider.example.com/join"})
	f.fillWhole(t)
	for name, token := range map[string]string{"complete": "tok_otp", "cancel": "tok_redirect"} {
		f.ids["transaction to "+name] = f.paidThrough(t, name+"-later", "REQUIRES_ACTION", apptest.Vars{"orders": one(f.order(1000)), "gatewayId": f.sandbox, "paymentToken": token}).Transaction.ID
	}
	for _, name := range []string{"capture", "void"} {
		held := f.held(t, name)
		f.ids["transaction to "+name], f.ids["payment to "+name] = held.Transaction.ID, held.Payment.ID
	}
	f.ids["payment to cancel"] = f.held(t, "cancel").Payment.ID
	f.ids["payment to process"] = f.created(t, "process", apptest.Vars{"amount": minor(1000), "customerId": f.customer}).Payment.ID
	f.ids["payment to refund"] = f.paidThrough(t, "refund", "PAID", apptest.Vars{"orders": one(f.order(1000)), "gatewayId": f.sandbox}).Payment.ID
}

// fillWhole makes the payment that is read in full: a child of another, of lines
// with modifiers and discounts, paid with a stored card and partly refunded.
func (f sourceFixture) fillWhole(t *testing.T) {
	t.Helper()
	products := apptest.Do[struct {
		CreateProducts struct{ Products []struct{ ID string } }
	}](t, f.admin, `mutation { createProducts(input: { products: [{ name: "Pizza", variant: "Large", imageUrl: "https://cdn.example.com/pizza.jpg", unitAmount: { minorUnits: 1200 }, taxRate: "13", isFood: true }] }) {
		products { id } } }`, nil).CreateProducts.Products
	f.ids["product"] = products[0].ID
	f.ids["method"] = create(t, f.admin, "createPaymentMethod", "paymentMethod", apptest.Vars{"customerId": f.customer, "gatewayId": f.ids["terminal"], "token": "tok_approve",
		"card": apptest.Vars{"brand": "visa", "lastFour": "4242", "expirationMonth": 3, "expirationYear": 2099, "product": "credit"}, "holderName": "Ana Martins", "holderEmail": "ana@example.com"})
	f.ids["parent"] = f.created(t, "parent", apptest.Vars{"amount": minor(1), "customerId": f.customer}).Payment.ID
	whole := f.created(t, "whole", apptest.Vars{"referenceId": "cart-116", "customerId": f.customer, "parentPaymentId": f.ids["parent"],
		"paymentMethodId": f.ids["method"], "gatewayIds": []string{f.ids["terminal"]}, "metadata": []apptest.Vars{{"key": "table", "value": "4"}},
		"lines": []apptest.Vars{
			{"productId": f.ids["product"], "unitDiscountAmount": minor(100), "quantity": 2,
				"modifiers": []apptest.Vars{{"modifierId": "olives", "productName": "Olives", "price": minor(60)}}},
			{"productName": "Apron", "productVariant": "Blue", "unitAmount": minor(1500), "discountAmount": minor(300), "taxRate": "23"},
		},
		"discounts": []apptest.Vars{{"discountName": "Regulars", "discountDescription": "For those who come again", "type": "PERCENOFF", "value": 5, "index": 1}, {"discountName": "Coupon", "amount": minor(200)}},
	})
	if whole.Payment == nil {
		t.Fatalf("create: %+v", whole)
	}
	f.ids["payment"] = whole.Payment.ID
	paid := act(t, f.admin, "processPayment", "whole-paid", apptest.Vars{"paymentId": f.ids["payment"]})
	if paid.Payment == nil || paid.Payment.Status != "PAID" {
		t.Fatalf("process: %+v", paid)
	}
	f.ids["transaction"] = paid.Transaction.ID
	act(t, f.admin, "refundPayment", "whole-back", apptest.Vars{"paymentId": f.ids["payment"], "amount": minor(150)})
}
