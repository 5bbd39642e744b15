package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// keep stores an object once by its reference, or says that the reference is
// taken by other content.
func keep(in map[string]*stored, prefix string, input object) (*stored, bool) {
	ref := input["referenceId"].(string)
	old := in[ref]
	if old == nil {
		old = &stored{id: fmt.Sprintf("%s_%d", prefix, len(in)+1), ref: ref, content: content(input)}
		in[ref] = old
	}
	return old, old.content == content(input)
}

func (s *stored) shown() object { return object{"id": s.id, "referenceId": s.ref} }

func (f *fake) createGateway(input object) object {
	gateway, ok := keep(f.gateways, "gw", input)
	if !ok {
		return refuse("DUPLICATE_REFERENCE")
	}
	return object{"paymentGateway": gateway.shown(), "errors": []object{}}
}

func (f *fake) createCustomers(inputs []object) object {
	if len(inputs) == 0 || len(inputs) > 100 {
		return refuse("TOO_MANY_ITEMS")
	}
	var customers []object
	for _, input := range inputs {
		customer, ok := keep(f.customers, "cus", input)
		if !ok {
			return refuse("DUPLICATE_REFERENCE")
		}
		customers = append(customers, customer.shown())
	}
	return object{"customers": customers, "errors": []object{}}
}

func (f *fake) createOrders(inputs []object) object {
	var orders []object
	count := 0
	for i, input := range inputs {
		o := f.draftOrder(input)
		if lines, ok := input["lines"].([]any); ok {
			count += len(lines)
			if len(lines) > 500 {
				return refuse("TOO_MANY_ITEMS", "orders", strconv.Itoa(i), "lines")
			}
		}
		old := f.orders[o.ref]
		switch {
		case !f.hasCustomer(input["customerId"].(string)):
			return refuse("NOT_FOUND")
		case old == nil:
			f.orders[o.ref] = o
		case old.content != o.content:
			return refuse("DUPLICATE_REFERENCE")
		}
		orders = append(orders, f.orders[o.ref].shown())
	}
	if len(inputs) > 100 || count > 2000 {
		return refuse("TOO_MANY_ITEMS")
	}
	return object{"orders": orders, "errors": []object{}}
}

func (f *fake) draftOrder(input object) *fakeOrder {
	total := minor(input["totalAmount"])
	if lines, ok := input["lines"]; ok {
		for _, line := range list(lines) {
			total -= minor(line["unitAmount"])
		}
		if total != 0 {
			f.t.Errorf("order %v: lines and total differ by %d", input["referenceId"], total)
		}
		total = minor(input["totalAmount"])
	}
	return &fakeOrder{total: total, placedAt: input["placedAt"].(string), stored: stored{
		id: fmt.Sprintf("ord_%d", len(f.orders)+1), ref: input["referenceId"].(string), content: content(input)}}
}

func (f *fake) hasCustomer(id string) bool {
	for _, c := range f.customers {
		if c.id == id {
			return true
		}
	}
	return false
}

func (f *fake) orderByID(id any) *fakeOrder {
	for _, o := range f.orders {
		if o.id == id {
			return o
		}
	}
	return nil
}

func (f *fake) findOrders(references []any, selected ast.SelectionSet) object {
	nodes := []object{}
	if len(references) > 100 {
		f.t.Errorf("asked for %d orders at once", len(references))
	}
	for _, ref := range references {
		if o := f.orders[ref.(string)]; o != nil {
			node := o.shown()
			node["placedAt"] = o.placedAt
			node["totalAmount"], node["paidAmount"] = shown(o.total), shown(o.paid)
			node["outstandingAmount"] = shown(o.total - o.paid)
			node["payments"] = o.page(0, first(selected))
			nodes = append(nodes, node)
		}
	}
	return object{"nodes": nodes}
}

func (f *fake) morePayments(v object, selected ast.SelectionSet) object {
	after, err := strconv.Atoi(v["after"].(string))
	if err != nil {
		f.t.Errorf("cursor: %v", err)
	}
	return object{"payments": f.orderByID(v["order"]).page(after, first(selected))}
}

