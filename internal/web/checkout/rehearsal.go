package checkout

import (
	"net/http"

	"github.com/paygraph/paygraph/internal/service"
)

// rehearsal is the connector that has no pages of its own: the sandbox. The address that it
// sends payers to is nobody's, so this package stands in for the page of the provider there,
// and for the form that a provider would put into the page.
const rehearsal = "sandbox"

// rehearses says whether the newest attempt is of the sandbox.
func (p *view) rehearses() bool { return p.IsSandbox && p.Asked == rehearsal }

// standIn stands in for the page of a provider.
func (x *site) standIn(v *visit) error {
	p, err := x.read(v)
	switch {
	case err != nil:
		return err
	case !p.rehearses():
		return service.ErrNoCheckout
	case p.Kind != kindRedirect:
		return v.again()
	}
	p.Kind = kindProvider
	x.write(v.w, http.StatusOK, "page.html", p)
	return nil
}
