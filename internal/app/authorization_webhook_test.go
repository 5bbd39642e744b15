package app_test

import (
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// webhookCases are writeCases for webhooks to the company.
func (s till) webhookCases(t *testing.T) map[string]func(name string) apptest.Vars {
	t.Helper()
	endpoint := func(name string) string {
		return create(t, s.admin, "createWebhookEndpoint", "webhookEndpoint", apptest.Vars{"url": "https://example.com/" + name})
	}
	of := func(id func(name string) string) func(string) apptest.Vars {
		return input(func(name string) apptest.Vars { return apptest.Vars{"id": id(name)} })
	}
	kept := endpoint("kept")
	delivery := s.delivery(t)
	return map[string]func(string) apptest.Vars{
		"createWebhookEndpoint": input(func(name string) apptest.Vars { return apptest.Vars{"url": "https://example.com/" + name} }),
		"updateWebhookEndpoint": input(func(name string) apptest.Vars { return apptest.Vars{"id": kept, "description": name} }),
		"rotateWebhookSecret":   of(func(string) string { return kept }),
		"deleteWebhookEndpoint": of(endpoint),
		"replayWebhookDelivery": of(func(string) string { return delivery }),
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
