package checkout

import (
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// comeBack is where payers come back to from a provider's page. Their provider is asked what
// came of the attempt, which the payer decided there: neither who opens the address, nor how
// often, nor what is in it beside the signature decides anything. Then the browser is sent to
// the page, so that what the provider put into the address stays in no history.
func (x *site) comeBack(w http.ResponseWriter, r *http.Request) {
	ctx, back, err := x.service.OpenReturn(r.Context(), r.PathValue("token"))
	switch {
	case err != nil:
		x.fail(w, r, err)
		return
	case isAhead(r):
		// What was fetched ahead may be shown to the payer later, and must not say how
		// things stood before.
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	payer, err := pay.ActorFrom(ctx)
	if err == nil {
		v := &visit{w: w, r: r.WithContext(ctx), path: back.Page, payment: back.Payment, payer: payer}
		err = x.complete(v, back)
	}
	if err != nil {
		x.fail(w, r, err)
	}
}

// isAhead says that a program asks for an address that nobody has gone to yet.
func isAhead(r *http.Request) bool {
	purpose := r.Header.Get("Sec-Purpose") + r.Header.Get("Purpose") + r.Header.Get("X-Moz")
	return r.Method == http.MethodHead || strings.Contains(strings.ToLower(purpose), "pre")
}

// complete has the attempt completed, and sends the browser to the page.
func (x *site) complete(v *visit, back service.Returned) error {
	p, err := x.read(v)
	switch {
	case err != nil:
		return err
	case p.Wait > 0:
		x.tooOften(v.w, p.Wait)
		return nil
	}
	// The key is of this request: the same address may come to nothing before the payer has
	// confirmed, and to the money after.
	key := "checkout:" + v.payment.String() + ":return:" + rand.Text()
	err = x.service.ComeBack(v.r.Context(), key, back.Attempt, v.r.URL.Query())
	return x.settle(v, err, func(p *view, e *pay.Error) {
		switch e.Code {
		case pay.CodeGatewayUnavailable:
			p.Kind, p.Problem, p.Again = kindReturn, "Your provider could not be reached just now.", v.r.URL.RequestURI()
		case pay.CodeOTPInvalid:
			p.Problem = "The payment is not confirmed yet. Please go on at your provider."
		default:
			p.Problem = e.Message
		}
	})
}
