package gatewaytest

import (
	"testing"

	"github.com/paygraph/paygraph/internal/pay"
)

func TestBrokenSuccessesAreCaught(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change   func(*pay.Fact)
		caughtBy []string
	}{
		"the amount is off by one": {onSuccess(func(f *pay.Fact) { f.AmountMinor++ }), []string{
			"approved and captured: CAPTURED fact has 1235 minor units of EUR, want 1234",
			"approved and held: AUTHORIZED fact has 1235", "a success behind a timeout is found: CAPTURED fact has 1235",
			"amounts are exact: CAPTURED fact has 2 minor units of JPY, want 1", "amounts are exact: a transaction refuses the fact"}},
		"the last digit is rounded away": {onSuccess(func(f *pay.Fact) { f.AmountMinor = f.AmountMinor / 10 * 10 }), []string{
			"amounts are exact: AUTHORIZED fact has 1234560 minor units of KWD, want 1234567"}},
		"great amounts are declined": {onSuccess(func(f *pay.Fact) {
			if f.AmountMinor > 1<<32 {
				*f = declined("too much", pay.HardDecline)
			}
		}), []string{"amounts are exact: 9007199254740991 minor units of EUR become FAILED"}},
		"all attempts have one external id": {func(f *pay.Fact) { f.ExternalID = new("the only one") }, []string{
			"approved and held: two attempts have the external ids map[the only one:true]"}},
		"a success has no external id": {onSuccess(func(f *pay.Fact) { f.ExternalID = nil }), []string{
			"approved and held: AUTHORIZED fact has no external id", "a success behind a timeout is found: CAPTURED fact has no"}},
		"a hold is called a capture": {onSuccess(func(f *pay.Fact) { f.To = pay.TransactionCaptured }), []string{
			"approved and held: Charge reports CAPTURED, want AUTHORIZED"}},
		"a pending attempt has money": {onPending(func(f *pay.Fact) { f.AmountMinor = 1 }), []string{"want no money in it"}},
		"a pending attempt has an error": {onPending(func(f *pay.Fact) {
			f.Error = &pay.TransactionError{Code: pay.ErrorGeneric, Message: "Well."}
		}), []string{"pending: PENDING fact has error GENERIC"}},
		"the fee is more than the amount": {onSuccess(func(f *pay.Fact) { f.FeeMinor = new(f.AmountMinor + 1) }), []string{
			"approved and captured: fee of 1235 minor units"}},
		"vouchers pay more than the amount": {onSuccess(func(f *pay.Fact) { f.VoucherMinor = f.AmountMinor + 1 }), []string{
			"approved and captured: 0 vouchers paid 1235 of 1234 minor units"}},
		"a whole card number is shown": {onSuccess(func(f *pay.Fact) {
			f.Details = pay.MethodDetails{Card: &pay.CardDetails{LastFour: new("4242424242424242")}}
		}), []string{"card details show more"}},
		"a whole voucher number is shown": {onSuccess(func(f *pay.Fact) {
			f.Details = pay.MethodDetails{Voucher: &pay.VoucherDetails{LastFour: new("42424")}}
		}), []string{"voucher details show more"}},
		"details are of two methods": {onSuccess(func(f *pay.Fact) {
			f.Details = pay.MethodDetails{Card: &pay.CardDetails{}, Wallet: &pay.WalletDetails{}}
		}), []string{"details of 2 sorts"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantCaught(t, factLiar(tt.change), tt.caughtBy)
		})
	}
}

func TestBrokenFailuresAreCaught(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		why      *pay.TransactionError
		caughtBy []string
	}{
		"it does not say why":    {nil, []string{"soft decline: FAILED fact has error <nil>"}},
		"it has no code":         {&pay.TransactionError{Message: "No."}, []string{"want a code and a message"}},
		"it has no message":      {&pay.TransactionError{Code: pay.ErrorSystem}, []string{"want a code and a message"}},
		"a decline has no type":  {&pay.TransactionError{Code: pay.ErrorDeclined, Message: "No."}, []string{"a decline has one and nothing else does"}},
		"every decline is soft":  {declined("", pay.SoftDecline).Error, []string{"hard decline: error DECLINED is no HARD decline"}},
		"every decline is hard":  {declined("", pay.HardDecline).Error, []string{"soft decline: error DECLINED is no SOFT decline"}},
		"a system error is soft": {&pay.TransactionError{Code: pay.ErrorSystem, Message: "No.", DeclineType: new(pay.SoftDecline)}, []string{"nothing else does", "is no SOFT decline"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantCaught(t, factLiar(func(f *pay.Fact) {
				if f.To == pay.TransactionFailed {
					f.Error = tt.why
				}
			}), tt.caughtBy)
		})
	}
}

func TestBrokenActionsAreCaught(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		action   *pay.TransactionAction
		caughtBy []string
	}{
		"it is missing": {nil, []string{"needs a redirect: REQUIRES_ACTION fact has no action"}},
		"it is of another kind": {&pay.TransactionAction{Type: pay.ActionOTP}, []string{
			"needs a redirect: action is OTP, want REDIRECT", "needs the provider's form: action is OTP, want DROPIN"}},
		"a redirect leads nowhere": {&pay.TransactionAction{Type: pay.ActionRedirect}, []string{"needs a redirect: a redirect without URL"}},
		"a redirect can be read on its way": {&pay.TransactionAction{Type: pay.ActionRedirect, URL: new("http://ledger.example/")},
			[]string{"needs a redirect: URL of the action"}},
		"a redirect runs a script": {&pay.TransactionAction{Type: pay.ActionRedirect, URL: new("javascript:alert(1)")},
			[]string{"needs a redirect: URL of the action"}},
		"its data is not JSON": {&pay.TransactionAction{Type: pay.ActionOTP, Data: pay.JSON("{")},
			[]string{"needs a one-time password: data of the action is not JSON"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantCaught(t, factLiar(func(f *pay.Fact) {
				if f.To == pay.TransactionRequiresAction {
					f.Action = tt.action
				}
			}), tt.caughtBy)
		})
	}
}

func TestFactThatNoTransactionTakesIsCaught(t *testing.T) {
	t.Parallel()
	r, _ := request(Pending)
	in := &inspection{}
	in.judge(r, pay.Fact{To: pay.TransactionPending}, pay.TransactionCaptured)
	if want := "a transaction that is CAPTURED does not become PENDING"; len(in.problems) != 1 || in.problems[0] != want {
		t.Errorf("got %q, want %q", in.problems, want)
	}
}

func onSuccess(change func(*pay.Fact)) func(*pay.Fact) {
	return func(f *pay.Fact) {
		if succeeded(*f) {
			change(f)
		}
	}
}

func onPending(change func(*pay.Fact)) func(*pay.Fact) {
	return func(f *pay.Fact) {
		if f.To == pay.TransactionPending {
			change(f)
		}
	}
}
