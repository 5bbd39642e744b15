package service

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// InvoiceInput is an invoice to be added.
type InvoiceInput struct {
	ReferenceID *string
	Number      string
	CustomerID  *string
	BusinessID  *string
	OrderID     *string
	TotalAmount *pay.MoneyInput
	Description *string
	Metadata    []pay.MetadataEntry
	IssuedOn    *time.Time
	DueOn       *time.Time
}

// CreateInvoiceInput is one invoice to be added.
type CreateInvoiceInput struct{ Invoice InvoiceInput }

// CreateInvoicesInput is 1 to 100 invoices to be added.
type CreateInvoicesInput struct{ Invoices []InvoiceInput }

// CreateInvoices adds invoices, all or none, and says how many are new. One for
// an order takes over what is paid on it, so the order is locked meanwhile. For
// callers with payments:write, but no customer.
func (s *Service) CreateInvoices(ctx context.Context, list []InvoiceInput, path func(i int) pay.Path) ([]pay.Invoice, int, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return nil, 0, err
	}
	company, err := s.companyOf(ctx, c.Actor)
	if err != nil {
		return nil, 0, err
	}
	return saveBulk(ctx, s, c.rows, func(ctx context.Context) (bulk[pay.Invoice], error) {
		drafts, err := s.draftInvoices(ctx, c, company, list, path)
		return bulk[pay.Invoice]{table: store.InvoicesTable, kind: pay.KindInvoice, drafts: drafts, path: path,
			insert: func(ctx context.Context, rows store.Tenant, fresh []draft[pay.Invoice]) error {
				return insertInvoices(ctx, rows, fresh, drafts, path)
			},
			read: c.rows.Invoices, key: func(i pay.Invoice) uuid.UUID { return i.ID }}, err
	})
}

// insertInvoices refuses numbers and orders that other invoices have, which
// can only be told once it is known which invoices are new.
func insertInvoices(ctx context.Context, rows store.Tenant, fresh, all []draft[pay.Invoice], path func(int) pay.Path) error {
	var numbers []string
	var orders []uuid.UUID
	list := make([]store.NewInvoice, len(fresh))
	for i, d := range fresh {
		list[i] = store.NewInvoice{Invoice: d.row, Fingerprint: d.fingerprint}
		numbers = append(numbers, d.row.Number)
		if d.row.OrderID != nil {
			orders = append(orders, *d.row.OrderID)
		}
	}
	sameNumber, err := rows.InvoiceNumbers(ctx, numbers)
	if err != nil {
		return err
	}
	sameOrder, err := rows.InvoicesOfOrders(ctx, orders)
	if err != nil {
		return err
	}
	var problems pay.Problems
	for i, d := range all {
		if !isFresh(fresh, d.id) {
			continue
		}
		for _, old := range slices.Concat(sameNumber, sameOrder) {
			if d.referenceID != nil && old.ReferenceID != nil && *d.referenceID == *old.ReferenceID {
				return errTakenMeanwhile // it may well be the same invoice
			}
		}
		for _, old := range sameNumber {
			if old.Number == d.row.Number {
				problems.Add(duplicateReference(old.GlobalID(), path(i).Then("number")))
			}
		}
		for _, old := range sameOrder {
			if d.row.OrderID != nil && *old.OrderID == *d.row.OrderID {
				problems.Add(duplicateReference(old.GlobalID(), path(i).Then("orderId")))
			}
		}
	}
	if problems.Any() {
		return problems.Err()
	}
	// Numbers are unique too, so they decide the order; see bulk.save.
	slices.SortFunc(list, func(a, b store.NewInvoice) int { return strings.Compare(a.Number, b.Number) })
	return rows.InsertInvoices(ctx, list)
}

func isFresh[T any](fresh []draft[T], id uuid.UUID) bool {
	for _, d := range fresh {
		if d.id == id {
			return true
		}
	}
	return false
}

