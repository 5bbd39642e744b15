package pay

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
)

// PaymentGatewayKind says who moves the money (S4 type 0/1/2 has no legend, so
// the kinds are our own and the number is kept beside them).
type PaymentGatewayKind string

// The gateway kinds.
const (
	KindOnline  PaymentGatewayKind = "ONLINE"
	KindVoucher PaymentGatewayKind = "VOUCHER"
	KindManual  PaymentGatewayKind = "MANUAL"
)

// CheckoutAction is what the payer must do before the gateway can finish (S4).
type CheckoutAction string

// The checkout actions.
const (
	ActionNone     CheckoutAction = "NONE"
	ActionOTP      CheckoutAction = "OTP"
	ActionRedirect CheckoutAction = "REDIRECT"
	ActionDropin   CheckoutAction = "DROPIN"
)

// PaymentGateway is one configured way to move money: a connector with this
// company's settings.
type PaymentGateway struct {
	ID                    uuid.UUID
	ReferenceID           *string
	Name                  string
	Connector             string
	Kind                  PaymentGatewayKind
	LegacyType            *int
	Action                CheckoutAction
	MethodType            PaymentMethodType
	MethodLabel           *string
	ImageURL              *string
	CheckoutImageURL      *string
	IconURL               *string
	RequestAffiliationURL *string
	MinimumMinor          *int64
	MinimumCurrency       *money.Currency
	IsPartiallyRefundable bool
	IsTokenizable         bool
	IsFoodOnly            bool
	// Currencies and Countries are the only ones accepted; empty means all.
	Currencies Strings[money.Currency]
	Countries  Strings[string]
	IsEnabled  bool
	Version    int
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Parameters GatewayParameters
	// WebhookEndpoint is the random part of the address that the provider reports to.
	WebhookEndpoint uuid.UUID
}

// GlobalID is the id in the API.
func (g PaymentGateway) GlobalID() string { return FormatID(KindGateway, g.ID) }

// MinimumAmount is the least that one transaction may ask for, if there is one.
func (g PaymentGateway) MinimumAmount() *money.Money {
	if g.MinimumMinor == nil || g.MinimumCurrency == nil {
		return nil
	}
	return &money.Money{Minor: *g.MinimumMinor, Currency: *g.MinimumCurrency}
}

// Accepts says whether the gateway takes the currency.
func (g PaymentGateway) Accepts(c money.Currency) bool {
	return len(g.Currencies) == 0 || slices.Contains(g.Currencies, c)
}

// Serves says whether the gateway serves payers in the country; one that is not
// known, "", is served.
func (g PaymentGateway) Serves(country string) bool {
	return country == "" || len(g.Countries) == 0 || slices.Contains(g.Countries, country)
}

// GatewayParameter is one setting of a gateway (S4): isMerchant ones configure
// it, isForm ones are asked from the payer.
type GatewayParameter struct {
	ParameterID        string  `json:"parameter_id"`
	FriendlyName       string  `json:"friendly_name"`
	IsMerchant         bool    `json:"is_merchant"`
	IsForm             bool    `json:"is_form"`
	IsVisible          bool    `json:"is_visible"`
	IsRequired         bool    `json:"is_required"`
	TenantDefaultValue *string `json:"tenant_default_value"`
	// IsSecret: the merchant's value is never shown, and kept in Sealed only.
	IsSecret bool `json:"is_secret"`
	// Sealed is a secret value that only the installation's key opens.
	Sealed  []byte          `json:"sealed_value"`
	Options []GatewayOption `json:"options"`
}

// GatewayOption is one choice of a parameter that offers a list.
type GatewayOption struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// IsSet says whether the merchant gave it a value.
func (p GatewayParameter) IsSet() bool {
	return len(p.Sealed) > 0 || p.TenantDefaultValue != nil && *p.TenantDefaultValue != ""
}

// GatewayParameters are the parameters of one gateway in their order.
type GatewayParameters []GatewayParameter

// Scan reads the parameters from a JSON array that the gateway's query aggregates.
func (p *GatewayParameters) Scan(src any) error { return scanJSON(src, p) }

// Form returns the payer's field with the id, or nil.
func (p GatewayParameters) Form(id string) *GatewayParameter {
	for i := range p {
		if p[i].ParameterID == id && p[i].IsForm {
			return &p[i]
		}
	}
	return nil
}

// ForPayers are the payer's fields, without what the merchant set for them.
func (p GatewayParameters) ForPayers() (fields GatewayParameters) {
	for _, field := range p {
		if field.IsForm {
			field.TenantDefaultValue, field.Sealed = nil, nil
			fields = append(fields, field)
		}
	}
	return fields
}

// Value returns what the merchant set for the parameter, or "".
func (p GatewayParameters) Value(id string) string {
	for _, param := range p {
		if param.ParameterID == id && param.TenantDefaultValue != nil {
			return *param.TenantDefaultValue
		}
	}
	return ""
}
