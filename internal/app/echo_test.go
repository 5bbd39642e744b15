package app_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/auth/authtest"
)

// secretMark is in everything that the requests of this test send: as it is where a
// value stands, with letters before it where a name does.
const secretMark = "4242424242424242"

// markedDocuments have the mark wherever a document can have something of the
// caller's. NAME is the mark as a name.
func markedDocuments() []string {
	list := []string{
		// no GraphQL
		`{ NAME`, `NAME { id }`, `{ a(x: "4242424242424242` + "\n", `{ a(x: "4242424242424242`, `{ a(x: """4242424242424242`, `{ a(x: "\q4242424242424242") }`, `{ a(x: "\u424x4242424242424242") }`,
		`{ a(x: 04242424242424242) }`, `{ a(x: 4242424242424242x) }`, `{ a(x: 1.4242424242424242.) }`, `{ a(x: 1e4242424242424242x) }`, `{ 4242424242424242 }`, `"4242424242424242" { a }`,
		`{ a } "4242424242424242"`, `{ a } # 4242424242424242` + "\n}", `query($NAME Int) { a }`, `query($v: Int = $NAME) { a }`, `fragment NAME in Query { a }`, `fragment on on NAME { a }`,
		`{ a(NAME) }`, `{ a(x: {NAME}) }`, `{ a @ NAME @ }`, "{ a? 4242424242424242 }", `{ a(x: "" "4242424242424242") }`, `{ ... on 4242424242424242 { a } }`, `mutation NAME`, `{ a(x: ]4242424242424242) }`,
		// unknown or misplaced names
		`{ NAME }`, `{ viewer { NAME } }`, `{ NAME: nothing }`, `{ viewer(NAME: 1) { id } }`, `{ viewer { id { NAME } } }`, `{ NAME: viewer }`, `{ ... on NAME { id } }`, `{ ...NAME }`,
		`{ viewer { id } } fragment NAME on Query { viewer { id } }`, `{ viewer { id } } fragment f on NAME { id }`, `{ ...NAME } fragment NAME on Payment { id }`, `{ ...NAME } fragment NAME on Query { ...NAME }`,
		`{ ...NAME } fragment NAME on String { id }`, `{ ...NAME ...NAME } fragment NAME on Query { viewer { id } } fragment NAME on Query { viewer { id } }`,
		`query NAME { viewer { id } } query NAME { viewer { id } }`, `query NAME { viewer { id } } { viewer { id } }`, `query NAME { payments(first: $NAME) { totalCount } }`, `query NAME($NAME: Int) { viewer { id } }`,
		`query($NAME: Int, $NAME: Int) { payments(first: $NAME) { totalCount } }`, `query($v: NAME) { payments(first: $v) { totalCount } }`, `query($NAME: Payment) { payments(first: $NAME) { totalCount } }`,
		`query($NAME: String) { payments(first: $NAME) { totalCount } }`, `query($NAME: ID) { payment(by: { id: $NAME }) { id } }`, `{ viewer @NAME { id } }`, `{ viewer @skip(NAME: true) { id } }`,
		`{ viewer @skip(if: false) @skip(if: false, NAME: 1) { id } }`, `{ NAME: viewer { id } NAME: payments { totalCount } }`, `{ a: payment(by: { id: "4242424242424242" }) { id } a: payment(by: { id: "x" }) { id } }`,
		`subscription NAME { NAME }`, `{ node(id: "x") { ... on Payment { NAME: id } ... on Order { NAME: createdAt } } }`,
		`{ payments(filter: { NAME: 1 }) { totalCount } }`, `{ payments(filter: { search: "x", search: "4242424242424242", NAME: 1, NAME: 2 }) { totalCount } }`, `{ payments(first: 1, first: 4242424242424242) { totalCount } }`,
		`{ payment(by: { id: "4242424242424242", humanId: "4242424242424242" }) { id } }`,
	}
	for _, value := range []string{`"4242424242424242"`, `4242424242424242`, `4242424242424242.5`, `NAME`, `{NAME: 4242424242424242}`, `["4242424242424242"]`, `"""4242424242424242"""`, `[[4242424242424242]]`, `$NAME`} {
		for _, place := range []string{`payments(first: %s)`, `payments(after: %s)`, `payments(filter: %s)`, `payments(filter: { status: { in: [%s] } })`, `payments(filter: { ids: %s })`, `payments(filter: { isActive: %s })`,
			`payments(filter: { search: %s })`, `payments(orderBy: %s)`, `payments(filter: { currency: [%s] })`, `payments(filter: { createdAt: { gte: %s } })`, `payments(offset: %s)`} {
			list = append(list, "{ "+fmt.Sprintf(place, value)+" { totalCount } }")
		}
		list = append(list, fmt.Sprintf("query($v: Int = %s) { payments(first: $v) { totalCount } }", value), fmt.Sprintf("{ viewer @skip(if: %s) { id } }", value),
			fmt.Sprintf("{ payment(by: %s) { id } }", value), fmt.Sprintf("{ previewPayment(input: { orders: [{ orderId: %[1]s, amount: { minorUnits: %[1]s } }] }) { errors { code } } }", value))
	}
	return list
}

