package app_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// trustDocuments has documents trusted, and returns their ids.
func trustDocuments(t *testing.T, admin *apptest.Client, documents ...string) (ids []string) {
	t.Helper()
	got := apptest.Do[struct {
		TrustDocuments struct {
			Documents []struct{ ID, DocumentID string }
			Errors    []apptest.Refusal
		}
	}](t, admin, `mutation($input: TrustDocumentsInput!) { trustDocuments(input: $input) { documents { id documentId } errors { code path message } } }`,
		apptest.Vars{"input": apptest.Vars{"documents": documents}}).TrustDocuments
	if len(got.Documents) != len(documents) {
		t.Fatalf("trust %q: %+v", documents, got)
	}
	for i, d := range got.Documents {
		if d.DocumentID != documentID(documents[i]) {
			t.Errorf("%q is named %s", documents[i], d.DocumentID)
		}
		ids = append(ids, d.ID)
	}
	return ids
}

// documentID is what GraphQL over HTTP names a document by.
func documentID(document string) string {
	hash := sha256.Sum256([]byte(document))
	return "sha256:" + hex.EncodeToString(hash[:])
}

// heldKey is a key that runs trusted documents only.
func heldKey(t *testing.T, admin *apptest.Client) partnerKey {
	t.Helper()
	return makeKey(t, admin, apptest.Vars{"name": "Shop", "scopes": []string{"PAYMENTS_READ", "PAYMENTS_WRITE"}, "trustedDocumentsOnly": true})
}

const (
	whoAmI   = `query Who { viewer { role } }`
	listSome = `query Some($n: Boolean! = false) { company { name id @include(if: $n) } }`
	anIntent = `mutation Pay($input: CreatePaymentInput!) { createPayment(input: $input) { payment { status } errors { code } } }`
)

// named is a request that names its document.
func named(document string, variables string) string {
	return fmt.Sprintf(`{"documentId":%q,"variables":%s}`, documentID(document), variables)
}

