package app_test

import (
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestWebhookSecret proves that a gateway's secret is taken, told to be there and never
// shown, neither by the API nor in the database, and that it is bad, changed and cleared
// like any setting.
func TestWebhookSecret(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	h := hooked(t, s.api, s.admin, "a")
	secret := func(value string) apptest.Vars {
		return apptest.Vars{"id": h.gateway, "parameters": []apptest.Vars{{"parameterId": "webhookSecret", "value": value}}}
	}
	refuseEach(t, s.api, s.admin, "updatePaymentGateway", []badInput{
		{"no secret", secret("hunter2"), []string{"INVALID_INPUT input.parameters.0.value"}},
		{"short", secret("whsec_aHVudGVyMg=="), []string{"INVALID_INPUT input.parameters.0.value"}},
		{"no prefix", secret(strings.TrimPrefix(secretOf("a"), "whsec_")), []string{"INVALID_INPUT input.parameters.0.value"}},
	})
	set := func(value string) (version int, isSet bool, body string) {
		t.Helper()
		answer := s.admin.Send(t, `mutation($input: UpdatePaymentGatewayInput!) { updatePaymentGateway(input: $input) { paymentGateway { version
			parameters { parameterId tenantDefaultValue isSecret isSet } } errors { code } } }`, apptest.Vars{"input": secret(value)})
		got := apptest.Do[struct {
			PaymentGateways []struct {
				Version    int
				Parameters []struct {
					ParameterID        string
					TenantDefaultValue *string
					IsSecret, IsSet    bool
				}
			}
		}](t, s.admin, `query($id: ID!) { paymentGateways(filter: { ids: [$id] }) { version parameters { parameterId tenantDefaultValue isSecret isSet } } }`,
			apptest.Vars{"id": h.gateway}).PaymentGateways[0]
		for _, p := range got.Parameters {
			if p.ParameterID == "webhookSecret" {
				if !p.IsSecret || p.TenantDefaultValue != nil {
					t.Errorf("the parameter is %+v", p)
				}
				isSet = p.IsSet
			}
		}
		return got.Version, isSet, answer.Body
	}
	for _, step := range []struct {
		value   string
		version int
		isSet   bool
	}{{secretOf("a"), 1, true}, {secretOf("b"), 2, true}, {"", 3, false}, {secretOf("c"), 4, true}} {
		if version, isSet, body := set(step.value); version != step.version || isSet != step.isSet || step.value != "" && strings.Contains(body, step.value) {
			t.Errorf("%q: version %d, set %v: %s", step.value, version, isSet, body)
		}
	}
	for _, table := range []string{"gateway_parameters", "payment_gateways"} {
		for _, row := range rowsOf(t, s.api.Database.DB, "SELECT x::text FROM "+table+" x") {
			if strings.Contains(row, strings.Repeat("c", 32)) || strings.Contains(row, secretOf("c")) || strings.Contains(row, strings.Repeat("63", 32)) {
				t.Errorf("%s shows the secret: %s", table, row)
			}
		}
	}
	again := apptest.Vars{"referenceId": "G-1", "parameters": []apptest.Vars{{"parameterId": "webhookSecret", "value": secretOf("a")}}}
	if first := s.make.Gateway(again); first != s.make.Gateway(again) {
		t.Error("the same gateway again is another one")
	}
	refuseEach(t, s.api, s.admin, "createPaymentGateway", []badInput{{"the same with another secret", apptest.Vars{"referenceId": "G-1", "name": "Cards", "connector": "sandbox", "methodType": "CARD",
		"isTokenizable": true, "parameters": []apptest.Vars{{"parameterId": "webhookSecret", "value": secretOf("b")}}},
		[]string{"DUPLICATE_REFERENCE input.referenceId existing=" + s.make.Gateway(again)}}})
}

// TestWebhookPath proves that where a gateway's provider reports to is told to those who
// may administer gateways only, and only where the connector takes reports.
func TestWebhookPath(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	_, customer, _ := pay.SplitID(s.customer)
	for role, shown := range map[pay.Role]bool{pay.RoleAdmin: true, pay.RoleStaff: false, pay.RoleReadonly: false, pay.RoleCustomer: false} {
		grant := auth.Grant{Role: role}
		if role == pay.RoleCustomer {
			grant.CustomerID = &customer
		}
		got := apptest.Do[struct {
			PaymentGateways []struct {
				Connector   string
				WebhookPath *string
			}
		}](t, s.api.Client(s.api.Token(t, grant)), `{ paymentGateways { connector webhookPath } }`, nil).PaymentGateways
		for _, g := range got {
			if (g.WebhookPath != nil) != (shown && g.Connector == "sandbox") {
				t.Errorf("%s sees %+v", role, g)
			}
		}
		if len(got) != 2 {
			t.Errorf("%s sees %d gateways", role, len(got))
		}
	}
}
