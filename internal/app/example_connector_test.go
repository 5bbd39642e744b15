package app_test

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/paygraph/paygraph/examples/tally"
	"github.com/paygraph/paygraph/examples/tally/tallytest"
	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/pay"
)

// tallyGateway is a gateway as GraphQL shows it.
type tallyGateway struct {
	ID         string
	Parameters []tallyParameter
}

type tallyParameter struct {
	ParameterID                         string
	IsSecret, IsSet, IsForm, IsRequired bool
	TenantDefaultValue                  *string
}

// TestExampleConnector proves that the connector of docs/connector.md is a gateway once it is
// registered: GraphQL shows its parameters, keys of the other environment are refused by it,
// and a payer pays with it on the page, is declined, and gets the money back.
func TestExampleConnector(t *testing.T) {
	t.Parallel()
	provider := tallytest.New()
	t.Cleanup(provider.Close)
	provider.Set("empty", tallytest.Plan{Reason: "wallet_empty"})
	s := openCheckoutShop(t, app.WithConnectors(gateway.NewRegistry(sandbox.Connector, newBank(), tally.New(map[pay.Environment]string{pay.Sandbox: provider.URL}))))
	input := func(key string) apptest.Vars {
		return apptest.Vars{"name": "Tally", "connector": "tally", "methodType": "MOBILE_WALLET", "isTokenizable": false, "parameters": parametersOf("key", key)}
	}
	refuseEach(t, s.api, s.admin, "createPaymentGateway", []badInput{{"a live key", input("tally_live_x"), []string{"INVALID_INPUT input.parameters.0.value"}}})
	id := s.make.Gateway(input(tallytest.Key))
	for _, g := range apptest.Do[struct{ PaymentGateways []tallyGateway }](t, s.admin,
		`{ paymentGateways { id parameters { parameterId isSecret isSet isForm isRequired tenantDefaultValue } } }`, nil).PaymentGateways {
		if want := (tallyGateway{id, []tallyParameter{{"key", true, true, false, true, nil}, {"wallet", false, false, true, true, nil}}}); g.ID == id && !reflect.DeepEqual(g, want) {
			t.Errorf("%+v, want %+v", g, want)
		}
	}
	p, payment := s.payer(t, apptest.Vars{"amount": minor(700), "customerId": s.customer, "gatewayIds": []string{id}})
	p.sees(http.StatusOK, "Number of the wallet", "Pay EUR 7.00")
	p.submit("/pay", "form.wallet", "empty")
	p.sees(http.StatusOK, "You can try again")
	p.submit("/pay", "form.wallet", "full")
	p.sees(http.StatusOK, "Thank you, EUR 7.00 were paid")
	back := act(t, s.admin, "refundPayment", "back", apptest.Vars{"paymentId": payment, "amount": minor(300), "reason": "cold"})
	if back.Payment == nil || back.Payment.Status != "PARTIALLY_REFUNDED" {
		t.Errorf("refund: %+v", back)
	}
}
