package app_test

import (
	"slices"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
)

// edited is what updatePayment can change.
type edited struct {
	Version        int
	IsActive       bool
	PaymentMethod  *struct{ ID string }
	BillingAddress *struct{ City, Line1 string }
	ScheduledFor   *time.Time
}

// update edits a payment, and returns it or the refusals' codes.
func (s *shop) update(t *testing.T, id string, change apptest.Vars) (edited, []string) {
	t.Helper()
	input := apptest.Vars{"paymentId": id}
	for field, value := range change { // null is not the same as nothing
		input[field] = value
	}
	got := apptest.Do[struct {
		UpdatePayment struct {
			Payment *edited
			Errors  []struct{ Code string }
		}
	}](t, s.admin, `mutation($input: UpdatePaymentInput!) { updatePayment(input: $input) {
		payment { version isActive paymentMethod { id } billingAddress { city line1 } scheduledFor } errors { code } } }`, apptest.Vars{"input": input}).UpdatePayment
	if got.Payment == nil {
		var codes []string
		for _, e := range got.Errors {
			codes = append(codes, e.Code)
		}
		return edited{}, codes
	}
	return *got.Payment, nil
}

// TestUpdatePayment proves that what is left out of an edit stays, that null
// clears, and that an edit without a change is none.
func TestUpdatePayment(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	method := s.method(t, s.customer, s.sandbox, "tok_approve")
	later := time.Now().Add(48 * time.Hour).UTC().Truncate(time.Second)
	id := s.created(t, "a", apptest.Vars{"orders": one(s.order(1000))}).Payment.ID
	p, codes := s.update(t, id, apptest.Vars{"paymentMethodId": method, "billingAddress": apptest.Vars{"city": "Porto", "line1": "Rua 1"}, "scheduledFor": later.Format(time.RFC3339), "isActive": false})
	if codes != nil || p.PaymentMethod == nil || p.PaymentMethod.ID != method || p.BillingAddress == nil || p.BillingAddress.City != "Porto" ||
		p.ScheduledFor == nil || !p.ScheduledFor.Equal(later) || p.IsActive {
		t.Fatalf("all: %+v, %v", p, codes)
	}
	if _, codes := s.update(t, id, apptest.Vars{"paymentMethodId": nil}); !slices.Equal(codes, []string{"REQUIRED"}) {
		t.Errorf("a date without a method: %v", codes)
	}
	if _, codes := s.update(t, s.created(t, "b", apptest.Vars{"amount": minor(1)}).Payment.ID, apptest.Vars{"scheduledFor": later.Format(time.RFC3339)}); !slices.Equal(codes, []string{"REQUIRED"}) {
		t.Errorf("a date for a payment without a method: %v", codes)
	}
	version := p.Version
	if p, codes = s.update(t, id, nil); codes != nil || p.Version != version || p.PaymentMethod == nil || p.BillingAddress == nil || p.ScheduledFor == nil || p.IsActive {
		t.Errorf("nothing: %+v, %v", p, codes)
	}
	if p, codes = s.update(t, id, apptest.Vars{"isActive": false, "paymentMethodId": method}); codes != nil || p.Version != version {
		t.Errorf("the same: %+v, %v", p, codes)
	}
	if p, codes = s.update(t, id, apptest.Vars{"billingAddress": apptest.Vars{"city": "Faro"}}); codes != nil || p.BillingAddress.City != "Faro" || p.BillingAddress.Line1 != "" || p.Version != version+1 {
		t.Errorf("another address: %+v, %v", p, codes)
	}
	for field, cleared := range map[string]func(edited) bool{
		"billingAddress":  func(p edited) bool { return p.BillingAddress == nil && p.PaymentMethod != nil },
		"scheduledFor":    func(p edited) bool { return p.ScheduledFor == nil && p.PaymentMethod != nil },
		"paymentMethodId": func(p edited) bool { return p.PaymentMethod == nil },
	} {
		if field == "paymentMethodId" {
			continue // last: a scheduled payment needs it
		}
		if p, codes = s.update(t, id, apptest.Vars{field: nil}); codes != nil || !cleared(p) {
			t.Errorf("%s: null: %+v, %v", field, p, codes)
		}
	}
	if p, codes = s.update(t, id, apptest.Vars{"paymentMethodId": nil}); codes != nil || p.PaymentMethod != nil {
		t.Errorf("paymentMethodId: null: %+v, %v", p, codes)
	}
	if p, codes = s.update(t, id, apptest.Vars{"isActive": true, "expectedVersion": p.Version}); codes != nil || !p.IsActive {
		t.Errorf("active: %+v, %v", p, codes)
	}
	if events := s.lifeOf(t, id).Events.Nodes; events[len(events)-1].Type != "PAYMENT_UPDATED" {
		t.Errorf("events %v", events)
	}
}

