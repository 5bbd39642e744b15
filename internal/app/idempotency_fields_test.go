package app_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/graph/generated"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// schemaOfAPI is the API's schema.
var schemaOfAPI = sync.OnceValue(func() *ast.Schema {
	return generated.NewExecutableSchema(generated.Config{}).Schema()
})

// leaves lists the fields of an input type and of the input types in it, by
// path.
func leaves(input *ast.Definition, path string) (list []string) {
	for _, field := range input.Fields {
		if of := schemaOfAPI().Types[field.Type.Name()]; of.Kind == ast.InputObject {
			list = append(list, leaves(of, path+field.Name+".")...)
			continue
		}
		list = append(list, path+field.Name)
	}
	return list
}

// TestKeyReused proves that a used key refuses every request that differs in
// anything at all, says when it was used, and executes nothing. It fails when
// the API gets a field that it does not vary.
func TestKeyReused(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	orders := s.make.Orders(s.customer, 1000, 1000)
	vouchers := s.make.Gateway(apptest.Vars{"name": "Vouchers", "connector": "bank", "kind": "VOUCHER", "methodType": "VOUCHER"})
	address := apptest.Vars{"name": "Ana", "line1": "Rua 1", "line2": "2.º", "city": "Lisboa", "region": "Lisboa", "postalCode": "1000-001", "country": "PT"}
	base := apptest.Vars{
		"orders":    []apptest.Vars{{"orderId": orders[0], "amount": apptest.Vars{"minorUnits": 500}}},
		"gatewayId": vouchers, "capture": true, "voucherCount": 1, "referenceId": "P-1", "module": "RETAIL", "billingAddress": address,
		"description": "Lunch", "metadata": []apptest.Vars{{"key": "table", "value": "7"}},
	}
	changes := map[string]apptest.Vars{
		"orders.orderId":           {"orders": partsOf(orders[1:], []int64{500})},
		"orders.amount.minorUnits": {"orders": partsOf(orders[:1], []int64{501})},
		"orders.amount.decimal":    {"orders": []apptest.Vars{{"orderId": orders[0], "amount": apptest.Vars{"decimal": "5.01"}}}},
		"orders.amount.currency":   {"orders": []apptest.Vars{{"orderId": orders[0], "amount": apptest.Vars{"minorUnits": 500, "currency": "USD"}}}},
		"gatewayId":                {"gatewayId": s.make.Gateway(apptest.Vars{"name": "Other", "connector": "bank"})},
		"paymentMethodId":          {"paymentMethodId": s.method(t, s.customer, s.make.Gateway(nil), "tok_approve")},
		"methodType":               {"gatewayId": nil, "methodType": "CARD"},
		"paymentToken":             {"paymentToken": "tok_x"},
		"capture":                  {"capture": false},
		"voucherCount":             {"voucherCount": 2},
		"form.parameterId":         {"form": []apptest.Vars{{"parameterId": "otpPhone", "value": "1"}}},
		"form.value":               {"form": []apptest.Vars{{"parameterId": "paymentToken", "value": "tok_y"}}},
		"referenceId":              {"referenceId": "P-2"},
		"module":                   {"module": "OTHER"},
		"description":              {"description": "Dinner"},
		"metadata.key":             {"metadata": []apptest.Vars{{"key": "seat", "value": "7"}}},
		"metadata.value":           {"metadata": []apptest.Vars{{"key": "table", "value": "8"}}},
		"more orders":              {"orders": partsOf(orders, []int64{500, 500})},
		"no amount":                {"orders": []apptest.Vars{{"orderId": orders[0]}}},
		"more metadata":            {"metadata": []apptest.Vars{{"key": "table", "value": "7"}, {"key": "seat", "value": "1"}}},
	}
	for field, value := range map[string]string{"name": "Bo", "line1": "Rua 2", "line2": "3.º", "city": "Porto", "region": "Porto", "postalCode": "4000-001", "country": "ES"} {
		changes["billingAddress."+field] = apptest.Vars{"billingAddress": but(address, apptest.Vars{field: value})}
	}
	for field := range base {
		if field != "orders" && field != "gatewayId" && field != "capture" && field != "voucherCount" { // one voucher is the default
			changes["no "+field] = apptest.Vars{field: nil}
		}
	}
	for _, leaf := range leaves(schemaOfAPI().Types["PayOrdersInput"], "") {
		if changes[leaf] == nil && leaf != "idempotencyKey" {
			t.Errorf("the test does not vary %s", leaf)
		}
	}
	first := s.pay(t, "used", base)
	if first.Payment == nil || first.Payment.Status != "PAID" {
		t.Fatalf("first: %+v", first)
	}
	before := s.count(t, "payments")
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		got := s.pay(t, "used", but(base, changes[name]))
		if !slices.Equal(got.refused(), []string{"IDEMPOTENCY_KEY_REUSED"}) || got.Payment != nil || got.Replayed || got.Errors[0].Retryable ||
			strings.Join(got.Errors[0].Path, ".") != "input.idempotencyKey" {
			t.Errorf("%s: got %+v, want IDEMPOTENCY_KEY_REUSED", name, got)
			continue
		}
		if at := got.Errors[0].FirstUsedAt; at == nil || time.Since(*at) > time.Minute || !at.Before(time.Now()) {
			t.Errorf("%s: firstUsedAt %v", name, at)
		}
		if after := got.Errors[0].RetryAfterSeconds; after != nil {
			t.Errorf("%s: to be sent again after %d seconds, which cannot help", name, *after)
		}
	}
	if after := s.count(t, "payments"); after != before || s.bank.money() != 500 {
		t.Errorf("%d payments more, the bank took %d, want nothing more than 500", after-before, s.bank.money())
	}
	if again := s.pay(t, "used", base); !again.Replayed || again.Payment.ID != first.Payment.ID {
		t.Errorf("the request itself: %+v, want payment %s", again, first.Payment.ID)
	}
}

