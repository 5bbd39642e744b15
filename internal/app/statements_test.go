package app_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// gallery is a shop whose payments have one of everything that can hang on a
// payment, a hundred times over.
type gallery struct {
	*shop
	sent *wire
}

func openGallery(t *testing.T) gallery {
	t.Helper()
	g := gallery{sent: &wire{}}
	g.shop = openShop(t, g.sent.option())
	g.exhibit(t)
	multiply(t, g.api.Database.DB, 99)
	return g
}

// exhibit makes one payment with everything: lines with modifiers and products,
// discounts, an invoice, a stored method, a hold, a capture, a refund, and, set behind the
// API, a parent, a child and limits on gateways.
func (s *shop) exhibit(t *testing.T) {
	t.Helper()
	product := apptest.Do[struct {
		CreateProducts struct{ Products []struct{ ID string } }
	}](t, s.admin, `mutation { createProducts(input: { products: [{ name: "Cheese", unitAmount: { minorUnits: 150 } }, { name: "Bread", unitAmount: { minorUnits: 50 } }] }) { products { id } } }`, nil).CreateProducts.Products
	business := apptest.Do[struct {
		CreateBusiness struct{ Business struct{ ID string } }
	}](t, s.admin, `mutation { createBusiness(input: { name: "Baixa" }) { business { id } } }`, nil).CreateBusiness.Business.ID
	order := s.orderOf(t, apptest.Vars{"businessId": business,
		"lines": []apptest.Vars{
			{"productName": "Lunch", "quantity": 2, "unitAmount": apptest.Vars{"minorUnits": 1000}, "modifiers": []apptest.Vars{{"modifierId": "cheese", "productId": product[0].ID}}},
			{"productId": product[1].ID}},
		"discounts": []apptest.Vars{{"discountName": "Guest", "type": "PERCENOFF", "value": 10}}})
	hold := apptest.Vars{"orders": one(s.order(150)), "gatewayId": s.sandbox, "capture": false}
	if got := act(t, s.admin, "payOrders", "hold", hold); got.Payment == nil {
		t.Fatalf("hold: %+v", got.Errors)
	}
	s.invoice(t, "I-1", order)
	gateway := s.make.Gateway(apptest.Vars{"name": "Stored"})
	method := s.method(t, s.customer, gateway, "tok_approve")
	slow := apptest.Vars{"metadata": []apptest.Vars{{"key": "sandbox.refund", "value": "pending"}}}
	held := act(t, s.admin, "payOrders", "whole", but(slow, apptest.Vars{"orders": one(order), "paymentMethodId": method, "capture": false}))
	paid := []lifeStep{act(t, s.admin, "captureTransaction", "whole", apptest.Vars{"transactionId": held.Transaction.ID})}
	parent, child := s.make.Order(s.customer, 100), s.make.Order(s.customer, 200)
	for _, id := range []string{parent, child} {
		paid = append(paid, act(t, s.admin, "payOrders", id, but(slow, apptest.Vars{"orders": one(id), "gatewayId": s.sandbox})))
	}
	for i, p := range paid {
		if got := act(t, s.admin, "refundPayment", fmt.Sprint(i), apptest.Vars{"paymentId": p.Payment.ID, "amount": minor(50)}); got.Payment == nil {
			t.Fatalf("refund: %+v", got.Errors)
		}
	}
	for _, statement := range []string{
		`UPDATE payments SET parent_payment_id = (SELECT id FROM payments WHERE final_minor = 100) WHERE final_minor > 200`,
		`UPDATE payments SET parent_payment_id = (SELECT id FROM payments WHERE final_minor > 200), is_active = false WHERE final_minor = 200`,
		`UPDATE payments SET is_active = false WHERE final_minor = 100`,
		`INSERT INTO payment_enabled_gateways SELECT tenant_id, id, selected_gateway_id, 0 FROM payments`,
	} {
		if _, err := s.api.Database.DB.Exec(statement); err != nil {
			t.Fatalf("%v: %s", err, statement)
		}
	}
}

