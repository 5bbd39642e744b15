package app_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// soup adds a product and returns its id.
func (s *shop) soup(t *testing.T, more apptest.Vars) string {
	t.Helper()
	return apptest.Do[struct {
		CreateProducts struct{ Products []struct{ ID string } }
	}](t, s.admin, `mutation($p: ProductInput!) { createProducts(input: { products: [$p] }) { products { id } } }`,
		apptest.Vars{"p": but(apptest.Vars{"name": "Soup", "unitAmount": minor(450)}, more)}).CreateProducts.Products[0].ID
}

// changesOf sends changes in turn; each must leave what the selection shows as given.
func changesOf(t *testing.T, c *apptest.Client, mutation, object, selection string, id apptest.Vars, list []editCase) {
	t.Helper()
	for _, x := range list {
		got := apptest.Do[map[string]map[string]json.RawMessage](t, c, documentOf(t, mutation, "{ "+object+" { "+selection+" } errors { code message path } }"),
			apptest.Vars{"input": changed(id, x.fields)})[mutation]
		if text := string(got[object]); text != x.want {
			t.Errorf("%s %v: %s, want %s, %s", mutation, x.fields, text, x.want, got["errors"])
		}
	}
}

// editCase is a change and what is there after it.
type editCase struct {
	fields apptest.Vars
	want   string
}

// TestUpdateProduct proves that products change field by field, for lines to come
// only, and are found.
func TestUpdateProduct(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	id := s.soup(t, apptest.Vars{"referenceId": "SOUP-1", "variant": "Large", "taxRate": "7"})
	s.soup(t, apptest.Vars{"name": "Bread 100%"})
	order := create(t, s.admin, "createOrder", "order", apptest.Vars{"order": apptest.Vars{"customerId": s.customer, "lines": []apptest.Vars{{"productId": id}}}})
	row := func(name, variant, tax string, price int, currency string, version int) string {
		return fmt.Sprintf(`{"name":%q,"variant":%s,"taxRate":%s,"unitAmount":{"minorUnits":%d,"currency":%q},"version":%d}`, name, variant, tax, price, currency, version)
	}
	changesOf(t, s.admin, "updateProduct", "product", "name variant taxRate unitAmount { minorUnits currency } version", apptest.Vars{"id": id}, []editCase{
		{nil, row("Soup", `"Large"`, `"7"`, 450, "EUR", 1)},
		{apptest.Vars{"name": "Soup", "taxRate": "7.00", "expectedVersion": 1}, row("Soup", `"Large"`, `"7"`, 450, "EUR", 1)},
		{apptest.Vars{"unitAmount": minor(500)}, row("Soup", `"Large"`, `"7"`, 500, "EUR", 2)},
		{apptest.Vars{"variant": nil, "taxRate": nil, "name": "Stew"}, row("Stew", "null", "null", 500, "EUR", 3)},
		{apptest.Vars{"unitAmount": apptest.Vars{"minorUnits": 600, "currency": "USD"}}, row("Stew", "null", "null", 600, "USD", 4)},
	})
	update := func(fields apptest.Vars) apptest.Vars { return changed(apptest.Vars{"id": id}, fields) }
	refuseEach(t, s.api, s.admin, "updateProduct", []badInput{
		{"an older version", update(apptest.Vars{"expectedVersion": 3, "name": ""}), []string{"VERSION_CONFLICT input.expectedVersion version=4"}},
		{"an absent product", apptest.Vars{"id": absent(pay.KindProduct)}, []string{"NOT_FOUND input.id"}},
		{"what is needed", update(apptest.Vars{"name": nil, "isFood": nil, "unitAmount": nil}), []string{"REQUIRED input.name", "REQUIRED input.isFood", "REQUIRED input.unitAmount"}},
		{"bad values", update(apptest.Vars{"name": "", "taxRate": "101"}), []string{"INVALID_INPUT input.name", "INVALID_INPUT input.taxRate"}},
		{"a currency of the past", update(apptest.Vars{"unitAmount": apptest.Vars{"minorUnits": 1, "currency": "HRK"}}), []string{"INVALID_INPUT input.unitAmount.currency"}},
	})
	old := apptest.Do[struct {
		Order struct {
			Lines []struct {
				ProductName string
				UnitAmount  struct{ MinorUnits int64 }
				Product     struct{ Name string }
			}
		}
	}](t, s.admin, `query($id: ID!) { order(id: $id) { lines { productName unitAmount { minorUnits } product { name } } } }`, apptest.Vars{"id": order}).Order.Lines[0]
	if old.ProductName != "Soup" || old.UnitAmount.MinorUnits != 450 || old.Product.Name != "Stew" {
		t.Errorf("the order's line: %+v", old)
	}
	for _, x := range []struct {
		filter apptest.Vars
		want   []string
	}{
		{nil, []string{"Bread 100%", "Stew"}}, {apptest.Vars{"ids": []string{id}}, []string{"Stew"}}, {apptest.Vars{"referenceIds": []string{"SOUP-1"}}, []string{"Stew"}},
		{apptest.Vars{"search": "sTE"}, []string{"Stew"}}, {apptest.Vars{"search": "soup-"}, []string{"Stew"}}, {apptest.Vars{"search": "0%"}, []string{"Bread 100%"}},
		{apptest.Vars{"search": "__"}, nil}, {apptest.Vars{"ids": []string{}}, nil},
	} {
		got := apptest.Do[struct {
			Products struct {
				Nodes      []struct{ Name string }
				TotalCount int
			}
			Product struct{ Name string }
		}](t, s.admin, `query($filter: ProductFilter, $id: ID!) { products(filter: $filter) { nodes { name } totalCount } product(id: $id) { name } }`, apptest.Vars{"filter": x.filter, "id": id})
		var names []string
		for _, n := range got.Products.Nodes {
			names = append(names, n.Name)
		}
		if !slices.Equal(names, x.want) || got.Products.TotalCount != len(x.want) || got.Product.Name != "Stew" {
			t.Errorf("%v: %+v", x.filter, got)
		}
	}
}

