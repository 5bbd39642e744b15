package app_test

import (
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// till is a server with everything that a request to pay can be wrong about.
type till struct {
	api   *apptest.API
	admin *apptest.Client
	make  apptest.Make

	customer, other string
	card            string
	// environment is the admin's.
	environment pay.Environment
	// spare are orders that nextOrder has not given yet.
	spare *[]string
}

// nextOrder is an order of the customer, of 100, that nothing else is about. They are made
// fifty at a time, for tests that need hundreds.
func (s till) nextOrder() string {
	if len(*s.spare) == 0 {
		*s.spare = s.make.Orders(s.customer, slices.Repeat([]int64{100}, 50)...)
	}
	id := (*s.spare)[0]
	*s.spare = (*s.spare)[1:]
	return id
}

func newTill(t *testing.T) till {
	t.Helper()
	api := apptest.Start(t)
	admin := api.Admin(t)
	make := admin.Make(t)
	return till{api: api, admin: admin, make: make, customer: make.Customer(), other: make.Customer(), card: make.Gateway(nil), environment: pay.Sandbox, spare: &[]string{}}
}

// create calls a mutation of one object, which must accept the input, and
// returns the object's id; object is the payload's field.
func create(t *testing.T, c *apptest.Client, mutation, object string, input apptest.Vars) string {
	t.Helper()
	got := apptest.Do[map[string]map[string]any](t, c, documentOf(t, mutation, "{ "+object+" { id } errors { code path message } }"),
		apptest.Vars{"input": input})[mutation]
	found, _ := got[object].(map[string]any)
	if found == nil {
		t.Fatalf("%s refused: %v", mutation, got["errors"])
	}
	return found["id"].(string)
}

// order adds an order with a total in minor units of a currency.
func (s till) order(t *testing.T, customer string, minor int64, currency string) string {
	t.Helper()
	return create(t, s.admin, "createOrder", "order", apptest.Vars{"order": apptest.Vars{
		"customerId": customer, "totalAmount": apptest.Vars{"minorUnits": minor, "currency": currency}}})
}

// foodOrder adds an order of 700 cents of food and 300 of something else.
func (s till) foodOrder(t *testing.T) string {
	t.Helper()
	return create(t, s.admin, "createOrder", "order", apptest.Vars{"order": apptest.Vars{"customerId": s.customer, "lines": []apptest.Vars{
		{"productName": "Soup", "unitAmount": apptest.Vars{"minorUnits": 700}, "isFood": true},
		{"productName": "Flowers", "unitAmount": apptest.Vars{"minorUnits": 300}}}}})
}

// method stores a card of a customer at a gateway.
func (s till) method(t *testing.T, customer, gateway string) string {
	t.Helper()
	return create(t, s.admin, "createPaymentMethod", "paymentMethod",
		apptest.Vars{"customerId": customer, "gatewayId": gateway, "token": "tok_approve"})
}

// pay pays an order with a token, whatever becomes of it.
func (s till) pay(t *testing.T, order, token string, fields apptest.Vars) {
	t.Helper()
	input := apptest.Vars{"orders": one(order), "gatewayId": s.card, "paymentToken": token}
	for k, v := range fields {
		input[k] = v
	}
	if paid := s.make.Pay(order+token, input); paid.Payment == nil {
		t.Fatalf("pay %s with %s: %+v", order, token, paid.Errors)
	}
}

// one is the list of orders that names a single one, all of it.
func one(order string) []apptest.Vars { return []apptest.Vars{{"orderId": order}} }

// part is the list of orders that names a single one with an amount.
func part(order string, amount apptest.Vars) []apptest.Vars {
	return []apptest.Vars{{"orderId": order, "amount": amount}}
}

// absent is an id that names nothing.
func absent(kind pay.Kind) string { return pay.FormatID(kind, pay.NewID()) }
