package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

const (
	graphqlJSON = "application/graphql-response+json"
	plainJSON   = "application/json"
)

// overHTTP is one of the 61 audits of "GraphQL over HTTP", by the id that it has in npm
// graphql-http 1.23.1. It is a POST of JSON unless it says otherwise.
type overHTTP struct {
	id, asks string
	link     url.Values // sent by GET
	media    string     // of the body: plainJSON where empty; "-" for none
	accept   string
	body     string
	from, to int    // the least and the most status; 200 where 0
	answers  string // part of the answer's media type
	// Whether the answer must have errors, or must not; and that it has no data.
	errors, fine, noData bool
}

const typename, byName = `{"query":"{ __typename }"}`, `query Type($name: String!) { __type(name: $name) { name } }`

// audits lists them all.
func audits() []overHTTP {
	link := url.Values{"query": {"{ __typename }"}}
	typed := `{"query":"` + byName + `","variables":{"name":"sometype"}}`
	typedLink := url.Values{"query": {byName}, "variables": {`{"name":"sometype"}`}}
	const noDocument, noField, coerced = `{"query":"{"}`, `{"query":"{ 8f31403dfe404bccbb0e835f2629c6a7 }"}`, `{"query":"query CoerceFailure($id: ID!){ __typename }","variables":{"id":null}}`
	list := []overHTTP{
		{id: "22EB", asks: "SHOULD accept application/graphql-response+json and match the content-type", accept: graphqlJSON, body: typename, answers: graphqlJSON},
		{id: "4655", asks: "MUST accept application/json and match the content-type", accept: plainJSON, body: typename, answers: plainJSON},
		{id: "47DE", asks: "SHOULD accept */* and use application/json for the content-type", accept: "*/*", body: typename, answers: plainJSON},
		{id: "80D8", asks: "SHOULD assume application/json content-type when accept is missing", link: link, answers: plainJSON},
		{id: "82A3", asks: "MUST use utf-8 encoding when responding", body: typename},
		{id: "BF61", asks: "MUST accept utf-8 encoded request", media: plainJSON + "; charset=utf-8", body: typename},
		{id: "78D5", asks: "MUST assume utf-8 in request if encoding is unspecified", body: typename},
		{id: "2C94", asks: "MUST accept POST requests", body: typename},
		{id: "5A70", asks: "MAY accept application/x-www-form-urlencoded formatted GET requests", link: link},
		{id: "9C48", asks: "MAY NOT allow executing mutations on GET requests", link: url.Values{"query": {"mutation { __typename }"}}, accept: graphqlJSON, from: 400, to: 499},
		{id: "9ABE", asks: "SHOULD respond with 4xx status code if content-type is not supplied on POST requests", media: "-", body: typename, from: 400, to: 499},
		{id: "03D4", asks: "MUST accept application/json POST requests", body: typename},
		{id: "A5BF", asks: "MAY use 400 status code when request body is missing on POST", from: 400},
		{id: "423L", asks: "MAY use 400 status code on missing {query} parameter", accept: graphqlJSON, body: `{"notquery":"{ __typename }"}`, from: 400},
		{id: "34A2", asks: "SHOULD allow string {query} parameter when accepting application/graphql-response+json", accept: graphqlJSON, body: typename},
		{id: "13EE", asks: "MUST allow string {query} parameter when accepting application/json", accept: plainJSON, body: typename, fine: true},
		{id: "8161", asks: "SHOULD allow string {operationName} parameter when accepting application/graphql-response+json", accept: graphqlJSON, body: `{"operationName":"Query","query":"query Query { __typename }"}`},
		{id: "B8B3", asks: "MUST allow string {operationName} parameter when accepting application/json", accept: plainJSON, body: `{"operationName":"Query","query":"query Query { __typename }"}`, fine: true},
		{id: "2EA1", asks: "SHOULD allow map {variables} parameter when accepting application/graphql-response+json", accept: graphqlJSON, body: typed},
		{id: "28B9", asks: "MUST allow map {variables} parameter when accepting application/json", accept: plainJSON, body: typed, fine: true},
		{id: "D6D5", asks: "MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json", link: typedLink, accept: graphqlJSON},
		{id: "6A70", asks: "MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json", link: typedLink, accept: plainJSON, fine: true},
		{id: "428F", asks: "SHOULD allow map {extensions} parameter when accepting application/graphql-response+json", accept: graphqlJSON, body: `{"query":"{ __typename }","extensions":{"some":"value"}}`},
		{id: "1B7A", asks: "MUST allow map {extensions} parameter when accepting application/json", accept: plainJSON, body: `{"query":"{ __typename }","extensions":{"some":"value"}}`, fine: true},
		{id: "B6DC", asks: "MAY use 2xx, 4xx, or 5xx status codes on JSON parsing failure when accepting application/json", accept: plainJSON, body: `{ "not a JSON`, from: 200, to: 599},
		{id: "BCF8", asks: "SHOULD use 400 status code on JSON parsing failure when accepting application/json", accept: plainJSON, body: `{ "not a JSON`, from: 400},
		{id: "B7N8", asks: "SHOULD use 400 status code on JSON parsing failure when accepting application/graphql-response+json", accept: graphqlJSON, body: `{ "not a JSON`, from: 400},
		{id: "8764", asks: "MAY use 4xx or 5xx status codes if parameters are invalid", body: `{"qeury":"{ __typename }"}`, from: 400, to: 599},
		{id: "3E3A", asks: "MAY use 400 status code if parameters are invalid", body: `{"qeury":"{ __typename }"}`, from: 400},
		{id: "572B", asks: "SHOULD use 200 status code on document parsing failure when accepting application/json", accept: plainJSON, body: noDocument, errors: true, noData: true},
		{id: "FDE2", asks: "SHOULD use 200 status code on document validation failure when accepting application/json", accept: plainJSON, body: noField, errors: true, noData: true},
		{id: "7B9B", asks: "SHOULD use a status code of 200 on variable coercion failure when accepting application/json", accept: plainJSON, body: coerced, errors: true, noData: true},
		{id: "865D", asks: "SHOULD use 4xx or 5xx status codes on document parsing failure when accepting application/graphql-response+json", accept: graphqlJSON, body: noDocument, from: 400, to: 599},
		{id: "556A", asks: "SHOULD use 400 status code on document parsing failure when accepting application/graphql-response+json", accept: graphqlJSON, body: noDocument, from: 400},
		{id: "D586", asks: "SHOULD not contain the data entry on document parsing failure when accepting application/graphql-response+json", accept: graphqlJSON, body: noDocument, from: 400, noData: true},
		{id: "51FE", asks: "SHOULD use 4xx or 5xx status codes on document validation failure when accepting application/graphql-response+json", accept: graphqlJSON, body: noField, from: 400, to: 599},
		{id: "74FF", asks: "SHOULD use 400 status code on document validation failure when accepting application/graphql-response+json", accept: graphqlJSON, body: noField, from: 400},
		{id: "5E5B", asks: "SHOULD not contain the data entry on document validation failure when accepting application/graphql-response+json", accept: graphqlJSON, body: noField, from: 400, noData: true},
		{id: "86EE", asks: "SHOULD use a status code of 400 on variable coercion failure when accepting application/graphql-response+json", accept: graphqlJSON, body: coerced, from: 400, noData: true},
	}
	return append(list, parameterAudits()...)
}

