package app_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestSpreading proves how a payment's money reaches its orders: by largest
// remainder, in the order of the request, always adding up exactly.
func TestSpreading(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	for _, c := range []struct {
		name    string
		owed    []int64
		outcome string
		amounts []int64 // asked of each order; none: whole orders
		status  string
		paid    []int64
	}{
		{"whole orders", []int64{1000, 2500, 1}, "approve", nil, "PAID", []int64{1000, 2500, 1}},
		{"parts of orders", []int64{1000, 2500}, "approve", []int64{999, 1}, "PAID", []int64{999, 1}},
		// 5 of 10 over thirds: the first gets the cent that is left.
		{"equal remainders", []int64{3, 3, 4}, "partial", nil, "PARTIALLY_PAID", []int64{2, 1, 2}},
		{"half of three equal orders", []int64{333, 333, 333}, "partial", nil, "PARTIALLY_PAID", []int64{167, 166, 166}},
		{"one cent for all", []int64{1, 1, 1}, "partial", nil, "PARTIALLY_PAID", []int64{1, 0, 0}},
		{"a small order beside a big one", []int64{1, 9999}, "partial", nil, "PARTIALLY_PAID", []int64{1, 4999}},
		{"declined", []int64{100, 200}, "soft_decline", nil, "FAILED", []int64{0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			orders := s.make.Orders(s.customer, c.owed...)
			input := but(s.whole("tok_"+c.outcome, orders...), apptest.Vars{"gatewayId": s.sandbox})
			asked := c.owed
			if c.amounts != nil {
				asked = c.amounts
				input["orders"] = partsOf(orders, c.amounts)
			}
			got := s.pay(t, orders[0], input).Payment
			if got == nil || got.Status != c.status || len(got.Allocations) != len(orders) {
				t.Fatalf("got %+v, want %s", got, c.status)
			}
			for i, a := range got.Allocations {
				if a.Order.ID != orders[i] || a.Amount.MinorUnits != asked[i] || a.CapturedAmount.MinorUnits != c.paid[i] ||
					a.Order.PaidAmount.MinorUnits != c.paid[i] || a.Order.OutstandingAmount.MinorUnits != c.owed[i]-c.paid[i] {
					t.Errorf("part %d: %+v, want %d of %d paid", i, a, c.paid[i], asked[i])
				}
			}
		})
	}
}

func partsOf(orders []string, amounts []int64) []apptest.Vars {
	list := make([]apptest.Vars, len(orders))
	for i, id := range orders {
		list[i] = apptest.Vars{"orderId": id, "amount": apptest.Vars{"minorUnits": amounts[i]}}
	}
	return list
}

// TestHold proves that capture: false only holds the money, which blocks the
// order without paying it, whatever part of several orders it is for.
func TestHold(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	orders := s.make.Orders(s.customer, 1000, 500)
	input := but(s.whole(""), apptest.Vars{"orders": partsOf(orders, []int64{700, 500}), "capture": false})
	got := s.pay(t, "hold", input)
	if got.Payment == nil || got.Payment.Status != "AUTHORIZED" || got.Payment.AuthorizedAmount.MinorUnits != 1200 ||
		got.Payment.PaidAmount.MinorUnits != 0 || got.Payment.OutstandingAmount.MinorUnits != 1200 {
		t.Fatalf("got %+v, want 1200 held", got.Payment)
	}
	if x := got.Transaction; x.Status != "AUTHORIZED" || x.AuthorizedAmount.MinorUnits != 1200 || x.Amount.MinorUnits != 0 {
		t.Errorf("got attempt %+v, want 1200 held", x)
	}
	sent, _ := s.bank.asked("")
	if len(sent) != 1 || sent[0].Capture || sent[0].Amount.Minor != 1200 {
		t.Errorf("the bank was sent %+v, want one request to hold 1200", sent)
	}
	if o := s.seeOrder(t, orders[0]); o.PaidStatus != "UNPAID" || o.InFlightAmount.MinorUnits != 700 || o.OutstandingAmount.MinorUnits != 1000 {
		t.Errorf("order %+v, want 700 in flight", o)
	}
	t.Run("AMOUNT_EXCEEDS_OUTSTANDING for what is held", func(t *testing.T) {
		input["orders"] = partsOf(orders[:1], []int64{301})
		got := s.pay(t, "too much", input)
		if !slices.Equal(got.refused(), []string{"AMOUNT_EXCEEDS_OUTSTANDING"}) || got.Errors[0].Maximum.MinorUnits != 300 {
			t.Errorf("got %+v, want at most 300", got)
		}
	})
	t.Run("OK for the rest", func(t *testing.T) {
		rest := s.pay(t, "rest", s.whole("", orders[0])).Payment
		if rest == nil || rest.PaidAmount.MinorUnits != 300 {
			t.Errorf("got %+v, want the 300 that are free PAID", rest)
		}
	})
}

