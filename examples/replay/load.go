package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Limits of one bulk request.
const (
	maxBulk      = 100
	maxBulkLines = 2000
	// maxOrderLines is the limit of one order.
	maxOrderLines = 500
)

// gatewayPrefix comes before the payment type in a gateway's referenceId.
const gatewayPrefix = "replay-"

// created is an object of the API beside the id that the files know it by.
type created struct {
	ID          string `json:"id"`
	ReferenceID string `json:"referenceId"`
}

// createGateways makes one gateway for each payment type and returns their ids
// by type. The referenceId makes it safe to repeat, as with everything here.
func (r *replayer) createGateways(ctx context.Context, kinds []string) (map[string]string, error) {
	ids := map[string]string{}
	for _, kind := range kinds {
		var payload struct {
			PaymentGateway created `json:"paymentGateway"`
		}
		if err := r.api.call(ctx, createGatewayDocument, map[string]any{"input": gatewayInput(kind)}, &payload); err != nil {
			return nil, fmt.Errorf("create gateway for %s: %w", kind, err)
		}
		ids[kind] = payload.PaymentGateway.ID
	}
	return ids, nil
}

func gatewayInput(kind string) map[string]any {
	input := map[string]any{
		"referenceId": gatewayPrefix + kind,
		"name":        "Replay " + kind,
		"connector":   "sandbox",
		"currencies":  []string{currency},
		"methodType":  "OTHER",
	}
	switch kind {
	case "credit_card", "debit_card":
		input["methodType"] = "CARD"
	case "boleto":
		input["methodType"], input["methodLabel"] = "BANK_TRANSFER", "Boleto"
	case "voucher":
		input["methodType"], input["kind"], input["isFoodOnly"] = "VOUCHER", "VOUCHER", false
	}
	return input
}

// createAll makes customers and orders and returns the ids of the orders by
// reference: those of the folder, and those that only its payments name but the
// API knows from elsewhere.
func (r *replayer) createAll(ctx context.Context, data *folder) (map[string]string, error) {
	customers, err := r.createCustomers(ctx, data.customers)
	if err != nil {
		return nil, err
	}
	orders, err := r.createOrders(ctx, data.orders, customers)
	if err != nil {
		return nil, err
	}
	var unknown []string
	for _, group := range data.payments {
		if orders[group.orderID] == "" {
			unknown = append(unknown, group.orderID)
		}
	}
	return orders, r.findOrders(ctx, unknown, orders)
}

func (r *replayer) createCustomers(ctx context.Context, list []customer) (map[string]string, error) {
	ids := newIDs()
	defer r.progress.begin("customers", len(list))()
	err := each(ctx, r.workers, slices.Collect(slices.Chunk(list, maxBulk)), func(ctx context.Context, bulk []customer) error {
		inputs := make([]map[string]any, len(bulk))
		for i, c := range bulk {
			inputs[i] = c.input()
		}
		var payload struct{ Customers []created }
		if err := r.api.call(ctx, createCustomersDocument, map[string]any{"customers": inputs}, &payload); err != nil {
			return fmt.Errorf("create customers %s and following: %w", bulk[0].id, err)
		}
		ids.add(payload.Customers)
		r.progress.add(len(bulk))
		return nil
	})
	return ids.byReference, err
}

func (c customer) input() map[string]any {
	address := map[string]any{"country": "BR"}
	for name, value := range map[string]string{"postalCode": c.zipPrefix, "city": c.city, "region": c.state} {
		if value != "" {
			address[name] = value
		}
	}
	input := map[string]any{"referenceId": c.id, "address": address}
	if c.uniqueID != "" {
		input["metadata"] = []map[string]any{{"key": "customer_unique_id", "value": c.uniqueID}}
	}
	return input
}

func (r *replayer) createOrders(ctx context.Context, list []*order, customers map[string]string) (map[string]string, error) {
	ids := newIDs()
	defer r.progress.begin("orders", len(list))()
	err := each(ctx, r.workers, orderBulks(list), func(ctx context.Context, bulk []*order) error {
		inputs := make([]map[string]any, len(bulk))
		for i, o := range bulk {
			inputs[i] = o.input(customers[o.customerID])
		}
		var payload struct{ Orders []created }
		if err := r.api.call(ctx, createOrdersDocument, map[string]any{"orders": inputs}, &payload); err != nil {
			return fmt.Errorf("create orders %s and following: %w", bulk[0].id, err)
		}
		ids.add(payload.Orders)
		r.progress.add(len(bulk))
		return nil
	})
	return ids.byReference, err
}

// orderBulks cuts the orders so that neither limit of a bulk is passed.
func orderBulks(list []*order) [][]*order {
	var bulks [][]*order
	start, count := 0, 0
	for i, o := range list {
		n := len(o.lines())
		if i > start && (i-start == maxBulk || count+n > maxBulkLines) {
			bulks = append(bulks, list[start:i])
			start, count = i, 0
		}
		count += n
	}
	if start < len(list) {
		bulks = append(bulks, list[start:])
	}
	return bulks
}

// input names the total although the lines already say it: the API then refuses
// an order whose lines were understood differently. An order without items owes
// nothing.
func (o *order) input(customerID string) map[string]any {
	input := map[string]any{
		"referenceId": o.id,
		"customerId":  customerID,
		"currency":    currency,
		"totalAmount": o.total().money(),
		"placedAt":    o.placedAt.Format(time.RFC3339Nano),
	}
	if lines := o.lines(); len(lines) > 0 {
		input["lines"] = lines
	}
	return input
}

// lines gives each item one line, of its price and freight together. An order of
// more items than the API takes lines gets one line for all of them: what must
// stay exact is what is owed.
func (o *order) lines() []map[string]any {
	if len(o.items) > maxOrderLines {
		return []map[string]any{line(fmt.Sprintf("%d items with freight", len(o.items)), o.total())}
	}
	var lines []map[string]any
	for _, i := range o.items {
		lines = append(lines, line(fmt.Sprintf("Product %s with freight", i.productID), i.price+i.freight))
	}
	return lines
}

func line(name string, amount cents) map[string]any {
	return map[string]any{"productName": name, "unitAmount": amount.money()}
}

// total is what the order's items come to.
func (o *order) total() cents {
	var total cents
	for _, i := range o.items {
		total += i.price + i.freight
	}
	return total
}

// findOrders adds the ids of those references that the API knows.
func (r *replayer) findOrders(ctx context.Context, references []string, into map[string]string) error {
	for bulk := range slices.Chunk(references, maxBulk) {
		var page struct{ Nodes []created }
		if err := r.api.call(ctx, findOrdersDocument, map[string]any{"references": bulk, "currency": currency}, &page); err != nil {
			return fmt.Errorf("look up orders: %w", err)
		}
		for _, o := range page.Nodes {
			into[o.ReferenceID] = o.ID
		}
	}
	return nil
}
