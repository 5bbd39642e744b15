package adyen

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// The codes of requests that Adyen refuses for who asks.
const (
	codeNoAccount = "901"
	codeNoRight   = "010"
)

// CheckAccount asks which methods the merchant account takes, which Adyen tells to the API
// keys that may charge it. The client key and the key of notifications cannot be asked about.
func (c connector) CheckAccount(ctx context.Context, r gateway.AccountRequest) (gateway.Account, error) {
	a, err := c.account(r.Settings, r.Environment)
	if err != nil {
		return gateway.Account{}, fmt.Errorf("adyen account: %w: %w", gateway.ErrNotSent, err)
	}
	var said struct {
		Methods *[]struct {
			Type string `json:"type"`
		} `json:"paymentMethods"`
	}
	err = a.post(ctx, "methods", "/paymentMethods", pay.NewID().String(), map[string]string{"merchantAccount": a.name}, &said)
	if faults := accountFaults(err, r.Environment); faults != nil {
		return gateway.Account{Faults: faults}, nil
	}
	if err != nil {
		return gateway.Account{}, err
	}
	if said.Methods == nil {
		return gateway.Account{}, fmt.Errorf("%w: methods: the answer cannot be read", errOpen)
	}
	found := gateway.Account{ID: a.name, Environment: r.Environment}
	if len(*said.Methods) == 0 {
		found.Faults = []pay.SettingFault{pay.FaultOf("The merchant account takes no payment methods: add some in Adyen's Customer Area.")}
	}
	return found, nil
}

// refusedAt is the status and the code of what Adyen did not let the API key do.
func refusedAt(err error) (status int, code string) {
	var d *denial
	if errors.As(err, &d) {
		return d.status, d.code
	}
	if r := refused(err); r != nil {
		return http.StatusUnprocessableEntity, r.code
	}
	return 0, ""
}

// accountFaults are what a refusal says is wrong; nil where it says nothing of the settings.
func accountFaults(err error, e pay.Environment) []pay.SettingFault {
	status, code := refusedAt(err)
	switch {
	case status == http.StatusUnauthorized:
		text := "Adyen does not take the %s: it is wrong, was replaced, or is not of the environment %s."
		if e == pay.Live {
			return []pay.SettingFault{pay.FaultOf(fmt.Sprintf(text+" The %s may be another company's.", APIKey, e, LivePrefix), APIKey, LivePrefix)}
		}
		return []pay.SettingFault{pay.FaultOf(fmt.Sprintf(text, APIKey, e), APIKey)}
	case code == codeNoAccount:
		return []pay.SettingFault{pay.FaultOf("The "+APIKey+" may not be used for the "+MerchantAccount+", or there is no such account.", MerchantAccount)}
	case status == http.StatusForbidden && code == codeNoRight:
		return []pay.SettingFault{pay.FaultOf("The "+APIKey+" lacks the role for Checkout, or the right to the "+MerchantAccount+".", APIKey, MerchantAccount)}
	}
	return nil
}
