package apptest

import (
	"fmt"
	"testing"
)

// Refusal is one entry of a payload's errors.
type Refusal struct {
	Code      string
	Message   string
	Path      []string
	Retryable bool
}

// Make creates valid objects through the API, for tests that are about
// something else.
type Make struct {
	tb     testing.TB
	client *Client
}

// Make returns a maker that uses the client's credential.
func (c *Client) Make(tb testing.TB) Make { return Make{tb: tb, client: c} }

// Customer adds a customer and returns its id.
func (m Make) Customer() string {
	m.tb.Helper()
	got := Do[struct {
		CreateCustomer struct {
			Customer *struct{ ID string }
			Errors   []Refusal
		}
	}](m.tb, m.client, `mutation { createCustomer(input: { customer: { firstName: "Ana", lastName: "Martins", email: "ana@example.com" } }) {
		customer { id } errors { code message path } } }`, nil).CreateCustomer
	if got.Customer == nil {
		m.tb.Fatalf("create customer: %+v", got.Errors)
	}
	return got.Customer.ID
}

// Order adds an order of a customer with a total in cents and no lines, and
// returns its id.
func (m Make) Order(customerID string, minor int64) string {
	m.tb.Helper()
	return m.Orders(customerID, minor)[0]
}

// Orders adds one order for each total in cents, and returns their ids.
func (m Make) Orders(customerID string, minors ...int64) []string {
	m.tb.Helper()
	var orders []Vars
	for _, minor := range minors {
		orders = append(orders, Vars{"customerId": customerID, "totalAmount": Vars{"minorUnits": minor}})
	}
	got := Do[struct {
		CreateOrders struct {
			Orders []struct{ ID string }
			Errors []Refusal
		}
	}](m.tb, m.client, `mutation($input: CreateOrdersInput!) { createOrders(input: $input) { orders { id } errors { code message path } } }`,
		Vars{"input": Vars{"orders": orders}}).CreateOrders
	if len(got.Orders) != len(minors) {
		m.tb.Fatalf("create orders: %+v", got.Errors)
	}
	ids := make([]string, len(got.Orders))
	for i, o := range got.Orders {
		ids[i] = o.ID
	}
	return ids
}

// Gateway configures a sandbox gateway for cards; fields add to or replace its
// settings. It returns the gateway's id.
func (m Make) Gateway(fields Vars) string {
	m.tb.Helper()
	input := Vars{"name": "Cards", "connector": "sandbox", "methodType": "CARD", "isTokenizable": true}
	for k, v := range fields {
		input[k] = v
	}
	got := Do[struct {
		CreatePaymentGateway struct {
			PaymentGateway *struct{ ID string }
			Errors         []Refusal
		}
	}](m.tb, m.client, `mutation($input: CreatePaymentGatewayInput!) { createPaymentGateway(input: $input) { paymentGateway { id } errors { code message path } } }`,
		Vars{"input": input}).CreatePaymentGateway
	if got.PaymentGateway == nil {
		m.tb.Fatalf("create gateway: %+v", got.Errors)
	}
	return got.PaymentGateway.ID
}

// Paid is the part of a payOrders payload that most tests look at.
type Paid struct {
	Payment *struct {
		ID         string
		Status     string
		PaidAmount struct{ MinorUnits int64 }
	}
	Transaction *struct {
		ID     string
		Status string
		Error  *struct{ Code, Message string }
	}
	Replayed bool
	Errors   []Refusal
}

// PayDocument pays orders and selects what Paid holds.
const PayDocument = `mutation($input: PayOrdersInput!) { payOrders(input: $input) {
	payment { id status paidAmount { minorUnits } } transaction { id status error { code message } }
	replayed errors { code message path retryable } } }`

// Pay pays orders; input needs everything but the key, which is made from it.
func (m Make) Pay(key string, input Vars) Paid {
	m.tb.Helper()
	full := Vars{"idempotencyKey": key}
	for k, v := range input {
		full[k] = v
	}
	return Do[struct{ PayOrders Paid }](m.tb, m.client, PayDocument, Vars{"input": full}).PayOrders
}

// PayWhole pays whole orders through a gateway, and fails the test unless the
// payment ends PAID. It returns the payment's id.
func (m Make) PayWhole(gatewayID string, orderIDs ...string) string {
	m.tb.Helper()
	var orders []Vars
	for _, id := range orderIDs {
		orders = append(orders, Vars{"orderId": id})
	}
	paid := m.Pay(fmt.Sprint("pay-", orderIDs[0]), Vars{"orders": orders, "gatewayId": gatewayID})
	if paid.Payment == nil || paid.Payment.Status != "PAID" {
		m.tb.Fatalf("pay: %+v", paid)
	}
	return paid.Payment.ID
}
