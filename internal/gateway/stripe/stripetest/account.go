package stripetest

import "net/http"

// AccountID and AccountName are those of the merchant.
const (
	AccountID   = "acct_1032D82eZvKYlo2C"
	AccountName = "Corner shop"
)

// account answers what is asked about the merchant.
func (c *call) account() answer {
	switch {
	case c.secret == NarrowKey:
		return refusal(http.StatusForbidden, "invalid_request_error", "", "")
	case c.Operation == "balance":
		return answer{http.StatusOK, map[string]any{"object": "balance", "livemode": c.live, "available": []any{}, "pending": []any{}}}
	}
	return answer{http.StatusOK, map[string]any{"id": AccountID, "object": "account", "charges_enabled": c.secret != NewKey, "email": "owner@example.com",
		"settings": map[string]any{"dashboard": map[string]any{"display_name": AccountName}}}}
}
