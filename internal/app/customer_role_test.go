package app_test

import (
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// asCustomer is a client with the credential of a customer.
func asCustomer(t *testing.T, api *apptest.API, id string) *apptest.Client {
	t.Helper()
	key, ok := pay.ParseID(pay.KindCustomer, id)
	if !ok {
		t.Fatalf("%s is no customer", id)
	}
	return api.Client(api.Token(t, auth.Grant{Role: pay.RoleCustomer, CustomerID: &key}))
}

// TestCustomerIsNotSuspected proves that a customer does not read what a gateway says of a
// payer whom it takes for a thief, and that the merchant does.
func TestCustomerIsNotSuspected(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	declined := s.make.Pay("stolen", apptest.Vars{"orders": one(s.make.Order(s.customer, 1000)), "gatewayId": s.card, "paymentToken": "tok_hard_decline"})
	for name, c := range map[string]struct {
		client *apptest.Client
		told   bool
	}{"merchant": {s.admin, true}, "customer": {asCustomer(t, s.api, s.customer), false}} {
		got := c.client.Send(t, `query($id: ID!) { payment(by: { id: $id }) { lastError { code external { code message } } transactions { error { external { code message } } } } }`,
			apptest.Vars{"id": declined.Payment.ID})
		if told := strings.Contains(got.Body, "stolen"); told != c.told || !strings.Contains(got.Body, "DECLINED") {
			t.Errorf("%s: %s", name, got.Body)
		}
	}
}

// TestCustomerPaysOwn proves that a customer pays and sees what is their own,
// and cannot learn from refusals what belongs to others.
func TestCustomerPaysOwn(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	me := asCustomer(t, s.api, s.customer)
	mine, theirs := s.make.Orders(s.customer, 1000, 1000), s.make.Orders(s.other, 1000, 1000)
	s.pay(t, theirs[0], "tok_approve", apptest.Vars{"referenceId": "R-1"})
	create(t, s.admin, "createPaymentMethod", "paymentMethod",
		apptest.Vars{"referenceId": "M-1", "customerId": s.other, "gatewayId": s.card, "token": "tok"})
	t.Run("OK own order", func(t *testing.T) {
		stored := create(t, me, "createPaymentMethod", "paymentMethod", apptest.Vars{"customerId": s.customer, "gatewayId": s.card, "token": "tok_approve"})
		paid := me.Make(t).Pay("mine", apptest.Vars{"orders": one(mine[0]), "paymentMethodId": stored})
		if paid.Payment == nil || paid.Payment.Status != "PAID" {
			t.Fatalf("pay: %+v", paid)
		}
		got := apptest.Do[struct {
			Viewer struct {
				Role     string
				Customer struct{ ID string }
				Payments struct {
					TotalCount int
					Nodes      []struct{ ID string }
				}
			}
			Payments, Orders, Customers struct{ TotalCount int }
		}](t, me, `{ viewer { role customer { id } payments { totalCount nodes { id } } } payments { totalCount } orders { totalCount } customers { totalCount } }`, nil)
		if v := got.Viewer; v.Role != "CUSTOMER" || v.Customer.ID != s.customer || v.Payments.TotalCount != 1 || v.Payments.Nodes[0].ID != paid.Payment.ID {
			t.Errorf("viewer: %+v", v)
		}
		if got.Payments.TotalCount != 1 || got.Orders.TotalCount != 2 || got.Customers.TotalCount != 1 {
			t.Errorf("counts: %+v", got)
		}
	})
	pays := func(fields apptest.Vars) apptest.Vars {
		return changed(apptest.Vars{"idempotencyKey": "k", "orders": one(mine[1]), "gatewayId": s.card}, fields)
	}
	refuseEach(t, s.api, me, "payOrders", []badInput{
		{"order of another", pays(apptest.Vars{"orders": one(theirs[1])}), []string{"NOT_FOUND input.orders.0.orderId"}},
		{"own and another's order", pays(apptest.Vars{"orders": []apptest.Vars{{"orderId": mine[1]}, {"orderId": theirs[1]}}}), []string{"NOT_FOUND input.orders.1.orderId"}},
		{"reference of another's payment", pays(apptest.Vars{"referenceId": "R-1"}), []string{"DUPLICATE_REFERENCE input.referenceId"}},
		{"key of another", pays(apptest.Vars{"idempotencyKey": theirs[0] + "tok_approve"}), []string{"IDEMPOTENCY_KEY_REUSED input.idempotencyKey"}},
	})
	refuseEach(t, s.api, me, "createPaymentMethod", []badInput{
		{"for another", apptest.Vars{"customerId": s.other, "gatewayId": s.card, "token": "x"}, []string{"NOT_FOUND input.customerId"}},
		{"reference of another's method", apptest.Vars{"referenceId": "M-1", "customerId": s.customer, "gatewayId": s.card, "token": "x"}, []string{"DUPLICATE_REFERENCE input.referenceId"}},
	})
}

// TestCustomerSeesNoSettings proves that a customer sees of a gateway what the
// checkout asks for, and nothing of the merchant's settings, from wherever the
// gateway is reached.
func TestCustomerSeesNoSettings(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	const setting = "zqsetting"
	gateway := s.make.Gateway(apptest.Vars{"parameters": []apptest.Vars{{"parameterId": "statementDescriptor", "value": setting}}})
	s.method(t, s.customer, gateway)
	orders := s.make.Orders(s.customer, 1000, 1000)
	s.make.PayWhole(gateway, orders[0])
	const document = `query($id: ID!, $input: PreviewPaymentInput!) {
		node(id: $id) { ... on PaymentGateway { ...g } } paymentGateways { ...g } previewPayment(input: $input) { gateway { ...g } }
		payments { nodes { selectedGateway { ...g } gateways { ...g } transactions { gateway { ...g } } } } viewer { customer { paymentMethods { gateway { ...g } } } } }
		fragment g on PaymentGateway { id parameters { parameterId isMerchant tenantDefaultValue } }`
	vars := apptest.Vars{"id": gateway, "input": apptest.Vars{"orders": one(orders[1]), "gatewayId": gateway}}
	if got := s.admin.Send(t, document, vars); strings.Count(got.Body, setting) != 5 || len(got.Errors) > 0 {
		t.Fatalf("the admin sees it %d times: %s", strings.Count(got.Body, setting), got.Body)
	}
	got := asCustomer(t, s.api, s.customer).Send(t, document, vars)
	if strings.Contains(got.Body, setting) || strings.Contains(got.Body, `"isMerchant":true`) || len(got.Errors) > 0 || strings.Count(got.Body, `"otpPhone"`) < 6 {
		t.Errorf("the customer sees %s", got.Body)
	}
}
