package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/service"
)

// demoSlug is the short name of the demo company.
const demoSlug = "demo"

func demo(ctx context.Context, p Process, args []string) error {
	if err := parse(p, newFlags("demo"), args); err != nil {
		return err
	}
	return withApp(ctx, p, func(a *App) error {
		if !a.config.Development {
			return fmt.Errorf("demo data is for development only; set PAYGRAPH_DEV=true")
		}
		made, err := a.MakeDemo(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.Stdout, "%s\t%s\n", made.Slug, made.GlobalID())
		return nil
	})
}

// MakeDemo makes the demo company with data worth looking at, unless it exists.
// Everything goes through the services that the API uses, with references and
// idempotency keys: an interrupted start is completed by the next one.
func (a *App) MakeDemo(ctx context.Context) (pay.Company, error) {
	company, err := a.demoCompany(ctx)
	if err != nil {
		return pay.Company{}, err
	}
	if ctx, err = a.asDemo(ctx, company); err != nil {
		return pay.Company{}, err
	}
	s := &seeder{app: a, now: company.CreatedAt} // the same on every start, or the content would differ
	// The last payment is made last: when it is there, so is everything else.
	done, err := a.Service.PaymentBy(ctx, pay.PaymentLookup{ReferenceID: ptr(demoLives[len(demoLives)-1].reference)})
	if err != nil || answered(done) {
		return company, err
	}
	for _, step := range []func(context.Context) error{s.gateways, s.rules, s.products, s.customers, s.business, s.orders, s.invoices, s.methods, s.webhooks, s.payments, s.subscription, s.lives} {
		if err := step(ctx); err != nil {
			return pay.Company{}, err
		}
	}
	return company, nil
}

func (a *App) demoCompany(ctx context.Context) (pay.Company, error) {
	found, err := a.Store.CompanyBySlug(ctx, demoSlug)
	if err != nil {
		return pay.Company{}, err
	}
	if len(found) > 0 {
		return found[0], nil
	}
	return a.Service.CreateCompany(operator(ctx), service.CreateCompanyInput{
		Name: "Demo Bistro", Slug: ptr(demoSlug), Country: "PT", Currency: "EUR"})
}

// seeder makes the demo data. Times lie in the weeks before now.
type seeder struct {
	app       *App
	now       time.Time
	gatewayID map[string]string
	customer  []pay.Customer
	order     []pay.Order
	methodID  string
	// businessID is the location of most orders.
	businessID string
}

// at returns a service whose clock shows a time some days ago. It logs nothing:
// that a demo payment has no outcome is on purpose.
func (s *seeder) at(days int) *service.Service {
	return s.when(s.now.Add(-time.Duration(days) * 24 * time.Hour))
}

func (s *seeder) when(then time.Time) *service.Service {
	return service.New(s.app.Store, Connectors(), s.app.seals, func() time.Time { return then }, slog.New(slog.DiscardHandler))
}

const oldest = 42

func (s *seeder) gateways(ctx context.Context) error {
	s.gatewayID = map[string]string{}
	for _, in := range demoGateways {
		made, err := s.at(oldest).CreatePaymentGateway(ctx, in)
		if err != nil {
			return fmt.Errorf("gateway %s: %w", in.Name, err)
		}
		s.gatewayID[*in.ReferenceID] = made.GlobalID()
	}
	return nil
}

func (s *seeder) rules(ctx context.Context) error {
	var in service.SetGatewayRulesInput
	for _, r := range demoRules {
		r.GatewayID = s.gatewayID[r.gateway]
		in.Rules = append(in.Rules, r.GatewayRuleInput)
	}
	_, err := s.at(oldest).SetGatewayRules(ctx, in)
	return err
}

