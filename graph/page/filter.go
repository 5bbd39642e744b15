package page

import (
	"github.com/99designs/gqlgen/graphql"

	"github.com/paygraph/paygraph/internal/pay"
)

// PaymentFilter is pay.PaymentFilter as the API reads it: isActive left out
// means only active payments, null means both.
type PaymentFilter struct {
	pay.PaymentFilter
	IsActive graphql.Omittable[*bool]
	And      []PaymentFilter
	Or       []PaymentFilter
}

// Outermost returns the filter to list with; a missing one lists what is active.
func (f *PaymentFilter) Outermost() pay.PaymentFilter {
	if f == nil {
		f = &PaymentFilter{}
	}
	filter := f.nested()
	if !f.IsActive.IsSet() {
		active := true
		filter.IsActive = &active
	}
	return filter
}

func (f *PaymentFilter) nested() pay.PaymentFilter {
	filter := f.PaymentFilter
	filter.IsActive = f.IsActive.Value()
	for i := range f.And {
		filter.And = append(filter.And, f.And[i].nested())
	}
	if f.Or != nil {
		filter.Or = []pay.PaymentFilter{} // an empty OR matches nothing, unlike none
	}
	for i := range f.Or {
		filter.Or = append(filter.Or, f.Or[i].nested())
	}
	return filter
}
