package app_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// target is a server that is given whatever comes, without a network between.
type target struct {
	handler http.Handler
	token   string
}

// mostTime is how long one answer may take on a busy machine; what it must not be is
// without end.
const mostTime = 10 * time.Second

// openTarget starts a server with one customer, one order and one paid payment.
func openTarget(f *testing.F) (target, *apptest.Client) {
	f.Helper()
	api := apptest.Start(f)
	handler, err := api.App.Handler(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	client := api.Admin(f)
	made := client.Make(f)
	customer := made.Customer()
	made.PayWhole(made.Gateway(nil), made.Orders(customer, 500, 700)[:1]...)
	return target{handler, api.Token(f, auth.Grant{})}, client
}

// send answers a request: never with a failure of the server's own, never with its
// insides, in time, and as JSON.
func (s target) send(t *testing.T, request *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	recorder := httptest.NewRecorder()
	began := time.Now()
	s.handler.ServeHTTP(recorder, request)
	took, body := time.Since(began), recorder.Body.String()
	if took > mostTime {
		t.Errorf("took %s", took)
	}
	if recorder.Code >= 500 || strings.Contains(body, `"code":"INTERNAL"`) || strings.Contains(body, `"code":"UNAVAILABLE"`) {
		t.Errorf("status %d: %.1000s", recorder.Code, body)
	}
	if strings.Contains(recorder.Header().Get("Content-Type"), "json") && !json.Valid([]byte(body)) {
		t.Errorf("no JSON: %.1000q", body)
	}
	return recorder
}

// FuzzRequest sends any body and any link, with any headers, with a token and without.
func FuzzRequest(f *testing.F) {
	s, _ := openTarget(f)
	good := document("{ viewer { id } }")
	f.Add(good, "application/json", "application/graphql-response+json", "", "query={viewer{id}}")
	f.Add(`{"query":"mutation { createCustomer(input: { customer: { firstName: \"A\" } }) { customer { id } errors { code } } }"}`, "application/json; charset=UTF-8", "*/*;q=0", "key-1", "query=mutation{a}")
	f.Add(`[`+good+`]`, "text/plain", "", "\x00", "query=%zz&variables=[]")
	f.Add(`{"query":"query q($f: PaymentFilter) { payments(filter: $f, first: 2) { nodes { id } } }","variables":{"f":{"OR":[]}}}`, "application/json", "text/html", "é", "query={payments(after:%22x%22){totalCount}}&operationName=q")
	f.Fuzz(func(t *testing.T, body, media, accept, key, link string) {
		for _, authorization := range []string{"Bearer " + s.token, key} {
			header := http.Header{"Content-Type": {media}, "Accept": {accept}, "Idempotency-Key": {key}, "Authorization": {authorization}}
			post := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
			post.Header = header
			s.send(t, post)
			get := httptest.NewRequest(http.MethodGet, "/graphql", nil)
			get.Header, get.URL = header, &url.URL{Path: "/graphql", RawQuery: link}
			s.send(t, get)
		}
	})
}

// FuzzDocument sends any document with any variables, of which those that are valid are
// executed on the database.
func FuzzDocument(f *testing.F) {
	s, client := openTarget(f)
	customer := client.Make(f).Customer()
	for _, seed := range [][2]string{
		{"query($f: PaymentFilter, $n: Int = 2) { payments(filter: $f, first: $n, orderBy: { field: CREATED_AT, direction: DESC }) { totalCount nodes { id humanId status customer { email } } pageInfo { endCursor } } }", `{"f":{"search":"ana","AND":[{"isActive":null}]},"n":1}`},
		{"query($id: ID!) { node(id: $id) { id ... on Payment { amount { decimal } } } nodes(ids: [$id]) { __typename } }", `{"id":"` + customer + `"}`},
		{"mutation($i: CreateOrderInput!) { createOrder(input: $i) { order { id } errors { code path } } }", `{"i":{"order":{"customerId":"` + customer + `","totalAmount":{"decimal":"12.34","currency":"EUR"},"description":"x"}}}`},
		{"mutation($i: PayOrdersInput!) { payOrders(input: $i) { payment { id } errors { code message } } }", `{"i":{"idempotencyKey":"k","orders":[{"orderId":"or_x"}]}}`},
		{"{ orders(filter: { referenceIds: [\"%_\\\\\"], totalAmount: { gte: 1 }, currency: EUR }, first: 1) { nodes { id } } }", `{}`},
		{"{ payment(by: { humanId: \"AAAAAA\" }) { id } customers(filter: { email: \"ana@example.com\" }) { nodes { email } } }", `null`},
		{"{ __type(name: \"Payment\") { fields { name } } }", `{}`},
	} {
		if got := client.SendBody(f.Context(), f, []byte(raw(seed[0], seed[1]))); len(got.Errors) > 0 {
			f.Fatalf("nothing is executed: %s: %s", seed[0], got.Body)
		}
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, variables string) { s.send(t, s.post(raw(text, variables))) })
}

