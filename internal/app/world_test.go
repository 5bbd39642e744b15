package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// world is one tenant with an object of every kind, all texts of which hold a
// mark. What only one customer may see is of the world's customer.
type world struct {
	client *apptest.Client
	ids    map[pay.Kind]string
	// texts name objects in ways other than by id, by the name of the filter.
	texts map[string]string
	// manual is the gateway for what was paid by hand; that of ids is asked for money.
	manual string
}

// newWorld fills a tenant. Marks are lower-case letters and digits.
func newWorld(t *testing.T, api *apptest.API, company pay.Company, e pay.Environment, mark string) world {
	t.Helper()
	c := api.Client(api.Token(t, auth.Grant{CompanyID: company.ID, Environment: e, Subject: mark}))
	w := world{client: c, ids: map[pay.Kind]string{pay.KindCompany: company.GlobalID()}}
	w.ids[pay.KindAPIKey] = makeKey(t, c, apptest.Vars{"name": mark, "scopes": []string{"PAYMENTS_READ"}}).id
	w.ids[pay.KindTrustedDocument] = trustDocuments(t, c, "{ viewer { id } } # "+mark)[0]
	address := apptest.Vars{"name": mark, "line1": mark, "line2": mark, "city": mark, "region": mark, "postalCode": mark, "country": "PT"}
	metadata := []apptest.Vars{{"key": mark, "value": mark}}
	url := "https://example.com/" + mark
	w.ids[pay.KindBusiness] = create(t, c, "createBusiness", "business", apptest.Vars{"referenceId": mark, "name": mark, "address": address})
	w.ids[pay.KindCustomer] = create(t, c, "createCustomer", "customer", apptest.Vars{"customer": apptest.Vars{"referenceId": mark, "email": mark + "@example.com",
		"firstName": mark, "lastName": mark, "phone": "+351 912 345 678", "address": address, "metadata": metadata}})
	w.ids[pay.KindGateway] = create(t, c, "createPaymentGateway", "paymentGateway", apptest.Vars{"referenceId": mark, "name": mark, "connector": "sandbox",
		"methodType": "CARD", "methodLabel": mark, "image": url, "checkoutImage": url, "icon": url, "requestAffiliationUrl": url, "isTokenizable": true,
		"parameters": []apptest.Vars{{"parameterId": "statementDescriptor", "value": mark}}})
	w.manual = create(t, c, "createPaymentGateway", "paymentGateway", apptest.Vars{"name": mark, "connector": "manual", "kind": "MANUAL", "action": "NONE",
		"methodType": "BANK_TRANSFER", "methodLabel": mark, "isTokenizable": false})
	refusalsOf(t, c, "setGatewayRules", apptest.Vars{"rules": []apptest.Vars{{"name": mark, "gatewayId": w.ids[pay.KindGateway]}}})
	w.ids[pay.KindMethod] = create(t, c, "createPaymentMethod", "paymentMethod", apptest.Vars{"referenceId": mark, "customerId": w.ids[pay.KindCustomer],
		"gatewayId": w.ids[pay.KindGateway], "token": "tok_approve." + mark, "label": mark, "card": apptest.Vars{"brand": mark, "product": mark, "lastFour": "4242"},
		"holderName": mark, "holderEmail": mark + "@example.com", "isDefault": true})
	w.ids[pay.KindProduct] = apptest.Do[struct {
		CreateProducts struct{ Products []struct{ ID string } }
	}](t, c,
		`mutation($p: ProductInput!) { createProducts(input: { products: [$p] }) { products { id } } }`,
		apptest.Vars{"p": apptest.Vars{"referenceId": mark, "name": mark, "variant": mark, "imageUrl": url, "unitAmount": minor(500)}}).CreateProducts.Products[0].ID
	w.ids[pay.KindOrder] = create(t, c, "createOrder", "order", apptest.Vars{"order": apptest.Vars{"referenceId": mark, "customerId": w.ids[pay.KindCustomer],
		"businessId": w.ids[pay.KindBusiness], "description": mark, "metadata": metadata, "discounts": []apptest.Vars{{"discountName": mark, "discountDescription": mark, "amount": minor(1)}},
		"lines": []apptest.Vars{{"productId": w.ids[pay.KindProduct]}, {"productName": mark, "productVariant": mark, "productImage": url, "unitAmount": minor(500),
			"modifiers": []apptest.Vars{{"modifierId": mark, "productName": mark, "price": minor(1)}}}}}})
	w.ids[pay.KindInvoice] = create(t, c, "createInvoice", "invoice", apptest.Vars{"invoice": apptest.Vars{"referenceId": mark, "number": mark,
		"orderId": w.ids[pay.KindOrder], "description": mark, "metadata": metadata}})
	w.ids[pay.KindSubscription] = create(t, c, "createBillingSubscription", "billingSubscription", apptest.Vars{"referenceId": mark, "customerId": w.ids[pay.KindCustomer],
		"price": minor(1), "intervalUnit": "MONTH", "timeZone": "Europe/Lisbon", "startsOn": time.Now().AddDate(1, 0, 0).Format(time.DateOnly),
		"paymentMethodId": w.ids[pay.KindMethod], "description": mark, "metadata": metadata})
	w.ids[pay.KindWebhookEndpoint] = create(t, c, "createWebhookEndpoint", "webhookEndpoint", apptest.Vars{"url": url, "description": mark,
		"payload": "{ " + mark + ": type }"})
	w.pay(t, apptest.Vars{"idempotencyKey": mark, "orders": one(w.ids[pay.KindOrder]), "paymentMethodId": w.ids[pay.KindMethod], "referenceId": mark,
		"billingAddress": address, "description": mark, "metadata": metadata})
	w.insertRest(t, api, company, e, mark)
	settled := reconcile(t, c, mark, w.ids[pay.KindGateway], settledLine(mark, 1))
	if settled.OrphanCount != 1 {
		t.Fatalf("reconcile: %+v", settled)
	}
	if err := api.App.Service.DispatchWebhooks(t.Context()); err != nil { // or their cursors and deliveries come later
		t.Fatalf("place events: %v", err)
	}
	w.ids[pay.KindWebhookDelivery] = apptest.Do[struct {
		WebhookDeliveries struct{ Nodes []struct{ ID string } }
	}](t, c, `{ webhookDeliveries(first: 1) { nodes { id } } }`, nil).WebhookDeliveries.Nodes[0].ID
	delivery, _ := pay.ParseID(pay.KindWebhookDelivery, w.ids[pay.KindWebhookDelivery])
	for _, statement := range []string{"UPDATE webhook_deliveries SET payload = $2, tries = 1, attempts = 1 WHERE id = $1",
		"INSERT INTO webhook_attempts (tenant_id, delivery_id, number, at, duration_ms, failure, response) SELECT tenant_id, id, 1, now(), 1, 'TIMEOUT', $2 FROM webhook_deliveries WHERE id = $1"} {
		if _, err := api.Database.DB.ExecContext(t.Context(), statement, delivery, mark); err != nil {
			t.Fatalf("a try of a delivery: %v", err)
		}
	}
	w.texts["actor"] = "admin:" + mark
	w.texts["referenceId"], w.texts["number"], w.texts["email"], w.texts["search"] = mark, mark, mark+"@example.com", mark
	return w
}

