package pay

import "github.com/paygraph/paygraph/internal/money"

// Surplus is what captures bring beyond what is still owed. That is settled when the
// money is captured, because other payments of the order cannot be seen to here: theirs
// may go back later, and this one is in suspense until it goes back itself. It goes
// back before anything else, and from the orders and invoices that it came for, or one
// would stay overpaid while another were owed again.

// carryOver gives what changed since Begin to the allocations, orders and invoices.
func (s *State) carryOver() error {
	after, err := s.shares(s.Payment.Sums, s.food())
	if err != nil {
		return err
	}
	for i := range s.Allocations {
		s.carry(&s.Allocations[i], s.before[i], after[i])
	}
	err = s.refundShares()
	s.sumSurplus()
	return err
}

// carry takes one share of an allocation back and puts another one on, and counts what
// that brings beyond what was owed.
func (s *State) carry(a *PaymentAllocation, was, is Share) {
	beyond := s.beyondTotal(*a)
	s.onDebts(*a, func(d *Debt) { d.move(was, is) })
	if o := s.order(*a); o != nil {
		o.VoucherMinor += is.FoodMinor - was.FoodMinor
	}
	a.InFlightMinor, a.HeldMinor, a.CapturedMinor = is.InFlightMinor, is.HeldMinor, is.CapturedMinor
	if more := s.beyondTotal(*a) - beyond; more > 0 {
		a.SurplusMinor = max(a.SurplusMinor, a.RefundedMinor) + more
	}
}

// move takes one share back and puts another one on.
func (d *Debt) move(was, is Share) {
	d.InFlightMinor += is.InFlightMinor - was.InFlightMinor
	d.HeldMinor += is.HeldMinor - was.HeldMinor
	d.CapturedMinor += is.CapturedMinor - was.CapturedMinor
}

// onDebts does something to what an allocation's order and invoice owe.
func (s *State) onDebts(a PaymentAllocation, do func(*Debt)) {
	if o := s.order(a); o != nil {
		do(&o.Debt)
		o.UpdatedAt = s.Now
	}
	if v := s.invoice(a); v != nil {
		do(&v.Debt)
		v.UpdatedAt = s.Now
	}
}

// back moves money of an allocation that went back, or with a negative amount came
// again.
func (s *State) back(a *PaymentAllocation, minor int64) {
	if minor == 0 {
		return
	}
	a.RefundedMinor += minor
	s.onDebts(*a, func(d *Debt) { d.RefundedMinor += minor })
}

// refundShares spreads what went back since Begin over the allocations: surplus first,
// then what an order or invoice has beyond its total by other ways, then the rest, each
// in proportion. What comes again, because a refund failed after all, pays what is
// owed first.
func (s *State) refundShares() error {
	more := s.Payment.RefundedMinor
	for _, a := range s.Allocations {
		more -= a.RefundedMinor
	}
	if more < 0 {
		return s.spreadBack(-more, -1, s.owed, func(a PaymentAllocation) int64 { return a.RefundedMinor })
	}
	return s.spreadBack(more, 1, PaymentAllocation.surplusLeft, s.overpaid, PaymentAllocation.netMinor)
}

// spreadBack spreads an amount over the allocations, as much as each tier has room for
// in turn, and moves it in the direction of sign.
func (s *State) spreadBack(minor, sign int64, tiers ...func(PaymentAllocation) int64) error {
	for _, room := range tiers {
		if minor == 0 {
			break
		}
		var whole int64
		weights := make([]int64, len(s.Allocations))
		for i, a := range s.Allocations {
			weights[i] = room(a)
			whole += weights[i]
		}
		parts, err := money.Allocate(min(minor, whole), weights)
		if err != nil {
			return err
		}
		for i := range s.Allocations {
			s.back(&s.Allocations[i], sign*parts[i])
		}
		minor -= min(minor, whole)
	}
	return nil
}

// sumSurplus has the payment say of surplus what its allocations say together. What an
// allocation has beyond its amount is always surplus.
func (s *State) sumSurplus() {
	p := &s.Payment
	var left int64
	for i := range s.Allocations {
		a := &s.Allocations[i]
		if over := a.netMinor() - a.AmountMinor; over > a.surplusLeft() {
			a.SurplusMinor = a.RefundedMinor + over
		}
		left += a.surplusLeft()
	}
	p.SurplusMinor = min(p.SurplusMinor, p.RefundedMinor)
	if left > 0 {
		p.SurplusMinor = p.RefundedMinor + left
	}
}

// surplusLeft is surplus that has not gone back.
func (a PaymentAllocation) surplusLeft() int64 { return max(0, a.SurplusMinor-a.RefundedMinor) }

// netMinor is what was captured and has not gone back.
func (a PaymentAllocation) netMinor() int64 { return a.CapturedMinor - a.RefundedMinor }

// beyondTotal is what the allocation's order or invoice has beyond its total.
func (s *State) beyondTotal(a PaymentAllocation) int64 {
	d, _ := s.debt(a)
	if d == nil {
		return 0
	}
	return d.OverpaidAmount().Minor
}

// overpaid is what of the allocation's money its order or invoice has beyond its total.
func (s *State) overpaid(a PaymentAllocation) int64 { return min(a.netMinor(), s.beyondTotal(a)) }

// owed is what of the money that went back from the allocation is owed again.
func (s *State) owed(a PaymentAllocation) int64 {
	owed := min(a.RefundedMinor, max(0, a.AmountMinor-a.netMinor()))
	if d, _ := s.debt(a); d != nil {
		owed = min(owed, d.OutstandingMinor())
	}
	return owed
}