// parameterAudits are those that ask the same of several parameters.
func parameterAudits() (list []overHTTP) {
	for _, of := range []struct {
		id, parameter string
		values        [4]string
	}{
		{"LKJ", "query", [4]string{`{"obj":"ect"}`, "0", "false", `["array"]`}},
		{"6C0", "operationName", [4]string{`{"obj":"ect"}`, "0", "false", `["array"]`}},
		{"476", "variables", [4]string{`"string"`, "0", "false", `["array"]`}},
		{"58B", "extensions", [4]string{`"string"`, "0", "false", `["array"]`}},
	} {
		for i, value := range of.values {
			body := fmt.Sprintf(`{"query":"{ __typename }",%q:%s}`, of.parameter, value)
			if of.parameter == "query" {
				body = `{"query":` + value + `}`
			}
			list = append(list, overHTTP{id: fmt.Sprint(of.id, i), asks: fmt.Sprintf("MAY use 400 status code on {%s} %s", of.parameter, value), body: body, from: 400})
		}
	}
	for i, parameter := range []string{"variables", "operationName", "extensions"} {
		body := fmt.Sprintf(`{"query":"{ __typename }",%q:null}`, parameter)
		list = append(list,
			overHTTP{id: fmt.Sprint("94B", i), asks: "SHOULD allow null {" + parameter + "} when accepting application/graphql-response+json", accept: graphqlJSON, body: body, fine: true},
			overHTTP{id: fmt.Sprint("022", i), asks: "MUST allow null {" + parameter + "} when accepting application/json", accept: plainJSON, body: body, fine: true})
	}
	return list
}

