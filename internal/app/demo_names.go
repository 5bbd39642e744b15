package app

import (
	"context"
	"maps"
	"slices"

	"github.com/paygraph/paygraph/internal/pay"
)

// The demo company's objects that GraphiQL's examples use, by their references.
const (
	demoOrder        = "O-1021" // owes all of its total
	demoOrderToPay   = "O-1020" // too
	demoOrderToRoute = "O-1022" // too
	demoRefundable   = "L-10"   // captured, and nothing is given back
)

// demoNames are the ids that GraphiQL's examples use; none without the demo company.
func (a *App) demoNames(ctx context.Context) (map[string]string, error) {
	company, err := a.Store.CompanyBySlug(ctx, demoSlug)
	if err != nil || len(company) == 0 {
		return nil, err
	}
	if ctx, err = a.asDemo(ctx, company[0]); err != nil {
		return nil, err
	}
	names := map[string]string{}
	called := map[string]string{demoOrder: "order", demoOrderToPay: "orderToPay", demoOrderToRoute: "orderToRoute"}
	orders, err := a.Service.ListOrders(ctx, pay.OrderFilter{ReferenceIDs: slices.Collect(maps.Keys(called))}, pay.Sort{{Field: pay.SortPlacedAt}}, pay.Page{Limit: len(called)})
	if err != nil {
		return nil, err
	}
	for _, o := range orders.List {
		names[called[*o.ReferenceID]] = o.GlobalID()
	}
	gateways, err := a.Service.ListGateways(ctx, pay.GatewayFilter{ReferenceIDs: []string{"card"}})
	if err != nil {
		return nil, err
	}
	for _, g := range gateways {
		names["cards"] = g.GlobalID()
	}
	payment, err := a.Service.PaymentBy(ctx, pay.PaymentLookup{ReferenceID: ptr(demoRefundable)})
	if payment != nil {
		names["payment"] = payment.GlobalID()
	}
	return names, err
}

// asDemo acts as an admin of the demo company's sandbox.
func (a *App) asDemo(ctx context.Context, company pay.Company) (context.Context, error) {
	tenants, err := a.Store.TenantOf(ctx, company.ID, pay.Sandbox)
	if err != nil {
		return nil, err
	}
	return pay.WithActor(ctx, pay.Actor{ID: "admin:demo", Role: pay.RoleAdmin, Scopes: pay.Scopes(),
		TenantID: tenants[0].ID, CompanyID: company.ID, Environment: pay.Sandbox}), nil
}
