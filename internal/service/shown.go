package service

import (
	"strings"

	"github.com/paygraph/paygraph/internal/pay"
)

// isCustomer says that the caller is who pays: what concerns the merchant alone, such
// as fees and who works there, is not shown to them.
func (c caller) isCustomer() bool { return c.Role == pay.RoleCustomer }

func (c caller) payment(p pay.Payment) pay.Payment {
	if !c.seesPII() {
		p = p.Redacted()
	}
	if c.isCustomer() {
		p.FeeMinor, p.FeeIsEstimated = nil, false
	}
	return p
}

func (c caller) transaction(t pay.Transaction) pay.Transaction {
	if !c.seesPII() {
		t = t.Redacted()
	}
	if !c.isCustomer() {
		return t
	}
	t.FeeMinor, t.FeeIsEstimated, t.Routing = nil, false, nil
	if t.SubmittedBy != nil && !strings.HasPrefix(*t.SubmittedBy, "customer:") {
		t.Notes = nil // for who approves
	}
	for _, who := range []**string{&t.SubmittedBy, &t.ApprovedBy, &t.RejectedBy} {
		if *who != nil {
			*who = ptr(c.NameOf(**who))
		}
	}
	return t
}

// seesAll says that nothing of payments and attempts is left out for the caller.
func (c caller) seesAll() bool { return c.seesPII() && !c.isCustomer() }

// payments leaves out what the caller may not see, as all of the following do.
func (c caller) payments(list []pay.Payment, err error) ([]pay.Payment, error) {
	if c.seesAll() {
		return list, err
	}
	return showing(list, c.payment), err
}

func (c caller) transactions(list []pay.Transaction, err error) ([]pay.Transaction, error) {
	if c.seesAll() {
		return list, err
	}
	return showing(list, c.transaction), err
}

func (c caller) shown(p Paid) Paid {
	p.Payment, p.Transaction = c.payment(p.Payment), c.transaction(p.Transaction)
	return p
}

func (c caller) refunds(list []pay.Refund, err error) ([]pay.Refund, error) {
	return showing(list, func(r pay.Refund) pay.Refund {
		r.CreatedBy = c.NameOf(r.CreatedBy)
		return r
	}), err
}

func (c caller) operations(list []pay.Operation, err error) ([]pay.Operation, error) {
	return showing(list, func(o pay.Operation) pay.Operation {
		o.CreatedBy = c.NameOf(o.CreatedBy)
		return o
	}), err
}

func (c caller) events(list []pay.PaymentEvent, err error) ([]pay.PaymentEvent, error) {
	return showing(list, func(e pay.PaymentEvent) pay.PaymentEvent {
		e.Actor = c.NameOf(e.Actor)
		return e
	}), err
}

func (c caller) summary(list []pay.PaymentSummaryRow) []pay.PaymentSummaryRow {
	return showing(list, func(r pay.PaymentSummaryRow) pay.PaymentSummaryRow {
		if c.isCustomer() {
			r.FeeMinor, r.FeeIsEstimated = nil, false
		}
		return r
	})
}

// showing shows each row of a list that nobody else has.
func showing[T any](list []T, row func(T) T) []T {
	for i := range list {
		list[i] = row(list[i])
	}
	return list
}
