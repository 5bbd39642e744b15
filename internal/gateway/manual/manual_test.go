package manual_test

import (
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/gatewaytest"
	"github.com/paygraph/paygraph/internal/gateway/manual"
	"github.com/paygraph/paygraph/internal/pay"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	gatewaytest.RunDescription(t, manual.Connector)
}

func TestManualMoneyIsNeverAskedFromAGateway(t *testing.T) {
	t.Parallel()
	if _, charges := manual.Connector.(gateway.Charger); charges {
		t.Error("the connector can charge")
	}
}

func TestManualIsForBothEnvironments(t *testing.T) {
	t.Parallel()
	registry := gateway.NewRegistry(manual.Connector)
	for _, e := range []pay.Environment{pay.Live, pay.Sandbox} {
		if got := registry.Names(e); len(got) != 1 || got[0] != "manual" {
			t.Errorf("%s has connectors %q, want manual", e, got)
		}
	}
}

func TestWhoFillsInWhat(t *testing.T) {
	t.Parallel()
	want := map[string]pay.GatewayParameter{
		"payeeName":        {IsMerchant: true, IsVisible: true},
		"payeeAccountHint": {IsMerchant: true, IsVisible: true},
		"instructions":     {IsMerchant: true, IsVisible: true},
		// The names of submitManualPayment.
		"transactionReference": {IsForm: true, IsVisible: true, IsRequired: true},
		"evidenceUrl":          {IsForm: true, IsVisible: true},
		"notes":                {IsForm: true, IsVisible: true},
	}
	got := manual.Connector.Describe().Parameters
	if len(got) != len(want) {
		t.Errorf("%d parameters, want %d", len(got), len(want))
	}
	for _, p := range got {
		w := want[p.ParameterID]
		if p.IsMerchant != w.IsMerchant || p.IsForm != w.IsForm || p.IsVisible != w.IsVisible || p.IsRequired != w.IsRequired {
			t.Errorf("%s: got %+v, want %+v", p.ParameterID, p, w)
		}
	}
}
