package paypal

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/paygraph/paygraph/internal/gateway/rest"
)

// order is what PayPal has of an attempt, as far as it is read.
type order struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Intent string `json:"intent"`
	Units  []unit `json:"purchase_units"`
	Links  []link `json:"links"`
	// told is when PayPal said so, by its own clock (UTC).
	told *time.Time
}

type unit struct {
	CustomID string `json:"custom_id"`
	Amount   amount `json:"amount"`
	Payments struct {
		Authorizations []payment `json:"authorizations"`
		Captures       []payment `json:"captures"`
		Refunds        []payment `json:"refunds"`
	} `json:"payments"`
}

// payment is an authorization, a capture or a refund: PayPal writes them alike.
type payment struct {
	ID        string `json:"id"`
	Status    string `json:"status"`
	Amount    amount `json:"amount"`
	CustomID  string `json:"custom_id"`
	InvoiceID string `json:"invoice_id"`
	Final     bool   `json:"final_capture"`
	// Expires is when an authorization ends.
	Expires   *time.Time `json:"expiration_time"`
	Processor struct {
		Code string `json:"response_code"`
	} `json:"processor_response"`
	// Receivable has the fee of a capture.
	Receivable struct {
		Fee amount `json:"paypal_fee"`
	} `json:"seller_receivable_breakdown"`
	// Payable has what went back of the capture of a refund in all.
	Payable struct {
		Total amount `json:"total_refunded_amount"`
	} `json:"seller_payable_breakdown"`
	Related struct {
		IDs struct {
			Order string `json:"order_id"`
		} `json:"related_ids"`
	} `json:"supplementary_data"`
	Links []link `json:"links"`
}

type link struct {
	Rel  string `json:"rel"`
	Href string `json:"href"`
}

// The states of orders and payments.
const (
	statusCreated       = "CREATED"
	statusSaved         = "SAVED"
	statusPayerAction   = "PAYER_ACTION_REQUIRED"
	statusApproved      = "APPROVED"
	statusCompleted     = "COMPLETED"
	statusVoided        = "VOIDED"
	statusPending       = "PENDING"
	statusDeclined      = "DECLINED"
	statusDenied        = "DENIED"
	statusFailed        = "FAILED"
	statusCancelled     = "CANCELLED"
	statusExpired       = "EXPIRED"
	statusCaptured      = "CAPTURED"
	statusPartCaptured  = "PARTIALLY_CAPTURED"
	statusRefunded      = "REFUNDED"
	statusPartRefunded  = "PARTIALLY_REFUNDED"
	intentCapture       = "CAPTURE"
	intentAuthorize     = "AUTHORIZE"
	maxDescription      = 127
	pathOrders          = "/v2/checkout/orders"
	pathAuthorizations  = "/v2/payments/authorizations/"
	pathCaptures        = "/v2/payments/captures/"
	landing, noShipping = "PAY_NOW", "NO_SHIPPING"
)

// waits says that the payer has not approved the order.
func (o order) waits() bool {
	return o.Status == statusCreated || o.Status == statusSaved || o.Status == statusPayerAction
}

// unit is what is paid for; our orders have one.
func (o order) unit() unit {
	if len(o.Units) != 1 {
		return unit{}
	}
	return o.Units[0]
}

// hasMoney says that the payment took, or will take, its amount.
func (p payment) hasMoney() bool {
	return p.Status == statusCompleted || p.Status == statusRefunded || p.Status == statusPartRefunded
}

// isDeclined says that the payment takes nothing.
func (p payment) isDeclined() bool {
	return p.Status == statusDeclined || p.Status == statusDenied || p.Status == statusFailed
}

// invoiced finds what was asked for under one of our ids.
func invoiced(list []payment, id string) *payment {
	i := slices.IndexFunc(list, func(p payment) bool { return p.InvoiceID == id })
	if i < 0 {
		return nil
	}
	return &list[i]
}

// of says whether a refund is the capture's.
func (p payment) of(capture string) bool {
	return slices.ContainsFunc(p.Links, func(l link) bool { return l.Rel == "up" && lastOf(l.Href) == capture })
}

// lastOf is the last part of an address, which is the object's id.
func lastOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	for i := len(u.Path) - 1; i >= 0; i-- {
		if u.Path[i] == '/' {
			return u.Path[i+1:]
		}
	}
	return ""
}

// create makes the attempt's order, or is told which one was made before: the answer says
// which, by its status. All that is sent is of the attempt, and stays.
func (a attempt) create(ctx context.Context) (order, rest.Answer, error) {
	intent, back := intentAuthorize, a.ReturnTo()
	if a.Capture {
		intent = intentCapture
	}
	description := []rune(a.Description)
	body := map[string]any{
		"intent": intent,
		"purchase_units": []map[string]any{{"custom_id": a.AttemptID, "invoice_id": a.AttemptID, "amount": a.wire,
			"description": string(description[:min(len(description), maxDescription)])}},
		"payment_source": map[string]any{"paypal": map[string]any{"experience_context": map[string]any{
			"return_url": back, "cancel_url": cancelURL(back), "user_action": landing, "shipping_preference": noShipping}}},
	}
	if len(description) == 0 {
		delete(body["purchase_units"].([]map[string]any)[0], "description")
	}
	var o order
	answer, err := a.ask(ctx, question{"create order", http.MethodPost, pathOrders, a.AttemptID, body}, &o)
	if err == nil && (o.ID == "" || o.Status == "") {
		err = errUnread("create order")
	}
	o.told = answer.Told()
	return o, answer, err
}

// read is what PayPal has of an order now.
func (m merchant) read(ctx context.Context, id string) (order, error) {
	var o order
	answer, err := m.ask(ctx, question{what: "order", method: http.MethodGet, path: pathOrders + "/" + url.PathEscape(id)}, &o)
	if err == nil && o.ID != id {
		err = errUnread("order")
	}
	o.told = answer.Told()
	return o, err
}
