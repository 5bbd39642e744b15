package pay

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// DisputeStep says which movement of money in which dispute a report is about, so that
// the end is the same in whatever order, and however often, the movements are told.
type DisputeStep struct {
	// ID is the provider's id of the dispute, at most 255 characters.
	ID string `json:"id"`
	// Step is the movement's place in the course of a dispute, from 1 on. Each step is
	// taken once at most.
	Step int `json:"step"`
	// IsReturn: the money came back to the company; else it was taken.
	IsReturn bool `json:"isReturn,omitempty"`
}

// DisputeMove is a movement of money in a dispute.
type DisputeMove struct {
	Step int `json:"step"`
	// AmountMinor was taken, or came back where it is below zero, in minor units of the
	// attempt's currency.
	AmountMinor int64 `json:"amountMinor"`
}

// Dispute is money of an attempt that the payer's bank wants back for one reason.
type Dispute struct {
	// ID is the provider's. It is empty for what was told in all, naming no dispute.
	ID string `json:"id"`
	// Moves are known, in the order of their steps.
	Moves []DisputeMove `json:"moves"`
	// AmountMinor is gone by them.
	AmountMinor int64 `json:"amountMinor"`
}

// Disputes are those of one attempt, in the order of their ids.
type Disputes []Dispute

// Scan reads the disputes from the text of a JSON column.
func (d *Disputes) Scan(src any) error { return scanJSON(src, d) }

// minor is what is gone by all of them: what was told in all is money besides those that
// are named.
func (d Disputes) minor() (minor int64) {
	for _, x := range d {
		minor += x.AmountMinor
	}
	return minor
}

// with is the list with one movement more. Of a step that is told with two amounts the
// larger counts. What was there is not written to, as copies of the attempt have it.
func (d Disputes) with(step DisputeStep, minor int64) Disputes {
	list := slices.Clone(d)
	i, known := slices.BinarySearchFunc(list, step.ID, func(x Dispute, id string) int { return cmp.Compare(x.ID, id) })
	if !known {
		list = slices.Insert(list, i, Dispute{ID: step.ID})
	}
	list[i] = list[i].with(step, minor)
	return list
}

func (d Dispute) with(step DisputeStep, minor int64) Dispute {
	move := DisputeMove{Step: step.Step, AmountMinor: minor}
	if step.IsReturn {
		move.AmountMinor = -minor
	}
	d.Moves = slices.Clone(d.Moves)
	i, known := slices.BinarySearchFunc(d.Moves, step.Step, func(x DisputeMove, n int) int { return cmp.Compare(x.Step, n) })
	switch {
	case !known:
		d.Moves = slices.Insert(d.Moves, i, move)
	case minor > max(d.Moves[i].AmountMinor, -d.Moves[i].AmountMinor):
		d.Moves[i] = move
	}
	d.AmountMinor = 0
	for _, m := range d.Moves {
		switch {
		case m.AmountMinor > 0: // taken again, it was given back before, told or not
			d.AmountMinor = m.AmountMinor
		default:
			d.AmountMinor = max(0, d.AmountMinor+m.AmountMinor)
		}
	}
	return d
}

// ChargeBack records a movement of money that a payer's bank took back, or that came back
// of it. A step that names no dispute tells what was taken in all, which only grows.
func (s *State) ChargeBack(id uuid.UUID, step DisputeStep, minor int64) (bool, error) {
	t := s.Attempt(id)
	switch {
	case t == nil:
		return false, missing("transaction", id)
	case !t.believesChargeback(step, minor):
		return false, fmt.Errorf("gateway charges back %d of transaction %s", minor, id)
	case minor == 0:
		return false, nil
	case t.CapturedMinor == 0:
		return s.keepEarly(t, EarlyReport{Kind: EarlyChargeback, Currency: t.Currency, AmountMinor: minor, Dispute: step}), nil
	}
	was := t.ChargedBackMinor
	t.Disputes = t.Disputes.with(step, minor)
	t.ChargedBackMinor = t.Disputes.minor()
	switch {
	case t.ChargedBackMinor > was:
		s.note(EventChargebackRecorded, &t.ID, t.ChargedBackMinor-was)
		s.raise(AttentionChargeback)
	case t.ChargedBackMinor < was:
		s.note(EventChargebackReversed, &t.ID, was-t.ChargedBackMinor)
	default:
		return false, nil
	}
	if t.ChargedBackMinor > max(was, t.CapturedMinor) {
		s.mismatch(t)
	}
	t.UpdatedAt = s.Now
	return true, nil
}

// believesChargeback says that the amount of a movement can be counted.
func (t Transaction) believesChargeback(step DisputeStep, minor int64) bool {
	return inRange(minor) && (step.IsReturn || inRange(t.Disputes.with(step, minor).minor()))
}
