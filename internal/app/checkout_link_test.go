package app_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestCheckoutLink proves that a link opens its payment until its end, that no other text
// does, and that nobody can tell why it does not.
func TestCheckoutLink(t *testing.T) {
	t.Parallel()
	clock := &movingClock{}
	s := openCheckoutShop(t, clock.option())
	p, payment := s.payer(t, apptest.Vars{"amount": minor(700)})
	_, token, _ := strings.Cut(p.path, "/checkout/")
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	p.path = "/checkout/nonsense"
	p.open("")
	p.sees(http.StatusNotFound, "This link leads nowhere")
	absent := p.shown.body
	for i := range raw {
		for bit := range 8 {
			changed := append([]byte{}, raw...)
			changed[i] ^= 1 << bit
			p.path = "/checkout/" + base64.RawURLEncoding.EncodeToString(changed)
			if p.open(""); p.shown.status != http.StatusNotFound || p.shown.body != absent {
				t.Fatalf("byte %d, bit %d changed: status %d: %s", i, bit, p.shown.status, p.shown.body)
			}
		}
	}
	for _, path := range []string{"/checkout/", "/checkout/" + token[1:], "/checkout/" + token + "A", "/checkout/" + token + "/", "/checkout/" + token + "/nothing"} {
		p.path = path
		if p.open(""); p.shown.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, p.shown.status)
		}
	}
	for _, action := range []string{"/pay", "/answer", "/another"} {
		if p.send(http.MethodPost, "/checkout/nonsense"+action, url.Values{"key": {"x"}}); p.shown.status != http.StatusNotFound || p.shown.body != absent {
			t.Errorf("POST %s: status %d", action, p.shown.status)
		}
	}
	p.path = "/checkout/" + token
	clock.pass(pay.CheckoutLinkLife)
	p.open("")
	p.sees(http.StatusOK, "Pay EUR 7.00")
	later := s.api.Client(s.api.Token(t, auth.Grant{TTL: 2 * pay.CheckoutLinkLife}))
	if again := checkoutURL(t, later, payment); again == "" || strings.HasSuffix(again, token) {
		t.Errorf("seven days later the link is %q", again)
	}
	clock.pass(24 * time.Hour)
	p.open("")
	if p.sees(http.StatusNotFound, "This link leads nowhere"); p.shown.body != absent {
		t.Error("a link that is over has another page than one that never was")
	}
}

// TestCheckoutLinkOfOthers proves that a link opens nothing at a server with another key,
// and nothing but its own payment at its own.
func TestCheckoutLinkOfOthers(t *testing.T) {
	t.Parallel()
	s, strangers := openCheckoutShop(t), openCheckoutShop(t)
	p, payment := s.payer(t, apptest.Vars{"amount": minor(700)})
	// The same key, but a database where the company and the payment are not.
	foreign := strangers.visitor(t, publicURL+p.path)
	foreign.open("")
	foreign.sees(http.StatusNotFound, "This link leads nowhere")

	other := s.created(t, "another-payment", apptest.Vars{"amount": minor(900), "customerId": s.customer})
	q := s.visitor(t, checkoutURL(t, s.admin, other.Payment.ID))
	q.open("")
	q.send(http.MethodGet, q.path+"?gateway="+s.sandbox, nil)
	q.submit("/pay", tokenField, "tok_otp")
	q.sees(http.StatusOK, "Enter the code")
	attempt := q.values("/answer").Get("transaction")
	form := p.values("/pay")
	form.Set("transaction", attempt)
	form.Set("code", "123456")
	for _, action := range []string{"/answer", "/another"} {
		p.send(http.MethodPost, p.path+action, form)
		p.sees(http.StatusOK, "Pay EUR 7.00")
	}
	if status, captured, _ := s.attempts(t, other.Payment.ID); status != "REQUIRES_ACTION" || captured != 0 {
		t.Errorf("by the link of another payment it became %s", status)
	}
	if status, _, n := s.attempts(t, payment); status != "CREATED" || n != 0 {
		t.Errorf("%s, %d attempts", status, n)
	}
}

// TestCheckoutLinkIsForWhoPays proves who gets a link, and for what.
func TestCheckoutLinkIsForWhoPays(t *testing.T) {
	t.Parallel()
	s := openCheckoutShop(t)
	payment := s.created(t, "a-payment", apptest.Vars{"amount": minor(700)}).Payment.ID
	first := checkoutURL(t, s.admin, payment)
	if again := checkoutURL(t, s.admin, payment); first == "" || first != again {
		t.Errorf("%q, then %q", first, again)
	}
	reader := s.api.Client(s.api.Token(t, auth.Grant{Role: pay.RoleReadonly}))
	if got := checkoutURL(t, reader, payment); got != "" {
		t.Errorf("who only reads gets %s", got)
	}
	if got := checkoutURL(t, s.api.Another(t).Admin(t), payment); got != "" {
		t.Errorf("a server that does not know its address says %s", got)
	}
	elsewhere := s.api.Another(t, app.WithPublicURL("https://elsewhere.example"))
	if got := checkoutURL(t, elsewhere.Admin(t), payment); strings.TrimPrefix(got, "https://elsewhere.example") != strings.TrimPrefix(first, publicURL) {
		t.Errorf("another server of the installation says %s", got)
	}
	nothing := s.created(t, "nothing", apptest.Vars{"lines": lunch, "discounts": []apptest.Vars{{"discountName": "all", "type": "PERCENOFF", "value": 100}}}).Payment.ID
	if got := checkoutURL(t, s.admin, nothing); got != "" {
		t.Errorf("a payment of nothing has the link %s", got)
	}
}

