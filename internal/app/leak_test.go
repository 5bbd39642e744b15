package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/gateway/manual"
	"github.com/paygraph/paygraph/internal/gateway/sandbox"
	"github.com/paygraph/paygraph/internal/pay"
)

// The markers are what must never show: no two look alike in any writing that is
// searched for.
const (
	leakCard   = "4917610000000000"
	leakIBAN   = "PT50000201231234567890154"
	leakMethod = "tok_approve.zqleakmethod"
	leakPerson = "zqleakperson"
	leakURL    = "zqleakurl"
)

// loudBank is a provider that repeats in its errors all that it was told, and more.
type loudBank struct{ *bank }

func (b loudBank) Charge(_ context.Context, r gateway.ChargeRequest) (pay.Fact, error) {
	return pay.Fact{}, fmt.Errorf("provider: cannot charge %s %s for %s with Bearer zqleakbearer at https://zqleakuser:zqleakpass@bank/", r.Token, leakCard, leakIBAN)
}

// TestNothingLeaks sends secrets wherever callers, providers and people can put them,
// and then reads everything that the program tells or keeps: the log in full, the
// answers with errors, the metrics, the spans, and every row of the database.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	var log logBook
	book := &spanBook{}
	loud := loudBank{newBank()}
	api := apptest.Start(t, app.WithSpans(book), app.WithLog(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		app.WithConnectors(gateway.NewRegistry(sandbox.Connector, manual.Connector, loud)))
	scrape := scraper(t, api.App)
	person := api.Token(t, auth.Grant{Subject: leakPerson})
	admin := api.Client(person)
	key := makeKey(t, admin, apptest.Vars{"name": "till", "scopes": []string{"PAYMENTS_READ"}})
	h := hooked(t, api, admin, "zqleakhook")
	secrets := []string{leakCard, leakIBAN, person, strings.Split(person, ".")[2], key.secret, secretOf("zqleakhook"), strings.Repeat("zqleakhook", 4)[:32], "zqleakbearer", "zqleakpass", "zqleakuser"}
	errors := sendSecrets(t, api, admin, h, key)
	companies, signing := sendSecretsToCompanies(t, api, admin)
	errors += companies + sendSecretsOnStreams(t, api, person)
	secrets = append(secrets, signing...)
	api.Client(key.secret).Send(t, viewerDocument, nil)

	metrics := scrape()
	api.App.Close() // hands out the last spans
	told := map[string]string{"the log": log.String(), "the errors": errors, "the metrics": metrics, "the spans": book.text()}
	kept := everyRow(t, api)
	for what, text := range told {
		for _, secret := range append(slices.Clone(secrets), leakMethod, "zqleakmethod", leakPerson, leakURL) {
			assertNone(t, what, text, secret)
		}
	}
	for table, text := range kept {
		for _, secret := range secrets {
			assertNone(t, table, text, secret)
		}
		// A method's token is what the provider is asked with, and is kept for that; who
		// did something stands where people look for it.
		if table != "payment_methods" && table != "transactions" {
			assertNone(t, table, text, "zqleakmethod")
		}
	}
	for what, text := range map[string]string{"the log": "outcome of an attempt is unknown", "the errors": "INVALID_INPUT", "the metrics": `question="charge"`, "the spans": "gateway charge"} {
		if !strings.Contains(told[what], text) {
			t.Errorf("%s do not even tell %s", what, text)
		}
	}
	if !strings.Contains(told["the log"], "a webhook was not delivered") {
		t.Error("the log does not even tell of webhooks")
	}
	if value(t, metrics, `paygraph_operations_total{operation="webhookPayload",outcome="OK"}`) < 1 || strings.Contains(metrics, `operation="node"`) {
		t.Error("what webhooks tell is not counted apart from what callers ask")
	}
	for table, text := range map[string]string{"payment_methods": "zqleakmethod", "transactions": "zqleakmethod", "audit_entries": leakPerson} {
		if !strings.Contains(kept[table], text) {
			t.Errorf("%s do not have %s, so the rest proves nothing", table, text)
		}
	}
	if masked, err := pay.ParseIBAN(leakIBAN); err != nil || !strings.Contains(kept["payment_methods"], masked.Masked()) {
		t.Errorf("no account number is kept masked: %v", err)
	}
}

