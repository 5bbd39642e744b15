package app_test

import (
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// webhookCases are roleCases for webhooks to the company.
func (s till) webhookCases(t *testing.T) map[string]func(name string) apptest.Vars {
	url := apptest.Vars{"url": "https://example.com/hook"}
	endpoint := func() string { return create(t, s.admin, "createWebhookEndpoint", "webhookEndpoint", url) }
	one := endpoint()
	delivery := s.delivery(t)
	of := func(id func() string) func(string) apptest.Vars {
		return func(string) apptest.Vars { return apptest.Vars{"input": apptest.Vars{"id": id()}} }
	}
	first := func(string) apptest.Vars { return apptest.Vars{"first": 1} }
	return map[string]func(string) apptest.Vars{
		"webhookEndpoints":      first,
		"webhookDeliveries":     first,
		"createWebhookEndpoint": func(string) apptest.Vars { return apptest.Vars{"input": url} },
		"updateWebhookEndpoint": of(func() string { return one }),
		"rotateWebhookSecret":   of(func() string { return one }),
		"deleteWebhookEndpoint": of(endpoint),
		"replayWebhookDelivery": of(func() string { return delivery }),
	}
}

// delivery pays an order, and returns a delivery of one of its events to an endpoint that
// is there.
func (s till) delivery(t *testing.T) string {
	t.Helper()
	s.make.PayWhole(s.card, s.make.Order(s.customer, 100))
	if err := s.api.App.Service.DispatchWebhooks(t.Context()); err != nil {
		t.Fatalf("dispatch: %v", err)
	}
	found := apptest.Do[struct {
		WebhookDeliveries struct{ Nodes []struct{ ID string } }
	}](t, s.admin, `{ webhookDeliveries(first: 1) { nodes { id } } }`, nil).WebhookDeliveries.Nodes
	if len(found) != 1 {
		t.Fatal("nothing is to be delivered")
	}
	return found[0].ID
}
