package app_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// badInput is an input that must be refused with exactly these refusals.
type badInput struct {
	what  string
	input apptest.Vars
	want  []string
}

// refuseAll sends each request to payOrders, and to previewPayment what of it
// that takes: both must refuse alike, and store nothing.
func (s till) refuseAll(t *testing.T, cases []badInput) {
	t.Helper()
	for i, c := range cases {
		t.Run(outcome(c.want[0], c.what), func(t *testing.T) {
			untouched(t, s.api, func() {
				full := maps.Clone(c.input)
				full["idempotencyKey"] = fmt.Sprint("bad-", i)
				assertRefused(t, "payOrders", refusalsOf(t, s.admin, "payOrders", full), c.want...)
				for key := range c.input {
					if key != "orders" && key != "gatewayId" && key != "paymentMethodId" {
						return // previewPayment has no such field
					}
				}
				assertRefused(t, "previewPayment", refusalsOf(t, s.admin, "previewPayment", c.input), c.want...)
			})
		})
	}
}

// TestPayBadAmounts proves that no amount that is wrong, or more than is owed,
// reaches a gateway, and that the bounds are told.
func TestPayBadAmounts(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	whole, partly := s.order(t, s.customer, 1000, "EUR"), s.order(t, s.customer, 1000, "EUR")
	s.pay(t, partly, "tok_approve", apptest.Vars{"orders": part(partly, apptest.Vars{"minorUnits": 400})})
	yen, dinar := s.order(t, s.customer, 1000, "JPY"), s.order(t, s.customer, 1000, "KWD")
	const most = 1<<53 - 1
	huge := s.make.Orders(s.customer, most, most)
	amount := func(order string, fields apptest.Vars) apptest.Vars {
		return apptest.Vars{"gatewayId": s.card, "orders": part(order, fields)}
	}
	const at = " input.orders.0.amount"
	s.refuseAll(t, []badInput{
		{"zero", amount(whole, apptest.Vars{"minorUnits": 0}), []string{"AMOUNT_TOO_SMALL" + at + " min=1EUR"}},
		{"zero as decimal", amount(whole, apptest.Vars{"decimal": "0.00"}), []string{"AMOUNT_TOO_SMALL" + at + " min=1EUR"}},
		{"negative", amount(whole, apptest.Vars{"minorUnits": -1}), []string{"AMOUNT_TOO_SMALL" + at + " min=1EUR"}},
		{"negative as decimal", amount(whole, apptest.Vars{"decimal": "-10.00"}), []string{"AMOUNT_TOO_SMALL" + at + " min=1EUR"}},
		{"lowest", amount(whole, apptest.Vars{"minorUnits": -most}), []string{"AMOUNT_TOO_SMALL" + at + " min=1EUR"}},
		{"2^53 as decimal", amount(whole, apptest.Vars{"decimal": "90071992547409.92"}), []string{"INVALID_INPUT" + at + ".decimal"}},
		{"more digits than 64 bits", amount(whole, apptest.Vars{"decimal": "9999999999999999.99"}), []string{"INVALID_INPUT" + at + ".decimal"}},
		{"too precise for EUR", amount(whole, apptest.Vars{"decimal": "1.005"}), []string{"INVALID_INPUT" + at + ".decimal"}},
		{"too precise though zero", amount(whole, apptest.Vars{"decimal": "1.000"}), []string{"INVALID_INPUT" + at + ".decimal"}},
		{"too precise for JPY", amount(yen, apptest.Vars{"decimal": "1.5"}), []string{"INVALID_INPUT" + at + ".decimal"}},
		{"too precise for KWD", amount(dinar, apptest.Vars{"decimal": "0.0001"}), []string{"INVALID_INPUT" + at + ".decimal"}},
		{"both forms", amount(whole, apptest.Vars{"minorUnits": 100, "decimal": "1.00"}), []string{"INVALID_INPUT" + at}},
		{"neither form", amount(whole, apptest.Vars{}), []string{"INVALID_INPUT" + at}},
		{"neither form but null", amount(whole, apptest.Vars{"minorUnits": nil, "decimal": nil}), []string{"INVALID_INPUT" + at}},
		{"other currency", amount(whole, apptest.Vars{"minorUnits": 100, "currency": "USD"}), []string{"CURRENCY_MISMATCH" + at + ".currency"}},
		{"one too much", amount(whole, apptest.Vars{"minorUnits": 1001}), []string{"AMOUNT_EXCEEDS_OUTSTANDING" + at + " max=1000EUR"}},
		{"far too much", amount(whole, apptest.Vars{"minorUnits": most}), []string{"AMOUNT_EXCEEDS_OUTSTANDING" + at + " max=1000EUR"}},
		{"more than is left", amount(partly, apptest.Vars{"decimal": "6.01"}), []string{"AMOUNT_EXCEEDS_OUTSTANDING" + at + " max=600EUR"}},
		{"sum of two", apptest.Vars{"gatewayId": s.card, "orders": []apptest.Vars{{"orderId": huge[0]}, {"orderId": huge[1]}}}, []string{"INVALID_INPUT input.orders"}},
		{"each of three its own fault", apptest.Vars{"gatewayId": s.card, "orders": []apptest.Vars{
			{"orderId": whole, "amount": apptest.Vars{"minorUnits": 0}}, {"orderId": partly, "amount": apptest.Vars{"minorUnits": 601}}, {"orderId": "nonsense"}}},
			[]string{"AMOUNT_TOO_SMALL" + at + " min=1EUR", "AMOUNT_EXCEEDS_OUTSTANDING input.orders.1.amount max=600EUR", "NOT_FOUND input.orders.2.orderId"}},
	})
}

