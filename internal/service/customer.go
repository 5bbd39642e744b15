package service

import (
	"context"
	"maps"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

// CustomerInput is a customer to be added.
type CustomerInput struct {
	ReferenceID *string
	Email       *string
	FirstName   *string
	LastName    *string
	Phone       *string
	Address     *pay.Address
	Metadata    []pay.MetadataEntry
}

// CreateCustomerInput is one customer to be added.
type CreateCustomerInput struct{ Customer CustomerInput }

// CreateCustomersInput is 1 to 100 customers to be added.
type CreateCustomersInput struct{ Customers []CustomerInput }

// CreateCustomers adds customers, all or none, and says how many are new. For
// callers with payments:write, but no customer.
func (s *Service) CreateCustomers(ctx context.Context, list []CustomerInput, path func(i int) pay.Path) ([]pay.Customer, int, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return nil, 0, err
	}
	drafts, err := s.draftCustomers(list, path)
	if err != nil {
		return nil, 0, err
	}
	customers, created, err := saveBulk(ctx, s, c.rows, func(context.Context) (bulk[pay.Customer], error) {
		b := bulk[pay.Customer]{table: store.Customers, kind: pay.KindCustomer, drafts: drafts, path: path,
			insert: insertCustomers, read: c.rows.Customers, key: customerID}
		if !c.seesPII() {
			b.isSame = looksLike
		}
		return b, nil
	})
	return c.redactCustomers(customers), created, err
}

func customerID(c pay.Customer) uuid.UUID { return c.ID }

// looksLike says whether a customer is the same to who may not see personal data: whatever
// of that was sent, the answer is the same, or it would tell what was guessed right.
func looksLike(draft, old pay.Customer) bool {
	return maps.Equal(metadataContent(draft.Metadata), metadataContent(old.Metadata))
}

func (s *Service) draftCustomers(list []CustomerInput, path func(i int) pay.Path) ([]draft[pay.Customer], error) {
	var c checks
	if !c.bulk(len(list), maxBulk, path(0)[:len(path(0))-1]) {
		return nil, c.Err()
	}
	now := s.clock()
	drafts := make([]draft[pay.Customer], len(list))
	references := make([]*string, len(list))
	for i, in := range list {
		at := path(i)
		c.reference(in.ReferenceID, at)
		references[i] = in.ReferenceID
		row := pay.Customer{ReferenceID: in.ReferenceID, Email: in.Email, FirstName: in.FirstName, LastName: in.LastName,
			Phone: in.Phone, Address: in.Address, Metadata: in.Metadata}
		c.customer(row, at)
		hash := fingerprint(customerContent(row))
		row.ID, row.Version, row.CreatedAt, row.UpdatedAt = pay.NewID(), 1, now, now
		drafts[i] = draft[pay.Customer]{row: row, id: row.ID, referenceID: in.ReferenceID, fingerprint: hash}
	}
	c.unique(references, func(i int) pay.Path { return path(i).Then("referenceId") })
	return drafts, c.Err()
}

// customer checks what can be said of a customer.
func (c *checks) customer(row pay.Customer, at pay.Path) {
	c.text(row.FirstName, 0, 200, at.Then("firstName"))
	c.text(row.LastName, 0, 200, at.Then("lastName"))
	c.text(row.Email, 0, 254, at.Then("email"))
	c.text(row.Phone, 0, 50, at.Then("phone"))
	c.address(row.Address, at.Then("address"))
	c.metadata(row.Metadata, at.Then("metadata"))
}

func insertCustomers(ctx context.Context, rows store.Tenant, fresh []draft[pay.Customer]) error {
	list := make([]store.NewCustomer, len(fresh))
	for i, d := range fresh {
		list[i] = store.NewCustomer{Customer: d.row, Fingerprint: d.fingerprint}
	}
	return rows.InsertCustomers(ctx, list)
}

// Customers reads visible customers by id, in any order.
func (s *Service) Customers(ctx context.Context, ids []uuid.UUID) ([]pay.Customer, error) {
	c, err := s.reads(ctx)
	if err != nil {
		return nil, err
	}
	list, err := c.rows.Customers(ctx, ids)
	return c.redactCustomers(list), err
}

// ListCustomers reads one page of the customers that match. Looking for an
// address needs payments:pii, or the answer would tell what it may not show.
func (s *Service) ListCustomers(ctx context.Context, f pay.CustomerFilter, sort pay.Sort, p pay.Page) (pay.Rows[pay.Customer], error) {
	c, err := s.reads(ctx)
	if err != nil {
		return pay.Rows[pay.Customer]{}, err
	}
	if f.Email != nil {
		if err := c.Require(pay.ScopePaymentsPII); err != nil {
			return pay.Rows[pay.Customer]{}, s.forbid(ctx, c.Actor, err)
		}
	}
	rows, err := c.rows.ListCustomers(ctx, f, sort, p)
	rows.List = c.redactCustomers(rows.List)
	return rows, err
}

// CountCustomers counts the customers that match.
func (s *Service) CountCustomers(ctx context.Context, f pay.CustomerFilter) (int, error) {
	return read(ctx, s, func(c caller) (int, error) { return c.rows.CountCustomers(ctx, f) })
}

// CreditBalances reads the store credit of customers, by customer.
func (s *Service) CreditBalances(ctx context.Context, customerIDs []uuid.UUID) ([]pay.CreditBalance, error) {
	return read(ctx, s, func(c caller) ([]pay.CreditBalance, error) { return c.rows.CreditBalances(ctx, customerIDs) })
}

func (c caller) redactCustomers(list []pay.Customer) []pay.Customer {
	if !c.seesPII() {
		for i := range list {
			list[i] = list[i].Redacted()
		}
	}
	return list
}
