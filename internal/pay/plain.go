package pay

import "github.com/paygraph/paygraph/internal/money"

// The methods of this file give lists that know how to be read from a column as
// the plain lists that the API binds to.

// MetadataEntries is the metadata as a plain list.
func (c Customer) MetadataEntries() []MetadataEntry { return c.Metadata }

// MetadataEntries is the metadata as a plain list.
func (o Order) MetadataEntries() []MetadataEntry { return o.Metadata }

// MetadataEntries is the metadata as a plain list.
func (i Invoice) MetadataEntries() []MetadataEntry { return i.Metadata }

// MetadataEntries is the metadata as a plain list.
func (s BillingSubscription) MetadataEntries() []MetadataEntry { return s.Metadata }

// MetadataEntries is the metadata as a plain list.
func (p Payment) MetadataEntries() []MetadataEntry { return p.Metadata }

// AttentionReasons are the reasons as a plain list.
func (p Payment) AttentionReasons() []AttentionReason { return p.Attention }

// ScopeList are the scopes as a plain list.
func (k APIKey) ScopeList() []Scope { return k.Scopes }

// ModifierList are the modifiers as a plain list.
func (l Line) ModifierList() []Modifier { return l.Modifiers }

// CurrencyList are the currencies as a plain list.
func (g PaymentGateway) CurrencyList() []money.Currency { return g.Currencies }

// CountryList are the countries as a plain list.
func (g PaymentGateway) CountryList() []string { return g.Countries }

// CurrencyList are the currencies as a plain list, and so are the following.
func (r GatewayRule) CurrencyList() []money.Currency { return r.Currencies }

// CountryList are the countries as a plain list.
func (r GatewayRule) CountryList() []string { return r.Countries }

// MethodTypeList are the method types as a plain list.
func (r GatewayRule) MethodTypeList() []PaymentMethodType { return r.MethodTypes }

// ParameterList are the parameters as a plain list.
func (g PaymentGateway) ParameterList() []GatewayParameter { return g.Parameters }

// TypeName is the type as text, which may be one that an older client does not
// know.
func (e PaymentEvent) TypeName() string { return string(e.Type) }

// ChangedFieldList are the fields as a plain list.
func (e PaymentEvent) ChangedFieldList() []string { return e.ChangedFields }