// raw is a request with variables as they stand.
func raw(query, variables string) string {
	quoted, _ := json.Marshal(query)
	return fmt.Sprintf(`{"query":%s,"variables":%s}`, quoted, variables)
}

// post is a request with a good token.
func (s target) post(body string) *http.Request {
	request := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
	request.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + s.token}}
	return request
}

// FuzzFilter sends any texts and numbers as what lists are searched by.
func FuzzFilter(f *testing.F) {
	s, client := openTarget(f)
	const lists = `query($text: String!, $id: ID!, $first: Int, $offset: Int, $after: String, $from: DateTime, $n: Int64) {
		payments(filter: { search: $text, createdAt: { gte: $from } }, first: $first, offset: $offset) { totalCount nodes { id } }
		byId: payments(filter: { externalId: $text, amount: { lte: $n }, currency: EUR, metadata: [{ key: $text, value: $text }] }, first: 1) { nodes { id } }
		orders(filter: { referenceIds: [$text], totalAmount: { gte: $n }, currency: EUR }, first: $first, after: $after) { nodes { id } }
		node(id: $id) { id } }`
	if got := client.Send(f, lists, apptest.Vars{"text": "ana", "id": "x", "first": 1, "from": time.Now(), "n": 1}); len(got.Errors) > 0 {
		f.Fatalf("nothing is executed: %s", got.Body)
	}
	f.Add("ana", "py_x", 10, 0, "", "2026-01-31T00:00:00Z", int64(500))
	f.Add("%_\\' \x00 \u202e", "", -1, 1<<31-1, "AAAAAAAAAAAAAAAAAAAAAAA", "9999-12-31T23:59:59.9999999Z", int64(-1<<63))
	f.Fuzz(func(t *testing.T, text, id string, first, offset int, after, from string, n int64) {
		vars := apptest.Vars{"text": text, "id": id, "first": first, "offset": offset, "n": n}
		if after != "" {
			vars["after"] = after
		}
		if from != "" {
			vars["from"] = from
		}
		s.send(t, s.post(requestOf(lists, vars)))
	})
}

// FuzzDelivery sends a gateway's address any body with a good signature, and without one.
func FuzzDelivery(f *testing.F) {
	s, client := openTarget(f)
	secret := secretOf("fuzz")
	gateway := client.Make(f).Gateway(apptest.Vars{"parameters": []apptest.Vars{{"parameterId": "webhookSecret", "value": secret}}})
	path := apptest.Do[struct {
		PaymentGateways []struct{ WebhookPath string }
	}](f, client,
		`query($id: ID!) { paymentGateways(filter: { ids: [$id] }) { webhookPath } }`, apptest.Vars{"id": gateway}).PaymentGateways[0].WebhookPath
	raw, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	key, err := standardwebhooks.NewWebhookRaw(raw)
	if err != nil {
		f.Fatal(err)
	}
	attempt := pay.FormatID(pay.KindTransaction, pay.NewID())
	f.Add(hookEvent("attempt.captured", attempt, apptest.Vars{"amount": 500}), "evt-1")
	f.Add([]byte(`{"type":"attempt.failed","data":{"externalId":"a\u0000b","reason":"\ud800","at":"0000-01-01T00:00:00Z"}}`), "\x00")
	f.Add([]byte(`{"type":"refund.succeeded","data":{"refundId":"x","amount":-9223372036854775808,"currency":"EURO"}}`), strings.Repeat("x", 300))
	f.Add([]byte(`[]`), "")
	f.Fuzz(func(t *testing.T, body []byte, id string) {
		now := time.Now()
		signature, _ := key.Sign(id, now, body)
		for _, signature := range []string{signature, "v1,AAAA"} {
			request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(string(body)))
			request.Header = http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {strconv.FormatInt(now.Unix(), 10)}, "Webhook-Signature": {signature}}
			s.send(t, request)
		}
	})
}
