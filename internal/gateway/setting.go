package gateway

import "github.com/paygraph/paygraph/internal/pay"

// SettingChecker is a connector with a parameter that takes only some values and
// yet has no options to choose from.
type SettingChecker interface {
	Connector
	// CheckSetting says, in a sentence for the merchant, why the parameter does
	// not take the value in the environment; it returns "" when it does. Keys of the
	// other environment are refused here, by their form: a rehearsal with a live key
	// would take real money. The sentence does not repeat the value of a secret.
	CheckSetting(e pay.Environment, parameterID, value string) string
}

// SettingNeeder is a connector with parameters that need a value only in one environment, or
// only where another has none. Those that always need one say so in their description.
type SettingNeeder interface {
	Connector
	// NeededSettings names the parameters that need a value in the environment beside the
	// settings that there are, whether they have one or not. None of them is a secret, and
	// the settings may come without their secrets.
	NeededSettings(e pay.Environment, settings pay.GatewayParameters) []string
}

// MissingSettings names the parameters that lack a value which they need because of the
// environment or of other settings.
func MissingSettings(c Connector, e pay.Environment, settings pay.GatewayParameters) (missing []string) {
	needer, ok := c.(SettingNeeder)
	if !ok {
		return nil
	}
	for _, id := range needer.NeededSettings(e, settings) {
		if settings.Value(id) == "" {
			missing = append(missing, id)
		}
	}
	return missing
}
