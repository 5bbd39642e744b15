package app_test

import (
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

func TestPayOrders(t *testing.T) {
	t.Parallel()
	api := apptest.Start(t)
	admin := api.Admin(t)
	make := admin.Make(t)
	customer, gateway := make.Customer(), make.Gateway(nil)

	t.Run("OK", func(t *testing.T) {
		t.Parallel()
		orders := make.Orders(customer, 1000, 2500)
		make.PayWhole(gateway, orders...)
		got := apptest.Do[struct {
			Order struct {
				PaidStatus        string
				OutstandingAmount struct{ MinorUnits int64 }
				Payments          struct {
					TotalCount int
					Nodes      []struct{ Status string }
				}
			}
		}](t, admin, `query($id: ID!) { order(id: $id) { paidStatus outstandingAmount { minorUnits } payments { totalCount nodes { status } } } }`,
			apptest.Vars{"id": orders[1]}).Order
		if got.PaidStatus != "PAID" || got.OutstandingAmount.MinorUnits != 0 || got.Payments.TotalCount != 1 {
			t.Fatalf("order after payment: %+v", got)
		}
	})
}
