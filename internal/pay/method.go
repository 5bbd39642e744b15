package pay

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// PaymentMethodType is the sort of money that pays.
type PaymentMethodType string

// The method types.
const (
	MethodCard         PaymentMethodType = "CARD"
	MethodCash         PaymentMethodType = "CASH"
	MethodCheck        PaymentMethodType = "CHECK"
	MethodBankTransfer PaymentMethodType = "BANK_TRANSFER"
	MethodLocalWallet  PaymentMethodType = "LOCAL_WALLET"
	MethodMobileWallet PaymentMethodType = "MOBILE_WALLET"
	MethodDirectDebit  PaymentMethodType = "DIRECT_DEBIT"
	MethodVoucher      PaymentMethodType = "VOUCHER"
	MethodOther        PaymentMethodType = "OTHER"
)

// PaymentMethod is a customer's stored method: the gateway's token and the
// masked details that its holder recognises. Card and account numbers are
// never accepted, so they cannot be lost.
type PaymentMethod struct {
	ID          uuid.UUID
	ReferenceID *string
	CustomerID  uuid.UUID
	GatewayID   uuid.UUID
	Type        PaymentMethodType
	Label       *string
	// Token is handed to the gateway and to nobody else.
	Token       string
	Details     MethodDetails
	HolderName  *string
	HolderEmail *string
	IsDefault   bool
	DetachedAt  *time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Pays says whether a payment of the customer, if it has one, can be paid with the
// method.
func (m PaymentMethod) Pays(customer *uuid.UUID) bool {
	return m.DetachedAt == nil && customer != nil && m.CustomerID == *customer
}

// Redacted returns the method without personal data.
func (m PaymentMethod) Redacted() PaymentMethod {
	m.HolderName, m.HolderEmail, m.Details = nil, nil, m.Details.Redacted()
	return m
}

// GlobalID is the id in the API.
func (m PaymentMethod) GlobalID() string { return FormatID(KindMethod, m.ID) }

// MethodDetails are the masked details of a method; at most one is set.
type MethodDetails struct {
	Card        *CardDetails        `json:"card,omitempty"`
	DirectDebit *DirectDebitDetails `json:"directDebit,omitempty"`
	Voucher     *VoucherDetails     `json:"voucher,omitempty"`
	Wallet      *WalletDetails      `json:"wallet,omitempty"`
	Manual      *ManualDetails      `json:"manual,omitempty"`
}

// Scan reads the details from a JSON column.
func (d *MethodDetails) Scan(src any) error { return scanJSON(src, d) }

// CardDetails are what may be shown of a card: never more than the last four.
type CardDetails struct {
	Brand           *string `json:"brand,omitempty"`
	LastFour        *string `json:"lastFour,omitempty"`
	ExpirationMonth *int    `json:"expirationMonth,omitempty"`
	ExpirationYear  *int    `json:"expirationYear,omitempty"`
	Product         *string `json:"product,omitempty"`
}

// MaskedPan writes the number as S4 shows it, only its last four readable.
func (c CardDetails) MaskedPan() *string {
	if c.LastFour == nil {
		return nil
	}
	pan := "**** **** **** " + *c.LastFour
	return &pan
}

// Expiration is MM/YY, derived from month and year.
func (c CardDetails) Expiration() *string {
	if c.ExpirationMonth == nil || c.ExpirationYear == nil {
		return nil
	}
	text := fmt.Sprintf("%02d/%02d", *c.ExpirationMonth, *c.ExpirationYear%100)
	return &text
}

// DirectDebitDetails are what may be shown of a bank account.
type DirectDebitDetails struct {
	AccountID  *string `json:"accountId,omitempty"`
	BIC        *string `json:"bic,omitempty"`
	MaskedIBAN *string `json:"maskedIban,omitempty"`
}

// VoucherDetails describe a meal voucher or gift card.
type VoucherDetails struct {
	Brand    *string `json:"brand,omitempty"`
	LastFour *string `json:"lastFour,omitempty"`
}

// WalletDetails describe a wallet account.
type WalletDetails struct {
	Brand         *string `json:"brand,omitempty"`
	MaskedAccount *string `json:"maskedAccount,omitempty"`
}

// ManualDetails describe money that was paid outside any gateway.
type ManualDetails struct {
	Label     *string `json:"label,omitempty"`
	Reference *string `json:"reference,omitempty"`
}

// Redacted returns the details without personal data: of a bank account the
// country and the bank are left.
func (d MethodDetails) Redacted() MethodDetails {
	if d.DirectDebit == nil {
		return d
	}
	shown := DirectDebitDetails{BIC: d.DirectDebit.BIC}
	if masked := d.DirectDebit.MaskedIBAN; masked != nil {
		country := (*masked)[:min(2, len(*masked))] + "** ****"
		shown.MaskedIBAN = &country
	}
	d.DirectDebit = &shown // a copy: what is stored keeps the rest
	return d
}

// Shown returns the details that are set, as one of the API's detail types.
func (d MethodDetails) Shown() PaymentMethodDetails {
	switch {
	case d.Card != nil:
		return *d.Card
	case d.DirectDebit != nil:
		return *d.DirectDebit
	case d.Voucher != nil:
		return *d.Voucher
	case d.Wallet != nil:
		return *d.Wallet
	case d.Manual != nil:
		return *d.Manual
	}
	return nil
}

// PaymentMethodDetails is one of CardDetails, DirectDebitDetails,
// VoucherDetails, WalletDetails and ManualDetails.
type PaymentMethodDetails interface{ methodDetails() }

func (CardDetails) methodDetails()        {}
func (DirectDebitDetails) methodDetails() {}
func (VoucherDetails) methodDetails()     {}
func (WalletDetails) methodDetails()      {}
func (ManualDetails) methodDetails()      {}

// ShownDetails are the masked details, if known.
func (m PaymentMethod) ShownDetails() PaymentMethodDetails { return m.Details.Shown() }