// TestCheckoutHeaders proves that pages may do nothing but show themselves, that no cookie
// is set, and that no page has a script, an inline style or anything of another host.
func TestCheckoutHeaders(t *testing.T) {
	t.Parallel()
	s := openCheckoutShop(t)
	p, _ := s.payer(t, apptest.Vars{"lines": lunch})
	check := func() {
		t.Helper()
		h := p.shown.header
		for name, want := range map[string]string{"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'", "Set-Cookie": ""} {
			if h.Get(name) != want {
				t.Errorf("%s is %q", name, h.Get(name))
			}
		}
		for _, part := range []string{"<script", "style=", "<style", "onclick", "onsubmit", "javascript:", "http://", "https://", "src="} {
			if strings.Contains(p.shown.body, part) {
				t.Errorf("the page has %s", part)
			}
		}
	}
	check()
	p.submit("/pay", tokenField, "tok_otp")
	check()
	p.submit("/answer", "code", "000000")
	check()
	p.send(http.MethodGet, "/checkout/nonsense", nil)
	check()
	p.send(http.MethodGet, "/checkout/style.css", nil)
	if p.shown.status != http.StatusOK || !strings.HasPrefix(p.shown.header.Get("Content-Type"), "text/css") || strings.Contains(p.shown.body, "url(") {
		t.Errorf("style: status %d, %s", p.shown.status, p.shown.header.Get("Content-Type"))
	}
}

// TestCheckoutForms proves what is refused and how it is told, the choice between gateways,
// and that amounts have the places of their currency.
func TestCheckoutForms(t *testing.T) {
	t.Parallel()
	s := openCheckoutShop(t)
	for currency, want := range map[string]string{"JPY": "JPY 1500", "KWD": "KWD 1.500", "EUR": "EUR 15.00"} {
		t.Run(currency, func(t *testing.T) {
			t.Parallel()
			amount := apptest.Vars{"minorUnits": 1500, "currency": currency}
			p, _ := s.payer(t, apptest.Vars{"amount": amount})
			p.sees(http.StatusOK, "Pay "+want)
			p.submit("/pay", tokenField, "tok_approve")
			p.sees(http.StatusOK, want+" were paid")
		})
	}
	t.Run("choice", func(t *testing.T) {
		t.Parallel()
		second := s.make.Gateway(apptest.Vars{"name": "Second & <best>"})
		costly := s.make.Gateway(apptest.Vars{"name": "Costly", "minimumAmount": minor(5000)})
		foreign := s.make.Gateway(apptest.Vars{"name": "Foreign", "currencies": []string{"USD"}})
		p, _ := s.payer(t, apptest.Vars{"amount": minor(700), "gatewayIds": []string{s.sandbox, second, costly}})
		p.sees(http.StatusOK, "How do you want to pay?", second, s.sandbox, "Second & <best>")
		if strings.Contains(p.shown.body, "<best>") || strings.Contains(p.shown.body, "Costly") || strings.Contains(p.shown.body, "Foreign") || strings.Contains(p.shown.body, "Bank") {
			t.Errorf("the page is %s", p.shown.body)
		}
		p.open("?gateway=" + costly)
		p.sees(http.StatusOK, "How do you want to pay?")
		p.open("?gateway=" + second)
		p.sees(http.StatusOK, "Pay EUR 7.00", "Pay in another way")
		for _, gateway := range []string{costly, foreign} {
			form := p.values("/pay")
			form.Set("gateway", gateway)
			q := s.visitor(t, publicURL+p.path)
			q.send(http.MethodPost, p.path+"/pay", form)
			q.sees(http.StatusUnprocessableEntity, `role="alert"`, " gateway")
		}
		p.submit("/pay", tokenField, strings.Repeat("x", 256))
		p.sees(http.StatusUnprocessableEntity, `aria-invalid="true"`, `id="problem-`)
		p.submit("/pay", "form.nonsense", "x")
		p.sees(http.StatusUnprocessableEntity, `role="alert"`)
		for _, key := range []string{"", "short", strings.Repeat("A", 100), "has spaces in it and more"} {
			form := p.values("/pay")
			form.Set("key", key)
			q := s.visitor(t, publicURL+p.path)
			q.send(http.MethodPost, p.path+"/pay", form)
			q.sees(http.StatusBadRequest, "could not be read")
		}
		q := s.visitor(t, publicURL+p.path)
		q.send(http.MethodPost, p.path+"/pay", url.Values{"x": {strings.Repeat("x", 70<<10)}})
		q.sees(http.StatusRequestEntityTooLarge, "larger than")
	})
}