func (s *Service) draftInvoices(ctx context.Context, c caller, company pay.Company, list []InvoiceInput, path func(int) pay.Path) ([]draft[pay.Invoice], error) {
	var faults checks
	if !faults.bulk(len(list), maxBulk, path(0)[:len(path(0))-1]) {
		return nil, faults.Err()
	}
	refs, err := c.invoiceReferences(ctx, list)
	if err != nil {
		return nil, err
	}
	now := s.clock()
	drafts := make([]draft[pay.Invoice], len(list))
	references, numbers, orders := make([]*string, len(list)), make([]*string, len(list)), make([]*string, len(list))
	for i, in := range list {
		references[i], numbers[i] = in.ReferenceID, &in.Number
		row, hash := refs.invoice(&faults, in, company, now, path(i))
		if row.OrderID != nil { // not as written: an id has two spellings
			orders[i] = ptr(pay.FormatID(pay.KindOrder, *row.OrderID))
		}
		row.ID, row.CreatedAt, row.UpdatedAt = pay.NewID(), now, now
		drafts[i] = draft[pay.Invoice]{row: row, id: row.ID, referenceID: in.ReferenceID, fingerprint: hash}
	}
	faults.unique(references, func(i int) pay.Path { return path(i).Then("referenceId") })
	faults.unique(numbers, func(i int) pay.Path { return path(i).Then("number") })
	faults.unique(orders, func(i int) pay.Path { return path(i).Then("orderId") })
	return drafts, faults.Err()
}

type invoiceReferences struct {
	orderReferences
	orders map[uuid.UUID]pay.Order
}

func (c caller) invoiceReferences(ctx context.Context, list []InvoiceInput) (r invoiceReferences, err error) {
	var customers, businesses, orders []string
	for _, in := range list {
		customers, businesses, orders = appendSet(customers, in.CustomerID), appendSet(businesses, in.BusinessID), appendSet(orders, in.OrderID)
	}
	lock := func(ctx context.Context, ids []uuid.UUID) ([]pay.Order, error) {
		return c.rows.OrdersForUpdate(ctx, ids)
	}
	if r.orders, err = fetch(ctx, pay.ParseIDs(pay.KindOrder, orders), lock, func(o pay.Order) uuid.UUID { return o.ID }); err != nil {
		return r, err
	}
	if r.customers, err = fetch(ctx, pay.ParseIDs(pay.KindCustomer, customers), c.rows.Customers, customerID); err != nil {
		return r, err
	}
	r.businesses, err = fetch(ctx, pay.ParseIDs(pay.KindBusiness, businesses), c.rows.Businesses, businessID)
	return r, err
}

func appendSet(list []string, id *string) []string {
	if id != nil {
		return append(list, *id)
	}
	return list
}

// invoice reads one invoice; its fingerprint covers what was asked for, without
// the dates that were filled in.
func (r invoiceReferences) invoice(c *checks, in InvoiceInput, company pay.Company, now time.Time, at pay.Path) (row pay.Invoice, hash []byte) {
	c.reference(in.ReferenceID, at)
	c.text(&in.Number, 1, 100, at.Then("number"))
	c.description(in.Description, at.Then("description"))
	c.metadata(in.Metadata, at.Then("metadata"))
	row = pay.Invoice{ReferenceID: in.ReferenceID, Number: in.Number, Description: in.Description,
		Metadata: in.Metadata, DueOn: in.DueOn}
	row.BusinessID = r.business(c, in.BusinessID, at.Then("businessId"))
	if in.IssuedOn != nil {
		row.IssuedOn = *in.IssuedOn
	}
	if in.OrderID != nil {
		r.billOrder(c, &row, in, at)
	} else {
		r.billCustomer(c, &row, in, company, at)
	}
	hash = fingerprint(invoiceContent(row))
	if in.IssuedOn == nil {
		row.IssuedOn = now.Truncate(24 * time.Hour)
	}
	if row.DueOn != nil && row.DueOn.Before(row.IssuedOn) {
		c.Addf(pay.CodeInvalidInput, at.Then("dueOn"), "The invoice must not be due before it is issued.")
	}
	return row, hash
}

func (r invoiceReferences) billCustomer(c *checks, row *pay.Invoice, in InvoiceInput, company pay.Company, at pay.Path) {
	row.Currency = company.Currency
	switch {
	case in.CustomerID == nil:
		c.Addf(pay.CodeRequired, at.Then("customerId"), "A customer is needed without orderId.")
	default:
		row.CustomerID, _ = pay.ParseID(pay.KindCustomer, *in.CustomerID)
		if _, ok := r.customers[row.CustomerID]; !ok {
			c.Add(notFound("customer", at.Then("customerId")))
		}
	}
	if in.TotalAmount == nil {
		c.Addf(pay.CodeRequired, at.Then("totalAmount"), "A total is needed without orderId.")
		return
	}
	if in.TotalAmount.Currency != nil {
		row.Currency = *in.TotalAmount.Currency
	}
	c.inUse(row.Currency, at.Then("totalAmount", "currency"))
	minor, refusal := in.TotalAmount.NotNegative(row.Currency, at.Then("totalAmount"))
	c.Add(refusal)
	row.TotalMinor = minor
}

