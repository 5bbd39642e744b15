package adyen

import (
	"encoding/json"
	"strings"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// state is what Adyen's form in the payer's browser makes of what the payer entered. It
// comes from the payer, so only these parts are handed on: a payer who writes an amount or
// an account beside them changes nothing.
type state struct {
	PaymentMethod            json.RawMessage `json:"paymentMethod"`
	BillingAddress           json.RawMessage `json:"billingAddress,omitempty"`
	BrowserInfo              json.RawMessage `json:"browserInfo,omitempty"`
	ClientStateDataIndicator json.RawMessage `json:"clientStateDataIndicator,omitempty"`
	CountryCode              json.RawMessage `json:"countryCode,omitempty"`
	DateOfBirth              json.RawMessage `json:"dateOfBirth,omitempty"`
	DeliveryAddress          json.RawMessage `json:"deliveryAddress,omitempty"`
	Installments             json.RawMessage `json:"installments,omitempty"`
	Origin                   json.RawMessage `json:"origin,omitempty"`
	RiskData                 json.RawMessage `json:"riskData,omitempty"`
	ShopperEmail             json.RawMessage `json:"shopperEmail,omitempty"`
	ShopperName              json.RawMessage `json:"shopperName,omitempty"`
	SocialSecurityNumber     json.RawMessage `json:"socialSecurityNumber,omitempty"`
	TelephoneNumber          json.RawMessage `json:"telephoneNumber,omitempty"`
}

// parseState is false for what is no state. Card data must have been encrypted in the
// browser: what has a card's number in the clear is not handed on.
//
// What the gateway takes for vouchers is booked as vouchers, and pays food alone where the
// merchant says so; so a card does not pass there, nor a voucher anywhere else.
func parseState(text string, kind pay.PaymentMethodType) (state, bool) {
	var s state
	var method map[string]json.RawMessage
	var sort string
	if json.Unmarshal([]byte(text), &s) != nil || json.Unmarshal(s.PaymentMethod, &method) != nil || json.Unmarshal(method["type"], &sort) != nil || sort == "" {
		return state{}, false
	}
	if isVoucher := strings.HasPrefix(sort, "mealVoucher") || sort == "giftcard"; isVoucher != (kind == pay.MethodVoucher) {
		return state{}, false
	}
	for _, name := range []string{"number", "cvc", "expiryMonth", "expiryYear"} {
		if method[name] != nil {
			return state{}, false
		}
	}
	return s, true
}

// method is what pays: the state of Adyen's form, or what was saved. Adyen lets a saved
// method be used only together with the shopper's reference that it was saved for, and the
// program keeps one text for a method; so the text is both.
type method struct {
	state
	shopper, stored string
}

func (m method) isSaved() bool { return m.stored != "" }

var savedForm = pay.NewPattern(`^[0-9a-f-]{36}/[A-Za-z0-9]+$`, 36+1+64)

// cards is what Adyen calls them.
const cards = "scheme"

// method is what pays. needsForm is where only Adyen's form can tell; what is neither can
// never pay.
func (a attempt) method() (m method, needsForm, ok bool) {
	name := a.Settings.Value(RedirectMethod)
	switch {
	case a.Token != "":
		m, ok = parseMethod(a.Token, a.MethodType)
		return m, false, ok
	case name == "", a.isSave(), a.Action == pay.ActionDropin: // the form was asked for before the setting was
		return method{}, true, false
	}
	text, err := json.Marshal(map[string]string{"type": name})
	return method{state: state{PaymentMethod: text}}, false, err == nil
}

// isForm says that the attempt waits for Adyen's form, and Adyen knows nothing of it.
func (a attempt) isForm() bool {
	_, needsForm, _ := a.method()
	return needsForm && a.Action != pay.ActionRedirect && !a.Answered && a.ExternalID == ""
}

// parseMethod is false for what can never pay.
func parseMethod(token string, kind pay.PaymentMethodType) (method, bool) {
	if strings.HasPrefix(token, "{") {
		s, ok := parseState(token, kind)
		return method{state: s}, ok
	}
	if !savedForm.Matches(token) {
		return method{}, false
	}
	shopper, id, _ := strings.Cut(token, "/")
	sort := cards
	if kind == pay.MethodDirectDebit {
		sort = "sepadirectdebit"
	}
	stored, err := json.Marshal(map[string]string{"type": sort, "storedPaymentMethodId": id})
	return method{state: state{PaymentMethod: stored}, shopper: shopper, stored: id}, err == nil
}

// payment is a request for money, or to save a method.
type payment struct {
	Amount           amount            `json:"amount"`
	Reference        string            `json:"reference"`
	MerchantAccount  string            `json:"merchantAccount"`
	ReturnURL        string            `json:"returnUrl"`
	Channel          string            `json:"channel"`
	CaptureDelay     *int              `json:"captureDelayHours,omitempty"`
	AdditionalData   map[string]string `json:"additionalData,omitempty"`
	Interaction      string            `json:"shopperInteraction"`
	RecurringModel   string            `json:"recurringProcessingModel,omitempty"`
	ShopperReference string            `json:"shopperReference,omitempty"`
	Store            bool              `json:"storePaymentMethod,omitempty"`
	state
}

// recurring is Adyen's name for payments of a saved method at times that nobody fixed.
const recurring = "UnscheduledCardOnFile"

// payment is the same for the same attempt, byte for byte, however often it is sent.
func (a attempt) payment(m method) payment {
	p := payment{Amount: a.wire, Reference: a.reference(), MerchantAccount: a.account.name, ReturnURL: a.ReturnTo(), Channel: "Web",
		Interaction: "Ecommerce", state: m.state}
	switch {
	case a.isSave():
		p.Store, p.RecurringModel, p.ShopperReference = true, recurring, a.AttemptID
	case a.Capture:
		p.CaptureDelay = new(int)
	default:
		p.AdditionalData = map[string]string{"manualCapture": "true"}
	}
	if m.isSaved() {
		p.Interaction, p.RecurringModel, p.ShopperReference = "ContAuth", recurring, m.shopper
	}
	return p
}

// reference is the attempt's at Adyen.
func (a attempt) reference() string {
	switch {
	case a.isSave():
		return a.AttemptID + ofSave
	case a.Capture:
		return a.AttemptID + ofCharge
	}
	return a.AttemptID + ofHold
}

// isSave says that no money is wanted: a method is saved.
func (a attempt) isSave() bool { return a.Amount.Minor == 0 }

// form is what the payer must do first where there is no token: fill in Adyen's form, in
// the page. Nothing is asked of Adyen until its state comes back, which is not kept here.
func (a attempt) form() (pay.Fact, error) {
	data, err := json.Marshal(map[string]any{"clientKey": a.account.settings.Value(ClientKey), "environment": a.account.scriptEnvironment(), "amount": a.wire})
	if err != nil {
		return pay.Fact{}, errOpen
	}
	return pay.Fact{To: pay.TransactionRequiresAction, Action: &pay.TransactionAction{Type: pay.ActionDropin, Data: pay.JSON(data)}}, nil
}

// scriptEnvironment is what Adyen's script calls the environment.
func (a account) scriptEnvironment() string {
	if a.environment == pay.Live {
		return "live"
	}
	return "test"
}

// answered is what the payer came back with.
type answered struct {
	// state is set where the payer filled in the form.
	state *state
	// details are those of a redirect or of another step of Adyen's script.
	details     json.RawMessage
	paymentData json.RawMessage
}

// parseAnswer reads the state of the form, what Adyen's script made of another step, or the
// parameters of the address that the payer came back to.
func parseAnswer(answer gateway.Answer, kind pay.PaymentMethodType) (answered, bool) {
	if s, ok := parseState(answer.Payload, kind); ok {
		return answered{state: &s}, true
	}
	var back struct {
		Details        map[string]json.RawMessage `json:"details"`
		PaymentData    json.RawMessage            `json:"paymentData"`
		RedirectResult string                     `json:"redirectResult"`
		Payload        string                     `json:"payload"`
	}
	if json.Unmarshal([]byte(answer.Payload), &back) != nil {
		return answered{}, false
	}
	var details any = back.Details
	switch {
	case len(back.Details) > 0:
	case back.RedirectResult != "":
		details = map[string]string{"redirectResult": back.RedirectResult}
	case back.Payload != "":
		details = map[string]string{"payload": back.Payload}
	default:
		return answered{}, false
	}
	text, err := json.Marshal(details)
	return answered{details: text, paymentData: back.PaymentData}, err == nil
}