// TestTrustedDocuments proves that a key which is held to trusted documents runs those and
// nothing else, by their id or as text, and that the refusal of all others is told.
func TestTrustedDocuments(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	admin := api.Admin(t)
	trustDocuments(t, admin, whoAmI, listSome, anIntent)
	key := heldKey(t, admin)
	shop := api.Client(key.secret)
	payment := `{"input":{"idempotencyKey":"k","amount":{"minorUnits":100,"currency":"EUR"}}}`
	persisted := func(hash string) string {
		return fmt.Sprintf(`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":%q}}}`, hash)
	}
	for name, c := range map[string]struct{ body, want string }{
		"by id":                   {named(whoAmI, "null"), `{"data":{"viewer":{"role":"PARTNER"}}}`},
		"by id without its mark":  {strings.Replace(named(whoAmI, "null"), "sha256:", "", 1), `{"data":{"viewer":{"role":"PARTNER"}}}`},
		"by id as Apollo has it":  {persisted(strings.TrimPrefix(documentID(whoAmI), "sha256:")), `{"data":{"viewer":{"role":"PARTNER"}}}`},
		"as text":                 {fmt.Sprintf(`{"query":%q}`, whoAmI), `{"data":{"viewer":{"role":"PARTNER"}}}`},
		"with variables":          {named(listSome, `{"n":false}`), `{"data":{"company":{"name":"acme"}}}`},
		"a mutation":              {named(anIntent, payment), `{"data":{"createPayment":{"payment":{"status":"CREATED"},"errors":[]}}}`},
		"with its operation":      {strings.Replace(named(whoAmI, "null"), `{`, `{"operationName":"Who",`, 1), `{"data":{"viewer":{"role":"PARTNER"}}}`},
		"not trusted":             {fmt.Sprintf(`{"query":%q}`, "{ viewer { role } }"), "DOCUMENT_NOT_TRUSTED"},
		"with a space more":       {fmt.Sprintf(`{"query":%q}`, whoAmI+" "), "DOCUMENT_NOT_TRUSTED"},
		"the schema":              {`{"query":"{ __schema { types { name } } }"}`, "DOCUMENT_NOT_TRUSTED"},
		"no GraphQL":              {`{"query":"no GraphQL }}}"}`, "DOCUMENT_NOT_TRUSTED"},
		"nothing":                 {`{"query":""}`, "DOCUMENT_NOT_TRUSTED"},
		"too long to be any":      {fmt.Sprintf(`{"query":%q}`, whoAmI+strings.Repeat(" ", 40_000)), "DOCUMENT_NOT_TRUSTED"},
		"an unknown id":           {named("{ company { id } }", "null"), "DOCUMENT_NOT_TRUSTED"},
		"an unknown id of Apollo": {persisted(strings.Repeat("0", 64)), "DOCUMENT_NOT_TRUSTED"},
		"an id of another form":   {`{"documentId":"md5:d41d8cd98f00b204e9800998ecf8427e"}`, "DOCUMENT_NOT_TRUSTED"},
		"an id in upper case":     {fmt.Sprintf(`{"documentId":%q}`, strings.ToUpper(documentID(whoAmI))), "DOCUMENT_NOT_TRUSTED"},
		"a known id and a text":   {fmt.Sprintf(`{"documentId":%q,"query":"{ company { id } }"}`, documentID(whoAmI)), "GRAPHQL_PARSE_FAILED"},
		"another's hash": {fmt.Sprintf(`{"query":"{ company { id } }","extensions":{"persistedQuery":{"version":1,"sha256Hash":%q}}}`, strings.TrimPrefix(documentID(whoAmI), "sha256:")),
			"DOCUMENT_NOT_TRUSTED"},
		"an extension for an id":   {fmt.Sprintf(`{"query":"{ company { id } }","extensions":{"documentId":%q}}`, documentID(whoAmI)), "DOCUMENT_NOT_TRUSTED"},
		"an empty id":              {`{"documentId":""}`, "GRAPHQL_PARSE_FAILED"},
		"no id at all":             {`{"variables":{}}`, "GRAPHQL_PARSE_FAILED"},
		"one operation of another": {strings.Replace(named(whoAmI, "null"), `{`, `{"operationName":"Some",`, 1), "GRAPHQL_VALIDATION_FAILED"},
	} {
		got := shop.SendBody(t.Context(), t, []byte(c.body))
		if strings.HasPrefix(c.want, "{") {
			if strings.TrimSpace(got.Body) != c.want {
				t.Errorf("%s: %s", name, got.Body)
			}
			continue
		}
		if len(got.Errors) != 1 || got.Errors[0].Extensions.Code != c.want || got.Errors[0].Extensions.RequestID == "" || len(got.Data) > 0 {
			t.Errorf("%s: %s, want %s", name, got.Body, c.want)
		}
	}
	refused := auditOf(t, admin, apptest.Vars{"actions": []string{"FORBIDDEN"}, "actors": []string{key.id}})
	if len(refused) == 0 || fmt.Sprint(refused[0].After) != "map[reason:the document is not trusted]" {
		t.Errorf("the audit log tells %+v", refused)
	}
}

