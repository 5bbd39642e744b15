package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

// previewed is the answer to previewPayment.
type previewed struct {
	TotalAmount, DiscountAmount, FinalAmount *struct{ MinorUnits int64 }
	Lines                                    []struct {
		ProductName string
		FinalAmount struct{ MinorUnits int64 }
	}
	Discounts   []struct{ AppliedAmount struct{ MinorUnits int64 } }
	Allocations []struct {
		Order, Invoice, Subscription *struct{ ID string }
		Amount                       struct{ MinorUnits int64 }
		OutstandingAfter             *struct{ MinorUnits int64 }
	}
	Gateway          *struct{ ID string }
	AvailableMethods []struct {
		Gateway     struct{ ID string }
		IsAvailable bool
	}
	Errors []apptest.Refusal
}

func (s *shop) preview(t *testing.T, input apptest.Vars) previewed {
	t.Helper()
	return apptest.Do[struct{ PreviewPayment previewed }](t, s.admin, `query($input: PreviewPaymentInput!) { previewPayment(input: $input) {
		totalAmount { minorUnits } discountAmount { minorUnits } finalAmount { minorUnits } lines { productName finalAmount { minorUnits } }
		discounts { appliedAmount { minorUnits } } allocations { order { id } invoice { id } subscription { id } amount { minorUnits } outstandingAfter { minorUnits } }
		gateway { id } availableMethods { gateway { id } isAvailable } errors { code message path } } }`, apptest.Vars{"input": input}).PreviewPayment
}

// TestPreview proves that a preview says what createPayment then makes, for
// everything that a payment can be for, and refuses what it refuses.
func TestPreview(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	order := s.make.Order(s.customer, 1000)
	invoice := s.invoice(t, "I-9", s.make.Order(s.customer, 700))
	subscription := onSubscription(t, s.admin, "createBillingSubscription", apptest.Vars{"customerId": s.customer, "price": minor(900), "intervalUnit": "MONTH", "timeZone": "UTC",
		"startsOn": time.Now().AddDate(0, 1, 0).Format(time.DateOnly)}).BillingSubscription.ID
	lines := []apptest.Vars{{"productName": "Lunch", "quantity": 2, "unitAmount": minor(1000), "isFood": true}, {"productName": "Bag", "unitAmount": minor(100)}}
	meal := s.make.Gateway(apptest.Vars{"kind": "VOUCHER", "methodType": "VOUCHER", "isFoodOnly": true})
	for name, c := range map[string]struct {
		input       apptest.Vars
		total, owed int64
		parts       int
		refused     []string
	}{
		"orders":           {apptest.Vars{"orders": one(order)}, 1000, 1000, 1, nil},
		"invoice":          {apptest.Vars{"invoiceId": invoice}, 700, 700, 1, nil},
		"subscription":     {apptest.Vars{"subscriptionId": subscription}, 900, 900, 1, nil},
		"subscription sum": {apptest.Vars{"subscriptionId": subscription, "amount": minor(5)}, 5, 5, 1, nil},
		"lines":            {apptest.Vars{"lines": lines, "discounts": []apptest.Vars{{"discountName": "ten", "type": "PERCENOFF", "value": 10}}}, 2100, 1890, 0, nil},
		"an amount":        {apptest.Vars{"amount": minor(5), "gatewayId": s.sandbox}, 5, 5, 0, nil},
		"a setup":          {apptest.Vars{"mode": "SETUP", "customerId": s.customer, "gatewayId": s.sandbox}, 0, 0, 0, nil},
		"vouchers":         {apptest.Vars{"lines": lines[:1], "gatewayId": meal}, 2000, 2000, 0, nil},
		"mismatch":         {apptest.Vars{"orders": one(order), "amount": minor(6)}, 0, 0, 0, []string{"AMOUNT_MISMATCH input.amount"}},
		"not only food":    {apptest.Vars{"lines": lines, "gatewayId": meal}, 0, 0, 0, []string{"VOUCHER_NOT_ELIGIBLE input.lines max=2000EUR"}},
		"two things":       {apptest.Vars{"orders": one(order), "invoiceId": invoice}, 0, 0, 0, []string{"INVALID_INPUT input"}},
		"nothing":          {apptest.Vars{}, 0, 0, 0, []string{"REQUIRED input"}},
		"no subscription":  {apptest.Vars{"subscriptionId": order}, 0, 0, 0, []string{"NOT_FOUND input.subscriptionId"}},
		"no invoice":       {apptest.Vars{"invoiceId": order}, 0, 0, 0, []string{"NOT_FOUND input.invoiceId"}},
	} {
		assertRefused(t, name, refusalsOf(t, s.admin, "previewPayment", c.input), c.refused...)
		got := s.preview(t, c.input)
		if c.refused != nil {
			if got.FinalAmount != nil || len(got.Lines)+len(got.Allocations)+len(got.AvailableMethods) > 0 {
				t.Errorf("%s: refused, but %+v", name, got)
			}
			continue
		}
		if got.TotalAmount.MinorUnits != c.total || got.FinalAmount.MinorUnits != c.owed || got.DiscountAmount.MinorUnits != c.total-c.owed || len(got.Allocations) != c.parts {
			t.Errorf("%s: %+v", name, got)
		}
		if (got.Gateway != nil) != (c.input["gatewayId"] != nil) || len(got.AvailableMethods) == 0 {
			t.Errorf("%s: gateway %+v, methods %+v", name, got.Gateway, got.AvailableMethods)
		}
		if made := s.created(t, strings.ReplaceAll(name, " ", "-"), c.input); made.Payment == nil || made.Payment.OutstandingAmount.MinorUnits != c.owed {
			t.Errorf("%s made: %+v", name, made)
		}
	}
	priced := s.preview(t, apptest.Vars{"lines": lines, "discounts": []apptest.Vars{{"discountName": "ten", "type": "PERCENOFF", "value": 10}}})
	if len(priced.Lines) != 2 || priced.Lines[0].FinalAmount.MinorUnits != 2000 || len(priced.Discounts) != 1 || priced.Discounts[0].AppliedAmount.MinorUnits != 210 {
		t.Errorf("lines: %+v", priced)
	}
	available := map[string]bool{}
	for _, m := range priced.AvailableMethods {
		available[m.Gateway.ID] = m.IsAvailable
	}
	if !available[s.sandbox] || available[meal] {
		t.Errorf("ways to pay 18.90 of lines with 18.00 of food: %v", available)
	}
	if part := s.preview(t, apptest.Vars{"invoiceId": invoice}).Allocations[0]; part.Order == nil || part.OutstandingAfter.MinorUnits != 0 {
		t.Errorf("an invoice that bills an order is paid as that order: %+v", part)
	}
}
