package adyentest

import (
	"net/http"
)

// event is what Adyen calls the outcome of what was asked about a payment.
var event = map[string]string{"capture": "CAPTURE", "void": "CANCELLATION", "cancel": "TECHNICAL_CANCEL", "refund": "REFUND"}

// modify takes what is asked about a payment: it says that it received it, does it or not,
// and tells later.
func (s *Server) modify(c *call) answer {
	reference, _ := c.Body["reference"].(string)
	sum, _ := c.Body["amount"].(map[string]any)
	value, _ := sum["value"].(float64)
	currency, counts := sum["currency"].(string)
	p := s.find(func(p *payment) bool { return p.psp == c.psp })
	if p == nil || counts && currency != p.currency || reference == "" {
		return refusal(http.StatusUnprocessableEntity, "167")
	}
	amount := p.asked
	if counts {
		amount = int64(value)
	}
	id, done := s.id(), p.change(c.Operation, amount)
	if p.outcome != RefundPending || c.Operation != "refund" {
		success := map[bool]string{true: "true", false: "false"}[done]
		s.tell(Item{EventCode: event[c.Operation], PSPReference: id, OriginalReference: p.psp, Success: success, Reason: "secret reason"}, p, reference, amount)
	}
	body := map[string]any{"status": "received", "pspReference": id, "reference": reference, "merchantAccount": Account}
	if c.Operation != "cancel" {
		body["paymentPspReference"] = p.psp
	}
	if counts {
		body["amount"] = sum
	}
	return answer{http.StatusCreated, body}
}

// change does what was asked, and says whether that could be.
func (p *payment) change(what string, amount int64) bool {
	switch {
	case p.outcome == CaptureRefused && what == "capture", p.outcome == VoidRefused && what == "void",
		p.outcome == LeaveRefused && what == "cancel", p.outcome == RefundRefused && what == "refund":
		return false
	case what == "capture" && 0 < amount && amount <= p.held:
		p.captured, p.held = p.captured+amount, 0
	case what == "void" && p.held > 0:
		p.held, p.over = 0, true
	case what == "cancel" && (p.held > 0 || p.open):
		p.held, p.open, p.over = 0, false, true
	case what == "refund" && 0 < amount && amount <= p.captured-p.refunded:
		p.refunded += amount
	default:
		return false
	}
	return true
}