func (s *seeder) products(ctx context.Context) error {
	_, _, err := s.at(oldest).CreateProducts(ctx, service.CreateProductsInput{Products: []service.ProductInput{
		{ReferenceID: ptr("LUNCH"), Name: "Lunch menu", UnitAmount: euros(1250), TaxRate: ptr("13"), IsFood: true},
		{ReferenceID: ptr("COFFEE"), Name: "Coffee", Variant: ptr("Espresso"), UnitAmount: euros(120), TaxRate: ptr("13"), IsFood: true},
		{ReferenceID: ptr("CHEESE"), Name: "Extra cheese", UnitAmount: euros(150), TaxRate: ptr("13"), IsFood: true},
		{ReferenceID: ptr("APRON"), Name: "Bistro apron", Variant: ptr("Navy"), UnitAmount: euros(2490), TaxRate: ptr("23")},
	}})
	return err
}

func (s *seeder) customers(ctx context.Context) (err error) {
	var list []service.CustomerInput
	for i, name := range [][2]string{{"Ana", "Martins"}, {"Bruno", "Costa"}, {"Carla", "Nunes"}, {"Duarte", "Reis"},
		{"Elsa", "Moura"}, {"Filipe", "Lopes"}, {"Gil", "Tavares"}, {"Helena", "Pinto"}} {
		list = append(list, service.CustomerInput{ReferenceID: ptr(fmt.Sprintf("C-%03d", i+1)), FirstName: ptr(name[0]), LastName: ptr(name[1]),
			Email: ptr(fmt.Sprintf("customer%d@example.com", i+1)), Phone: ptr(fmt.Sprintf("+351 900 000 %03d", i+1)),
			Address: &pay.Address{City: ptr("Lisboa"), Country: ptr("PT")}})
	}
	s.customer, _, err = s.at(oldest).CreateCustomers(ctx, list, func(i int) pay.Path { return pay.At("customers").Index(i) })
	return err
}

func (s *seeder) business(ctx context.Context) error {
	made, err := s.at(oldest).CreateBusiness(ctx, service.CreateBusinessInput{ReferenceID: ptr("B-1"), Name: "Demo Bistro Chiado",
		Address: &pay.Address{City: ptr("Lisboa"), Country: ptr("PT")}})
	s.businessID = made.GlobalID()
	return err
}

// orders makes the orders of each demo payment and a few that are still owed.
func (s *seeder) orders(ctx context.Context) error {
	products, err := s.productIDs(ctx)
	if err != nil {
		return err
	}
	for i := range len(demoPayments) + partyMore + 6 {
		days := daysAgo(i)
		in := service.OrderInput{ReferenceID: ptr(fmt.Sprintf("O-%04d", 1001+i)), CustomerID: s.customer[payer(i)%len(s.customer)].GlobalID(),
			Lines: []service.LineInput{{Quantity: 1 + i%3, ProductID: ptr(products["LUNCH"]),
				Modifiers: []service.LineModifierInput{{ModifierID: "extra-cheese", ProductID: ptr(products["CHEESE"]), Quantity: 1}}},
				{Quantity: 2, ProductID: ptr(products["COFFEE"])}},
			PlacedAt: ptr(s.now.Add(-time.Duration(days)*24*time.Hour - time.Hour))}
		if i%5 != 1 { // the others were placed online
			in.BusinessID = &s.businessID
		}
		if i%4 == 1 {
			in.Lines = append(in.Lines, service.LineInput{Quantity: 1, ProductID: ptr(products["APRON"])})
		}
		if i%3 == 0 {
			in.Discounts = []service.DiscountInput{{DiscountName: "Regular guest", Type: ptr(pay.PercentOff), Value: ptr(int64(10))}}
		}
		made, _, err := s.at(days).CreateOrders(ctx, []service.OrderInput{in}, func(int) pay.Path { return pay.At("order") })
		if err != nil {
			return fmt.Errorf("order %s: %w", *in.ReferenceID, err)
		}
		s.order = append(s.order, made[0])
	}
	return nil
}

// daysAgo is when order i was placed and, by most, paid.
func daysAgo(i int) int { return max(0, oldest-2-i) }

