package service

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// GatewayParameterInput is the merchant's value of one parameter.
type GatewayParameterInput struct {
	ParameterID string
	Value       string
}

// CreatePaymentGatewayInput is a gateway to be configured.
type CreatePaymentGatewayInput struct {
	ReferenceID           *string
	Name                  string
	Connector             string
	Kind                  pay.PaymentGatewayKind
	LegacyType            *int
	Action                pay.CheckoutAction
	MethodType            pay.PaymentMethodType
	MethodLabel           *string
	Image                 *string
	CheckoutImage         *string
	Icon                  *string
	MinimumAmount         *pay.MoneyInput
	IsPartiallyRefundable bool
	IsTokenizable         bool
	IsFoodOnly            bool
	RequestAffiliationURL *string
	Currencies            []money.Currency
	Countries             []string
	IsEnabled             bool
	Parameters            []GatewayParameterInput
}

// CreatePaymentGateway configures a gateway. For callers with gateways:admin.
func (s *Service) CreatePaymentGateway(ctx context.Context, in CreatePaymentGatewayInput) (pay.PaymentGateway, error) {
	c, err := s.maintains(ctx, pay.ScopeGatewaysAdmin)
	if err != nil {
		return pay.PaymentGateway{}, err
	}
	company, err := s.companyOf(ctx, c.Actor)
	if err != nil {
		return pay.PaymentGateway{}, err
	}
	row, err := s.draftGateway(c.Actor, company, in)
	if err != nil {
		return pay.PaymentGateway{}, err
	}
	hash := fingerprint(gatewayContent(row, s.marked(row.Parameters, in.Parameters)))
	row.Version, row.CreatedAt, row.WebhookEndpoint = 1, s.clock(), uuid.New()
	row.UpdatedAt = row.CreatedAt
	return saveOne(ctx, s, c.rows, bulk[pay.PaymentGateway]{
		table: store.PaymentGateways, kind: pay.KindGateway, path: func(int) pay.Path { return pay.At("input") },
		drafts: []draft[pay.PaymentGateway]{{row: row, id: row.ID, referenceID: in.ReferenceID, fingerprint: hash}},
		insert: insertGateway, read: c.rows.Gateways, key: gatewayID,
	})
}

func gatewayID(g pay.PaymentGateway) uuid.UUID { return g.ID }

func insertGateway(ctx context.Context, rows store.Tenant, fresh []draft[pay.PaymentGateway]) error {
	for _, d := range fresh {
		if err := room(ctx, rows, store.MaxGateways, "gateways", rows.CountGateways); err != nil {
			return err
		}
		if err := rows.InsertGateway(ctx, store.NewGateway{PaymentGateway: d.row, Fingerprint: d.fingerprint}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) draftGateway(a pay.Actor, company pay.Company, in CreatePaymentGatewayInput) (pay.PaymentGateway, error) {
	at := pay.At("input")
	var faults checks
	row := pay.PaymentGateway{ID: pay.NewID(), ReferenceID: in.ReferenceID, Name: in.Name, Connector: in.Connector, Kind: in.Kind,
		LegacyType: in.LegacyType, Action: in.Action, MethodType: in.MethodType, MethodLabel: trimmed(in.MethodLabel),
		ImageURL: in.Image, CheckoutImageURL: in.CheckoutImage, IconURL: in.Icon, IsPartiallyRefundable: in.IsPartiallyRefundable,
		IsTokenizable: in.IsTokenizable, IsFoodOnly: in.IsFoodOnly, RequestAffiliationURL: in.RequestAffiliationURL,
		Currencies: in.Currencies, Countries: in.Countries, IsEnabled: in.IsEnabled}
	faults.reference(in.ReferenceID, at)
	if in.LegacyType != nil && (*in.LegacyType < 0 || *in.LegacyType > 2) {
		faults.Addf(pay.CodeInvalidInput, at.Then("legacyType"), "The type must be 0, 1 or 2.")
	}
	if in.IsFoodOnly && in.Kind != pay.KindVoucher {
		faults.Addf(pay.CodeInvalidInput, at.Then("isFoodOnly"), "Only gateways of kind VOUCHER can be for food only.")
	}
	if in.MinimumAmount != nil {
		row.MinimumMinor, row.MinimumCurrency = minimum(&faults, *in.MinimumAmount, company, at.Then("minimumAmount"))
	}
	connector, ok := s.connectors[in.Connector]
	if !ok || !connector.Describe().Allows(a.Environment) {
		faults.Addf(pay.CodeInvalidInput, at.Then("connector"), "There is no such connector in this environment; there are %s.",
			strings.Join(s.connectors.Names(a.Environment), ", "))
		return row, faults.Err()
	}
	checkKind(&faults, connector, in.Kind, at.Then("kind"))
	checkGateway(&faults, row, a.Environment)
	checkMinimum(&faults, row)
	checkLists(&faults, in.Currencies, in.Countries)
	row.Parameters = settings{&faults, connector, a.Environment, s.seals, row.ID}.set(connector.Describe().Parameters, in.Parameters, at.Then("parameters"))
	return row, faults.Err()
}

// Gateways reads gateways by id, in any order.
func (s *Service) Gateways(ctx context.Context, ids []uuid.UUID) ([]pay.PaymentGateway, error) {
	return read(ctx, s, func(c caller) ([]pay.PaymentGateway, error) { return c.gateways(c.rows.Gateways(ctx, ids)) })
}

// ListGateways reads the gateways that match, oldest first.
func (s *Service) ListGateways(ctx context.Context, f pay.GatewayFilter) ([]pay.PaymentGateway, error) {
	return read(ctx, s, func(c caller) ([]pay.PaymentGateway, error) { return c.gateways(c.rows.ListGateways(ctx, f)) })
}

// gateways leaves out for customers what only concerns the merchant.
func (c caller) gateways(list []pay.PaymentGateway, err error) ([]pay.PaymentGateway, error) {
	if c.Role != pay.RoleCustomer {
		return list, err
	}
	for i := range list {
		list[i].Parameters = list[i].Parameters.ForPayers() // #nosec G602 -- i ranges over list
	}
	return list, err
}

// charger returns the connector behind a gateway, if it can be asked for money.
func (s *Service) charger(g pay.PaymentGateway) (gateway.Charger, bool) {
	charger, ok := s.connectors[g.Connector].(gateway.Charger)
	return charger, ok
}