// TestDocumentIDs proves that callers who are held to nothing may name what is trusted, that
// links can, and what others are told.
func TestDocumentIDs(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	admin := api.Admin(t)
	trustDocuments(t, admin, whoAmI, anIntent)
	other := api.NewCompany(t, "other")
	live := api.Client(api.Token(t, auth.Grant{Environment: pay.Live}))
	foreign := api.Client(api.Token(t, auth.Grant{CompanyID: other.ID}))
	operator := api.Client(api.Token(t, auth.Grant{Role: pay.RoleOperator}))
	if got := admin.SendBody(t.Context(), t, []byte(named(whoAmI, "null"))); strings.TrimSpace(got.Body) != `{"data":{"viewer":{"role":"ADMIN"}}}` {
		t.Errorf("by id: %s", got.Body)
	}
	absent := bodyOf(admin.SendBody(t.Context(), t, []byte(named("{ nobody }", "null"))))
	if !strings.Contains(absent, "DOCUMENT_NOT_FOUND") {
		t.Errorf("an unknown id: %s", absent)
	}
	for name, c := range map[string]*apptest.Client{"the other environment": live, "another company": foreign, "an operator": operator} {
		if got := bodyOf(c.SendBody(t.Context(), t, []byte(named(whoAmI, "null")))); got != absent {
			t.Errorf("%s: %s, not %s", name, got, absent)
		}
	}
	if got := admin.SendBody(t.Context(), t, []byte(`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"`+strings.TrimPrefix(documentID(whoAmI), "sha256:")+`"}}}`)); len(got.Errors) != 1 ||
		got.Errors[0].Message != "PersistedQueryNotSupported" || got.Errors[0].Extensions.Code != "PERSISTED_QUERY_NOT_SUPPORTED" {
		t.Errorf("automatic persisted queries: %s", got.Body)
	}
	if got := admin.SendBody(t.Context(), t, []byte(`{"query":"{ viewer { role } }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"`+strings.Repeat("0", 64)+`"}}}`)); len(got.Errors) > 0 {
		t.Errorf("a text that is to be persisted: %s", got.Body)
	}
	token := api.Token(t, auth.Grant{})
	link := func(document, more string) answer {
		return call(t, "GET", api.URL+"/graphql?documentId="+url.QueryEscape(documentID(document))+more, token, "", "")
	}
	if got := link(whoAmI, ""); got.status != http.StatusOK || !strings.Contains(got.body, `"ADMIN"`) {
		t.Errorf("a link: %d %s", got.status, got.body)
	}
	if got := link(anIntent, "&variables="+url.QueryEscape(`{"input":{"idempotencyKey":"k","amount":{"minorUnits":100,"currency":"EUR"}}}`)); got.status != http.StatusMethodNotAllowed {
		t.Errorf("a link to a mutation: %d %s", got.status, got.body)
	}
	strict := http.Header{"Accept": {"application/graphql-response+json"}, "Content-Type": {"application/json"}}
	if got := callWith(t, "POST", api.URL+"/graphql", token, strict, named("{ nobody }", "null")); got.status != http.StatusBadRequest {
		t.Errorf("an unknown id, strictly: %d %s", got.status, got.body)
	}
}

// TestTrustChanges proves that what is trusted, and who is held to it, counts from the next
// request on: for keys that are in use, and for documents that were run before.
func TestTrustChanges(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	admin := api.Admin(t)
	key := makeKey(t, admin, apptest.Vars{"name": "Shop", "scopes": []string{"PAYMENTS_READ"}})
	shop := api.Client(key.secret)
	runs := func(document string) bool {
		got := shop.Send(t, document, nil)
		if len(got.Errors) > 0 && got.Errors[0].Extensions.Code != "DOCUMENT_NOT_TRUSTED" {
			t.Fatalf("%s: %s", document, got.Body)
		}
		return len(got.Errors) == 0
	}
	hold := func(only bool) {
		assertRefused(t, "updateApiKey", refusalsOf(t, admin, "updateApiKey", apptest.Vars{"id": key.id, "trustedDocumentsOnly": only}))
	}
	if !runs(whoAmI) {
		t.Error("a key that is held to nothing is refused")
	}
	hold(true)
	if runs(whoAmI) {
		t.Error("a held key runs what nobody trusts")
	}
	ids := trustDocuments(t, admin, whoAmI, listSome)
	if !runs(whoAmI) || !runs(listSome) {
		t.Error("a held key does not run what is trusted")
	}
	assertRefused(t, "distrustDocuments", refusalsOf(t, admin, "distrustDocuments", apptest.Vars{"ids": ids[:1]}))
	if runs(whoAmI) || !runs(listSome) {
		t.Error("what is trusted no longer runs, or the rest does not")
	}
	got := admin.Send(t, `mutation($input: TrustDocumentsInput!) { trustDocuments(input: $input) { createdCount removedCount } }`,
		apptest.Vars{"input": apptest.Vars{"documents": []string{whoAmI, whoAmI}, "replacesOthers": true}})
	if !strings.Contains(got.Body, `{"createdCount":1,"removedCount":1}`) || !runs(whoAmI) || runs(listSome) {
		t.Errorf("replaced: %s", got.Body)
	}
	untouched(t, api, func() { trustDocuments(t, admin, whoAmI) })
	hold(false)
	if !runs(listSome) {
		t.Error("a key that was let go of is refused")
	}
	refusalsOf(t, admin, "revokeApiKey", apptest.Vars{"id": key.id})
	assertUnauthenticated(t, shop.SendBody(t.Context(), t, []byte(named(whoAmI, "null"))))
	history := auditOf(t, admin, apptest.Vars{"subjects": []string{"TRUSTED_DOCUMENT"}})
	if len(history) != 5 || strings.Contains(fmt.Sprint(history), "viewer") {
		t.Errorf("the audit log tells %+v", history)
	}
}