func (s *seeder) productIDs(ctx context.Context) (map[string]string, error) {
	rows, err := s.app.Service.ListProducts(ctx, pay.ProductFilter{}, pay.Page{Limit: pay.MaxPageSize})
	ids := map[string]string{}
	for _, p := range rows.List {
		if p.ReferenceID != nil {
			ids[*p.ReferenceID] = p.GlobalID()
		}
	}
	return ids, err
}

func (s *seeder) invoices(ctx context.Context) error {
	var list []service.InvoiceInput
	for i := 0; i < len(s.order); i += 2 {
		list = append(list, service.InvoiceInput{ReferenceID: ptr(fmt.Sprintf("I-%04d", i)), Number: fmt.Sprintf("FT 2026/%d", 1+i/2),
			OrderID: ptr(s.order[i].GlobalID()), IssuedOn: ptr(s.order[i].PlacedAt.Truncate(24 * time.Hour)),
			DueOn: ptr(s.order[i].PlacedAt.Truncate(24*time.Hour).AddDate(0, 0, 30))})
	}
	_, _, err := s.at(oldest-2).CreateInvoices(ctx, list, func(i int) pay.Path { return pay.At("invoices").Index(i) })
	return err
}

func (s *seeder) methods(ctx context.Context) error {
	made, err := s.at(oldest).CreatePaymentMethod(ctx, service.CreatePaymentMethodInput{ReferenceID: ptr("PM-1"),
		CustomerID: s.customer[0].GlobalID(), GatewayID: s.gatewayID["card"], Token: "tok_approve.demo", IsDefault: true,
		Card:       &service.CardDetailsInput{Brand: ptr("visa"), LastFour: ptr("4242"), ExpirationMonth: ptr(12), ExpirationYear: ptr(2030), Product: ptr("credit")},
		HolderName: ptr("Ana Martins")})
	s.methodID = made.GlobalID()
	return err
}

func (s *seeder) payments(ctx context.Context) error {
	for i, d := range demoPayments {
		paid := paidBy(i)
		in := service.PayOrdersInput{IdempotencyKey: "demo-" + d.reference, ReferenceID: ptr(d.reference), Capture: !d.holdOnly,
			PaymentToken: ptr("tok_" + d.outcome), GatewayID: ptr(s.gatewayID[d.gateway]), Metadata: []pay.MetadataEntry{{Key: "table", Value: fmt.Sprint(1 + i%12)}}}
		for _, order := range paid {
			in.Orders = append(in.Orders, service.PayOrderInput{OrderID: s.order[order].GlobalID()})
		}
		if d.minor > 0 {
			amount := euros(d.minor)
			in.Orders[0].Amount = &amount
		}
		if i == 0 { // the first customer's order, with the stored card
			in.GatewayID, in.PaymentToken, in.PaymentMethodID = nil, nil, &s.methodID
		}
		if err := s.pay(ctx, in, daysAgo(paid[len(paid)-1])); err != nil {
			return fmt.Errorf("payment %s: %w", d.reference, err)
		}
	}
	return nil
}

// pay makes a payment of some days ago. One that has its result already is left
// alone: asking again would resolve what is unknown on purpose.
func (s *seeder) pay(ctx context.Context, in service.PayOrdersInput, days int) error {
	then := s.now.Add(-time.Duration(days) * 24 * time.Hour)
	made, err := s.app.Service.PaymentBy(ctx, pay.PaymentLookup{ReferenceID: in.ReferenceID})
	switch {
	case err != nil || answered(made):
		return err
	case made != nil: // by a start that ended while the gateway was asked
		then = then.Add(time.Minute) // past the lease of its attempt
	}
	_, err = s.when(then).PayOrders(ctx, in)
	return err
}

// answered says whether a payment exists and its gateway's answer is recorded,
// after the events that it and its attempt were made.
func answered(p *pay.Payment) bool { return p != nil && p.EventSeq > 2 }

func euros(minor int64) pay.MoneyInput {
	return pay.MoneyInput{MinorUnits: &minor, Currency: ptr(money.Currency("EUR"))}
}

func ptr[T any](v T) *T { return &v }
