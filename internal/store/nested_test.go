package store_test

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// hanging are what hangs on payments, by the names that a document asks for it with: how it is
// asked for by keys, and which field of a payment has the key.
var hanging = map[string]struct {
	field string
	ask   func(context.Context, store.Tenant, []uuid.UUID) (map[uuid.UUID]any, error)
}{
	"Payment.customer": {"CustomerID", askFor(store.Tenant.Customers, func(c pay.Customer) uuid.UUID { return c.ID })},
	"Payment.orders": {"ID", func(ctx context.Context, t store.Tenant, ids []uuid.UUID) (map[uuid.UUID]any, error) {
		return anyOf(t.OrdersPaidBy(ctx, ids))
	}},
	"Payment.invoices": {"ID", func(ctx context.Context, t store.Tenant, ids []uuid.UUID) (map[uuid.UUID]any, error) {
		return anyOf(t.InvoicesPaidBy(ctx, ids))
	}},
	"Payment.transactions": {"ID", askFor(store.Tenant.TransactionsOf, func(x pay.Transaction) uuid.UUID { return x.PaymentID })},
	"Payment.refunds":      {"ID", askFor(store.Tenant.RefundsOf, func(r pay.Refund) uuid.UUID { return r.PaymentID })},
	"Payment.allocations":  {"ID", askFor(store.Tenant.AllocationsOf, func(a pay.PaymentAllocation) uuid.UUID { return a.PaymentID })},
	"Payment.lines":        {"ID", askFor(store.Tenant.PaymentLinesOf, func(l pay.Line) uuid.UUID { return l.OwnerID })},
	"Payment.discounts":    {"ID", askFor(store.Tenant.PaymentDiscountsOf, func(d pay.Discount) uuid.UUID { return d.OwnerID })},
}

func askFor[T any](read func(store.Tenant, context.Context, []uuid.UUID) ([]T, error), key func(T) uuid.UUID) func(context.Context, store.Tenant, []uuid.UUID) (map[uuid.UUID]any, error) {
	return func(ctx context.Context, t store.Tenant, keys []uuid.UUID) (map[uuid.UUID]any, error) {
		rows, err := read(t, ctx, keys)
		grouped := map[uuid.UUID][]T{}
		for _, row := range rows {
			grouped[key(row)] = append(grouped[key(row)], row)
		}
		return anyOf(grouped, err)
	}
}

func anyOf[T any](lists map[uuid.UUID][]T, err error) (map[uuid.UUID]any, error) {
	all := make(map[uuid.UUID]any, len(lists))
	for key, list := range lists {
		all[key] = list
	}
	return all, err
}

// keysOfRows are the fields without which nothing can be found.
var keysOfRows = []string{"Payment.ID", "Payment.CustomerID", "Payment.CreatedAt", "Customer.ID", "Transaction.ID", "Transaction.PaymentID", "Transaction.GatewayID",
	"Refund.ID", "Refund.PaymentID", "PaymentAllocation.ID", "PaymentAllocation.PaymentID", "Line.ID", "Line.OwnerID", "Discount.ID", "Discount.OwnerID",
	"Order.ID", "Invoice.ID", "PaymentGateway.ID"}

// drawFields chooses of which fields somebody knows that they will look at no others.
func drawFields(t *rapid.T) (fields pay.Fields, long bool) {
	if rapid.Bool().Draw(t, "all fields") {
		return nil, true
	}
	names := slices.Clone(keysOfRows)
	for _, row := range []reflect.Type{reflect.TypeFor[pay.Payment](), reflect.TypeFor[pay.Customer](), reflect.TypeFor[pay.Transaction](), reflect.TypeFor[pay.Refund](),
		reflect.TypeFor[pay.PaymentAllocation](), reflect.TypeFor[pay.Line](), reflect.TypeFor[pay.Discount](), reflect.TypeFor[pay.Order](), reflect.TypeFor[pay.Invoice](), reflect.TypeFor[pay.PaymentGateway]()} {
		for _, f := range reflect.VisibleFields(row) {
			if f.Anonymous || !rapid.Bool().Draw(t, row.Name()+"."+f.Name) {
				continue
			}
			names = append(names, row.Name()+"."+f.Name)
			long = long || f.Name == "Metadata" || f.Name == "Description"
		}
	}
	return pay.NewFields(names), long
}

