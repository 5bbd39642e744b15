package app_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// scalarPlace is a place in the API that takes a value of one type. In input,
// a JSON object, the value stands as VALUE.
type scalarPlace struct {
	kind, field, input string
	// path leads from the field to the value, as errors name it.
	path string
	bad  []string
}

var scalarPlaces = []scalarPlace{
	{"Int64", "previewPayment", `{"orders":[{"orderId":"ord_","amount":{"minorUnits":VALUE}}]}`, "input.orders.0.amount.minorUnits",
		[]string{`"1.0"`, `"1e3"`, `" 1"`, `"1 "`, `"0x1"`, `"+1"`, `"01"`, `"1_000"`, `""`, `"١"`, `1.5`, `1.0`, `1e2`, `true`, `9007199254740992`,
			`"9007199254740992"`, `-9007199254740992`, `9223372036854775807`, `9223372036854775808`, `"9223372036854775808"`, `[1]`, `{}`}},
	{"Decimal", "previewPayment", `{"orders":[{"orderId":"ord_","amount":{"decimal":VALUE}}]}`, "input.orders.0.amount.decimal",
		[]string{`"1,5"`, `"+1"`, `".5"`, `"5."`, `"1e3"`, `" 1"`, `"1 "`, `"0x1"`, `"01.00"`, `"NaN"`, `"Infinity"`, `"1_000"`, `"-"`, `"--1"`, `""`,
			`"1.123456789"`, `"99999999999999999"`, `1`, `1.5`, `true`}},
	{"Int", "createOrder", `{"order":{"customerId":"cus_","lines":[{"quantity":VALUE}]}}`, "input.order.lines.0.quantity",
		[]string{`"3"`, `"x"`, `1.5`, `1.0`, `2147483648`, `-2147483649`, `9223372036854775808`, `true`}},
	{"String", "createBusiness", `{"name":VALUE}`, "input.name", []string{`1`, `1.5`, `true`}},
	{"Boolean", "createProducts", `{"products":[{"name":"x","unitAmount":{"minorUnits":1},"isFood":VALUE}]}`, "input.products.0.isFood", []string{`"true"`, `1`}},
	{"ID", "revokeApiKey", `{"id":VALUE}`, "input.id", []string{`true`}},
	{"CurrencyCode", "createOrder", `{"order":{"customerId":"cus_","currency":VALUE}}`, "input.order.currency",
		[]string{`"eur"`, `"Eur"`, `"EUR "`, `"XXQ"`, `"DEM"`, `"XXX"`, `"XAU"`, `""`, `"€"`, `978`, `true`}},
	{"CountryCode", "createBusiness", `{"name":"x","address":{"country":VALUE}}`, "input.address.country",
		[]string{`"pt"`, `"PRT"`, `"ZZ"`, `""`, `" P"`, `"T A"`, `620`}},
	{"DateTime", "createOrder", `{"order":{"customerId":"cus_","placedAt":VALUE}}`, "input.order.placedAt",
		[]string{`"2026-01-31T12:00:00"`, `"2026-01-31"`, `"2026-02-30T12:00:00Z"`, `"2026-01-31 12:00:00Z"`, `"2026-01-31T25:00:00Z"`,
			`"yesterday"`, `""`, `"0001-01-01T00:00:00Z"`, `"9999-12-31T23:59:59-14:00"`, `1767225600`, `true`}},
	{"Date", "createInvoice", `{"invoice":{"number":"1","dueOn":VALUE}}`, "input.invoice.dueOn",
		[]string{`"2026-02-29"`, `"2026-13-01"`, `"31.01.2026"`, `"2026-1-1"`, `"2026-01-31T00:00:00Z"`, `"nonsense"`, `""`, `20260131`}},
	{"EmailAddress", "createCustomer", `{"customer":{"email":VALUE}}`, "input.customer.email",
		[]string{`"ana"`, `"ana@"`, `"@example.com"`, `"Ana <ana@example.com>"`, `"ana@example.com "`, `"a b@example.com"`, `"ana@example.com\u0000"`,
			`"` + strings.Repeat("a", 250) + `@x.pt"`, `""`, `1`}},
	{"PhoneNumber", "createCustomer", `{"customer":{"phone":VALUE}}`, "input.customer.phone",
		[]string{`"123"`, `"phone"`, `"+"`, `"+351 912 345 678 ext. 9"`, `"123456789012345678901"`, `"++351912345678"`, `""`, `912345678`}},
	{"URL", "createProducts", `{"products":[{"name":"x","unitAmount":{"minorUnits":1},"imageUrl":VALUE}]}`, "input.products.0.imageUrl",
		[]string{`"http://example.com/a.png"`, `"//example.com"`, `"example.com"`, `"https://"`, `"javascript:alert(1)"`, `"data:image/png,x"`, `"file:///etc/passwd"`,
			`"https://user:secret@example.com/"`, `"https://exa mple.com"`, `"https://example.com/` + strings.Repeat("x", 2048) + `"`, `""`, `1`}},
	{"IdempotencyKey", "payOrders", `{"idempotencyKey":VALUE,"orders":[]}`, "input.idempotencyKey",
		[]string{`""`, `"a b"`, `"a\n"`, `"clé"`, `"a\u0000"`, `"` + strings.Repeat("x", 256) + `"`, `1`, `true`}},
	{"PaymentGatewayKind", "createPaymentGateway", `{"name":"x","connector":"sandbox","methodType":"CARD","kind":VALUE}`, "input.kind",
		[]string{`"online"`, `"Online"`, `"ONLINE "`, `"NONSENSE"`, `""`, `0`, `true`}},
	{"Scope", "createApiKey", `{"name":"x","scopes":[VALUE]}`, "input.scopes.0", []string{`"payments_read"`, `"payments:read"`, `"PAYMENTS"`, `1`}},
	{"PaymentMethodType", "createPaymentGateway", `{"name":"x","connector":"sandbox","methodType":VALUE}`, "input.methodType", []string{`"card"`, `"NONE"`}},
	{"DiscountType", "createOrder", `{"order":{"customerId":"cus_","discounts":[{"discountName":"x","type":VALUE,"value":1}]}}`, "input.order.discounts.0.type",
		[]string{`"percenoff"`, `"PERCENTOFF"`}},
	{"PaymentModule", "payOrders", `{"idempotencyKey":"x","orders":[],"module":VALUE}`, "input.module", []string{`"retail"`, `"SHOP"`}},
}

