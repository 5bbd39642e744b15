package pay

import "time"

// SettingFault is something that is wrong with a gateway's settings, or with the account
// that they belong to.
type SettingFault struct {
	// ParameterIDs are the parameters of which at least one must be changed; none where it is
	// the account itself.
	ParameterIDs []string
	// Message is for the merchant, and repeats no setting.
	Message string
}

// FaultOf is a fault of one or more of the parameters, or of the account.
func FaultOf(message string, parameterIDs ...string) SettingFault {
	return SettingFault{ParameterIDs: append([]string{}, parameterIDs...), Message: message}
}

// AccountCheckOutcome is what came of asking a provider about an account.
type AccountCheckOutcome string

// The outcomes.
const (
	// AccountValid: the provider takes the settings.
	AccountValid AccountCheckOutcome = "VALID"
	// AccountInvalid: something must be changed.
	AccountInvalid AccountCheckOutcome = "INVALID"
	// AccountUnknown: nothing can be said, as the provider gave no answer that says it.
	AccountUnknown AccountCheckOutcome = "UNKNOWN"
)

// AccountCheck is what a provider said of a gateway's settings.
type AccountCheck struct {
	Outcome AccountCheckOutcome
	// AccountID and AccountName are the account's at the provider, where it tells them.
	AccountID, AccountName *string
	// Environment is the one that the provider takes the settings for, where it tells.
	Environment *Environment
	Faults      []SettingFault
	// Message says why the outcome is UNKNOWN; nil otherwise.
	Message *string
	// CheckedAt is when the provider was asked (UTC).
	CheckedAt time.Time
	// GatewayVersion is the version of the gateway whose settings were asked with.
	GatewayVersion int
}
