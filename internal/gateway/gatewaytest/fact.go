package gatewaytest

import (
	"encoding/json"
	"net/url"
	"time"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// judge checks that the fact is whole in itself, true of the request, and taken
// by a transaction in status from.
func (in *inspection) judge(r gateway.ChargeRequest, f pay.Fact, from pay.TransactionStatus) {
	switch f.To {
	case pay.TransactionAuthorized, pay.TransactionCaptured:
		in.judgeSuccess(r, f)
	case pay.TransactionFailed:
		in.judgeFailure(f)
	case pay.TransactionRequiresAction:
		in.judgeAction(f)
	}
	if !succeeded(f) && (f.AmountMinor != 0 || f.VoucherMinor != 0 || f.VoucherCount != 0) {
		in.problem("%s fact has %d minor units, %d of them by %d vouchers; want no money in it",
			f.To, f.AmountMinor, f.VoucherMinor, f.VoucherCount)
	}
	if f.To != pay.TransactionFailed && f.Error != nil {
		in.problem("%s fact has error %s", f.To, f.Error.Code)
	}
	in.judgeDetails(f.Details)
	in.apply(r, f, from)
}

func succeeded(f pay.Fact) bool {
	return f.To == pay.TransactionAuthorized || f.To == pay.TransactionCaptured
}

func (in *inspection) judgeSuccess(r gateway.ChargeRequest, f pay.Fact) {
	if f.AmountMinor != r.Amount.Minor {
		in.problem("%s fact has %d minor units of %s, want %d", f.To, f.AmountMinor, r.Amount.Currency, r.Amount.Minor)
	}
	if text(f.ExternalID) == "" {
		in.problem("%s fact has no external id: nobody could find the money at the provider", f.To)
	}
	if f.FeeMinor != nil && (*f.FeeMinor < 0 || *f.FeeMinor > f.AmountMinor) {
		in.problem("fee of %d minor units, want 0 to %d", *f.FeeMinor, f.AmountMinor)
	}
	if f.VoucherMinor < 0 || f.VoucherMinor > f.AmountMinor || f.VoucherCount < 0 {
		in.problem("%d vouchers paid %d of %d minor units", f.VoucherCount, f.VoucherMinor, f.AmountMinor)
	}
}

func (in *inspection) judgeFailure(f pay.Fact) {
	if f.Error == nil || f.Error.Code == "" || f.Error.Message == "" {
		in.problem("%s fact has error %+v, want a code and a message", f.To, f.Error)
		return
	}
	if declined := f.Error.Code == pay.ErrorDeclined; declined != (f.Error.DeclineType != nil) {
		in.problem("error %s with decline type %v: a decline has one and nothing else does", f.Error.Code, f.Error.DeclineType)
	}
}

func (in *inspection) judgeAction(f pay.Fact) {
	if f.Action == nil {
		in.problem("%s fact has no action: the payer could not be told what to do", f.To)
		return
	}
	if f.Action.Data != nil && !json.Valid(f.Action.Data) {
		in.problem("data of the action is not JSON: %q", f.Action.Data)
	}
	if f.Action.Type == pay.ActionRedirect && f.Action.URL == nil {
		in.problem("a redirect without URL")
	}
	if f.Action.URL == nil {
		return
	}
	// Anything but https could be read, or answered, by somebody else.
	if u, err := url.Parse(*f.Action.URL); err != nil || u.Scheme != "https" || u.Host == "" {
		in.problem("URL of the action is %q, want https", *f.Action.URL)
	}
}

// judgeDetails guards what is stored and shown of a method: one sort of it, and
// never enough digits to pay with.
func (in *inspection) judgeDetails(d pay.MethodDetails) {
	kinds := 0
	for _, set := range []bool{d.Card != nil, d.DirectDebit != nil, d.Voucher != nil, d.Wallet != nil, d.Manual != nil} {
		if set {
			kinds++
		}
	}
	if kinds > 1 {
		in.problem("details of %d sorts of method, want at most one", kinds)
	}
	if d.Card != nil && len(text(d.Card.LastFour)) > 4 {
		in.problem("card details show more than the last four digits")
	}
	if d.Voucher != nil && len(text(d.Voucher.LastFour)) > 4 {
		in.problem("voucher details show more than the last four digits")
	}
}

func (in *inspection) apply(r gateway.ChargeRequest, f pay.Fact, from pay.TransactionStatus) {
	t := pay.Transaction{Status: from, Currency: r.Amount.Currency, RequestedMinor: r.Amount.Minor, AutoCapture: r.Capture}
	changed, err := t.Apply(f, time.Unix(0, 0).UTC())
	if err != nil {
		in.problem("a transaction refuses the fact: %v", err)
		return
	}
	if !changed || t.Status != f.To {
		in.problem("a transaction that is %s does not become %s", from, f.To)
	}
}
