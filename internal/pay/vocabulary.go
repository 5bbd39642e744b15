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

// StatusAs is the headline in the words of a source system. S2 has words for
// refunds under way or failed; they come before the headline's.
func (p Payment) StatusAs(vocabulary StatusVocabulary) string {
	if vocabulary == "S2" {
		switch {
		case p.RefundStatus == "PENDING":
			return "pending_refund"
		case p.RefundStatus == "FAILED":
			return "refund_failed"
		}
	}
	return statusWords[p.Status][vocabulary[1]-'0']
}