// relations are what a dashboard shows of payments, how many statements each costs beside
// the page of payments itself, and how many of these are read with the page.
var relations = map[string]struct {
	selection     string
	costs, nested int
}{
	"nothing":      {``, 0, 0},
	"customer":     {`customer { id displayName }`, 1, 1},
	"orders":       {`orders { id totalAmount { decimal } paidStatus }`, 2, 2}, // the allocations, and what they name
	"invoices":     {`invoices { id number paidStatus }`, 2, 2},
	"allocations":  {`allocations { id amount { decimal } capturedAmount { decimal } }`, 1, 1},
	"transactions": {`transactions { id status gateway { id name parameters { parameterId options { id } } } }`, 2, 2},
	"lines":        {`lines { id productName modifiers { modifierId productName } }`, 1, 1},
	"discounts":    {`discounts { id appliedAmount { decimal } }`, 1, 1},
	"refunds":      {`refunds { id status amount { decimal } }`, 1, 1},
	"parent":       {`parentPayment { id status }`, 1, 0},
	"children":     {`childPayments { nodes { id status } }`, 1, 0},
}

// withOthers is how many statements are left of some when others come with what they hang on,
// which gqlgen's executor does not ask for.
func withOthers(statements, nested int) int {
	if os.Getenv("PAYGRAPH_EXECUTOR") == "gqlgen" {
		return statements
	}
	return statements - nested
}

// dashboard is the document with some relations.
func dashboard(names ...string) string {
	var selection []string
	for _, name := range names {
		selection = append(selection, relations[name].selection)
	}
	return `query($first: Int!) { payments(first: $first) { nodes { id humanId status finalAmount { decimal } ` + strings.Join(selection, " ") + ` } } }`
}

// statements runs a document alone and returns what it sent to the database.
func (g gallery) statements(t *testing.T, document string, vars apptest.Vars) []string {
	t.Helper()
	g.sent.take()
	answer := g.admin.Send(t, document, vars)
	if len(answer.Errors) > 0 || strings.Contains(answer.Body, `"nodes":[]`) {
		t.Fatalf("got %.300s", answer.Body)
	}
	return g.sent.take()
}

// TestStatements proves that a list costs the same number of statements however
// long it is, none for most relations that are selected, and never more than 10.
func TestStatements(t *testing.T) {
	t.Parallel()
	g := openGallery(t)
	names := slices.Sorted(maps.Keys(relations))
	g.statements(t, dashboard("nothing"), apptest.Vars{"first": 1}) // the first request looks up the tenant
	for _, name := range names {
		for _, first := range []int{1, 50, 100} {
			want := withOthers(1+relations[name].costs, relations[name].nested)
			if sent := g.statements(t, dashboard(name), apptest.Vars{"first": first}); len(sent) != want {
				t.Errorf("%s of %d payments: %d statements, want %d: %s", name, first, len(sent), want, tablesOf(sent))
			}
		}
	}
	// What may be long is read apart, each order once.
	long := `{ payments(first: 50) { nodes { orders { id description } } } }`
	if sent := g.statements(t, long, nil); len(sent) != 3 {
		t.Errorf("descriptions of orders: %d statements: %s", len(sent), tablesOf(sent))
	}
	// The parents have parts too, which are read as soon as somebody asks for those of any payment.
	most := withOthers(14, 4)
	for _, first := range []int{1, 50, 100} {
		if sent := g.statements(t, dashboard(names...), apptest.Vars{"first": first}); len(sent) != most {
			t.Errorf("everything of %d payments: %d statements, want %d: %s", first, len(sent), most, tablesOf(sent))
		}
	}
}

var fromTable = regexp.MustCompile(`FROM (\w+) t\b`)

// tablesOf names the tables that statements read.
func tablesOf(sent []string) string {
	var names []string
	for _, statement := range sent {
		name := statement[:min(len(statement), 60)]
		if found := fromTable.FindAllStringSubmatch(statement, -1); found != nil {
			name = found[len(found)-1][1]
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