// drawRoot chooses how payments are read first, and says whether that takes a statement of its
// own.
func drawRoot(t *rapid.T, all []uuid.UUID) (root func(context.Context, store.Tenant) ([]pay.Payment, error), own bool) {
	if rapid.Bool().Draw(t, "by id") {
		ids := rapid.SliceOfNDistinct(rapid.SampledFrom(append(slices.Clone(all), uuid.Max)), 1, 20, rapid.ID[uuid.UUID]).Draw(t, "ids")
		return func(ctx context.Context, rows store.Tenant) ([]pay.Payment, error) { return rows.Payments(ctx, ids) }, false
	}
	page := pay.Page{Limit: rapid.IntRange(1, 70).Draw(t, "limit"), Backward: rapid.Bool().Draw(t, "backward"), Offset: rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "offset")}
	var filter pay.PaymentFilter
	if own = rapid.Bool().Draw(t, "filtered"); own {
		filter.CreatedAt = &pay.DateTimeRange{Gte: ptr(noon.Add(-time.Hour))}
	}
	own = own || page.Offset > 0
	return func(ctx context.Context, rows store.Tenant) ([]pay.Payment, error) {
		list, err := rows.ListPayments(ctx, filter, pay.NewestFirst, page)
		return list.List, err
	}, own
}

// keysIn are the values of a field of payments, each once.
func keysIn(list []pay.Payment, field string) (keys []uuid.UUID) {
	for _, p := range list {
		key := &p.ID
		if field == "CustomerID" {
			key = p.CustomerID
		}
		if key != nil && !slices.Contains(keys, *key) {
			keys = append(keys, *key)
		}
	}
	return keys
}

// TestNested proves that what was read together with payments is what is read by itself,
// whatever is asked for, by whom, for which of them and in which order, and that nothing is
// read twice.
func TestNested(t *testing.T) {
	t.Parallel()
	m, w := newMarket(t), newWorld(t)
	var full []uuid.UUID
	for _, p := range w.payments {
		full = append(full, p.Payment.ID)
	}
	for name, of := range map[string]struct {
		base
		payments []uuid.UUID
		customer uuid.UUID
	}{"many rows": {m.base, ids(m.payments), *m.payments[0].CustomerID}, "all columns": {w.base, full, w.customers[0].ID}} {
		t.Run(name, func(t *testing.T) {
			record := &recorder{}
			s := record.open(t, of.url)
			rapid.Check(t, func(t *rapid.T) {
				actor := pay.Actor{TenantID: of.tenant.ID}
				switch rapid.IntRange(0, 3).Draw(t, "who") {
				case 0:
					actor.CustomerID = &of.customer
				case 1:
					actor.PaymentID = &of.payments[0]
				}
				fields, long := drawFields(t)
				plain := pay.WithFields(pay.WithActor(context.Background(), actor), fields)
				asked := rapid.SliceOfNDistinct(rapid.SampledFrom(slices.Sorted(maps.Keys(hanging))), 0, 8, rapid.ID[string]).Draw(t, "asked")
				below := pay.Nested{}
				for _, name := range asked {
					below[name] = pay.Nested{"Transaction.gateway": nil}
				}
				root, own := drawRoot(t, of.payments)
				most := 1
				if (own || actor.CustomerID != nil || actor.PaymentID != nil) && len(asked) > 0 {
					most = 2
				}
				if long {
					most = 1 + 2*len(asked) // orders and invoices are read apart
				}
				checkNested(t, nestedCheck{s, s.For(actor), pay.WithNested(plain, &below), asked, of.payments, root, record, most})
			})
		})
	}
}

