package app_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

func minor(n int64) apptest.Vars { return apptest.Vars{"minorUnits": n} }

// lineOf is a line of one soup at 7.00 with more or other fields.
func lineOf(fields apptest.Vars) apptest.Vars {
	line := apptest.Vars{"productName": "Soup", "unitAmount": minor(700)}
	maps.Copy(line, fields)
	for key, value := range fields {
		if value == nil {
			delete(line, key)
		}
	}
	return line
}

// times repeats an item.
func times(n int, item apptest.Vars) []apptest.Vars {
	list := make([]apptest.Vars, n)
	for i := range list {
		list[i] = item
	}
	return list
}

// TestCreateOrdersBadLines proves that an order whose lines or discounts are
// wrong, or disagree with its total, is refused with all its siblings.
func TestCreateOrdersBadLines(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	product := apptest.Do[struct {
		CreateProducts struct{ Products []struct{ ID string } }
	}](t, s.admin,
		`mutation { createProducts(input: { products: [{ name: "Tea", unitAmount: { decimal: "2.50", currency: USD } }] }) { products { id } } }`, nil).CreateProducts.Products[0].ID
	order := func(fields apptest.Vars) apptest.Vars {
		o := apptest.Vars{"customerId": s.customer}
		maps.Copy(o, fields)
		return apptest.Vars{"orders": []apptest.Vars{{"customerId": s.customer, "totalAmount": minor(1)}, o}}
	}
	line := func(fields apptest.Vars) apptest.Vars {
		return order(apptest.Vars{"currency": "EUR", "lines": []apptest.Vars{lineOf(nil), lineOf(fields)}})
	}
	off := func(fields apptest.Vars) apptest.Vars {
		d := apptest.Vars{"discountName": "Off"}
		maps.Copy(d, fields)
		return order(apptest.Vars{"lines": []apptest.Vars{lineOf(nil)}, "discounts": []apptest.Vars{d}})
	}
	modifier := func(fields apptest.Vars) apptest.Vars { return line(apptest.Vars{"modifiers": []apptest.Vars{fields}}) }
	const o, l, d = "input.orders.1", "input.orders.1.lines.1", "input.orders.1.discounts.0"
	const most = 1<<53 - 1
	refuseEach(t, s.api, s.admin, "createOrders", []badInput{
		{"total that disagrees", order(apptest.Vars{"lines": []apptest.Vars{lineOf(nil)}, "totalAmount": minor(701)}), []string{"AMOUNT_MISMATCH " + o + ".totalAmount"}},
		{"neither total nor lines", order(nil), []string{"REQUIRED " + o + ".totalAmount"}},
		{"negative total", order(apptest.Vars{"totalAmount": minor(-1)}), []string{"INVALID_INPUT " + o + ".totalAmount"}},
		{"too precise total", order(apptest.Vars{"totalAmount": apptest.Vars{"decimal": "0.001"}}), []string{"INVALID_INPUT " + o + ".totalAmount.decimal"}},
		{"total in another currency", order(apptest.Vars{"currency": "EUR", "totalAmount": apptest.Vars{"minorUnits": 1, "currency": "USD"}}),
			[]string{"CURRENCY_MISMATCH " + o + ".totalAmount.currency"}},
		{"both discounts", line(apptest.Vars{"unitDiscountAmount": minor(1), "discountAmount": minor(1)}), []string{"INVALID_INPUT " + l}},
		{"neither product nor name", line(apptest.Vars{"productName": nil}), []string{"REQUIRED " + l}},
		{"absent product", line(apptest.Vars{"productName": nil, "productId": absent(pay.KindProduct)}), []string{"NOT_FOUND " + l + ".productId"}},
		{"product in another currency", line(apptest.Vars{"productName": nil, "productId": product}), []string{"CURRENCY_MISMATCH " + l + ".productId"}},
		{"empty name", line(apptest.Vars{"productName": ""}), []string{"INVALID_INPUT " + l + ".productName"}},
		{"no price", line(apptest.Vars{"unitAmount": nil}), []string{"REQUIRED " + l + ".unitAmount"}},
		{"negative price", line(apptest.Vars{"unitAmount": minor(-1)}), []string{"INVALID_INPUT " + l + ".unitAmount"}},
		{"negative discount", line(apptest.Vars{"discountAmount": minor(-1)}), []string{"INVALID_INPUT " + l + ".discountAmount"}},
		{"price in another currency", line(apptest.Vars{"unitAmount": apptest.Vars{"minorUnits": 1, "currency": "USD"}}), []string{"CURRENCY_MISMATCH " + l + ".unitAmount.currency"}},
		{"quantity 0", line(apptest.Vars{"quantity": 0}), []string{"INVALID_INPUT " + l + ".quantity"}},
		{"negative quantity", line(apptest.Vars{"quantity": -1}), []string{"INVALID_INPUT " + l + ".quantity"}},
		{"101 percent tax", line(apptest.Vars{"taxRate": "100.0001"}), []string{"INVALID_INPUT " + l + ".taxRate"}},
		{"negative tax", line(apptest.Vars{"taxRate": "-1"}), []string{"INVALID_INPUT " + l + ".taxRate"}},
		{"tax with 5 decimals", line(apptest.Vars{"taxRate": "1.00001"}), []string{"INVALID_INPUT " + l + ".taxRate"}},
		{"51 modifiers", line(apptest.Vars{"modifiers": times(51, apptest.Vars{"modifierId": "x", "productName": "x", "price": minor(1)})}), []string{"TOO_MANY_ITEMS " + l + ".modifiers"}},
		{"modifier of nothing", modifier(apptest.Vars{"modifierId": ""}),
			[]string{"INVALID_INPUT " + l + ".modifiers.0.modifierId", "REQUIRED " + l + ".modifiers.0.price", "REQUIRED " + l + ".modifiers.0.productName"}},
		{"modifier quantity 0", modifier(apptest.Vars{"modifierId": "x", "productName": "x", "price": minor(1), "quantity": 0}), []string{"INVALID_INPUT " + l + ".modifiers.0.quantity"}},
		{"modifier of an absent product", modifier(apptest.Vars{"modifierId": "x", "productId": absent(pay.KindProduct)}), []string{"NOT_FOUND " + l + ".modifiers.0.productId"}},
		{"overflow of a line", line(apptest.Vars{"unitAmount": minor(most), "quantity": 2}), []string{"INVALID_INPUT " + o + ".lines"}},
		{"overflow of 64 bits", line(apptest.Vars{"unitAmount": minor(most), "quantity": 1<<31 - 1}), []string{"INVALID_INPUT " + o + ".lines"}},
		{"overflow of the sum", order(apptest.Vars{"lines": times(2, lineOf(apptest.Vars{"unitAmount": minor(most)}))}), []string{"INVALID_INPUT " + o + ".lines"}},
		{"overflow by a modifier", modifier(apptest.Vars{"modifierId": "x", "productName": "x", "price": minor(most), "quantity": 2}), []string{"INVALID_INPUT " + o + ".lines"}},
		{"discount without lines", order(apptest.Vars{"totalAmount": minor(1), "discounts": []apptest.Vars{{"discountName": "x", "amount": minor(1)}}}), []string{"REQUIRED " + o + ".lines"}},
		{"discount of nothing", off(nil), []string{"INVALID_INPUT " + d}},
		{"amount and value", off(apptest.Vars{"amount": minor(1), "value": 1, "type": "DOLLAROFF"}), []string{"INVALID_INPUT " + d}},
		{"value and basis points", off(apptest.Vars{"value": 1, "valueBasisPoints": 1, "type": "PERCENOFF"}), []string{"INVALID_INPUT " + d}},
		{"amount in percent", off(apptest.Vars{"amount": minor(1), "type": "PERCENOFF"}), []string{"INVALID_INPUT " + d + ".type"}},
		{"value without type", off(apptest.Vars{"value": 1}), []string{"REQUIRED " + d + ".type"}},
		{"101 percent", off(apptest.Vars{"value": 101, "type": "PERCENOFF"}), []string{"INVALID_INPUT " + d + ".value"}},
		{"negative value", off(apptest.Vars{"value": -1, "type": "DOLLAROFF"}), []string{"INVALID_INPUT " + d + ".value"}},
		{"10001 basis points", off(apptest.Vars{"valueBasisPoints": 10001, "type": "PERCENOFF"}), []string{"INVALID_INPUT " + d + ".valueBasisPoints"}},
		{"basis points of a price", off(apptest.Vars{"valueBasisPoints": 1, "type": "FIXED"}), []string{"INVALID_INPUT " + d + ".valueBasisPoints"}},
		{"nameless discount", off(apptest.Vars{"discountName": "", "amount": minor(1)}), []string{"INVALID_INPUT " + d + ".discountName"}},
		{"51 discounts", order(apptest.Vars{"lines": []apptest.Vars{lineOf(nil)}, "discounts": times(51, apptest.Vars{"discountName": "x", "amount": minor(1)})}), []string{"TOO_MANY_ITEMS " + o + ".discounts"}},
		{"501 lines", order(apptest.Vars{"lines": times(501, lineOf(nil))}), []string{"TOO_MANY_ITEMS " + o + ".lines"}},
	})
}

