package stripe

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/stripe/stripe-go/v86"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// CheckAccount reads the balance, which tells whether money is real, and the account, which
// tells whose it is. A restricted key may read neither and be right all the same: what it
// may not read is left open. The publishable key and the secret of webhooks cannot be asked
// about.
func (c connector) CheckAccount(ctx context.Context, r gateway.AccountRequest) (gateway.Account, error) {
	client, err := c.client(r.Settings, r.Environment)
	if err != nil {
		return gateway.Account{}, fmt.Errorf("stripe account: %w: %w", gateway.ErrNotSent, err)
	}
	var found gateway.Account
	asked, q := begin(ctx)
	balance, err := client.V1Balance.Retrieve(asked, nil)
	switch {
	case isStatus(err, http.StatusForbidden):
	case isStatus(err, http.StatusUnauthorized):
		found.Faults = append(found.Faults, pay.FaultOf("Stripe does not take the "+SecretKey+": it is wrong, or was revoked.", SecretKey))
		return found, nil
	case err != nil:
		return found, q.failed("balance", err)
	case balance.Object != "balance":
		return found, fmt.Errorf("stripe balance: %w", errUnread)
	default:
		found.Environment = environmentOf(balance.Livemode)
	}
	if found.Environment != "" && found.Environment != r.Environment {
		found.Faults = append(found.Faults, pay.FaultOf(fmt.Sprintf("The %s is for the environment %s, and the gateway for %s.", SecretKey, found.Environment, r.Environment), SecretKey))
		return found, nil
	}
	return c.owner(ctx, client, found)
}

// owner adds whose account it is.
func (connector) owner(ctx context.Context, client *stripe.Client, found gateway.Account) (gateway.Account, error) {
	asked, q := begin(ctx)
	account, err := client.V1Accounts.Retrieve(asked, nil)
	switch {
	case isStatus(err, http.StatusForbidden):
		return found, nil
	case err != nil:
		return found, q.failed("account", err)
	case account.ID == "":
		return found, fmt.Errorf("stripe account: %w", errUnread)
	}
	found.ID = account.ID
	if s := account.Settings; s != nil && s.Dashboard != nil {
		found.Name = s.Dashboard.DisplayName
	}
	if found.Name == "" && account.BusinessProfile != nil {
		found.Name = account.BusinessProfile.Name
	}
	if !account.ChargesEnabled {
		found.Faults = append(found.Faults, pay.FaultOf("The account cannot take payments yet: Stripe wants more of the merchant first. See its dashboard."))
	}
	return found, nil
}

func environmentOf(live bool) pay.Environment {
	if live {
		return pay.Live
	}
	return pay.Sandbox
}

// isStatus says that Stripe answered with an error of the status.
func isStatus(err error, status int) bool {
	var e *stripe.Error
	return errors.As(err, &e) && e.HTTPStatusCode == status
}
