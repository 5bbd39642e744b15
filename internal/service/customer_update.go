package service

import (
	"context"

	"github.com/paygraph/paygraph/internal/pay"
)

// UpdateCustomer is a change of a customer. Pointers that are set to nil clear.
type UpdateCustomer struct {
	ID              string
	ExpectedVersion *int
	Email           Optional[*string]
	FirstName       Optional[*string]
	LastName        Optional[*string]
	Phone           Optional[*string]
	Address         Optional[*pay.Address]
	Metadata        Optional[[]pay.MetadataEntry]
}

// UpdateCustomer changes a customer; payments keep the snapshot that they took. It
// refuses VERSION_CONFLICT when the customer has another version than expected. For
// callers with payments:write, but no customer.
func (s *Service) UpdateCustomer(ctx context.Context, in UpdateCustomer) (pay.Customer, error) {
	c, err := s.maintains(ctx, pay.ScopePaymentsWrite)
	if err != nil {
		return pay.Customer{}, err
	}
	id, _ := pay.ParseID(pay.KindCustomer, in.ID)
	row, err := edit(ctx, s, edition[pay.Customer]{
		lock:     func(ctx context.Context) ([]pay.Customer, error) { return c.rows.CustomerForUpdate(ctx, id) },
		missing:  notFound("customer", pay.At("input", "id")),
		expected: in.ExpectedVersion, version: func(c pay.Customer) int { return c.Version },
		apply: in.apply,
		save: func(ctx context.Context, row *pay.Customer) error {
			row.Version, row.UpdatedAt = row.Version+1, s.clock()
			return c.rows.UpdateCustomer(ctx, *row)
		},
	})
	if err != nil {
		return pay.Customer{}, err
	}
	return c.redactCustomers([]pay.Customer{row})[0], nil
}

func (in UpdateCustomer) apply(c *pay.Customer) error {
	change(&c.Email, in.Email)
	change(&c.FirstName, in.FirstName)
	change(&c.LastName, in.LastName)
	change(&c.Phone, in.Phone)
	change(&c.Address, in.Address)
	if in.Metadata.Set && len(in.Metadata.Value)+len(c.Metadata) > 0 {
		c.Metadata = append(pay.Metadata{}, in.Metadata.Value...)
	}
	var faults checks
	faults.customer(*c, pay.At("input"))
	return faults.Err()
}
