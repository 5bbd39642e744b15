package app_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// assertInvalid fails the test unless a document was refused as a whole, with these
// words, and nothing was executed.
func assertInvalid(t *testing.T, name string, got apptest.Response, words string) {
	t.Helper()
	if len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "GRAPHQL_VALIDATION_FAILED" || !strings.Contains(got.Errors[0].Message, words) || len(got.Data) > 0 {
		t.Errorf("%s: %s, want a refusal with %q", name, got.Body, words)
	}
}

// TestKeyHeader proves that the header names the intent of a request that names none,
// however its input is written: the same key in the input is a repeat of it.
func TestKeyHeader(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	const payload = "{ payment { id } replayed errors { code message path } }"
	for name, c := range map[string]struct {
		document  string // %s is the input's content, or nothing
		variables func(input apptest.Vars) apptest.Vars
	}{
		"a literal":                {"mutation { payOrders(input: { %s }) " + payload + " }", nil},
		"a literal after symbols":  {"# é€𝄞\nmutation P { payOrders(input: # ü{\n { %s }) " + payload + " }", nil},
		"a fragment":               {"mutation { ...f } fragment f on Mutation { payOrders(input: {%s}) " + payload + " }", nil},
		"an inline fragment":       {"mutation { ... on Mutation { ... { payOrders(input: {%s}) " + payload + " } } }", nil},
		"a default":                {"mutation($in: PayOrdersInput! = {%s}) { payOrders(input: $in) " + payload + " }", nil},
		"a literal null":           {"mutation { payOrders(input: { idempotencyKey: null %s }) " + payload + " }", nil},
		"a null that comes last":   {"mutation { payOrders(input: { %s idempotencyKey:null}) " + payload + " }", nil},
		"a default with null":      {"mutation($in: PayOrdersInput! = {idempotencyKey: null %s}) { payOrders(input: $in) " + payload + " }", nil},
		"beside the name of types": {"mutation { __typename payOrders(input: { %s }) { __typename " + payload[1:] + " t: __typename ...f } fragment f on Mutation { __typename }", nil},
		"a variable": {"mutation($in: PayOrdersInput!) { payOrders(input: $in) " + payload + " }",
			func(input apptest.Vars) apptest.Vars { return apptest.Vars{"in": input} }},
		"a variable with null for the key": {"mutation($in: PayOrdersInput!) { payOrders(input: $in) " + payload + " }",
			func(input apptest.Vars) apptest.Vars {
				copied := apptest.Vars{"idempotencyKey": nil}
				for k, v := range input {
					copied[k] = v
				}
				return apptest.Vars{"in": copied}
			}},
		"variables for other fields": {"mutation($o: [PayOrderInput!]!, $g: ID!) { payOrders(input: { orders: $o gatewayId: $g }) " + payload + " }",
			func(input apptest.Vars) apptest.Vars {
				return apptest.Vars{"o": input["orders"], "g": input["gatewayId"]}
			}},
		"a variable for the key": {"mutation($o: [PayOrderInput!]!, $g: ID!, $k: IdempotencyKey!) { payOrders(input: { orders: $o gatewayId: $g idempotencyKey: $k }) " + payload + " }",
			func(input apptest.Vars) apptest.Vars {
				return apptest.Vars{"o": input["orders"], "g": input["gatewayId"]}
			}},
		"null in a variable for the key": {"mutation($o: [PayOrderInput!]!, $g: ID!, $k: IdempotencyKey!) { payOrders(input: { orders: $o gatewayId: $g idempotencyKey: $k }) " + payload + " }",
			func(input apptest.Vars) apptest.Vars {
				return apptest.Vars{"o": input["orders"], "g": input["gatewayId"], "k": nil}
			}},
		"null in place of a default": {"mutation($o: [PayOrderInput!]!, $g: ID!, $k: IdempotencyKey = \"other\") { payOrders(input: { orders: $o gatewayId: $g idempotencyKey: $k }) " + payload + " }",
			func(input apptest.Vars) apptest.Vars {
				return apptest.Vars{"o": input["orders"], "g": input["gatewayId"], "k": nil}
			}},
	} {
		t.Run(name, func(t *testing.T) {
			key := `"\` + strings.ReplaceAll(name, " ", "-")
			order := s.order(1000)
			input := apptest.Vars{"orders": one(order), "gatewayId": s.sandbox}
			document, vars := c.document, apptest.Vars(nil)
			if c.variables != nil {
				vars = c.variables(input)
			} else {
				document = fmt.Sprintf(document, fmt.Sprintf("orders: { orderId: %q } gatewayId: %q", order, s.sandbox))
			}
			client := s.admin.With("Idempotency-Key", key)
			first := apptest.Do[struct{ PayOrders receipt }](t, client, document, vars).PayOrders
			again := apptest.Do[struct{ PayOrders receipt }](t, client, document, vars).PayOrders
			input["idempotencyKey"] = key
			same := apptest.Do[struct{ PayOrders receipt }](t, s.admin, receiptDocument, apptest.Vars{"input": input}).PayOrders
			if first.Payment == nil || first.Replayed || !again.Replayed || !same.Replayed || same.Payment.ID != first.Payment.ID || again.Payment.ID != first.Payment.ID {
				t.Errorf("first %+v, again %+v, with the key in the input %+v", first, again, same)
			}
		})
	}
}

// TestBadKeyHeader proves that a header that does not name one intent is refused,
// and nothing is executed; and that it is nothing to requests that take no key.
func TestBadKeyHeader(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	input := apptest.Vars{"orders": one(s.order(1000)), "gatewayId": s.sandbox}
	in := func(more apptest.Vars) apptest.Vars { return apptest.Vars{"input": but(input, more)} }
	const rule = "must be sent once, with 1 to 255 visible ASCII characters"
	for name, values := range map[string][]string{"nothing": {""}, "a space": {"a b"}, "no ASCII": {"é"}, "too long": {strings.Repeat("x", 256)}, "two": {"a", "b"}} {
		assertInvalid(t, name, s.admin.With("Idempotency-Key", values...).Send(t, receiptDocument, in(nil)), rule)
	}
	client := s.admin.With("Idempotency-Key", "header")
	assertInvalid(t, "another key in a variable", client.Send(t, receiptDocument, in(apptest.Vars{"idempotencyKey": "input"})), "differ")
	assertInvalid(t, "another key in a number", client.Send(t, receiptDocument, in(apptest.Vars{"idempotencyKey": 7})), "differ")
	literal := `mutation($k: IdempotencyKey! = "default") { payOrders(input: { idempotencyKey: %s orders: { orderId: "ord_x" } gatewayId: "gw_x" }) { replayed errors { code } } }`
	assertInvalid(t, "another key in the document", client.Send(t, fmt.Sprintf(literal, `"input"`), nil), "differ")
	assertInvalid(t, "another key in a default", client.Send(t, fmt.Sprintf(literal, "$k"), nil), "differ")
	assertInvalid(t, "another key in a variable of its own", client.Send(t, fmt.Sprintf(literal, "$k"), apptest.Vars{"k": "input"}), "differ")
	for name, document := range map[string]string{
		"two that move money":   `mutation { a: cancelPayment(input: { paymentId: "py_x" }) { replayed } b: cancelPayment(input: { paymentId: "py_y" }) { replayed } }`,
		"one that moves money":  `mutation { cancelPayment(input: { paymentId: "py_x" }) { replayed } createBusiness(input: { name: "x" }) { errors { code } } }`,
		"one behind a fragment": `mutation { createBusiness(input: { name: "x" }) { errors { code } } ...f } fragment f on Mutation { cancelPayment(input: { paymentId: "py_x" }) { replayed } }`,
	} {
		assertInvalid(t, name, client.Send(t, document, nil), "names one intent, and the document has 2 mutations")
	}
	if n := s.count(t, "payments") + s.count(t, "businesses"); n != 0 {
		t.Errorf("%d rows came of refused requests", n)
	}
	if got := s.admin.Send(t, receiptDocument, in(nil)); len(got.Errors) != 1 || !strings.Contains(got.Body, "idempotencyKey") {
		t.Errorf("neither header nor key: %s", got.Body)
	}
	for _, document := range []string{`{ viewer { id } }`, `mutation { createBusiness(input: { name: "x" }) { errors { code } } }`,
		`mutation { a: createBusiness(input: { name: "x" }) { errors { code } } b: createBusiness(input: { name: "y" }) { errors { code } } }`} {
		apptest.Do[json.RawMessage](t, client, document, nil)
	}
	for name, document := range map[string]string{"no document": "{", "a circle": "mutation { ...f } fragment f on Mutation { ...f }", "no such mutation": "mutation { nothing(input: {}) { id } }",
		"no input": "mutation { payOrders { replayed } }", "an input that is text": `mutation { payOrders(input: "x") { replayed } }`} {
		if got := client.Send(t, document, nil); len(got.Errors) == 0 || got.Errors[0].Extensions.Code == "INTERNAL" {
			t.Errorf("%s: %s", name, got.Body)
		}
	}
}

// TestOneEffect proves that a mutation that moves money is alone in its request: whatever
// names, fragments and directives hide, another beside it is refused before any is executed.
func TestOneEffect(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	n := 0
	pay := func() string {
		n++
		return fmt.Sprintf(`payOrders(input: { idempotencyKey: "k%d" orders: { orderId: %q } gatewayId: %q })`, n, s.order(100), s.sandbox)
	}
	const errs = "{ replayed errors { code } }"
	for name, document := range map[string]string{
		"two names":         `mutation { a: ` + pay() + errs + ` b: ` + pay() + errs + ` }`,
		"a fragment":        `mutation { ` + pay() + errs + ` ...f } fragment f on Mutation { b: ` + pay() + errs + ` }`,
		"nested fragments":  `mutation { ...f ...g } fragment f on Mutation { a: ` + pay() + errs + ` } fragment g on Mutation { ...h } fragment h on Mutation { b: ` + pay() + errs + ` }`,
		"inline fragments":  `mutation { ... on Mutation { a: ` + pay() + errs + ` } ... { b: ` + pay() + errs + ` } }`,
		"a variable's skip": `mutation($no: Boolean!) { a: ` + pay() + errs + ` b: ` + pay() + `@skip(if: $no)` + errs + ` }`,
		"an include":        `mutation { a: ` + pay() + errs + ` b: ` + pay() + `@include(if: false)` + errs + ` }`,
		"a simulation":      `mutation { a: ` + pay() + errs + ` simulateTransaction(input: { transactionId: "txn_x" fact: CAPTURED }) { changed } }`,
		"two simulations":   `mutation { a: simulateTransaction(input: { transactionId: "txn_x" fact: CHARGEBACK }) { changed } b: simulateTransaction(input: { transactionId: "txn_y" fact: CHARGEBACK }) { changed } }`,
		"another before":    `mutation { createBusiness(input: { name: "x" }) { errors { code } } ` + pay() + errs + ` }`,
		"another behind":    `mutation { ` + pay() + errs + ` createBusiness(input: { name: "x" }) { errors { code } } }`,
		"others between":    `mutation { a: ` + pay() + errs + ` createBusiness(input: { name: "x" }) { errors { code } } b: cancelPayment(input: { idempotencyKey: "c" paymentId: "py_x" }) { replayed } }`,
	} {
		var vars apptest.Vars
		if strings.Contains(document, "$no") {
			vars = apptest.Vars{"no": true}
		}
		assertInvalid(t, name, s.admin.Send(t, document, vars), "one that moves money must be the only one of its request")
	}
	if n := s.count(t, "payments") + s.count(t, "businesses"); n != 0 {
		t.Errorf("%d rows came of refused documents", n)
	}
	same := pay()
	apptest.Do[json.RawMessage](t, s.admin, `mutation { `+same+`{ replayed } `+same+`{ errors { code } } __typename }`, nil)
	if n := s.count(t, "payments"); n != 1 {
		t.Errorf("one mutation in two selections made %d payments", n)
	}
}
