package app_test

import (
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// TestGuessedPersonalData proves that who may not see a customer's personal data cannot
// find it out by creating the customer again: whatever is guessed, the answer is the same.
// An import without that scope is safe to repeat all the same.
func TestGuessedPersonalData(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	admin := api.Admin(t)
	partner := api.Client(makeKey(t, admin, apptest.Vars{"name": "shop", "scopes": []string{"PAYMENTS_READ", "PAYMENTS_WRITE"}}).secret)
	note := func(value string) []apptest.Vars { return []apptest.Vars{{"key": "tier", "value": value}} }
	customer := apptest.Vars{"referenceId": "ana", "email": "ana@example.com", "firstName": "Ana", "phone": "+351912345678",
		"address": apptest.Vars{"city": "Porto", "country": "PT"}, "metadata": note("gold")}
	id := create(t, admin, "createCustomer", "customer", apptest.Vars{"customer": customer})
	again := func(c *apptest.Client, change apptest.Vars) apptest.Response {
		return c.Send(t, documentOf(t, "createCustomer", "{ customer { id email firstName } errors { code path ... on ConflictError { existingId } } }"),
			apptest.Vars{"input": apptest.Vars{"customer": but(customer, change)}})
	}
	right := string(again(partner, nil).Data)
	if want := `{"createCustomer":{"customer":{"id":"` + id + `","email":null,"firstName":null},"errors":[]}}`; right != want {
		t.Errorf("the same customer again: %s", right)
	}
	for _, change := range []apptest.Vars{{"email": "eva@example.com"}, {"email": nil}, {"firstName": "Eva"}, {"lastName": "Costa"}, {"phone": "+351912345679"},
		{"address": apptest.Vars{"city": "Lisboa", "country": "PT"}}, {"address": nil}} {
		if got := string(again(partner, change).Data); got != right {
			t.Errorf("with %v the answer is %s, else %s", change, got, right)
		}
		if got := refusalsOf(t, admin, "createCustomer", apptest.Vars{"customer": but(customer, change)}); !slices.Equal(got, []string{"DUPLICATE_REFERENCE input.customer.referenceId existing=" + id}) {
			t.Errorf("with %v who may see it is told %v", change, got)
		}
	}
	for _, metadata := range []any{note("silver"), nil} {
		got := refusalsOf(t, partner, "createCustomer", apptest.Vars{"customer": but(customer, apptest.Vars{"metadata": metadata})})
		if !slices.Equal(got, []string{"DUPLICATE_REFERENCE input.customer.referenceId existing=" + id}) {
			t.Errorf("with the metadata %v it is told %v", metadata, got)
		}
	}
	if got := apptest.Do[struct{ Customers struct{ TotalCount int } }](t, admin, `{ customers { totalCount } }`, nil); got.Customers.TotalCount != 1 {
		t.Errorf("there are %d customers", got.Customers.TotalCount)
	}
}