// TestUpdateCustomer proves that customers change field by field, and that payments
// keep what they knew of them.
func TestUpdateCustomer(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	id := create(t, s.admin, "createCustomer", "customer", apptest.Vars{"customer": apptest.Vars{"firstName": "Ana", "email": "ana@example.com"}})
	payment := s.created(t, "p", apptest.Vars{"amount": minor(5), "customerId": id}).Payment.ID
	changesOf(t, s.admin, "updateCustomer", "customer", "firstName email address { city } metadata { key } version", apptest.Vars{"id": id}, []editCase{
		{apptest.Vars{"metadata": []apptest.Vars{}, "expectedVersion": 1}, `{"firstName":"Ana","email":"ana@example.com","address":null,"metadata":[],"version":1}`},
		{apptest.Vars{"email": nil, "address": apptest.Vars{"city": "Porto"}}, `{"firstName":"Ana","email":null,"address":{"city":"Porto"},"metadata":[],"version":2}`},
		{apptest.Vars{"firstName": "Bea", "metadata": []apptest.Vars{{"key": "k", "value": "v"}}}, `{"firstName":"Bea","email":null,"address":{"city":"Porto"},"metadata":[{"key":"k"}],"version":3}`},
		{apptest.Vars{"metadata": nil}, `{"firstName":"Bea","email":null,"address":{"city":"Porto"},"metadata":[],"version":4}`},
	})
	refuseEach(t, s.api, s.admin, "updateCustomer", []badInput{
		{"an older version", apptest.Vars{"id": id, "expectedVersion": 1}, []string{"VERSION_CONFLICT input.expectedVersion version=4"}},
		{"an absent customer", apptest.Vars{"id": absent(pay.KindCustomer)}, []string{"NOT_FOUND input.id"}},
	})
	kept := apptest.Do[struct {
		Payment struct {
			CustomerSnapshot struct{ FirstName, Email string }
			Customer         struct{ FirstName string }
		}
	}](t, s.admin, `query($id: ID!) { payment(by: { id: $id }) { customerSnapshot { firstName email } customer { firstName } } }`, apptest.Vars{"id": payment}).Payment
	if kept.CustomerSnapshot.FirstName != "Ana" || kept.CustomerSnapshot.Email != "ana@example.com" || kept.Customer.FirstName != "Bea" {
		t.Errorf("the payment's customer: %+v", kept)
	}
}

// TestUpdateCompany proves that admins change their company, and who may approve in
// the live environment only.
func TestUpdateCompany(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	live := s.api.Client(s.api.Token(t, auth.Grant{Environment: pay.Live}))
	changesOf(t, s.admin, "updateCompany", "company", "name allowsSelfApproval version", apptest.Vars{}, []editCase{
		{apptest.Vars{"name": "Bistro"}, `{"name":"Bistro","allowsSelfApproval":false,"version":2}`},
		{apptest.Vars{"name": "Bistro", "allowsSelfApproval": false, "expectedVersion": 2}, `{"name":"Bistro","allowsSelfApproval":false,"version":2}`},
	})
	refuseEach(t, s.api, s.admin, "updateCompany", []badInput{
		{"who approves, in the sandbox", apptest.Vars{"allowsSelfApproval": true}, []string{"FORBIDDEN_ACTION input.allowsSelfApproval"}},
		{"an older version", apptest.Vars{"expectedVersion": 1}, []string{"VERSION_CONFLICT input.expectedVersion version=2"}},
		{"no name", apptest.Vars{"name": nil, "allowsSelfApproval": nil}, []string{"REQUIRED input.name", "REQUIRED input.allowsSelfApproval"}},
	})
	changesOf(t, live, "updateCompany", "company", "name allowsSelfApproval version", apptest.Vars{}, []editCase{
		{apptest.Vars{"allowsSelfApproval": true}, `{"name":"Bistro","allowsSelfApproval":true,"version":3}`},
	})
}
