package chaos

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/app"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/chaos/psp"
	"github.com/paygraph/paygraph/internal/config"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// JWT is how servers and clients of a rehearsal know each other.
var JWT = auth.Settings{Secret: []byte(jwtSecret), Issuer: "paygraph", Audience: "paygraph"}

// Token signs a token for a person of a company's sandbox. It outlasts the fast clock.
func Token(company uuid.UUID, role pay.Role, subject string) (string, error) {
	return JWT.Issue(auth.Grant{CompanyID: company, Environment: pay.Sandbox, Role: role, Subject: subject, TTL: 30 * 24 * time.Hour}, pay.SystemClock())
}

// Migrate makes the database and a company, past the servers.
func Migrate(ctx context.Context, databaseURL string) (uuid.UUID, error) {
	a, err := app.Open(ctx, config.Config{DatabaseURL: databaseURL, DirectURL: databaseURL, JWT: JWT})
	if err != nil {
		return uuid.Nil, err
	}
	defer a.Close()
	slug := "acme"
	company, err := a.Service.CreateCompany(pay.WithActor(ctx, pay.Actor{ID: "operator:chaos", Role: pay.RoleOperator}),
		service.CreateCompanyInput{Name: "Acme", Slug: &slug, Country: "PT", Currency: "EUR"})
	return company.ID, err
}

// Shop is the company's master data, as clients need it.
type Shop struct {
	Customer string
	// Cards is the gateway at the rehearsed provider, Transfers the one that people
	// approve.
	Cards, Transfers string
	// Hooks is the path at which the provider reports, FickleHooks that of the gateway
	// which the company's rules prefer, and which declines everything softly.
	Hooks, FickleHooks string
}

// OpenShop makes a customer, gateways, and rules by which one that declines everything
// softly comes before Cards.
func OpenShop(ctx context.Context, c *Client) (Shop, error) {
	var made struct {
		Customer struct{ Customer struct{ ID string } }
		Cards    struct {
			PaymentGateway *struct{ ID, WebhookPath string }
			Errors         []refusal
		}
		Fickle struct {
			PaymentGateway *struct{ ID, WebhookPath string }
		}
		Transfers struct{ PaymentGateway *struct{ ID string } }
	}
	const document = `mutation($cards: CreatePaymentGatewayInput!, $fickle: CreatePaymentGatewayInput!, $transfers: CreatePaymentGatewayInput!) {
		customer: createCustomer(input: { customer: { firstName: "Ana", email: "ana@example.com" } }) { customer { id } }
		cards: createPaymentGateway(input: $cards) { paymentGateway { id webhookPath } errors { code message } }
		fickle: createPaymentGateway(input: $fickle) { paymentGateway { id webhookPath } }
		transfers: createPaymentGateway(input: $transfers) { paymentGateway { id } } }`
	err := c.Insist(ctx, document, Vars{
		"cards": Vars{"name": "Cards", "connector": psp.Name, "methodType": "CARD", "isTokenizable": true},
		"fickle": Vars{"name": "Fickle", "connector": psp.Name, "methodType": "CARD", "isTokenizable": true,
			"parameters": []Vars{{"parameterId": psp.AccountParameter, "value": psp.AccountFickle}}},
		"transfers": Vars{"name": "Transfers", "connector": "manual", "kind": "MANUAL", "action": "NONE", "methodType": "BANK_TRANSFER"},
	}, &made)
	if err != nil || made.Cards.PaymentGateway == nil || made.Fickle.PaymentGateway == nil {
		return Shop{}, fmt.Errorf("open the shop: %v %+v", err, made.Cards.Errors)
	}
	var ruled struct {
		SetGatewayRules struct{ Errors []refusal }
	}
	err = c.Insist(ctx, `mutation($input: SetGatewayRulesInput!) { setGatewayRules(input: $input) { errors { code message } } }`, Vars{"input": Vars{"rules": []Vars{
		{"name": "fickle", "gatewayId": made.Fickle.PaymentGateway.ID}, {"name": "cards", "gatewayId": made.Cards.PaymentGateway.ID, "priority": 1}}}}, &ruled)
	if err != nil || len(ruled.SetGatewayRules.Errors) > 0 {
		return Shop{}, fmt.Errorf("set the rules: %v %+v", err, ruled.SetGatewayRules.Errors)
	}
	return Shop{FickleHooks: made.Fickle.PaymentGateway.WebhookPath, Customer: made.Customer.Customer.ID, Cards: made.Cards.PaymentGateway.ID, Hooks: made.Cards.PaymentGateway.WebhookPath,
		Transfers: made.Transfers.PaymentGateway.ID}, nil
}

// Orders adds orders, once however often it is asked, and returns their ids in the same
// order. Their references are the intents of who pays them.
func (s Shop) Orders(ctx context.Context, c *Client, references []string, minors []int64) ([]string, error) {
	c.journal.want(references, minors)
	var orders []Vars
	for i, reference := range references {
		orders = append(orders, Vars{"customerId": s.Customer, "referenceId": reference, "totalAmount": Vars{"minorUnits": minors[i]}})
	}
	var made struct {
		CreateOrders struct{ Errors []refusal }
	}
	if err := c.Insist(ctx, `mutation($input: CreateOrdersInput!) { createOrders(input: $input) { errors { code message } } }`,
		Vars{"input": Vars{"orders": orders}}, &made); err != nil {
		return nil, err
	}
	if e := made.CreateOrders.Errors; len(e) > 0 && e[0].Code != "DUPLICATE_REFERENCE" {
		return nil, fmt.Errorf("create orders: %+v", e)
	}
	var got struct {
		Orders struct {
			Nodes []struct{ ID, ReferenceID string }
		}
	}
	if err := c.Insist(ctx, `query($of: [String!]) { orders(first: 100, filter: { referenceIds: $of }) { nodes { id referenceId } } }`,
		Vars{"of": references}, &got); err != nil {
		return nil, err
	}
	byReference := map[string]string{}
	for _, o := range got.Orders.Nodes {
		byReference[o.ReferenceID] = o.ID
	}
	ids := make([]string, len(references))
	for i, reference := range references {
		if ids[i] = byReference[reference]; ids[i] == "" {
			return nil, fmt.Errorf("order %s is missing", reference)
		}
	}
	return ids, nil
}
