package adyentest

import (
	"net/http"
	"strings"

	"github.com/paygraph/paygraph/internal/gateway/rest/resttest"
)

// The names of holders, which say what becomes of a payment.
const (
	Visa         = "visa"
	Insufficient = "insufficient" // refused for now
	Stolen       = "stolen"       // refused for good
	Redirect     = "redirect"     // the payer must visit a page
	Challenge    = "challenge"    // the payer must go on in Adyen's script
	Slip         = "slip"         // the payer gets a slip to pay with
	Debit        = "debit"        // has no result for days
	More         = "more"         // authorises a unit more than was asked
	Less         = "less"         // authorises a unit less and does not say that it is a part
	Part         = "part"         // authorises half, and says so

	// PageMethod is the name of a method, of which no holder is told: the payer must visit a
	// page.
	PageMethod = "ideal"

	// What follows is paid as by Visa or, for Leave, by Redirect; the name says what goes
	// wrong, and with what.
	PaymentLost    = "payment lost"
	PaymentNever   = "payment never"
	PaymentLimited = "payment limited"
	PaymentError   = "payment error"
	PaymentGarbled = "payment garbled"
	CaptureLost    = "capture lost"
	CaptureRefused = "capture refused"
	VoidLost       = "void lost"
	VoidRefused    = "void refused"
	LeaveLost      = "leave lost"
	LeaveRefused   = "leave refused"
	RefundLost     = "refund lost"
	RefundRefused  = "refund refused"
	RefundPending  = "refund pending"
)

// faultsOf are the faults that an outcome brings, by what they happen to.
var faultsOf = map[string]map[string]Kind{
	PaymentLost: {"payment": DropAfter}, PaymentNever: {"payment": DropBefore}, PaymentLimited: {"payment": Limited},
	PaymentError: {"payment": ErrorAfter}, PaymentGarbled: {"payment": GarbledAfter},
	CaptureLost: {"capture": DropAfter}, VoidLost: {"void": HalfAfter}, LeaveLost: {"cancel": DropAfter}, RefundLost: {"refund": ErrorAfter},
}

// Token is a state of Adyen's form whose holder has the name.
func Token(holder string) string {
	return `{"paymentMethod":{"type":"scheme","encryptedCardNumber":"adyenjs_0_1","holderName":"` + holder + `"}}`
}

// VoucherToken is Token where a meal voucher pays.
func VoucherToken(holder string) string {
	return `{"paymentMethod":{"type":"mealVoucher_FR_sodexo","encryptedCardNumber":"adyenjs_0_1","holderName":"` + holder + `"}}`
}

// payment is one in Adyen's books, in units as Adyen counts them.
type payment struct {
	psp, reference, outcome, currency string
	asked, held, captured, refunded   int64
	manual, saves                     bool
	open, over                        bool // waits for the payer; was called off
	shopper, storedID, back           string
}

// stored is a saved method.
type stored struct{ shopper, outcome string }

func attemptOf(reference string) string { return reference[:min(len(reference), 36)] }

func (s *Server) find(is func(*payment) bool) *payment {
	for _, p := range s.payments {
		if is(p) {
			return p
		}
	}
	return nil
}

// recognise finds what a request is about.
func (s *Server) recognise(c *call) {
	reference, _ := c.Body["reference"].(string)
	method, _ := c.Body["paymentMethod"].(map[string]any)
	c.outcome, _ = method["holderName"].(string)
	if kind, _ := method["type"].(string); kind == PageMethod {
		c.outcome = Redirect
	}
	if id, _ := method["storedPaymentMethodId"].(string); id != "" {
		c.outcome = s.stored[id].outcome
	}
	by, _ := c.Body["paymentReference"].(string)
	details, _ := c.Body["details"].(map[string]any)
	came, _ := details["redirectResult"].(string)
	came, _, _ = strings.Cut(came, "!")
	p := s.find(func(p *payment) bool {
		return c.psp != "" && p.psp == c.psp || by != "" && p.reference == by || came != "" && p.psp == came
	})
	if p != nil {
		reference, c.outcome, c.psp = p.reference, p.outcome, p.psp
	}
	if by != "" {
		reference = by
	}
	c.Attempt = attemptOf(reference)
}

// pay is a request for money, or to save a method.
func (s *Server) pay(c *call) answer {
	sum, _ := c.Body["amount"].(map[string]any)
	value, _ := sum["value"].(float64)
	currency, _ := sum["currency"].(string)
	reference, _ := c.Body["reference"].(string)
	model, _ := c.Body["recurringProcessingModel"].(string)
	shopper, _ := c.Body["shopperReference"].(string)
	extra, _ := c.Body["additionalData"].(map[string]any)
	method, _ := c.Body["paymentMethod"].(map[string]any)
	id, _ := method["storedPaymentMethodId"].(string)
	_, known := decimals[currency]
	switch {
	case !known:
		return refusal(http.StatusUnprocessableEntity, "138")
	case value < 0 || value == 0 && c.Body["storePaymentMethod"] != true || c.Body["returnUrl"] == nil || reference == "":
		return refusal(http.StatusUnprocessableEntity, "137")
	case id != "" && (s.stored[id].shopper != shopper || shopper == "" || c.Body["shopperInteraction"] != "ContAuth" || model == ""):
		return refusal(http.StatusUnprocessableEntity, "800")
	}
	back, _ := c.Body["returnUrl"].(string)
	p := &payment{psp: s.id(), back: back, reference: reference, outcome: c.outcome, currency: currency, asked: int64(value), manual: extra["manualCapture"] == "true",
		saves: c.Body["storePaymentMethod"] == true, shopper: shopper}
	if !p.manual && !p.saves && c.Body["captureDelayHours"] != 0.0 {
		s.t.Errorf("adyentest: the merchant's setting would say when %s is captured", reference)
	}
	s.payments = append(s.payments, p)
	return s.result(p)
}