// TestBadDocuments proves that only what could be executed is trusted, and that nothing is
// when one of several is not.
func TestBadDocuments(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	trusted := trustDocuments(t, api.Admin(t), whoAmI)[0]
	list := func(documents ...string) apptest.Vars {
		return apptest.Vars{"documents": append([]string{}, documents...)}
	}
	refuseEach(t, api, api.Admin(t), "trustDocuments", []badInput{
		{"none", list(), []string{"REQUIRED input.documents"}},
		{"empty", list(""), []string{"INVALID_INPUT input.documents.0"}},
		{"no GraphQL", list(whoAmI, "{ viewer"), []string{"INVALID_INPUT input.documents.1"}},
		{"of another schema", list(whoAmI, "{ users { id } }", listSome), []string{"INVALID_INPUT input.documents.1"}},
		{"beyond a limit", list("{ " + strings.Repeat("a ", 2000) + "}"), []string{"INVALID_INPUT input.documents.0"}},
		{"a fragment alone", list("fragment f on Query { __typename }"), []string{"INVALID_INPUT input.documents.0"}},
		{"too many", list(make([]string, pay.MaxTrustedDocuments+1)...), []string{"TOO_MANY_ITEMS input.documents"}},
	})
	refuseEach(t, api, api.Admin(t), "distrustDocuments", []badInput{
		{"none", apptest.Vars{"ids": []string{}}, []string{"REQUIRED input.ids"}},
		{"absent", apptest.Vars{"ids": []string{trusted, absent(pay.KindTrustedDocument)}}, []string{"NOT_FOUND input.ids.1"}},
		{"too many", apptest.Vars{"ids": make([]string, 101)}, []string{"TOO_MANY_ITEMS input.ids"}},
	})
	refuseEach(t, api, api.Admin(t), "updateApiKey", []badInput{
		{"absent", apptest.Vars{"id": absent(pay.KindAPIKey), "trustedDocumentsOnly": true}, []string{"NOT_FOUND input.id"}},
	})
}

// TestDocumentsWhileChanging proves that a key which is held while its requests run has each
// answered or refused, as a whole.
func TestDocumentsWhileChanging(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t, app.WithCostRate(0))
	admin := api.Admin(t)
	key := makeKey(t, admin, apptest.Vars{"name": "Shop", "scopes": []string{"PAYMENTS_READ"}})
	shop, done := api.Client(key.secret), make(chan string, 8)
	for range cap(done) {
		go func() {
			for {
				got := shop.Send(t, whoAmI, nil)
				switch {
				case len(got.Errors) == 1 && got.Errors[0].Extensions.Code == "DOCUMENT_NOT_TRUSTED" && len(got.Data) == 0:
					done <- ""
					return
				case strings.TrimSpace(got.Body) != `{"data":{"viewer":{"role":"PARTNER"}}}`:
					done <- got.Body
					return
				}
			}
		}()
	}
	refusalsOf(t, admin, "updateApiKey", apptest.Vars{"id": key.id, "trustedDocumentsOnly": true})
	for range cap(done) {
		if fault := <-done; fault != "" {
			t.Errorf("while it changes: %s", fault)
		}
	}
}