// markedVariables have the mark in variables, for documents that read them.
func markedVariables() map[string][]string {
	values := []string{`"4242424242424242"`, `4242424242424242`, `-4242424242424242.5`, `42424242424242424242424242424242`, `{"4242424242424242":4242424242424242}`, `["4242424242424242"]`, `[[{"4242424242424242":1}]]`}
	byType := map[string][]string{}
	for document, wrap := range map[string]string{
		`query($v: Int) { payments(first: $v) { totalCount } }`:                                           "%s",
		`query($v: Boolean!) { viewer @skip(if: $v) { id } }`:                                             "%s",
		`query($v: PaymentFilter) { payments(filter: $v) { totalCount } }`:                                "%s",
		`query($v: PaymentFilter) { payments(filter:  $v) { totalCount } }`:                               `{"status":{"in":[%s]}}`,
		`query($v: PaymentFilter) { payments(filter:   $v) { totalCount } }`:                              `{"createdAt":{"gte":%s}}`,
		`query($v: PaymentLookup!) { payment(by: $v) { id } }`:                                            "%s",
		`query($v: PaymentLookup!) { payment(by:  $v) { id } }`:                                           `{"id":%s,"4242424242424242":1}`,
		`query($v: PreviewPaymentInput!) { previewPayment(input: $v) { errors { code } } }`:               `{"orders":[{"orderId":"ord_","amount":{"minorUnits":%s}}]}`,
		`query($v: String) { payments(after: $v) { totalCount } }`:                                        "%s",
		`mutation($v: PayOrdersInput!) { payOrders(input: $v) { errors { code message path } } }`:         `{"idempotencyKey":"k","orders":[],"module":%s}`,
		`mutation($v: CreateCustomerInput!) { createCustomer(input: $v) { errors { code message path }}}`: `{"customer":{"email":%s}}`,
		`mutation($v: CreateOrderInput!) { createOrder(input: $v) { errors { code message path } } }`:     `{"order":{"customerId":"cus_x","currency":%s}}`,
	} {
		for _, value := range values {
			byType[document] = append(byType[document], fmt.Sprintf(wrap, value))
		}
	}
	return byType
}

