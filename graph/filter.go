package graph

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/paygraph/paygraph/internal/pay"
)

// Limits of a payment filter.
const (
	maxFilterDepth  = 3
	maxFilterValues = 100
	minSearch       = 2
	maxSearch       = 100
)

// checkPaymentFilter refuses what would be wrong or too costly to look for.
func checkPaymentFilter(f pay.PaymentFilter, depth int) error {
	if (f.Amount != nil || f.PaidAmount != nil) && f.Currency == nil {
		return badInput("amount and paidAmount need a currency in the same filter.")
	}
	if err := checkSearch(f.Search); err != nil {
		return err
	}
	if err := checkValues(f.IDs, f.HumanIDs, f.ReferenceIDs, f.GatewayIDs, f.CustomerIDs, f.OrderIDs, f.InvoiceIDs, f.SubscriptionIDs, f.BusinessIDs); err != nil {
		return err
	}
	if err := checkText(f.ExternalID, f.ManualReference); err != nil {
		return err
	}
	for _, entry := range f.Metadata {
		if err := checkText(&entry.Key, &entry.Value); err != nil {
			return err
		}
	}
	if len(f.Metadata) > pay.MaxMetadataEntries || len(f.And) > 10 || len(f.Or) > 10 {
		return badInput("A filter takes at most 10 of metadata, AND and OR each.")
	}
	if depth > maxFilterDepth {
		return badInput("AND and OR nest at most %d deep.", maxFilterDepth)
	}
	for _, sub := range slices.Concat(f.And, f.Or) {
		if err := checkPaymentFilter(sub, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// checkSearch refuses text that is too short or too long to be looked for.
func checkSearch(text *string) error {
	if text == nil {
		return nil
	}
	if n := utf8.RuneCountInString(*text); n < minSearch || n > maxSearch {
		return badInput("search needs %d to %d characters.", minSearch, maxSearch)
	}
	return checkText(text)
}

func checkValues(lists ...[]string) error {
	for _, list := range lists {
		if len(list) > maxFilterValues {
			return badInput("A list in a filter takes at most %d values.", maxFilterValues)
		}
		for _, value := range list {
			if err := checkText(&value); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkText refuses text that the database cannot even look for.
func checkText(values ...*string) error {
	for _, value := range values {
		if value != nil && strings.ContainsRune(*value, 0) {
			return badInput("The text holds a NUL character.")
		}
	}
	return nil
}

func checkLookup(by pay.PaymentLookup) error {
	if by.External != nil {
		return checkText(&by.External.ExternalID)
	}
	return checkText(by.HumanID, by.ReferenceID)
}