// TestCreateOrdersAllOrNone proves that one bad order among a hundred is named
// by its position and keeps all others out, and that the limits of a bulk hold.
func TestCreateOrdersAllOrNone(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	list := func(n int, change func(i int, o apptest.Vars)) apptest.Vars {
		orders := make([]apptest.Vars, n)
		for i := range orders {
			orders[i] = apptest.Vars{"customerId": s.customer, "totalAmount": minor(1), "referenceId": fmt.Sprint("A-", i)}
			change(i, orders[i])
		}
		return apptest.Vars{"orders": orders}
	}
	at := func(n int, fields apptest.Vars) func(int, apptest.Vars) {
		return func(i int, o apptest.Vars) {
			if i == n {
				maps.Copy(o, fields)
			}
		}
	}
	lines := func(i int, o apptest.Vars) { delete(o, "totalAmount"); o["lines"] = times(250, lineOf(nil)) }
	refuseEach(t, s.api, s.admin, "createOrders", []badInput{
		{"customer at 57", list(100, at(57, apptest.Vars{"customerId": absent(pay.KindCustomer)})), []string{"NOT_FOUND input.orders.57.customerId"}},
		{"malformed customer at 99", list(100, at(99, apptest.Vars{"customerId": "ana"})), []string{"NOT_FOUND input.orders.99.customerId"}},
		{"business at 57", list(100, at(57, apptest.Vars{"businessId": absent(pay.KindBusiness)})), []string{"NOT_FOUND input.orders.57.businessId"}},
		{"two orders, both told", list(3, func(i int, o apptest.Vars) {
			at(0, apptest.Vars{"description": strings.Repeat("x", 1001)})(i, o)
			at(2, apptest.Vars{"totalAmount": minor(-5)})(i, o)
		}), []string{"INVALID_INPUT input.orders.0.description", "INVALID_INPUT input.orders.2.totalAmount"}},
		{"same at 3 and 7", list(10, at(7, apptest.Vars{"referenceId": "A-3"})), []string{"DUPLICATE_REFERENCE input.orders.7.referenceId"}},
		{"empty at 1", list(2, at(1, apptest.Vars{"referenceId": ""})), []string{"INVALID_INPUT input.orders.1.referenceId"}},
		{"no order", list(0, nil), []string{"REQUIRED input.orders"}},
		{"101 orders", list(101, at(-1, nil)), []string{"TOO_MANY_ITEMS input.orders"}},
		{"2001 lines", list(9, lines), []string{"TOO_MANY_ITEMS input.orders"}},
	})
}
