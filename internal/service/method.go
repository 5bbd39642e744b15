package service

import (
	"context"
	"regexp"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// CardDetailsInput are masked details of a card.
type CardDetailsInput struct {
	Brand           *string
	LastFour        *string
	ExpirationMonth *int
	ExpirationYear  *int
	Product         *string
}

// AccountDetailsInput are masked details of a wallet or voucher.
type AccountDetailsInput struct {
	Brand    *string
	LastFour *string
}

// DirectDebitInput is a bank account; its number is masked before it goes anywhere.
type DirectDebitInput struct {
	Iban      string
	Bic       *string
	AccountID *string
}

// CreatePaymentMethodInput is a method to be stored: a token, and what may be
// shown of it.
type CreatePaymentMethodInput struct {
	ReferenceID *string
	CustomerID  string
	GatewayID   string
	Token       string
	Label       *string
	Card        *CardDetailsInput
	DirectDebit *DirectDebitInput
	Account     *AccountDetailsInput
	HolderName  *string
	HolderEmail *string
	IsDefault   bool
}

// CreatePaymentMethod stores a customer's method by its gateway's token.
// Customers may store their own. A card number is refused, wherever it stands.
func (s *Service) CreatePaymentMethod(ctx context.Context, in CreatePaymentMethodInput) (pay.PaymentMethod, error) {
	c, err := s.writes(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return pay.PaymentMethod{}, err
	}
	if err := in.check(s.clock()); err != nil {
		return pay.PaymentMethod{}, err
	}
	method, err := saveOneWith(ctx, s, c.rows, func(ctx context.Context) (bulk[pay.PaymentMethod], error) {
		row, err := c.draftMethod(ctx, in)
		if err != nil {
			return bulk[pay.PaymentMethod]{}, err
		}
		hash := fingerprint(methodContent(row))
		row.ID, row.CreatedAt = pay.NewID(), s.clock()
		row.UpdatedAt = row.CreatedAt
		return bulk[pay.PaymentMethod]{table: store.PaymentMethods, kind: pay.KindMethod,
			path:   func(int) pay.Path { return pay.At("input") },
			drafts: []draft[pay.PaymentMethod]{{row: row, id: row.ID, referenceID: in.ReferenceID, fingerprint: hash}},
			insert: insertMethod, read: c.rows.PaymentMethods,
			key: func(m pay.PaymentMethod) uuid.UUID { return m.ID }}, nil
	})
	if err != nil {
		return pay.PaymentMethod{}, err
	}
	return c.redactMethods([]pay.PaymentMethod{method})[0], nil
}

func insertMethod(ctx context.Context, rows store.Tenant, fresh []draft[pay.PaymentMethod]) error {
	for _, d := range fresh {
		if d.row.IsDefault {
			if err := rows.ClearDefaultMethod(ctx, d.row.CustomerID); err != nil {
				return err
			}
		}
		if err := rows.InsertPaymentMethod(ctx, store.NewPaymentMethod{PaymentMethod: d.row, Fingerprint: d.fingerprint}); err != nil {
			return err
		}
	}
	return nil
}

var (
	fourDigits = regexp.MustCompile(`^[0-9]{4}$`)
	lastFour   = regexp.MustCompile(`^[0-9A-Za-z]{1,4}$`)
)

func (in CreatePaymentMethodInput) check(now time.Time) error {
	at := pay.At("input")
	var c checks
	c.reference(in.ReferenceID, at)
	c.token(&in.Token, 1, 255, at.Then("token"))
	c.token(in.Label, 0, 100, at.Then("label"))
	c.token(in.HolderName, 0, 200, at.Then("holderName"))
	c.token(in.HolderEmail, 0, 254, at.Then("holderEmail"))
	if in.Card != nil && (in.DirectDebit != nil || in.Account != nil) || in.DirectDebit != nil && in.Account != nil {
		c.Addf(pay.CodeInvalidInput, at, "Give at most one of card, directDebit and account.")
	}
	if d := in.Card; d != nil {
		c.card(*d, now.UTC(), at.Then("card"))
	}
	if d := in.DirectDebit; d != nil {
		c.directDebit(*d, at.Then("directDebit"))
	}
	if d := in.Account; d != nil {
		c.brand(d.Brand, at.Then("account"))
		if d.LastFour != nil && !lastFour.MatchString(*d.LastFour) {
			c.Addf(pay.CodeInvalidInput, at.Then("account", "lastFour"), "At most the last four characters are accepted.")
		}
	}
	return c.Err()
}

func (c *checks) card(d CardDetailsInput, now time.Time, at pay.Path) {
	c.brand(d.Brand, at)
	if d.LastFour != nil && !fourDigits.MatchString(*d.LastFour) {
		c.Addf(pay.CodeInvalidInput, at.Then("lastFour"), "The last four digits are wanted, no more and no less.")
	}
	c.token(d.Product, 0, 100, at.Then("product"))
	month, year := d.ExpirationMonth, d.ExpirationYear
	switch {
	case month != nil && (*month < 1 || *month > 12):
		c.Addf(pay.CodeInvalidInput, at.Then("expirationMonth"), "The month must be 1 to 12.")
	case month != nil && year != nil && *year == now.Year() && *month < int(now.Month()):
		c.Addf(pay.CodeInvalidInput, at.Then("expirationMonth"), "The card has expired.")
	}
	switch {
	case year != nil && (*year < 2000 || *year > 2100):
		c.Addf(pay.CodeInvalidInput, at.Then("expirationYear"), "The year must have four digits.")
	case year != nil && *year < now.Year():
		c.Addf(pay.CodeInvalidInput, at.Then("expirationYear"), "The card has expired.")
	}
}

func (c *checks) brand(brand *string, at pay.Path) { c.token(brand, 0, 50, at.Then("brand")) }

func (c caller) draftMethod(ctx context.Context, in CreatePaymentMethodInput) (pay.PaymentMethod, error) {
	at := pay.At("input")
	customer, err := c.rows.Customers(ctx, pay.ParseIDs(pay.KindCustomer, []string{in.CustomerID}))
	if err != nil {
		return pay.PaymentMethod{}, err
	}
	gateways, err := c.rows.Gateways(ctx, pay.ParseIDs(pay.KindGateway, []string{in.GatewayID}))
	if err != nil {
		return pay.PaymentMethod{}, err
	}
	var faults checks
	if len(customer) == 0 {
		faults.Add(notFound("customer", at.Then("customerId")))
	}
	if len(gateways) == 0 {
		faults.Add(notFound("gateway", at.Then("gatewayId")))
	}
	if faults.Any() {
		return pay.PaymentMethod{}, faults.Err()
	}
	g := gateways[0]
	if !g.IsTokenizable {
		faults.Addf(pay.CodeGatewayUnavailable, at.Then("gatewayId"), "The gateway stores no methods.")
	}
	if in.Card != nil && g.MethodType != pay.MethodCard {
		faults.Addf(pay.CodeInvalidInput, at.Then("card"), "The gateway moves no cards.")
	}
	if in.DirectDebit != nil && g.MethodType != pay.MethodDirectDebit {
		faults.Addf(pay.CodeInvalidInput, at.Then("directDebit"), "The gateway debits no accounts.")
	}
	if in.Account != nil && g.MethodType == pay.MethodCard {
		faults.Addf(pay.CodeInvalidInput, at.Then("account"), "The gateway moves cards.")
	}
	return pay.PaymentMethod{ReferenceID: in.ReferenceID, CustomerID: customer[0].ID, GatewayID: g.ID, Type: g.MethodType,
		Label: in.Label, Token: in.Token, Details: in.shown(g.MethodType), HolderName: in.HolderName,
		HolderEmail: in.HolderEmail, IsDefault: in.IsDefault}, faults.Err()
}

func (in CreatePaymentMethodInput) shown(t pay.PaymentMethodType) pay.MethodDetails {
	switch {
	case in.Card != nil:
		d := pay.CardDetails(*in.Card)
		return pay.MethodDetails{Card: &d}
	case in.DirectDebit != nil:
		d := in.DirectDebit.masked()
		return pay.MethodDetails{DirectDebit: &d}
	case in.Account == nil:
		return pay.MethodDetails{}
	case t == pay.MethodVoucher:
		return pay.MethodDetails{Voucher: &pay.VoucherDetails{Brand: in.Account.Brand, LastFour: in.Account.LastFour}}
	}
	masked := in.Account.LastFour
	if masked != nil {
		masked = ptr("****" + *masked)
	}
	return pay.MethodDetails{Wallet: &pay.WalletDetails{Brand: in.Account.Brand, MaskedAccount: masked}}
}

// PaymentMethods reads visible stored methods by id, in any order.
func (s *Service) PaymentMethods(ctx context.Context, ids []uuid.UUID) ([]pay.PaymentMethod, error) {
	return read(ctx, s, func(c caller) ([]pay.PaymentMethod, error) {
		list, err := c.rows.PaymentMethods(ctx, ids)
		return c.redactMethods(list), err
	})
}

// PaymentMethodsOf reads the attached methods of visible customers.
func (s *Service) PaymentMethodsOf(ctx context.Context, customerIDs []uuid.UUID) ([]pay.PaymentMethod, error) {
	return read(ctx, s, func(c caller) ([]pay.PaymentMethod, error) {
		list, err := c.rows.PaymentMethodsOf(ctx, customerIDs)
		return c.redactMethods(list), err
	})
}

func (c caller) redactMethods(list []pay.PaymentMethod) []pay.PaymentMethod {
	if !c.seesPII() {
		for i := range list {
			list[i] = list[i].Redacted()
		}
	}
	return list
}
