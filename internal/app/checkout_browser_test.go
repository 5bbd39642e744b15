package app_test

import (
	"encoding/json"
	"flag"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

var (
	browser  = flag.Bool("browser", false, "pay in headless Chromium, which must be installed; see make checkout-check")
	pictures = flag.String("pictures", "", "directory, from here, for pictures of the checkout page; empty: none are made")
)

// TestCheckoutInBrowser proves that a real browser pays on the page by keyboard alone and
// with scripts off, that it blocks nothing that the page needs, and that the pages keep the
// rules for people with disabilities.
func TestCheckoutInBrowser(t *testing.T) {
	t.Parallel()
	if !*browser {
		t.Skip("needs Node and Chromium; run make checkout-check")
	}
	s := openCheckoutShop(t)
	voucher := s.make.Gateway(apptest.Vars{"name": "Mobile wallet", "methodType": "MOBILE_WALLET", "methodLabel": "A code comes to your phone"})
	links := map[string]string{}
	for _, name := range []string{"choose", "second"} {
		made := s.created(t, "browser-"+name, apptest.Vars{"gatewayIds": []string{s.sandbox, voucher}, "discounts": []apptest.Vars{{"discountName": "Ten off", "type": "PERCENOFF", "value": 10}},
			"lines": append(lunch, apptest.Vars{"productName": "Coffee", "unitAmount": minor(180)})})
		links[name] = strings.Replace(checkoutURL(t, s.admin, made.Payment.ID), publicURL, s.api.URL, 1)
	}
	text, err := json.Marshal(links)
	if err != nil {
		t.Fatal(err)
	}
	arguments := []string{"../web/checkout/browsertest/run.js", string(text)}
	if *pictures != "" {
		directory, err := filepath.Abs(*pictures)
		if err != nil {
			t.Fatal(err)
		}
		arguments = append(arguments, directory)
	}
	output, err := exec.CommandContext(t.Context(), "node", arguments...).CombinedOutput()
	if t.Logf("%s", output); err != nil {
		t.Fatal(err)
	}
}
