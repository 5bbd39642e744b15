package stripetest

import "bytes"

// The payment methods, by what becomes of them.
const (
	PmVisa         = "pm_visa"
	PmInsufficient = "pm_insufficient"
	PmStolen       = "pm_stolen"
	// PmRedirect needs a visit of the bank's page, PmScript one of Stripe's script.
	PmRedirect = "pm_redirect"
	PmScript   = "pm_script"
	// PmDebit is a direct debit, which takes days.
	PmDebit = "pm_debit"
	// PmMore is answered with more money than was asked.
	PmMore = "pm_more"
	// PmNone is no payment method.
	PmNone = "pm_none"
	// PmRefundPending gives back later.
	PmRefundPending = "pm_refund_pending"
)

// Those that are as PmVisa, or PmRedirect for cancels, but for one answer.
const (
	PmConfirmLost    = "pm_confirm_lost"
	PmConfirmNever   = "pm_confirm_never"
	PmConfirmLimited = "pm_confirm_limited"
	PmConfirmError   = "pm_confirm_error"
	PmConfirmGarbled = "pm_confirm_garbled"
	PmCaptureLost    = "pm_capture_lost"
	PmCaptureRefused = "pm_capture_refused"
	PmCancelLost     = "pm_cancel_lost"
	PmCancelRefused  = "pm_cancel_refused"
	PmRefundLost     = "pm_refund_lost"
	PmRefundRefused  = "pm_refund_refused"
	// PmLeaveLost and PmLeaveRefused need a redirect, and are then called off.
	PmLeaveLost    = "pm_leave_lost"
	PmLeaveRefused = "pm_leave_refused"
)

// faultsOf are the faults of methods, by the operation.
var faultsOf = map[string]map[string]Kind{
	PmConfirmLost: {"confirm": DropAfter}, PmConfirmNever: {"confirm": DropBefore}, PmConfirmLimited: {"confirm": Limited},
	PmConfirmError: {"confirm": ErrorAfter}, PmConfirmGarbled: {"confirm": GarbledAfter},
	PmCaptureLost: {"capture": DropAfter}, PmCaptureRefused: {"capture": Refused},
	PmCancelLost: {"cancel": DropAfter}, PmCancelRefused: {"cancel": Refused}, PmLeaveLost: {"cancel": DropAfter}, PmLeaveRefused: {"cancel": Refused},
	PmRefundLost: {"refund": DropAfter}, PmRefundRefused: {"refund": Refused},
}

// declines are the codes that methods are declined with.
var declines = map[string]string{PmInsufficient: "insufficient_funds", PmStolen: "stolen_card"}

// needsAction says that the payer must act.
func needsAction(method string) bool {
	switch method {
	case PmRedirect, PmScript, PmLeaveLost, PmLeaveRefused:
		return true
	}
	return false
}

func strange(text []byte) []byte {
	for _, status := range []string{"succeeded", "requires_capture", "requires_action", "processing", "canceled", "requires_payment_method", "pending"} {
		text = bytes.ReplaceAll(text, []byte(`"status":"`+status+`"`), []byte(`"status":"eaten"`))
	}
	return text
}
