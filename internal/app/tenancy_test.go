package app_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

var requestID = regexp.MustCompile(`"requestId":"[^"]*"`)

// bodyOf is an answer without what differs in every answer.
func bodyOf(r apptest.Response) string {
	return fmt.Sprint(r.Status, " ", requestID.ReplaceAllString(r.Body, `"requestId":""`))
}

// TestTenancy proves that another company, and the same company's other
// environment, might as well not exist: wherever the API takes the name of an
// object, theirs is answered word for word like one that names nothing, and
// changes nothing.
func TestTenancy(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t, withSandboxEverywhere())
	other := api.NewCompany(t, "rival")
	own := newWorld(t, api, api.Company, pay.Sandbox, "zqown")
	for name, foreign := range map[string]world{
		"ErrNotFound of another company":     newWorld(t, api, other, pay.Sandbox, "zqrival"),
		"ErrNotFound of another environment": newWorld(t, api, api.Company, pay.Live, "zqlive"),
	} {
		t.Run(name, func(t *testing.T) {
			delete(foreign.ids, pay.KindCompany) // of the environments one
			if name == "ErrNotFound of another company" {
				foreign.ids[pay.KindCompany] = other.GlobalID()
			}
			untouched(t, api, func() { assertNothing(t, own.client, own, foreign) })
		})
	}
	t.Run("OK own", func(t *testing.T) { assertSomething(t, own) })
	t.Run("OK same names elsewhere", func(t *testing.T) {
		twin := newWorld(t, api, other, pay.Live, "zqown")
		for kind, id := range twin.ids {
			if id == own.ids[kind] {
				t.Errorf("%s is another tenant's too", id)
			}
		}
	})
	t.Run("ErrValidation cursor of another company", func(t *testing.T) {
		const document = `query($after: String) { orders(first: 1, after: $after) { totalCount pageInfo { endCursor } } }`
		theirs := api.Client(api.Token(t, auth.Grant{CompanyID: other.ID}))
		cursor := apptest.Do[struct {
			Orders struct{ PageInfo struct{ EndCursor string } }
		}](t, theirs, document, nil).Orders.PageInfo.EndCursor
		if cursor == "" {
			t.Fatal("the other company has no order")
		}
		got, want := own.client.Send(t, document, apptest.Vars{"after": cursor}), own.client.Send(t, document, apptest.Vars{"after": "nonsense"})
		if bodyOf(got) != bodyOf(want) || len(got.Errors) != 1 || got.Errors[0].Extensions.Code != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("got %s, want %s", got.Body, want.Body)
		}
	})
}

// TestCustomerTenancy proves the same of two customers of one company, for what
// belongs to a customer.
func TestCustomerTenancy(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	own, foreign := newWorld(t, api, api.Company, pay.Sandbox, "zqown"), newWorld(t, api, api.Company, pay.Sandbox, "zqother")
	_, id, _ := pay.SplitID(own.ids[pay.KindCustomer])
	customer := api.Client(api.Token(t, auth.Grant{Role: pay.RoleCustomer, CustomerID: &id}))
	for _, shared := range []pay.Kind{pay.KindCompany, pay.KindBusiness, pay.KindGateway, pay.KindProduct, pay.KindAPIKey} {
		delete(foreign.ids, shared)
	}
	untouched(t, api, func() { assertNothing(t, customer, own, foreign) })
}

// assertNothing probes every place of the API with the names of foreign objects
// and with names of nothing, in both spellings of ids. Kinds that the foreign
// world has no id of are left out.
func assertNothing(t *testing.T, c *apptest.Client, own, foreign world) {
	t.Helper()
	sent := 0
	for _, p := range probes(t) {
		if kind := kindsByName[p.field.Name]; p.text != "" && (kind == pay.KindGateway || kind == pay.KindProduct) && foreign.ids[kind] == "" {
			continue // not foreign to a customer of the company
		}
		document := documentOf(t, p.field.Name, shallow(p.field))
		theirs, none := foreign.texts[p.text], "zqabsent"
		if p.text == "email" {
			none += "@example.com"
		}
		if p.text == "" {
			if theirs, none = foreign.ids[p.kind], absent(p.kind); theirs == "" {
				continue
			}
		}
		sent++
		got, want := c.Send(t, document, p.variables(own, theirs)), bodyOf(c.Send(t, document, p.variables(own, none)))
		if bodyOf(got) != want {
			t.Errorf("%s\n\tof another: %s\n\tof nobody:  %s", p, bodyOf(got), want)
		}
		p.assertNotFound(t, got)
		if p.text == "" {
			_, raw, _ := pay.SplitID(theirs)
			if got := bodyOf(c.Send(t, document, p.variables(own, raw.String()))); got != want {
				t.Errorf("%s as UUID\n\tof another: %s\n\tof nobody:  %s", p, got, want)
			}
		}
	}
	if sent < 90 {
		t.Errorf("only %d places were probed", sent)
	}
}

// assertNotFound fails the test unless the value was what decided the answer:
// nothing was read, or the refusal names the value.
func (p probe) assertNotFound(t *testing.T, got apptest.Response) {
	t.Helper()
	if len(got.Errors) == 1 && got.Errors[0].Extensions.Code == "FORBIDDEN" || p.asksNothing() {
		return
	}
	path := strings.Join(p.path, ".")
	for _, list := range []string{"orders", "rules", "lines", "modifiers", "invoices"} {
		path = strings.ReplaceAll(path, list+".", list+".0.")
	}
	if strings.HasSuffix(path, "gatewayIds") || strings.HasSuffix(path, ".ids") && !p.reads() {
		path += ".0"
	}
	refused := fmt.Sprintf(`"code":"NOT_FOUND","path":["%s"]`, strings.ReplaceAll(path, ".", `","`))
	for _, nothing := range []string{`{"data":{"` + p.field.Name + `":null}`, `{"data":{"nodes":[null]}`, `{"data":{"` + p.field.Name + `":[]}`, `"totalCount":0}`, refused} {
		if strings.Contains(got.Body, nothing) {
			return
		}
	}
	t.Errorf("%s is answered with %s", p, got.Body)
}

// assertSomething proves that the probes can fail: with names of the world's
// own objects every query finds something.
func assertSomething(t *testing.T, own world) {
	t.Helper()
	for _, p := range probes(t) {
		if apiSchema().Query.Fields.ForName(p.field.Name) == nil || p.field.Name == "previewPayment" || p.asksNothing() {
			continue
		}
		value := own.ids[p.kind]
		if p.text != "" {
			value = own.texts[p.text]
		}
		variables := p.variables(own, value)
		got := own.client.Send(t, documentOf(t, p.field.Name, shallow(p.field)), variables)
		if p.path[len(p.path)-1] == "gatewayId" { // half of a lookup; externalId is the other
			continue
		}
		found := strings.ReplaceAll(got.Body, `"errors":[]`, "") // of a preview, which is all that there is to say
		if len(got.Errors) > 0 || strings.Contains(found, "null") || strings.Contains(found, "[]") || strings.Contains(found, `"totalCount":0`) || strings.Contains(found, "NOT_FOUND") {
			t.Errorf("%s with %v is answered with %s", p, variables, got.Body)
		}
	}
}
