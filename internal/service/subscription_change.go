package service

import (
	"bytes"
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// UpdateSubscription is a change of a subscription. Left out is not the same as
// null, which clears.
type UpdateSubscription struct {
	SubscriptionID  string
	ExpectedVersion *int
	PaymentMethodID Optional[*string]
	Price           Optional[*pay.MoneyInput]
	// What the payments made from then on have.
	AutomaticRetries Optional[*int]
	Description      Optional[*string]
	Metadata         Optional[[]pay.MetadataEntry]
}

// UpdateBillingSubscription changes what the next payments of a subscription cost,
// are paid with and say. A new method also pays those that wait to be attempted;
// otherwise payments that were made stay as they are. It refuses VERSION_CONFLICT
// when the subscription has another version than expected. For callers with
// payments:write, but no customer.
func (s *Service) UpdateBillingSubscription(ctx context.Context, in UpdateSubscription) (pay.BillingSubscription, error) {
	var old *uuid.UUID
	row, err := s.changeSubscription(ctx, in.SubscriptionID, in.ExpectedVersion, func(ctx context.Context, c caller, row *pay.BillingSubscription) (bool, error) {
		if row.StatusAt(s.clock()) == pay.SubscriptionCancelled {
			e := pay.Refuse(pay.CodeInvalidState, pay.At("input", "subscriptionId"), "The subscription was called off.")
			e.Current, e.Allowed = string(pay.SubscriptionCancelled), []string{string(pay.SubscriptionActive), string(pay.SubscriptionEnding)}
			return false, pay.Errors{e}
		}
		was := *row
		old = was.PaymentMethodID
		if err := s.applySubscription(ctx, c, in, row); err != nil {
			return false, err
		}
		return !bytes.Equal(fingerprint(subscriptionContent(was)), fingerprint(subscriptionContent(*row))), nil
	})
	if err != nil || in.PaymentMethodID.Value == nil {
		return row, err
	}
	return row, s.payWaitingWith(ctx, row, old)
}

func (s *Service) applySubscription(ctx context.Context, c caller, in UpdateSubscription, row *pay.BillingSubscription) (err error) {
	var faults checks
	at := pay.At("input")
	switch {
	case in.Price.Set && in.Price.Value == nil:
		faults.Addf(pay.CodeRequired, at.Then("price"), "It cannot be cleared.")
	case in.Price.Set:
		row.PriceMinor = faults.price(*in.Price.Value, row.Currency, at.Then("price"))
	}
	changeNeeded(&faults, &row.AutomaticRetries, in.AutomaticRetries, at.Then("automaticRetries"))
	change(&row.Description, in.Description)
	if in.Metadata.Set {
		row.Metadata = in.Metadata.Value
	}
	faults.retries(row.AutomaticRetries, at)
	faults.description(in.Description.Value, at.Then("description"))
	faults.metadata(in.Metadata.Value, at.Then("metadata"))
	if in.PaymentMethodID.Set {
		row.PaymentMethodID, err = c.namedMethod(ctx, in.PaymentMethodID.Value, &faults)
	}
	if err != nil || faults.Any() || !in.PaymentMethodID.Set && !in.Price.Set {
		return orElse(err, faults)
	}
	if !in.PaymentMethodID.Set {
		return orElse(s.checkSubscriptionPrice(ctx, c, *row, &faults), faults)
	}
	customer, err := first(c.rows.Customers(ctx, []uuid.UUID{row.CustomerID}))
	if err != nil {
		return err
	}
	return orElse(s.checkSubscriptionMethod(ctx, c, *row, *customer, &faults), faults)
}

// checkSubscriptionPrice refuses a price that the gateway of the subscription's method
// does not take, whatever else may stand in that method's way by now.
func (s *Service) checkSubscriptionPrice(ctx context.Context, c caller, row pay.BillingSubscription, faults *checks) error {
	if row.PaymentMethodID == nil {
		return nil
	}
	var p plan
	method := pay.FormatID(pay.KindMethod, *row.PaymentMethodID)
	if err := s.chooseGateway(ctx, c, &p, nil, &method, faults); err != nil {
		return err
	}
	faults.Add(tooLittle(p.gateway, row.Currency, row.PriceMinor, pay.At("input", "price")))
	return nil
}

// CancelSubscriptionInput asks to call a subscription off.
type CancelSubscriptionInput struct {
	SubscriptionID  string
	AtPeriodEnd     bool
	ExpectedVersion *int
}

// CancelBillingSubscription calls a subscription off, now or when the current
// period ends. Doing it twice does no harm. Payments that were made stay as they
// are: they are cancelled or refunded on their own. For callers with
// payments:write, but no customer.
func (s *Service) CancelBillingSubscription(ctx context.Context, in CancelSubscriptionInput) (pay.BillingSubscription, error) {
	return s.changeSubscription(ctx, in.SubscriptionID, in.ExpectedVersion, func(_ context.Context, _ caller, row *pay.BillingSubscription) (bool, error) {
		return row.Cancel(s.clock(), in.AtPeriodEnd)
	})
}

// changeSubscription changes a subscription under its lock, which keeps the
// program from making a payment by what is being changed.
func (s *Service) changeSubscription(ctx context.Context, id string, version *int, do func(context.Context, caller, *pay.BillingSubscription) (bool, error)) (row pay.BillingSubscription, err error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return row, err
	}
	key, _ := pay.ParseID(pay.KindSubscription, id)
	err = s.store.InTx(ctx, func(ctx context.Context) error {
		list, err := c.rows.SubscriptionForUpdate(ctx, key)
		if err == nil && len(list) == 0 {
			err = pay.Errors{notFound("subscription", pay.At("input", "subscriptionId"))}
		}
		if err != nil {
			return err
		}
		row = list[0]
		if conflict := outdated("The subscription", row.Version, version); conflict != nil {
			return pay.Errors{conflict}
		}
		changed, err := do(ctx, c, &row)
		if err != nil || !changed {
			return err
		}
		row.Version, row.UpdatedAt = row.Version+1, s.clock()
		return c.rows.UpdateSubscription(ctx, row)
	})
	return row, err
}
