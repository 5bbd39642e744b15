package app_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// hostileTexts are what the database, its patterns, JSON or a careless check
// could trip over.
var hostileTexts = []string{"", "\x00", "a\x00b", "'; DROP TABLE payments; -- \" \\ %_\\% {a,b} $1 NULL \u202e\ufffd\n", "👩‍👩‍👧 e\u0301 İ",
	strings.Repeat("x", 256), strings.Repeat("👩", 1_001)}

// hostile lists the values that each type of the API could trip over: those at
// the edges of what it accepts. Of an enum it is every value.
func hostile(leaf string) []any {
	var values []any
	switch leaf {
	case "String", "ID":
		for _, text := range hostileTexts {
			values = append(values, text)
		}
	case "Int":
		values = []any{-1 << 31, -1, 0, 1, 101, 10_001, 1<<31 - 1}
	case "Int64":
		values = []any{-(1<<53 - 1), -1, 0, 1, 1<<53 - 1, "9007199254740991"}
	case "Decimal":
		values = []any{"-9999999999999999.99999999", "-0", "0", "0.01", "0.00000001", "100.0001", "9999999999999999"}
	case "DateTime":
		values = []any{"1900-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2026-01-31T12:00:00.1234567+14:00"}
	case "Date":
		values = []any{"1900-01-01", "9999-12-31"}
	case "CurrencyCode":
		values = []any{"JPY", "KWD", "CLF", "XCG"}
	case "EmailAddress":
		values = []any{"\"a b\"@example.com", "ä@example.com", "a@localhost"}
	case "PhoneNumber":
		values = []any{"1234", "+1 (23) 45.67-89" + strings.Repeat(" ", 10)}
	case "URL":
		values = []any{"http://localhost/", "https://example.com/%00?%27", "https://[::1]:8443/#x"}
	case "Boolean":
		values = []any{true, false}
	case "JSON":
		values = []any{"x", 1e300, []any{}, map[string]any{"": nil, "a\x00b": "\x00"}, strings.Repeat("👩", 5_000)}
	default:
		for _, v := range apiSchema().Types[leaf].EnumValues {
			values = append(values, v.Name)
		}
	}
	return values
}

// TestHostileValues proves that no value, wherever the API takes one, makes the
// server fail: it is stored, found nowhere or refused as the caller's fault.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	own := newWorld(t, api, api.Company, pay.Sandbox, "zqown")
	own.ids[pay.KindOrder] = own.client.Make(t).Order(own.ids[pay.KindCustomer], 1<<40)
	operator := api.Client(api.Token(t, auth.Grant{Role: pay.RoleOperator}))
	teller := api.Client(api.Token(t, auth.Grant{Role: pay.RoleStaff, Subject: "teller"}))
	byField := map[string][]place{}
	for _, p := range places() {
		byField[p.field.Name] = append(byField[p.field.Name], p)
	}
	for name, list := range byField {
		t.Run("OK "+name, func(t *testing.T) {
			t.Parallel()
			client, own := own.client, own
			switch name {
			case "createCompany":
				client = operator
			case "updatePaymentGateway": // not the one that others pay through
				own.ids = map[pay.Kind]string{pay.KindGateway: client.Make(t).Gateway(nil)}
			case "cancelBillingSubscription": // not the one that others change
				own.ids = map[pay.Kind]string{pay.KindSubscription: create(t, client, "createBillingSubscription", "billingSubscription", apptest.Vars{"customerId": own.ids[pay.KindCustomer],
					"price": minor(1), "intervalUnit": "DAY", "timeZone": "UTC", "startsOn": time.Now().AddDate(1, 0, 0).Format(time.DateOnly)})}
			}
			accepted := false
			for _, p := range list {
				accepted = sendHostile(t, client, func() world { return staged(t, own, teller, name) }, p) || accepted
			}
			if !accepted && !list[0].reads() && !slices.Contains(onlyNames, name) { // or the values never got as far as the database
				t.Errorf("%s accepted none of the values", name)
			}
		})
	}
}

// onlyNames are the mutations that take nothing but an id and a key, none of which
// can be any of the values.
var onlyNames = []string{"revokeApiKey", "updateApiKey", "trustDocuments", "distrustDocuments", "voidTransaction", "cancelTransaction", "cancelPayment", "withdrawManualPayment", "cancelRefund", "detachPaymentMethod",
	"deleteWebhookEndpoint", "rotateWebhookSecret", "replayWebhookDelivery", "checkPaymentGateway"}

// staged is the world with what a mutation of a payment's life needs: a payment of
// its own, in a state in which the mutation is possible. What needs two people is
// begun by a teller.
func staged(t *testing.T, w world, teller *apptest.Client, mutation string) world {
	t.Helper()
	var begin apptest.Vars
	switch mutation {
	case "processPayment", "submitManualPayment", "updatePayment":
		begin = apptest.Vars{"paymentToken": "tok_soft_decline"}
	case "completeTransaction":
		begin = apptest.Vars{"paymentToken": "tok_redirect"}
	case "captureTransaction":
		begin = apptest.Vars{"capture": false}
	case "resolveTransaction":
		begin = apptest.Vars{"paymentToken": "tok_timeout_forever"}
	case "refundPayment", "previewRefund", "resolveAttention":
	case "approveManualPayment", "rejectManualPayment":
		begin = nil
	default:
		return w
	}
	key := pay.FormatID("new", pay.NewID())
	order := w.client.Make(t).Order(w.ids[pay.KindCustomer], 1000)
	by, first, input := w.client, "payOrders", but(apptest.Vars{"orders": one(order), "gatewayId": w.ids[pay.KindGateway]}, begin)
	if strings.HasSuffix(mutation, "eManualPayment") || mutation == "rejectManualPayment" {
		by, first, input = teller, "submitManualPayment", apptest.Vars{"orders": one(order), "gatewayId": w.manual, "transactionReference": key}
	}
	got := act(t, by, first, key, input)
	if got.Payment == nil {
		t.Fatalf("stage %s: %+v", mutation, got.Errors)
	}
	w.ids = maps.Clone(w.ids)
	w.ids[pay.KindPayment], w.ids[pay.KindTransaction] = got.Payment.ID, got.Transaction.ID
	if mutation == "resolveAttention" {
		simulate(t, w.client, got.Transaction.ID, "CHARGEBACK", nil)
	}
	if mutation == "submitManualPayment" {
		w.ids[pay.KindOrder] = w.client.Make(t).Order(w.ids[pay.KindCustomer], 1000)
	}
	return w
}

// sendHostile puts each value in one place, in a world of its own, and says
// whether any was stored.
func sendHostile(t *testing.T, c *apptest.Client, own func() world, p place) (accepted bool) {
	t.Helper()
	document := documentOf(t, p.field.Name, shallow(p.field))
	for _, value := range hostile(p.leaf) {
		got := c.Send(t, document, p.variables(own(), value))
		assertPublic(t, got.Body)
		if len(got.Errors) > 0 && got.Errors[0].Extensions.Code != "GRAPHQL_VALIDATION_FAILED" || got.Status != 200 {
			t.Errorf("%s with %.20q: status %d: %s", p, value, got.Status, got.Body)
		}
		accepted = accepted || strings.Contains(got.Body, fmt.Sprintf(`{"%s":{"errors":[]}}`, p.field.Name))
	}
	return accepted
}