// sendSecrets puts the markers into requests of every kind, and returns the answers that
// have errors.
func sendSecrets(t *testing.T, api *apptest.API, admin *apptest.Client, h hook, key partnerKey) string {
	t.Helper()
	var errors strings.Builder
	keep := func(got apptest.Response) {
		if len(got.Errors) > 0 || strings.Contains(got.Body, `"errors":[{`) {
			errors.WriteString(got.Body + "\n")
		}
	}
	make := admin.Make(t)
	customer := make.Customer()
	debit := make.Gateway(apptest.Vars{"methodType": "DIRECT_DEBIT"})
	card := make.Gateway(nil)
	bank := make.Gateway(apptest.Vars{"connector": "bank"})
	method := func(input apptest.Vars) apptest.Response {
		return admin.Send(t, documentOf(t, "createPaymentMethod", "{ paymentMethod { id } errors { code message path } }"), apptest.Vars{"input": but(apptest.Vars{"customerId": customer}, input)})
	}
	keep(method(apptest.Vars{"gatewayId": debit, "token": leakMethod, "directDebit": apptest.Vars{"iban": leakIBAN}}))
	keep(method(apptest.Vars{"gatewayId": debit, "token": "tok", "directDebit": apptest.Vars{"iban": leakIBAN, "bic": leakIBAN, "accountId": leakIBAN}}))
	keep(method(apptest.Vars{"gatewayId": debit, "token": leakIBAN, "label": leakIBAN}))
	keep(method(apptest.Vars{"gatewayId": card, "token": leakCard, "label": leakCard, "holderName": leakCard, "referenceId": leakCard}))
	pays := func(key, gateway, token string, more apptest.Vars) {
		keep(admin.Send(t, apptest.PayDocument, apptest.Vars{"input": but(apptest.Vars{"idempotencyKey": key, "gatewayId": gateway,
			"orders": one(make.Order(customer, 1000)), "paymentToken": token}, more)}))
	}
	pays("loud", bank, leakMethod, nil)
	pays("ok", card, leakMethod, nil)
	pays("number", card, leakCard, apptest.Vars{"description": leakCard, "metadata": []apptest.Vars{{"key": leakCard, "value": leakCard}}, "billingAddress": apptest.Vars{"line1": leakCard}})
	pays(leakCard, card, "tok_approve", nil)
	for _, document := range []string{
		fmt.Sprintf(`{ customers(filter: { search: %q }) { nodes { nothing } } }`, leakCard),
		fmt.Sprintf(`query($id: ID = %q) { payment(by: { id: $id, humanId: $id }) { id } }`, leakIBAN),
		fmt.Sprintf(`{ payments(after: %q) { totalCount } }`, leakCard),
	} {
		got := admin.Send(t, document, nil)
		keep(got)
	}
	for _, body := range []map[string]any{
		{"query": "{ viewer { id } }", "variables": map[string]any{leakCard: leakIBAN}, "extensions": map[string]any{"x": leakCard}},
		{"query": "query($n: Int!) { payments(first: $n) { totalCount } }", "variables": map[string]any{"n": leakCard}},
	} {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		keep(admin.With("X-Trace", leakCard).With("User-Agent", leakIBAN).With("Traceparent", leakCard).SendBody(t.Context(), t, raw))
	}
	sendSecretsBeside(t, api, h, key, &errors)
	return errors.String()
}

// sendSecretsBeside puts the markers where no document is: into bodies that are none,
// addresses, credentials, and what providers send.
func sendSecretsBeside(t *testing.T, api *apptest.API, h hook, key partnerKey, errors *strings.Builder) {
	t.Helper()
	token := api.Token(t, auth.Grant{Subject: leakPerson})
	for _, got := range []answer{
		call(t, "POST", api.URL+"/graphql", token, "application/json", `{"query":"`+leakCard+`"`),
		call(t, "POST", api.URL+"/graphql", token, leakCard, `{}`),
		call(t, "GET", api.URL+"/graphql?query="+url.QueryEscape("{ viewer { id } }")+"&variables="+leakCard, token, "", ""),
		call(t, "GET", api.URL+"/graphql?card="+leakCard+"&query="+url.QueryEscape(`{ payments(after: "`+leakIBAN+`") { totalCount } }`), token, "", ""),
		call(t, "GET", api.URL+"/"+leakCard, token, "", ""),
		call(t, leakIBAN, api.URL+"/graphql", token, "", ""),
		call(t, "POST", api.URL+"/webhooks/"+leakIBAN+"/"+leakCard, "", "application/json", leakCard),
		call(t, "POST", api.URL+"/graphql", key.secret+"x", "application/json", `{"query":"{ viewer { id } }"}`),
		call(t, "POST", api.URL+"/graphql", token+"x", "application/json", `{"query":"{ viewer { id } }"}`),
		call(t, "POST", api.URL+"/graphql", leakCard, "application/json", `{"query":"{ viewer { id } }"}`),
	} {
		errors.WriteString(got.body + "\n")
	}
	body := []byte(`{"type":"` + leakCard + `","data":{"attemptId":"` + leakIBAN + `","message":"` + leakCard + `"}}`)
	h.post(t, h.url, h.signed(leakCard, body, time.Now()), body)
	h.post(t, h.url, http.Header{"Webhook-Id": {leakCard}, "Webhook-Signature": {leakIBAN}, "Webhook-Timestamp": {leakCard}}, body)
}

// everyRow is every row of the database in text, by table.
func everyRow(t *testing.T, api *apptest.API) map[string]string {
	t.Helper()
	var tables []string
	if err := api.Database.DB.SelectContext(t.Context(), &tables, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"); err != nil || len(tables) < 30 {
		t.Fatalf("list tables: %v, %v", tables, err)
	}
	rows := map[string]string{}
	for _, table := range tables {
		var text string
		if err := api.Database.DB.GetContext(t.Context(), &text, "SELECT coalesce(string_agg(r::text, E'\\n'), '') FROM "+table+" r"); err != nil {
			t.Fatalf("read %s: %v", table, err)
		}
		rows[table] = text
	}
	return rows
}

// assertNone fails the test where a text has a secret in any of the ways in which it may
// be written.
func assertNone(t *testing.T, what, text, secret string) {
	t.Helper()
	spaced := strings.TrimSpace(strings.Join(fours(secret), " "))
	for _, written := range []string{secret, spaced, strings.ReplaceAll(spaced, " ", "-"), fmt.Sprintf("%x", secret), url.QueryEscape(secret)} {
		if at := strings.Index(strings.ToLower(text), strings.ToLower(written)); at >= 0 {
			t.Errorf("%s shows %s: …%s…", what, secret, text[max(0, at-200):min(len(text), at+len(written)+50)])
		}
	}
}

// fours cuts a text into groups of four.
func fours(text string) (groups []string) {
	for len(text) > 4 {
		groups, text = append(groups, text[:4]), text[4:]
	}
	return append(groups, text)
}