// nestedCheck is one case of TestNested.
type nestedCheck struct {
	store *store.Store
	rows  store.Tenant
	plain context.Context
	asked []string
	// payments are all there are.
	payments []uuid.UUID
	root     func(context.Context, store.Tenant) ([]pay.Payment, error)
	record   *recorder
	// most is how many statements read it all.
	most int
}

func checkNested(t *rapid.T, c nestedCheck) {
	var ends []func(written bool)
	defer func() {
		for _, end := range ends {
			end(true)
		}
	}()
	ask := func(ctx context.Context, name string, keys []uuid.UUID) map[uuid.UUID]any {
		got, err := hanging[name].ask(ctx, c.rows, keys)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return got
	}
	alike := func(what string, got, want any) {
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s differ from what is read by itself: got %+v\nwant %+v", what, got, want)
		}
	}
	want, err := c.root(c.plain, c.rows)
	if err != nil {
		t.Fatal(err)
	}
	var got []pay.Payment
	anew := func() (ctx context.Context) {
		ctx, _, end := c.store.OnOneConnection(c.plain)
		ends = append(ends, end)
		if got, err = c.root(ctx, c.rows); err != nil {
			t.Fatal(err)
		}
		return ctx
	}
	c.record.take()
	ctx := anew()
	alike("payments", got, want)
	found := map[string]map[uuid.UUID]any{}
	for _, name := range c.asked {
		found[name] = ask(ctx, name, keysIn(got, hanging[name].field))
	}
	if sent := reading(c.record.take()); len(got) > 0 && len(sent) > c.most {
		t.Fatalf("%d statements for %v: %s", len(sent), c.asked, sent)
	}
	for _, name := range c.asked {
		keys := keysIn(got, hanging[name].field)
		alike(name, found[name], ask(c.plain, name, keys))
		again := ask(ctx, name, keys)
		alike(name+" again", again, found[name])
		for key, list := range again { // whoever has rows may change them
			if reflect.ValueOf(list).Pointer() == reflect.ValueOf(found[name][key]).Pointer() {
				t.Fatalf("%s of %s were given twice", name, key)
			}
		}
	}
	ctx = anew()
	for _, name := range c.asked { // for some keys at a time, and for others
		keys := append(keysIn(got, hanging[name].field), uuid.Max)
		for _, other := range c.payments {
			if hanging[name].field == "ID" && !slices.Contains(keys, other) {
				keys = append(keys, other)
			}
		}
		keys = rapid.Permutation(keys).Draw(t, "keys")
		cut := rapid.IntRange(1, len(keys)).Draw(t, "cut")
		for _, some := range [][]uuid.UUID{keys[:cut], keys[cut-1:]} {
			alike(fmt.Sprint("some of ", name), ask(ctx, name, some), ask(c.plain, name, some))
		}
	}
	ctx = anew()
	for _, name := range c.asked { // first for one, and then for all others
		keys := keysIn(got, hanging[name].field)
		for _, some := range [][]uuid.UUID{keys[:min(1, len(keys))], keys[min(1, len(keys)):]} {
			alike(fmt.Sprint("one and others of ", name), ask(ctx, name, some), ask(c.plain, name, some))
		}
	}
	ctx = anew()
	for _, name := range c.asked { // by who looks at other fields
		keys := keysIn(got, hanging[name].field)
		alike("all fields of "+name, ask(pay.WithFields(ctx, nil), name, keys), ask(pay.WithFields(c.plain, nil), name, keys))
	}
}

// reading are the statements that read rows.
func reading(statements []statement) (sent []string) {
	for _, s := range statements {
		if strings.Contains(s.query, "array_send") {
			sent = append(sent, s.query)
		}
	}
	return sent
}