// TestPayBadOrders proves that only orders that are owed, and that go together,
// are paid by one payment.
func TestPayBadOrders(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	mine := s.make.Orders(s.customer, 1000, 2000, 3000, 4000, 0)
	open, paid, flight, held, free := mine[0], mine[1], mine[2], mine[3], mine[4]
	theirs, dollars := s.order(t, s.other, 1000, "EUR"), s.order(t, s.customer, 1000, "USD")
	s.pay(t, paid, "tok_approve", nil)
	s.pay(t, flight, "tok_otp", nil)
	s.pay(t, held, "tok_authorize", apptest.Vars{"capture": false})
	_, raw, _ := pay.SplitID(open)
	list := func(ids ...string) apptest.Vars {
		orders := []apptest.Vars{}
		for _, id := range ids {
			orders = append(orders, apptest.Vars{"orderId": id})
		}
		return apptest.Vars{"gatewayId": s.card, "orders": orders}
	}
	s.refuseAll(t, []badInput{
		{"none", list(), []string{"REQUIRED input.orders"}},
		{"51", list(strings.Fields(strings.Repeat(open+" ", 51))...), []string{"TOO_MANY_ITEMS input.orders"}},
		{"two customers", list(open, theirs), []string{"ORDERS_NOT_TOGETHER input.orders.1.orderId"}},
		{"two currencies", list(open, dollars), []string{"CURRENCY_MISMATCH input.orders.1.orderId"}},
		{"twice", list(open, open), []string{"ORDERS_NOT_TOGETHER input.orders.1.orderId"}},
		{"twice in two spellings", list(open, raw.String()), []string{"ORDERS_NOT_TOGETHER input.orders.1.orderId"}},
		{"paid", list(open, paid), []string{"ORDER_ALREADY_PAID input.orders.1.orderId"}},
		{"paid with an amount", apptest.Vars{"gatewayId": s.card, "orders": part(paid, apptest.Vars{"minorUnits": 1})}, []string{"ORDER_ALREADY_PAID input.orders.0.orderId"}},
		{"free of charge", list(free), []string{"ORDER_ALREADY_PAID input.orders.0.orderId"}},
		{"waiting for a password", list(flight), []string{"PAYMENT_IN_PROGRESS input.orders.0.orderId retryable"}},
		{"held", list(held), []string{"PAYMENT_IN_PROGRESS input.orders.0.orderId retryable"}},
		{"absent", list(absent(pay.KindOrder)), []string{"NOT_FOUND input.orders.0.orderId"}},
		{"id of a customer", list(s.customer), []string{"NOT_FOUND input.orders.0.orderId"}},
		{"empty id", list(""), []string{"NOT_FOUND input.orders.0.orderId"}},
		{"id with a NUL", list("ord_\x00"), []string{"NOT_FOUND input.orders.0.orderId"}},
		{"id in upper case", list(strings.ToUpper(open)), []string{"NOT_FOUND input.orders.0.orderId"}},
	})
}