// TestOverHTTP proves that the server speaks GraphQL over HTTP to the letter.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t, app.WithCostRate(5000)) // of which those spend that are refused
	token := api.Token(t, auth.Grant{})
	list, ids := audits(), map[string]bool{}
	for _, a := range list {
		ids[a.id] = true
		t.Run(a.id, func(t *testing.T) {
			t.Parallel()
			a.check(t, exchange(t, api.URL+"/graphql", token, a))
		})
	}
	if len(list) != 61 || len(ids) != 61 {
		t.Errorf("there are %d audits with %d ids, want 61", len(list), len(ids))
	}
}

// exchange sends what an audit sends.
func exchange(t *testing.T, address, token string, a overHTTP) answer {
	t.Helper()
	method, header := http.MethodPost, http.Header{}
	switch {
	case a.link != nil:
		method, address = http.MethodGet, address+"?"+a.link.Encode()
	case a.media == "":
		header.Set("Content-Type", plainJSON)
	case a.media != "-":
		header.Set("Content-Type", a.media)
	}
	if a.accept != "" {
		header.Set("Accept", a.accept)
	}
	return callWith(t, method, address, token, header, a.body)
}

func (a overHTTP) check(t *testing.T, got answer) {
	t.Helper()
	from := max(a.from, http.StatusOK)
	if to := max(a.to, from); got.status < from || got.status > to {
		t.Errorf("%s: status %d, want %d to %d: %s", a.asks, got.status, from, to, got.body)
	}
	if media := got.header.Get("Content-Type"); !strings.Contains(media, a.answers) || !strings.HasSuffix(media, "; charset=utf-8") {
		t.Errorf("%s: the content type is %q", a.asks, media)
	}
	var body map[string]json.RawMessage
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || !utf8.ValidString(got.body) {
		t.Errorf("%s: no JSON in UTF-8: %v: %s", a.asks, err, got.body)
	}
	_, data := body["data"]
	_, errors := body["errors"]
	if a.noData && data || a.errors && !errors || a.fine && errors {
		t.Errorf("%s: answered %s", a.asks, got.body)
	}
}

// TestAccept proves that callers get the media type that they like best.
func TestAccept(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	token := api.Token(t, auth.Grant{})
	for accept, want := range map[string]string{
		graphqlJSON + ", " + plainJSON:              graphqlJSON,
		plainJSON + ", " + graphqlJSON:              plainJSON,
		plainJSON + ";q=0.5, " + graphqlJSON:        graphqlJSON,
		graphqlJSON + ";q=0.1, */*":                 plainJSON,
		graphqlJSON + ";q=0":                        plainJSON,
		graphqlJSON + ";q=x":                        plainJSON,
		"text/html,application/xhtml+xml,*/*;q=0.8": plainJSON,
		"text/html":                                         plainJSON,
		";;, " + graphqlJSON + "; charset=utf-8":            graphqlJSON,
		"application/*;q=0.3, " + graphqlJSON + "; q=0.300": plainJSON,
	} {
		if got := exchange(t, api.URL+"/graphql", token, overHTTP{accept: accept, body: typename}); got.header.Get("Content-Type") != want+"; charset=utf-8" || got.status != http.StatusOK {
			t.Errorf("%s is answered with status %d in %s", accept, got.status, got.header.Get("Content-Type"))
		}
	}
	failing := exchange(t, api.URL+"/graphql", token, overHTTP{accept: graphqlJSON, body: `{"query":"{ viewer { id } payment(by: { id: \"py_x\" }) { id } }"}`})
	if failing.status != http.StatusOK || !strings.Contains(failing.body, `"data":`) {
		t.Errorf("what was executed has status %d: %s", failing.status, failing.body)
	}
}
