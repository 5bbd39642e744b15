package pay

// StatusVocabulary is the status language of one of the five source systems,
// so that a partner can move over field by field.
type StatusVocabulary string

// statusWords maps a headline to its word in S0, S1, S2, S3 and S4, in this
// order. Words are lossy where a source has no equal.
var statusWords = map[PaymentStatus][5]string{
	PaymentCreated:           {"CREATED", "pending", "created", "PENDING", "Requested"},
	PaymentPendingApproval:   {"CREATED", "pending_approval", "created", "PENDING", "Requested"},
	PaymentRequiresAction:    {"PROCESSING", "processing", "processing", "PENDING", "Requested"},
	PaymentProcessing:        {"PROCESSING", "processing", "processing", "PENDING", "Requested"},
	PaymentOnRetry:           {"PROCESSING", "processing", "on_retry", "PENDING", "Requested"},
	PaymentAuthorized:        {"PROCESSING", "processing", "reserved", "PENDING", "Requested"},
	PaymentPartiallyPaid:     {"PROCESSING", "processing", "processing", "PENDING", "Requested"},
	PaymentPaid:              {"PAID", "succeeded", "succeeded", "COMPLETED", "Paid"},
	PaymentConfirmed:         {"COMPLETED", "succeeded", "succeeded", "COMPLETED", "Confirmed"},
	PaymentPartiallyRefunded: {"PAID", "succeeded", "partial_refund", "COMPLETED", "Paid"},
	PaymentRefunded:          {"PAID", "refunded", "refunded", "REFUNDED", "Refunded"},
	PaymentFailed:            {"FAILED", "failed", "failed", "FAILED", "Requested"},
	PaymentRejected:          {"FAILED", "failed", "failed", "FAILED", "Cancelled"},
	PaymentCancelled:         {"FAILED", "cancelled", "cancelled", "CANCELLED", "Cancelled"},
	PaymentVoided:            {"FAILED", "cancelled", "cancelled", "CANCELLED", "Voided"},
	PaymentExpired:           {"FAILED", "cancelled", "cancelled", "CANCELLED", "Expired"},
}

// refundWords are a source's own words for what became of the refunds; they
// come before the headline's.
var refundWords = map[StatusVocabulary]map[RefundStatusSummary]string{
	"S2": {"PENDING": "pending_refund", "FAILED": "refund_failed", "IMPOSSIBLE": "refund_failed"},
	"S4": {"IMPOSSIBLE": "ImpossibleRefund"},
}

// StatusAs is the headline in the words of a source system. Only S2 has two words for
// collected money, told apart by the attempts.
func (p Payment) StatusAs(vocabulary StatusVocabulary, attempts []Transaction) string {
	if word, ok := refundWords[vocabulary][p.RefundStatus]; ok {
		return word
	}
	word := statusWords[p.Status][vocabulary[1]-'0']
	if vocabulary == "S2" && word == "succeeded" && wasReserved(attempts) {
		return "captured"
	}
	return word
}

// wasReserved says that all that was captured was only held at first.
func wasReserved(attempts []Transaction) (reserved bool) {
	for _, t := range attempts {
		if t.CapturedMinor > 0 {
			if t.AutoCapture {
				return false
			}
			reserved = true
		}
	}
	return reserved
}

// attemptWords are the words for attempts of S4, the only source that has some.
var attemptWords = map[TransactionStatus]string{
	TransactionCreated: "Requested", TransactionPendingApproval: "Requested", TransactionRequiresAction: "Requested",
	TransactionPending: "Requested", TransactionUnknown: "Requested", TransactionAuthorized: "Requested",
	TransactionCaptured: "Paid", TransactionPartiallyRefunded: "Paid", TransactionConfirmed: "Confirmed", TransactionRefunded: "Refunded",
	TransactionFailed: "Failed", TransactionDropped: "Dropped", TransactionCancelled: "Cancelled", TransactionRejected: "Cancelled",
	TransactionVoided: "Voided", TransactionExpired: "Expired",
}

// StatusAs is where an attempt with these refunds, oldest first, stands in the words
// of a source system; null where that has none for attempts.
func (t Transaction) StatusAs(vocabulary StatusVocabulary, refunds []Refund) *string {
	if vocabulary != "S4" {
		return nil
	}
	word := attemptWords[t.ShownStatus()]
	if i := len(refunds) - 1; i >= 0 && refunds[i].Status == RefundImpossible {
		word = "ImpossibleRefund"
	}
	return &word
}
