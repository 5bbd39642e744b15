package checkout

import (
	"slices"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// The fields of a manual gateway's form, by the names of submitManualPayment.
const (
	fieldReference = "transactionReference"
	fieldEvidence  = "evidenceUrl"
	fieldNotes     = "notes"
)

// nameOf is what the payer is asked for by a field, in words of the method: nobody knows a
// wallet's transaction number as a reference.
func nameOf(way *service.CheckoutWay, param pay.GatewayParameter) string {
	if !way.IsManual || param.ParameterID != fieldReference {
		return param.FriendlyName
	}
	switch way.Gateway.MethodType {
	case pay.MethodMobileWallet, pay.MethodLocalWallet:
		name := way.Gateway.Name
		if label := way.Gateway.MethodLabel; label != nil && *label != "" {
			name = *label
		}
		return "Transaction number that " + name + " gave you"
	case pay.MethodCheck:
		return "Number of the check"
	case pay.MethodBankTransfer:
		return "Reference that you wrote on the transfer"
	}
	return param.FriendlyName
}

// IsChecked says that the payer told to have paid, and the shop has not decided yet.
func (p *view) IsChecked() bool {
	return slices.ContainsFunc(p.Attempts, func(t pay.Transaction) bool { return t.Status == pay.TransactionPendingApproval })
}

// isTold says that the money for which an attempt waits for the payer is told to be paid already:
// to confirm the attempt would be to pay it twice. What they told of a part leaves the rest to
// be paid.
func (p *view) isTold() bool {
	var told int64
	for _, t := range p.Attempts {
		if t.Status == pay.TransactionPendingApproval {
			told += t.RequestedMinor
		}
	}
	of := p.Payment
	return told > 0 && told+p.Attempt.RequestedMinor > of.FinalMinor-of.CapturedMinor-of.HeldMinor
}

// TellsRejected says that the page tells of Rejected: all do but those where the payer is about to
// confirm something.
func (p *view) TellsRejected() bool {
	switch p.Kind {
	case kindCode, kindRedirect, kindDropin, kindReturn, kindProvider:
		return false
	}
	return p.Rejected != nil
}

// Pays says that the page offers ways to pay.
func (p *view) Pays() bool { return p.Kind == kindChoose || p.Kind == kindForm }

// submitManual takes the form of a payer who has paid outside any gateway, and says how much:
// as the page told them, whatever is left by now.
func (x *site) submitManual(v *visit, key, gatewayID string, form []service.FormValueInput, paid int64) error {
	value := func(id string) *string {
		i := slices.IndexFunc(form, func(f service.FormValueInput) bool { return f.ParameterID == id })
		if i < 0 {
			return nil
		}
		return &form[i].Value
	}
	payment := pay.FormatID(pay.KindPayment, v.payment)
	in := service.SubmitManualPaymentInput{IdempotencyKey: key, PaymentID: &payment, GatewayID: gatewayID, Notes: value(fieldNotes), EvidenceURL: value(fieldEvidence),
		Amount: minorUnits(paid), AllowSurplus: true}
	if reference := value(fieldReference); reference != nil {
		in.TransactionReference = *reference
	}
	_, err := x.service.SubmitManualPayment(v.r.Context(), in)
	isOpen := false
	return x.settle(v, err, func(p *view, e *pay.Error) {
		if !isOpen { // opened once more it would forget what was wrong before
			isOpen = p.openSent(gatewayID, true, paid)
		}
		p.fill(v)
		message := e.Message
		if e.Code == pay.CodeDuplicateReference {
			message = "This was given for a payment already. Please look whether it is the right one."
		}
		if at := e.Path; len(at) == 2 && p.blame(at[1], message) {
			return
		}
		if p.Problem = message; !isOpen { // such as a gateway that was switched off
			p.Problem += " If you have paid already, please ask " + p.Company.Name + "."
		}
	})
}