// TestStoredMethod proves that a stored method pays through its own gateway
// with its own token, and that both are shown on the payment.
func TestStoredMethod(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	gateway := s.make.Gateway(apptest.Vars{"name": "Stored", "connector": "bank"})
	method := s.method(t, s.customer, gateway, "tok_of_card")
	input := but(s.whole("", s.order(1000)), apptest.Vars{"gatewayId": nil, "paymentMethodId": method})
	t.Run("OK", func(t *testing.T) {
		t.Parallel()
		input := but(s.whole("", s.order(500)), apptest.Vars{"gatewayId": nil, "paymentMethodId": method})
		got := s.pay(t, "stored", input)
		if got.Payment == nil || got.Payment.Status != "PAID" || got.Payment.PaymentMethod == nil || got.Payment.PaymentMethod.ID != method {
			t.Fatalf("got %+v, want it PAID with %s", got, method)
		}
		sent, _ := s.bank.asked("tok_of_card")
		if len(sent) != 1 || sent[0].Details.Card == nil || *sent[0].Details.Card.LastFour != "4242" {
			t.Errorf("the bank was sent %+v, want the stored token and details", sent)
		}
	})
	for _, c := range []struct {
		code   string
		change apptest.Vars
	}{
		{"PAYMENT_METHOD_INVALID", apptest.Vars{"orders": []apptest.Vars{{"orderId": s.make.Order(s.make.Customer(), 5)}}}},
		{"INVALID_INPUT", apptest.Vars{"gatewayId": s.gateway}},
		{"REQUIRED", apptest.Vars{"paymentMethodId": nil}},
		{"NOT_FOUND", apptest.Vars{"paymentMethodId": s.gateway}},
		{"INVALID_INPUT", apptest.Vars{"paymentToken": "tok_other"}},
	} {
		t.Run(c.code, func(t *testing.T) {
			t.Parallel()
			if got := s.pay(t, fmt.Sprint(c.code, len(c.change)), but(input, c.change)); !slices.Equal(got.refused(), []string{c.code}) {
				t.Errorf("got %+v, want %s", got, c.code)
			}
		})
	}
}

// method stores a card.
func (s *shop) method(t *testing.T, customer, gateway, token string) string {
	t.Helper()
	got := apptest.Do[struct {
		CreatePaymentMethod struct {
			PaymentMethod *struct{ ID string }
			Errors        []refusalSeen
		}
	}](t, s.admin, `mutation($input: CreatePaymentMethodInput!) { createPaymentMethod(input: $input) { paymentMethod { id } errors { code message path } } }`,
		apptest.Vars{"input": apptest.Vars{"customerId": customer, "gatewayId": gateway, "token": token, "card": apptest.Vars{"lastFour": "4242"}}})
	if got.CreatePaymentMethod.PaymentMethod == nil {
		t.Fatalf("store method: %+v", got.CreatePaymentMethod.Errors)
	}
	return got.CreatePaymentMethod.PaymentMethod.ID
}

// TestIsWallet proves that an attempt says whether a wallet pays.
func TestIsWallet(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	wallet := s.make.Gateway(apptest.Vars{"methodType": "MOBILE_WALLET"})
	for gateway, want := range map[string]bool{s.sandbox: false, wallet: true} {
		paid := act(t, s.admin, "payOrders", gateway, apptest.Vars{"orders": one(s.order(1000)), "gatewayId": gateway})
		if got := apptest.Do[struct{ Transaction struct{ IsWallet bool } }](t, s.admin, `query($id: ID!) { transaction(id: $id) { isWallet } }`,
			apptest.Vars{"id": paid.Transaction.ID}).Transaction.IsWallet; got != want {
			t.Errorf("isWallet %v, want %v", got, want)
		}
	}
}