// pay pays the world's order and keeps the ids of what that makes.
func (w *world) pay(t *testing.T, input apptest.Vars) {
	t.Helper()
	p := apptest.Do[struct {
		PayOrders struct {
			Payment *struct {
				ID, HumanID, Status string
				Allocations         []struct{ ID string }
				Events              struct{ Nodes []struct{ ID string } }
				Transactions        []struct{ ID, ExternalID string }
			}
			Errors []apptest.Refusal
		}
	}](t, w.client, `mutation($input: PayOrdersInput!) { payOrders(input: $input) { payment { id humanId status allocations { id } events { nodes { id } } transactions { id externalId } }
		errors { code path message } } }`, apptest.Vars{"input": input}).PayOrders
	if p.Payment == nil || p.Payment.Status != "PAID" {
		t.Fatalf("pay: %+v", p)
	}
	w.ids[pay.KindPayment], w.ids[pay.KindTransaction] = p.Payment.ID, p.Payment.Transactions[0].ID
	w.ids[pay.KindAllocation], w.ids[pay.KindEvent] = p.Payment.Allocations[0].ID, p.Payment.Events.Nodes[0].ID
	w.texts = map[string]string{"humanId": p.Payment.HumanID, "externalId": p.Payment.Transactions[0].ExternalID}
}