// TestNothingIsEchoed proves that whatever a request holds that is refused, wherever it
// stands, neither the answer nor the log repeats it.
func TestNothingIsEchoed(t *testing.T) {
	t.Parallel()
	var log logBook
	api := apptest.Start(t, app.WithLog(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	token, graphql := api.Token(t, auth.Grant{}), api.URL+"/graphql"
	send := func(header http.Header, body string) {
		t.Helper()
		header.Set("Content-Type", plainJSON)
		assertNoEcho(t, body, callWith(t, "POST", graphql, token, header, body))
	}
	for _, text := range markedDocuments() {
		text = strings.ReplaceAll(text, "NAME", "n"+secretMark)
		send(http.Header{}, document(text))
		send(http.Header{"Accept": {graphqlJSON}}, document(text))
		assertNoEcho(t, text, call(t, "GET", graphql+"?query="+url.QueryEscape(text), token, "", ""))
	}
	for document, variables := range markedVariables() {
		for _, v := range variables {
			send(http.Header{}, fmt.Sprintf(`{"query":%q,"variables":{"v":%s}}`, document, v))
			send(http.Header{}, fmt.Sprintf(`{"query":%q,"variables":{%q:%s}}`, document, secretMark, v))
		}
	}
	const viewer = `{ viewer { nothing } }`
	for _, body := range []string{`{"query":"` + viewer + `","operationName":"` + secretMark + `"}`, `{"query":"` + viewer + `","extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + secretMark + `"}}}`,
		`{"query":"` + viewer + `","` + secretMark + `":` + secretMark + `}`, `{"query":` + secretMark + `}`, secretMark, `"` + secretMark + `"`, `{"query":"` + viewer + `"} ` + secretMark, `{"variables":"` + secretMark + `"}`} {
		send(http.Header{}, body)
	}
	keyed := document(`mutation { payOrders(input: { idempotencyKey: "` + secretMark + `" orders: [] }) { errors { code } } }`)
	for name, value := range map[string]string{"Idempotency-Key": secretMark + " ", "Accept": secretMark + "/" + secretMark, "X-Request-Id": secretMark, "Origin": "https://" + secretMark + ".example", "Cookie": "a=" + secretMark,
		"Content-Encoding": secretMark, "Upgrade": "x" + secretMark} {
		send(http.Header{name: {value}}, keyed)
		send(http.Header{name: {value}}, document(viewer))
	}
	for _, media := range []string{secretMark, "text/" + secretMark, plainJSON + "; charset=" + secretMark, plainJSON + "; " + secretMark} {
		assertNoEcho(t, media, call(t, "POST", graphql, token, media, document(viewer)))
	}
	for _, link := range []string{"/" + secretMark, "/graphql/" + secretMark, "/graphql?" + secretMark, "/graphql?query={viewer{id}}&variables=" + secretMark, "/graphql?query={viewer{id}}&extensions=" + secretMark,
		"/graphql?query={viewer{id}}&operationName=" + secretMark, "/graphql?query=" + secretMark, "/graphql?query={viewer{id}}&" + secretMark + "=%zz", "/webhooks/" + secretMark + "/" + secretMark, "/?token=" + secretMark} {
		for _, method := range []string{"GET", "POST", "PUT"} {
			assertNoEcho(t, method+" "+link, call(t, method, api.URL+link, token, "", secretMark))
		}
	}
	assertUnauthenticated(t, api.Client(secretMark).Send(t, viewerDocument, nil))
	for _, claims := range []string{`{"` + secretMark + `":1,"` + secretMark + `":2}`, `{"exp":"` + secretMark + `"}`, `{"exp":` + secretMark + `e999}`} {
		forged := authtest.HS256(authtest.Header.String(), claims, []byte("an entirely different key of the right size"))
		assertUnauthenticated(t, api.Client(strings.TrimPrefix(forged, "Bearer ")).Send(t, viewerDocument, nil))
	}
	if text := log.String(); strings.Contains(text, secretMark) || !strings.Contains(text, "credential refused") {
		t.Errorf("log: %s", text)
	}
}

// assertNoEcho fails the test when a refusal has the mark, or has no errors.
func assertNoEcho(t *testing.T, sent string, got answer) {
	t.Helper()
	if strings.Contains(got.body, secretMark) || strings.Contains(fmt.Sprint(got.header), secretMark) {
		if !strings.Contains(got.body, `"path":["variable","n`+secretMark) || strings.Count(got.body, secretMark) > 1 {
			t.Errorf("%.200s\nis answered with %v %s", sent, got.header, got.body)
		}
	}
	if got.status >= http.StatusInternalServerError {
		t.Errorf("%.200s\nhas status %d: %s", sent, got.status, got.body)
	}
}
