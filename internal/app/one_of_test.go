package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestOneOf proves that an input that wants exactly one of its fields gets one, in
// variables as in documents.
func TestOneOf(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	client := api.Admin(t)
	const whole, part = `query($v: PaymentLookup!) { payment(by: $v) { id } }`, `query($v: %s) { payment(by: { %s }) { id } }`
	none, id := apptest.Vars{}, absent(pay.KindPayment)
	for name, c := range map[string]struct {
		document string
		value    any
		words    string
	}{
		"one":                         {whole, apptest.Vars{"id": id}, ""},
		"one object":                  {whole, apptest.Vars{"external": apptest.Vars{"gatewayId": absent(pay.KindGateway), "externalId": "x"}}, ""},
		"none":                        {whole, none, "must have exactly one of the fields of PaymentLookup, and has 0"},
		"two":                         {whole, apptest.Vars{"id": id, "humanId": "AAAAAA"}, "must have exactly one of the fields of PaymentLookup, and has 2"},
		"null":                        {whole, apptest.Vars{"id": nil}, "cannot be null"},
		"one, and null for others":    {whole, apptest.Vars{"id": id, "humanId": nil}, "cannot be null"},
		"one of its own":              {fmt.Sprintf(part, "ID!", "id: $v"), id, ""},
		"one of its own that is null": {fmt.Sprintf(part, "ID", "id: $v"), nil, `must be non-nullable to be used for OneOf Input Object "PaymentLookup"`},
		"one of its own and another":  {fmt.Sprintf(part, "ID!", `id: $v humanId: "AAAAAA"`), id, "must specify exactly one key"},
		"null in the document":        {fmt.Sprintf(part, "Int = 1", `id: null`), 1, "must be non-null"},
		"a default":                   {`query($v: PaymentLookup! = { id: "py_x" humanId: "AAAAAA" }) { payment(by: $v) { id } }`, apptest.Vars{"id": id}, "must specify exactly one key"},
	} {
		got := client.Send(t, c.document, apptest.Vars{"v": c.value})
		if c.words == "" {
			if len(got.Errors) > 0 || !strings.Contains(got.Body, `{"payment":null}`) {
				t.Errorf("%s: %s", name, got.Body)
			}
			continue
		}
		if len(got.Errors) == 0 || len(got.Data) > 0 || got.Errors[0].Extensions.Code != "GRAPHQL_VALIDATION_FAILED" || !slices.ContainsFunc(got.Errors, func(e apptest.Error) bool { return strings.Contains(e.Message, c.words) }) {
			t.Errorf("%s: %s, want %q", name, got.Body, c.words)
		}
	}
}

// TestOneOfIsDeclared proves that no input says that it wants exactly one of its fields
// and leaves it to chance: it is declared, or refuses the rest in its payload.
func TestOneOfIsDeclared(t *testing.T) {
	t.Parallel()
	// These are refused with an error of the payload that names the fields: some of
	// their fields are free.
	byPayload := []string{"MoneyInput", "DiscountInput", "SubmitManualPaymentInput"}
	found := 0
	for _, definition := range apiSchema().Types {
		if definition.Kind != ast.InputObject || !strings.Contains(strings.ToLower(definition.Description), "exactly one of") {
			continue
		}
		found++
		if definition.Directives.ForName("oneOf") == nil && !slices.Contains(byPayload, definition.Name) {
			t.Errorf("%s says %q and is not @oneOf", definition.Name, definition.Description)
		}
	}
	if found != len(byPayload)+1 {
		t.Errorf("%d inputs say so", found)
	}
}