// first is the size of the page of payments that was asked for.
func first(selected ast.SelectionSet) int {
	for _, s := range selected {
		field := s.(*ast.Field)
		if argument := field.Arguments.ForName("first"); field.Name == "payments" && argument != nil {
			n, _ := strconv.Atoi(argument.Value.Raw)
			return n
		}
		if n := first(field.SelectionSet); n > 0 {
			return n
		}
	}
	return 0
}

func (o *fakeOrder) page(from, size int) object {
	end := min(from+size, len(o.payments))
	nodes := []object{}
	for _, p := range o.payments[from:end] {
		nodes = append(nodes, object{"id": p.id, "paidAmount": shown(p.paid()), "selectedGateway": object{"referenceId": p.gatewayRef}})
	}
	return object{"nodes": nodes, "pageInfo": object{"hasNextPage": end < len(o.payments), "endCursor": strconv.Itoa(end)}}
}

func (p *fakePayment) paid() int64 {
	if p.statuses[0] == "CAPTURED" {
		return p.amount
	}
	return 0
}

func (p *fakePayment) underWay() int64 {
	if slices.Contains([]string{"CREATED", "PENDING", "UNKNOWN"}, p.statuses[0]) {
		return p.amount
	}
	return 0
}

// why says why an order would not take an amount, or nothing.
func (f *fake) why(input object) string {
	part := list(input["orders"])[0]
	o, amount := f.orderByID(part["orderId"]), minor(part["amount"])
	if o == nil {
		return "NOT_FOUND"
	}
	owed := o.total - o.paid
	free := owed
	for _, p := range o.payments {
		free -= p.underWay()
	}
	switch {
	case amount <= 0:
		return "AMOUNT_TOO_SMALL"
	case owed <= 0:
		return "ORDER_ALREADY_PAID"
	case amount > free:
		return "AMOUNT_EXCEEDS_OUTSTANDING"
	}
	return ""
}

func (f *fake) preview(input object) object {
	if f.onPreview != nil {
		f.onPreview()
	}
	if code := f.why(input); code != "" {
		return refuse(code)
	}
	return object{"errors": []object{}}
}

func (f *fake) pay(input object) object {
	key := input["idempotencyKey"].(string)
	if every(f.busyEvery, f.requests) {
		return refuse("IDEMPOTENCY_IN_PROGRESS")
	}
	if left := time.Until(f.leases[key]); left > 0 {
		return object{"errors": []object{{"__typename": "IdempotencyError", "code": "IDEMPOTENCY_IN_PROGRESS", "message": "No.",
			"path": []string{"input", "idempotencyKey"}, "retryAfterSeconds": int(math.Ceil(left.Seconds()))}}}
	}
	if old := f.payments[key]; old != nil {
		if old.content != content(input) {
			return refuse("IDEMPOTENCY_KEY_REUSED")
		}
		return object{"transaction": old.shown(), "errors": []object{}}
	}
	if code := f.why(input); code != "" {
		f.sentCodes[code]++
		return refuse(code)
	}
	part := list(input["orders"])[0]
	p := &fakePayment{id: fmt.Sprintf("txn_%d", len(f.payments)+1), content: content(input), amount: minor(part["amount"]),
		order: f.orderByID(part["orderId"]), statuses: []string{"CAPTURED"}}
	if fate := f.fates[key]; fate != nil {
		p.statuses = fate
	}
	for ref, gateway := range f.gateways {
		if gateway.id == input["gatewayId"] {
			p.gatewayRef = ref
		}
	}
	p.order.paid += p.paid()
	p.order.payments = append([]*fakePayment{p}, p.order.payments...)
	f.payments[key] = p
	if f.onPay != nil {
		f.onPay(len(f.payments))
	}
	return object{"transaction": p.shown(), "errors": []object{}}
}

func (p *fakePayment) shown() object { return object{"id": p.id, "status": p.statuses[0]} }

// transaction shows an attempt one step further than before.
func (f *fake) transaction(id string) any {
	for _, p := range f.payments {
		if p.id == id {
			if len(p.statuses) > 1 {
				p.statuses = p.statuses[1:]
				p.order.paid += p.paid()
			}
			return p.shown()
		}
	}
	return nil
}