var quotedName = regexp.MustCompile(`"(\w+)":`)

// literal writes a JSON object as GraphQL does; enum values lose their quotes.
func (p scalarPlace) literal(value string) string {
	text := strings.Replace(quotedName.ReplaceAllString(p.input, "$1:"), "VALUE", value, 1)
	return strings.NewReplacer(`methodType:"CARD"`, `methodType:CARD`).Replace(text)
}

// TestScalars proves that a value of the wrong form is refused as a fault of
// the caller's, whichever way it comes, at the path of the value, without words
// from inside this program, and that nothing is written.
func TestScalars(t *testing.T) {
	t.Parallel()
	for _, p := range scalarPlaces {
		t.Run("ErrValidation "+p.kind+" at "+p.field, func(t *testing.T) {
			t.Parallel()
			api := apptest.Start(t)
			admin := api.Admin(t)
			operation, field := rootField(t, p.field)
			untouched(t, api, func() {
				for _, value := range p.bad {
					inline := fmt.Sprintf("%s { %s(input: %s) { errors { code } } }", operation, p.field, p.literal(value))
					p.refused(t, "literal", value, nil, sendRaw(t, admin, inline, ""))
					scalar := fmt.Sprintf("%s($v: %s!) { %s(input: %s) { errors { code } } }", operation, p.kind, p.field, p.literal("$v"))
					p.refused(t, "variable", value, []any{"variable", "v"}, sendRaw(t, admin, scalar, `{"v":`+value+`}`))
					whole := fmt.Sprintf("%s($input: %s) { %s(input: $input) { errors { code } } }", operation, field.Arguments[0].Type, p.field)
					p.refused(t, "input", value, steps("variable."+p.path), sendRaw(t, admin, whole, `{"input":`+strings.Replace(p.input, "VALUE", value, 1)+`}`))
				}
			})
		})
	}
}

// sendRaw sends a document with variables that are written by hand, because a Go
// value could not hold all that JSON can.
func sendRaw(t *testing.T, c *apptest.Client, document, variables string) apptest.Response {
	t.Helper()
	quoted, err := json.Marshal(document)
	if err != nil {
		t.Fatalf("encode document: %v", err)
	}
	if variables == "" {
		variables = "null"
	}
	return c.SendBody(t.Context(), t, fmt.Appendf(nil, `{"query":%s,"variables":%s}`, quoted, variables))
}

// refused checks the answer to a bad value. The library refuses what its own
// types know, and names the variable; our scalars name the argument. In a
// document both are faults at a place in the text.
func (p scalarPlace) refused(t *testing.T, way, value string, variable []any, got apptest.Response) {
	t.Helper()
	what := fmt.Sprintf("%s %.40s as %s", p.kind, value, way)
	if len(got.Errors) == 0 {
		t.Errorf("%s was accepted: %s", what, got.Body)
		return
	}
	e := got.Errors[0]
	switch {
	case e.Extensions.Code == "GRAPHQL_VALIDATION_FAILED" && got.Status == 200 && len(got.Data) > 0: // found when it was executed
		if want := steps(p.field + "." + p.path); !slices.Equal(e.Path, want) {
			t.Errorf("%s: path %v, want %v", what, e.Path, want)
		}
	case e.Extensions.Code == "GRAPHQL_VALIDATION_FAILED" && got.Status == 200:
		if variable == nil && !strings.Contains(got.Body, `"locations":[{"line":1`) || variable != nil && !slices.Equal(e.Path, variable) {
			t.Errorf("%s: path %v, want %v: %s", what, e.Path, variable, got.Body)
		}
	default:
		t.Errorf("%s: status %d: %s", what, got.Status, got.Body)
	}
	if e.Extensions.RequestID == "" || e.Message == "" {
		t.Errorf("%s: no request id or message: %s", what, got.Body)
	}
	assertPublic(t, got.Body)
}

// steps splits a path and reads its numbers as JSON does.
func steps(path string) []any {
	var list []any
	for step := range strings.SplitSeq(path, ".") {
		var n float64
		if json.Unmarshal([]byte(step), &n) == nil {
			list = append(list, n)
			continue
		}
		list = append(list, step)
	}
	return list
}
