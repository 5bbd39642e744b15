package checkout

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// answer hands on what the payer did: a code, or what they came back with.
func (x *site) answer(v *visit) error {
	p, err := x.read(v)
	if err != nil {
		return err
	}
	key, ok := v.key()
	if !ok {
		return errForm
	}
	in := service.CompleteTransactionInput{IdempotencyKey: key, TransactionID: v.r.PostForm.Get("transaction")}
	if p.Wait > 0 { // whatever comes: a payload is no way round it
		x.tooOften(v.w, p.Wait)
		return nil
	}
	if p.Attempt != nil && p.isTold() { // from a page that was shown before: it would pay twice
		return v.again()
	}
	if payload := v.r.PostForm.Get("payload"); payload != "" {
		var object map[string]json.RawMessage
		if json.Unmarshal([]byte(payload), &object) != nil || object == nil {
			return errForm
		}
		in.Payload = pay.JSON(payload)
	}
	if code := strings.ReplaceAll(v.r.PostForm.Get("code"), " ", ""); code != "" {
		in.Code = &code
	}
	if in.Payload == nil && in.Code == nil && p.Kind == kindCode {
		p.CodeProblem = "Please enter the code."
		x.write(v.w, http.StatusUnprocessableEntity, "page.html", p)
		return nil
	}
	_, err = x.service.CompleteTransaction(v.r.Context(), in)
	return x.settle(v, err, func(p *view, e *pay.Error) {
		switch {
		case e.Code != pay.CodeOTPInvalid && len(e.Path) > 0 && e.Path[len(e.Path)-1] != "code":
			p.Problem = e.Message
		case p.Kind != kindCode: // that was the last try
			p.Problem = "The code was wrong too often, so this attempt was called off."
		default:
			p.CodeProblem = "That is not the code. Please check it."
		}
	})
}

// another calls off an attempt that waits for the payer, who wants to pay otherwise.
func (x *site) another(v *visit) error {
	key, ok := v.key()
	if !ok {
		return errForm
	}
	_, err := x.service.CancelTransaction(v.r.Context(), service.TransactionInput{IdempotencyKey: key, TransactionID: v.r.PostForm.Get("transaction")})
	return x.settle(v, err, func(p *view, e *pay.Error) { p.Problem = e.Message })
}
