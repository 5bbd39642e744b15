package gatewaytest

import (
	"context"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// maxToken is how many characters of a token can be stored.
const maxToken = 255

// save is about methods that are saved for later: nothing is charged for it, and what was
// saved pays.
func save(ctx context.Context, in *inspection) {
	saver, ok := in.subject.Connector.(gateway.Saver)
	if !ok {
		in.unable("saves")
		return
	}
	if r, ok := in.request(MethodSaved); ok {
		amount := r.Amount
		r.Amount = money.Money{Currency: amount.Currency}
		if f, ok := in.saved(ctx, saver, r, pay.TransactionCaptured); ok {
			in.paysWith(ctx, r, f, amount)
		}
	}
	if r, ok := in.request(SaveDeclined); ok {
		r.Amount = money.Money{Currency: r.Amount.Currency}
		if f, ok := in.saved(ctx, saver, r, pay.TransactionFailed); ok {
			in.judgeFailure(f)
			if f.SavedToken != nil {
				in.problem("Save that failed has a token")
			}
		}
	}
}

// saved saves, once more, and looks it up.
func (in *inspection) saved(ctx context.Context, saver gateway.Saver, r gateway.ChargeRequest, want pay.TransactionStatus) (pay.Fact, bool) {
	first, err := saver.Save(ctx, r)
	in.exclusive("Save", first, err)
	if err != nil || first.To != want {
		in.problem("Save reports %s and %v, want %s", first.To, err, want)
		return first, false
	}
	if first.AmountMinor != 0 || first.FeeMinor != nil {
		in.problem("Save takes money: %d minor units", first.AmountMinor)
	}
	in.judgeDetails(first.Details)
	in.books(r, Books{})
	for call, ask := range map[string]func(context.Context, gateway.ChargeRequest) (pay.Fact, error){"Save again": saver.Save, "Lookup of what was saved": in.lookup} {
		f, err := ask(ctx, r)
		if err != nil {
			in.problem("%s fails with %q", call, err)
			continue
		}
		in.same(call, first, f)
		if text(f.SavedToken) != text(first.SavedToken) {
			in.problem("%s has another token", call)
		}
	}
	return first, true
}

// paysWith charges what was saved, with no payer there.
func (in *inspection) paysWith(ctx context.Context, saving gateway.ChargeRequest, f pay.Fact, amount money.Money) {
	token := text(f.SavedToken)
	if token == "" || len(token) > maxToken {
		in.problem("Save has a token of %d bytes, want 1 to %d", len(token), maxToken)
		return
	}
	for range 2 {
		r, ok := in.request(MethodSaved)
		if !ok {
			return
		}
		r.Amount, r.Token, r.Details = amount, token, f.Details
		if f, ok := in.mustCharge(ctx, r); ok && f.To != pay.TransactionCaptured {
			in.problem("a Charge with what was saved reports %s, want %s", f.To, pay.TransactionCaptured)
			continue
		}
		in.books(r, Books{Captured: amount.Decimal()})
	}
	in.books(saving, Books{})
}
