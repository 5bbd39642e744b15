package app_test

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
)

// publicURL is where payers of tests are told to go; they go to the test's server instead.
const publicURL = "https://pay.example.com"

// openCheckoutShop is a shop whose payments have pages, with one way to pay.
func openCheckoutShop(t *testing.T, options ...app.Option) *shop {
	t.Helper()
	return openShop(t, append([]app.Option{app.WithPublicURL(publicURL)}, options...)...)
}

// checkoutURL reads the link of a payment; "" where it has none.
func checkoutURL(t *testing.T, c *apptest.Client, payment string) string {
	t.Helper()
	got := apptest.Do[struct {
		Payment *struct{ CheckoutURL *string }
	}](t, c,
		`query($id: ID!) { payment(by: { id: $id }) { checkoutUrl } }`, apptest.Vars{"id": payment}).Payment
	if got == nil || got.CheckoutURL == nil {
		return ""
	}
	return *got.CheckoutURL
}

// payer is somebody with a link and a browser that runs no scripts.
type payer struct {
	t *testing.T
	// path is that of the page.
	path, server string
	client       http.Client
	// shown is the page in front of the payer.
	shown answer
}

// payer opens the page of a payment that may use these gateways.
func (s *shop) payer(t *testing.T, input apptest.Vars) (*payer, string) {
	t.Helper()
	made := s.created(t, "make-"+t.Name(), but(apptest.Vars{"gatewayIds": []string{s.sandbox}}, input))
	if made.Payment == nil {
		t.Fatalf("create: %+v", made)
	}
	p := s.visitor(t, checkoutURL(t, s.admin, made.Payment.ID))
	p.open("")
	return p, made.Payment.ID
}

func (s *shop) visitor(t *testing.T, link string) *payer {
	t.Helper()
	path, ok := strings.CutPrefix(link, publicURL)
	if !ok {
		t.Fatalf("the link is %q", link)
	}
	return &payer{t: t, path: path, server: s.api.URL}
}

// open opens an address under the page's.
func (p *payer) open(rest string) {
	p.t.Helper()
	p.send(http.MethodGet, p.path+rest, nil)
}

// send sends a form, and follows where the answer leads to.
func (p *payer) send(method, path string, values url.Values) {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), method, p.server+path, strings.NewReader(values.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := p.client.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	p.shown = answer{response.StatusCode, response.Header, string(text)}
}

var (
	formPattern   = regexp.MustCompile(`(?s)<form method="post" action="([^"]+)"[^>]*>(.*?)</form>`)
	hiddenPattern = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`)
)

// values are those that the form of the page has by itself.
func (p *payer) values(action string) url.Values {
	p.t.Helper()
	for _, form := range formPattern.FindAllStringSubmatch(p.shown.body, -1) {
		if html.UnescapeString(form[1]) != p.path+action {
			continue
		}
		values := url.Values{}
		for _, input := range hiddenPattern.FindAllStringSubmatch(form[2], -1) {
			values.Set(input[1], html.UnescapeString(input[2]))
		}
		return values
	}
	p.t.Fatalf("the page has no form for %s: %s", action, p.shown.body)
	return nil
}

// submit sends a form of the page with what the payer filled in.
func (p *payer) submit(action string, pairs ...string) {
	p.t.Helper()
	values := p.values(action)
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	p.send(http.MethodPost, p.path+action, values)
}

// sees fails the test unless the page has the status and these texts.
func (p *payer) sees(status int, texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if p.shown.status != status || !strings.Contains(html.UnescapeString(p.shown.body), text) {
			p.t.Fatalf("status %d, want %d; want %q in: %s", p.shown.status, status, text, p.shown.body)
		}
	}
}

// follow opens where a link of the page leads to.
func (p *payer) follow(text string) {
	p.t.Helper()
	link := regexp.MustCompile(`<a class="[^"]*" href="([^"]+)"[^>]*>` + text + `</a>`).FindStringSubmatch(p.shown.body)
	if link == nil {
		p.t.Fatalf("the page has no link %s: %s", text, p.shown.body)
	}
	p.send(http.MethodGet, html.UnescapeString(link[1]), nil)
}

// attempts reads the attempts of a payment and what they captured.
func (s *shop) attempts(t *testing.T, payment string) (status string, captured int64, n int) {
	t.Helper()
	got := apptest.Do[struct {
		Payment struct {
			Status       string
			PaidAmount   struct{ MinorUnits int64 }
			Transactions []struct{ ID string }
		}
	}](t, s.admin, `query($id: ID!) { payment(by: { id: $id }) { status paidAmount { minorUnits } transactions { id } } }`, apptest.Vars{"id": payment}).Payment
	return got.Status, got.PaidAmount.MinorUnits, len(got.Transactions)
}