// TestSameMeaning proves that what means the same is a repeat, however it is
// written: defaults given or left out, fields in another order, null or absent,
// amounts in either form, ids with or without their kind, metadata in any order.
func TestSameMeaning(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	order := s.order(1000)
	bare, _ := pay.ParseID(pay.KindOrder, order)
	const amount, metadata = `amount: { minorUnits: 500 }`, `metadata: [{ key: "a", value: "1" }, { key: "b", value: "2" }]`
	same := []string{
		`{ idempotencyKey: "same", orders: [{ orderId: %q, ` + amount + ` }], gatewayId: %q, ` + metadata + ` }`,
		`{ gatewayId: %[2]q, ` + metadata + `, orders: { orderId: %[1]q, ` + amount + ` }, idempotencyKey: "same" }`,
		`{ idempotencyKey: "same", orders: [{ orderId: %q, ` + amount + ` }], gatewayId: %q, capture: true, description: null, ` + metadata + ` }`,
		`{ idempotencyKey: "same", orders: [{ orderId: %q, amount: { decimal: "5.00" } }], gatewayId: %q, description: "", ` + metadata + ` }`,
		`{ idempotencyKey: "same", orders: [{ orderId: %q, amount: { decimal: "5", currency: EUR } }], gatewayId: %q, voucherCount: 1,
			metadata: [{ key: "b", value: "2" }, { key: "a", value: "1" }] }`,
		`{ idempotencyKey: "same", orders: [{ orderId: "` + bare.String() + `", ` + amount + ` }], gatewayId: %[2]q, billingAddress: {}, ` + metadata + ` }`,
	}
	var ids []string
	for _, text := range same {
		document := `mutation { payOrders(input: ` + fmt.Sprintf(text, order, s.gateway) + `) { payment { id } errors { code message } } }`
		got := apptest.Do[struct{ PayOrders receipt }](t, s.admin, document, nil).PayOrders
		if got.Payment == nil {
			t.Fatalf("%s: %+v", text, got.Errors)
		}
		ids = append(ids, got.Payment.ID)
	}
	if ids = slices.Compact(ids); len(ids) != 1 || s.bank.money() != 500 {
		t.Errorf("payments %v, %d taken, want one of 500", ids, s.bank.money())
	}
}