// insertRest adds what no mutation makes yet: a refund, store credit, and a transaction's texts of manual payments.
func (w *world) insertRest(t *testing.T, api *apptest.API, company pay.Company, e pay.Environment, mark string) {
	t.Helper()
	refund, operation := pay.NewID(), pay.NewID()
	w.ids[pay.KindOperation] = pay.FormatID(pay.KindOperation, operation)
	w.ids[pay.KindRefund] = pay.FormatID(pay.KindRefund, refund)
	raw := func(kind pay.Kind) uuid.UUID { id, _ := pay.ParseID(kind, w.ids[kind]); return id }
	var tenant uuid.UUID
	db := api.Database.DB
	if err := db.GetContext(t.Context(), &tenant, "SELECT id FROM tenants WHERE company_id = $1 AND environment = $2", company.ID, string(e)); err != nil {
		t.Fatalf("find tenant: %v", err)
	}
	w.texts["manualReference"] = mark
	for _, s := range []struct {
		query string
		args  []any
	}{
		{`INSERT INTO refunds (tenant_id, id, batch_id, reference_id, payment_id, transaction_id, currency, amount_minor, method, manual_reference, reason, status,
			external_id, error_message, external_error_code, external_error_message, created_by, created_at, updated_at)
			VALUES ($1, $2, $2, $5, $3, $4, 'EUR', 1, 'MANUAL', $5, $5, 'FAILED', $5, $5, $5, $5, $5, now(), now())`,
			[]any{tenant, refund, raw(pay.KindPayment), raw(pay.KindTransaction), mark}},
		{`UPDATE transactions SET routing = jsonb_build_object('rulesVersion', 1, 'fallback', 0, 'candidates', jsonb_build_array(jsonb_build_object(
			'gatewayId', gateway_id, 'rule', $3::text, 'outcome', 'CHOSEN'))) WHERE tenant_id = $1 AND id = $2`, []any{tenant, raw(pay.KindTransaction), mark}},
		{`INSERT INTO webhook_events (tenant_id, id, gateway_id, event_id, body, report, received_at, checks, outcome)
			VALUES ($1, $2, $3, $4, '', '{}', now(), 7, 'ORPHAN')`, []any{tenant, pay.NewID(), raw(pay.KindGateway), mark}},
		{`INSERT INTO customer_balances (tenant_id, customer_id, currency, balance_minor, updated_at) VALUES ($1, $2, 'EUR', 7, now())`,
			[]any{tenant, raw(pay.KindCustomer)}},
		{`UPDATE transactions SET manual_reference = $2, notes = $2, evidence_url = $2, submitted_by = $2, approved_by = $2, external_id2 = $2, external_id3 = $2,
			token = 'tok_' || $2, holder_name = $2, rejected_by = $2, rejection_reason = $2, error_code = 'DECLINED', error_message = $2, external_error_code = $2, external_error_message = $2,
			form = jsonb_build_object('phone', $2::text) WHERE tenant_id = $1 AND id = $3`, []any{tenant, mark, raw(pay.KindTransaction)}},
		{`INSERT INTO operations (tenant_id, id, payment_id, transaction_id, kind, currency, amount_minor, captured_before_minor, is_final, status, external_id,
			error_message, external_error_code, external_error_message, created_by, lease_until, checks, created_at, updated_at)
			VALUES ($1, $2, $3, $4, 'CAPTURE', 'EUR', 1, 0, true, 'FAILED', $5, $5, $5, $5, $5, now(), 0, now(), now())`,
			[]any{tenant, operation, raw(pay.KindPayment), raw(pay.KindTransaction), mark}},
		{`ALTER TABLE payment_events DISABLE TRIGGER USER`, nil}, // history cannot be changed else
		{`UPDATE payment_events SET reason = $2, refund_id = $4, operation_id = $5 WHERE tenant_id = $1 AND id = $3`,
			[]any{tenant, mark, raw(pay.KindEvent), refund, operation}},
		{`UPDATE payments SET checkout_url = $2 WHERE tenant_id = $1 AND id = $3`, []any{tenant, mark, raw(pay.KindPayment)}},
		{`INSERT INTO payment_allocations (tenant_id, id, payment_id, position, subject_kind, subscription_id, amount_minor)
			VALUES ($1, $2, $3, 1, 'SUBSCRIPTION', $4, 1)`, []any{tenant, pay.NewID(), raw(pay.KindPayment), raw(pay.KindSubscription)}},
	} {
		if _, err := db.ExecContext(t.Context(), s.query, s.args...); err != nil {
			t.Fatalf("insert: %v: %s", err, strings.Fields(s.query)[:3])
		}
	}
}