// TestUpdateRefused proves what cannot be edited, and that a refused edit changes
// nothing.
func TestUpdateRefused(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	mine, theirs := s.method(t, s.customer, s.sandbox, "tok_approve"), s.method(t, s.make.Customer(), s.sandbox, "tok_approve")
	soon := time.Now().Add(time.Hour).Format(time.RFC3339)
	other := s.api.Client(s.api.Token(t, auth.Grant{CompanyID: s.api.NewCompany(t, "other").ID}))
	rival := other.Make(t)
	foreign := create(t, other, "createPaymentMethod", "paymentMethod", apptest.Vars{"customerId": rival.Customer(), "gatewayId": rival.Gateway(nil), "token": "tok_approve"})
	pays := func(key string, more apptest.Vars) string {
		return act(t, s.admin, "payOrders", key, but(apptest.Vars{"orders": one(s.order(100)), "gatewayId": s.sandbox}, more)).Payment.ID
	}
	created := s.created(t, "created", apptest.Vars{"orders": one(s.order(100))}).Payment.ID
	waiting, declined, closed := pays("waiting", tok("otp")), pays("declined", tok("hard_decline")), pays("closed", apptest.Vars{"capture": false})
	act(t, s.admin, "cancelPayment", "c", apptest.Vars{"paymentId": closed})
	for _, c := range []struct {
		id     string
		change apptest.Vars
		code   string
	}{
		{created, apptest.Vars{"expectedVersion": 99, "isActive": false}, "VERSION_CONFLICT"},
		{created, apptest.Vars{"paymentMethodId": theirs}, "PAYMENT_METHOD_INVALID"},
		{created, apptest.Vars{"paymentMethodId": foreign}, "NOT_FOUND"},
		{created, apptest.Vars{"scheduledFor": "2020-01-01T00:00:00Z"}, "INVALID_INPUT"},
		{created, apptest.Vars{"isActive": nil}, "REQUIRED"},
		{waiting, apptest.Vars{"paymentMethodId": mine}, "PAYMENT_IN_PROGRESS"},
		{waiting, apptest.Vars{"paymentMethodId": nil}, "PAYMENT_IN_PROGRESS"},
		{waiting, apptest.Vars{"scheduledFor": soon}, "PAYMENT_IN_PROGRESS"},
		{waiting, apptest.Vars{"scheduledFor": nil}, "PAYMENT_IN_PROGRESS"},
		{waiting, apptest.Vars{"billingAddress": nil}, "PAYMENT_IN_PROGRESS"},
		{declined, apptest.Vars{"scheduledFor": soon}, "REQUIRED"},
		{closed, apptest.Vars{"isActive": false}, "PAYMENT_CLOSED"},
		{closed, apptest.Vars{"billingAddress": nil}, "PAYMENT_CLOSED"},
	} {
		before := s.lifeOf(t, c.id).Version
		if _, codes := s.update(t, c.id, c.change); !slices.Equal(codes, []string{c.code}) {
			t.Errorf("%v: %v, want %s", c.change, codes, c.code)
		}
		if after := s.lifeOf(t, c.id).Version; after != before {
			t.Errorf("%v: version %d, was %d", c.change, after, before)
		}
	}
	if p, codes := s.update(t, waiting, apptest.Vars{"isActive": false}); codes != nil || p.IsActive {
		t.Errorf("while it waits: %+v, %v", p, codes)
	}
}
