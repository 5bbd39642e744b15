package app_test

import (
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// methodAccess is rootAccess for stored methods and ways to pay.
var methodAccess = map[string]string{
	"availablePaymentMethods": "READONLY STAFF ADMIN PARTNER CUSTOMER",
	"updatePaymentMethod":     "STAFF ADMIN CUSTOMER",
	"detachPaymentMethod":     "STAFF ADMIN CUSTOMER",
}

// methodCases are roleCases for stored methods and ways to pay.
func (s till) methodCases(t *testing.T) map[string]func(name string) apptest.Vars {
	stored := func(more apptest.Vars) func(string) apptest.Vars {
		return func(string) apptest.Vars {
			id := create(t, s.admin, "createPaymentMethod", "paymentMethod", apptest.Vars{"customerId": s.customer, "gatewayId": s.card, "token": "tok_approve"})
			return apptest.Vars{"input": but(apptest.Vars{"paymentMethodId": id}, more)}
		}
	}
	return map[string]func(string) apptest.Vars{
		"availablePaymentMethods": func(string) apptest.Vars { return nil },
		"updatePaymentMethod":     stored(apptest.Vars{"label": "mine"}),
		"detachPaymentMethod":     stored(nil),
	}
}