func (r invoiceReferences) billOrder(c *checks, row *pay.Invoice, in InvoiceInput, at pay.Path) {
	id, _ := pay.ParseID(pay.KindOrder, *in.OrderID)
	order, ok := r.orders[id]
	if !ok {
		c.Add(notFound("order", at.Then("orderId")))
		return
	}
	c.inUse(order.Currency, at.Then("orderId"))
	row.OrderID, row.CustomerID, row.Debt = &order.ID, order.CustomerID, order.Debt
	if row.BusinessID == nil {
		row.BusinessID = order.BusinessID
	}
	if in.CustomerID != nil {
		if customer, _ := pay.ParseID(pay.KindCustomer, *in.CustomerID); customer != order.CustomerID {
			c.Addf(pay.CodeInvalidInput, at.Then("customerId"), "The order belongs to another customer.")
		}
	}
	if in.TotalAmount != nil {
		minor, refusal := in.TotalAmount.NotNegative(order.Currency, at.Then("totalAmount"))
		c.Add(refusal)
		if refusal == nil && minor != order.TotalMinor {
			c.Addf(pay.CodeAmountMismatch, at.Then("totalAmount"), "The order's total is %s.", order.TotalAmount())
		}
	}
}

// Invoices reads visible invoices by id, in any order.
func (s *Service) Invoices(ctx context.Context, ids []uuid.UUID) ([]pay.Invoice, error) {
	return read(ctx, s, func(c caller) ([]pay.Invoice, error) { return c.rows.Invoices(ctx, ids) })
}

// InvoicesPaidBy reads the visible invoices that payments pay, by payment. The caller must see
// the payments.
func (s *Service) InvoicesPaidBy(ctx context.Context, paymentIDs []uuid.UUID) (map[uuid.UUID][]pay.Invoice, error) {
	return read(ctx, s, func(c caller) (map[uuid.UUID][]pay.Invoice, error) { return c.rows.InvoicesPaidBy(ctx, paymentIDs) })
}

// InvoicesOfOrders reads the visible invoices that bill these orders.
func (s *Service) InvoicesOfOrders(ctx context.Context, orderIDs []uuid.UUID) ([]pay.Invoice, error) {
	return read(ctx, s, func(c caller) ([]pay.Invoice, error) { return c.rows.InvoicesOfOrders(ctx, orderIDs) })
}

// ListInvoices reads one page of the invoices that match.
func (s *Service) ListInvoices(ctx context.Context, f pay.InvoiceFilter, sort pay.Sort, p pay.Page) (pay.Rows[pay.Invoice], error) {
	return read(ctx, s, func(c caller) (pay.Rows[pay.Invoice], error) { return c.rows.ListInvoices(ctx, f, sort, p) })
}

// CountInvoices counts the invoices that match.
func (s *Service) CountInvoices(ctx context.Context, f pay.InvoiceFilter) (int, error) {
	return read(ctx, s, func(c caller) (int, error) { return c.rows.CountInvoices(ctx, f) })
}

// InvoicesUnderCustomers reads the same page of invoices of each customer.
func (s *Service) InvoicesUnderCustomers(ctx context.Context, customers []uuid.UUID, p pay.Page) (map[uuid.UUID]pay.Rows[pay.Invoice], error) {
	return read(ctx, s, func(c caller) (map[uuid.UUID]pay.Rows[pay.Invoice], error) {
		return c.rows.InvoicesUnderCustomers(ctx, customers, p)
	})
}

// CountInvoicesUnderCustomers counts the invoices of each customer.
func (s *Service) CountInvoicesUnderCustomers(ctx context.Context, customers []uuid.UUID) (map[uuid.UUID]int, error) {
	return read(ctx, s, func(c caller) (map[uuid.UUID]int, error) { return c.rows.CountInvoicesUnderCustomers(ctx, customers) })
}