// actions are what the payer must do.
var actions = map[string]map[string]any{
	Redirect:  {"type": "redirect", "method": "GET", "url": "https://checkoutshopper-test.adyen.com/checkoutshopper/threeDS/redirect?MD=1", "paymentMethodType": "scheme"},
	Challenge: {"type": "threeDS2", "subtype": "challenge", "token": "eyJ0", "paymentMethodType": "scheme"},
	Slip:      {"type": "voucher", "paymentMethodType": "multibanco", "reference": "501422944", "expiresAt": "2099-01-02T00:00:00Z"},
}

var actionResults = map[string]string{Redirect: "RedirectShopper", Challenge: "ChallengeShopper", Slip: "PresentToShopper"}

// result is what becomes of a payment at first.
func (s *Server) result(p *payment) answer {
	what := p.outcome
	if what == LeaveLost || what == LeaveRefused {
		what = Redirect
	}
	if action := actions[what]; action != nil {
		p.open = true
		return answer{http.StatusOK, map[string]any{"resultCode": actionResults[what], "action": action}}
	}
	switch what {
	case Insufficient:
		return s.refuse(p, "12")
	case Stolen:
		return s.refuse(p, "5")
	case Debit:
		return answer{http.StatusOK, map[string]any{"resultCode": "Received", "pspReference": p.psp, "merchantReference": p.reference}}
	case "":
		return refusal(http.StatusUnprocessableEntity, "101")
	}
	return s.authorise(p)
}

func (s *Server) refuse(p *payment, code string) answer {
	p.over = true
	s.tell(Item{EventCode: "AUTHORISATION", PSPReference: p.psp, Success: "false", Reason: "Refused"}, p, p.reference, p.asked)
	return answer{http.StatusOK, map[string]any{"resultCode": "Refused", "refusalReasonCode": code, "refusalReason": "secret reason", "pspReference": p.psp, "merchantReference": p.reference}}
}

func (s *Server) authorise(p *payment) answer {
	result, extra := "Authorised", map[string]any{"cardSummary": "1111", "expiryDate": "3/2030"}
	told := p.asked
	switch p.outcome {
	case More:
		told++
	case Less:
		told--
	case Part:
		told, result = p.asked/2, "PartiallyAuthorised"
	}
	switch {
	case p.saves:
		p.storedID = s.id()
		s.stored[p.storedID] = stored{p.shopper, p.outcome}
		extra["tokenization.storedPaymentMethodId"] = p.storedID
	case p.manual:
		p.held = told
	default:
		p.captured = told
	}
	s.tell(Item{EventCode: "AUTHORISATION", PSPReference: p.psp, Success: "true"}, p, p.reference, told)
	return answer{http.StatusOK, map[string]any{"resultCode": result, "pspReference": p.psp, "merchantReference": p.reference, "additionalData": extra,
		"amount": map[string]any{"currency": p.currency, "value": told}, "paymentMethod": map[string]any{"brand": "visa", "type": "scheme"}}}
}

// Act plays the payer who acts and pays, or does not, and returns what the payer comes back
// with.
func (s *Server) Act(attempt string, paid bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.find(func(p *payment) bool { return attemptOf(p.reference) == attempt })
	verdict := "!refused"
	if paid {
		verdict = "!paid"
	}
	return `{"redirectResult":"` + p.psp + verdict + `"}`
}

// Leave is Act for a payer who is sent away: it returns the address that they come back to.
func (s *Server) Leave(attempt string, paid bool) string {
	verdict := "!refused"
	if paid {
		verdict = "!paid"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.find(func(p *payment) bool { return attemptOf(p.reference) == attempt })
	return resttest.Back(p.back, "redirectResult", p.psp+verdict)
}

// step takes what the payer came back with.
func (s *Server) step(c *call) answer {
	details, _ := c.Body["details"].(map[string]any)
	came, _ := details["redirectResult"].(string)
	id, verdict, _ := strings.Cut(came, "!")
	p := s.find(func(p *payment) bool { return p.psp == id })
	if p == nil || !p.open || p.over {
		return refusal(http.StatusUnprocessableEntity, "14_031")
	}
	p.open = false
	if verdict != "paid" {
		return s.refuse(p, "11")
	}
	return s.authorise(p)
}

// Settle ends a payment that has no result for days.
func (s *Server) Settle(attempt string, paid bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.find(func(p *payment) bool { return attemptOf(p.reference) == attempt })
	if paid {
		s.authorise(p)
		return
	}
	s.refuse(p, "2")
}
