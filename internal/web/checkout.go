package web

import (
	"net/http"
)

// checkoutPath is where the pages for payers are; what follows in an address is a
// credential, so that it is neither logged nor counted.
const checkoutPath = "/checkout/"

// checkout hands over to the pages for payers.
func checkout(o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := o.begin(w, r, checkoutPath, operationCheckout)
		defer a.end()
		o.Checkout.ServeHTTP(a, a.request)
	})
}

// operationCheckout is what requests of payers are called, which are no operations of the API.
const operationCheckout = "checkout"
