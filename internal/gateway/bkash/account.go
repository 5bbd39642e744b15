package bkash

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// denial is that bKash granted no token.
type denial struct {
	status int
	code   string
}

// Error names the status and the code.
func (d *denial) Error() string { return fmt.Sprintf("status %d, code %q", d.status, d.code) }

// codeNoAppKey is bKash's code for an app key that it does not know.
const codeNoAppKey = "2001"

// broken are the codes by which bKash says that it does not work, whoever asks.
var broken = map[string]bool{"503": true}

// nobody is a payment that there is not.
const nobody = "TR0000000000000000000"

// CheckAccount queries a payment that there is not, under the token of the keys: bKash looks
// at the token first, and says that it knows no such payment. A token that was granted within
// the hour is used again, as bKash grants two an hour and then none, which would keep payers
// from paying; so keys that were withdrawn meanwhile may be taken for valid until it ends.
func (c connector) CheckAccount(ctx context.Context, r gateway.AccountRequest) (gateway.Account, error) {
	m, err := c.merchantOf(r.Settings, r.Environment, r.Now)
	if err != nil {
		return gateway.Account{}, fmt.Errorf("bkash account: %w: %w", gateway.ErrNotSent, err)
	}
	_, err = m.ask(ctx, "query", pathQuery, map[string]string{"paymentID": nobody}, &struct{}{})
	var denied *denial
	said := refused(err)
	switch {
	case errors.As(err, &denied):
		return denied.account(r.Environment)
	case said == nil && err != nil, said != nil && broken[said.code]:
		return gateway.Account{}, err
	case said != nil && said.code == codeNoAppKey:
		return (&denial{said.status, said.code}).account(r.Environment)
	}
	return gateway.Account{ID: m.user, Environment: r.Environment}, nil
}

// account is what no token says of the keys. bKash forbids a token to a user whom it does not
// know and to one who had two within the hour, and says it alike.
func (d *denial) account(e pay.Environment) (gateway.Account, error) {
	all := []string{Username, Password, AppKey, AppSecret}
	switch {
	case d.code == codeNoAppKey:
		return gateway.Account{Faults: []pay.SettingFault{pay.FaultOf(fmt.Sprintf("bKash does not know the %s in the environment %s.", AppKey, e), AppKey)}}, nil
	case d.status == http.StatusUnauthorized, d.status < http.StatusInternalServerError && d.code != "" && d.code != codeDone && !broken[d.code]:
		return gateway.Account{Faults: []pay.SettingFault{pay.FaultOf(fmt.Sprintf("bKash does not take these keys: one is wrong, or they are not of the environment %s.", e), all...)}}, nil
	case d.status == http.StatusForbidden:
		return gateway.Account{Doubt: fmt.Sprintf("bKash grants no token: the %s or another key is wrong or not of the environment %s, or bKash granted two within the hour already.", Username, e)}, nil
	}
	return gateway.Account{}, fmt.Errorf("bkash token: %w", d)
}
