package app_test

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/pay"
)

// place is a place in the arguments of a root field that takes a plain value.
// Places are found in the schema, so a new one is tested without anybody
// thinking of it.
type place struct {
	field *ast.FieldDefinition
	// path leads from the field's arguments to the value; leaf is its type.
	path []string
	leaf string
}

func (p place) String() string { return p.field.Name + "." + strings.Join(p.path, ".") }

// reads says that the field is a query.
func (p place) reads() bool { return apiSchema().Query.Fields.ForName(p.field.Name) != nil }

// places finds every place of the schema.
func places() []place {
	var list []place
	for _, field := range slices.Concat(apiSchema().Query.Fields, apiSchema().Mutation.Fields) {
		if strings.HasPrefix(field.Name, "__") {
			continue
		}
		for _, argument := range field.Arguments {
			list = append(list, placesIn(field, argument.Type, []string{argument.Name}, nil)...)
		}
	}
	return list
}

// placesIn walks an argument's type; a filter in a filter is entered once.
func placesIn(field *ast.FieldDefinition, of *ast.Type, path []string, entered map[string]int) []place {
	definition := apiSchema().Types[of.Name()]
	if definition.Kind != ast.InputObject {
		return []place{{field: field, path: path, leaf: of.Name()}}
	}
	inside := map[string]int{}
	maps.Copy(inside, entered)
	if inside[of.Name()]++; inside[of.Name()] > 2 {
		return nil
	}
	var list []place
	for _, f := range definition.Fields {
		list = append(list, placesIn(field, f.Type, append(slices.Clone(path), f.Name), inside)...)
	}
	return list
}

// variables are arguments that the API accepts, were it not for value, which
// stands at the place. What else is needed is the caller's own.
func (p place) variables(own world, value any) apptest.Vars {
	for _, a := range p.field.Arguments {
		if a.Name == p.path[0] {
			return apptest.Vars{a.Name: p.fill(own, a.Type, p.path[1:], p.path[0], value)}
		}
	}
	return nil
}

// fill makes a value of a type with value at the end of path.
func (p place) fill(own world, of *ast.Type, path []string, name string, value any) any {
	if of.Elem != nil {
		return []any{p.fill(own, of.Elem, path, name, value)}
	}
	definition := apiSchema().Types[of.Name()]
	switch {
	case definition.Kind == ast.InputObject:
		object := apptest.Vars{}
		for _, f := range definition.Fields {
			if len(path) > 0 && f.Name == path[0] {
				object[f.Name] = p.fill(own, f.Type, path[1:], f.Name, value)
			} else if f.Type.NonNull && f.DefaultValue == nil || p.needs(definition.Name, f.Name) {
				object[f.Name] = p.fill(own, f.Type, nil, f.Name, nil)
			}
		}
		return object
	case value != nil:
		return value
	case definition.Name == "AttentionReason" && p.field.Name == "resolveAttention":
		return "CHARGEBACK"
	case definition.Kind == ast.Enum:
		return definition.EnumValues[0].Name
	}
	switch {
	case name == "id":
		name = p.field.Name
	case name == "gatewayId" && p.field.Name == "submitManualPayment":
		return own.manual
	}
	return plainValue(own, of.Name(), name)
}

// needs says which fields go together though the schema cannot say so.
func (p place) needs(object, field string) bool {
	names := func(step string) bool { return slices.Contains(p.path, step) }
	switch object + "." + field {
	case "ExternalIdLookup.gatewayId", "PayOrderInput.amount", "DiscountInput.amount", "LineInput.unitAmount",
		"LineModifierInput.price", "InvoiceInput.totalAmount", "InvoiceInput.customerId":
		return true
	case "MoneyInput.currency": // a settlement line has no subject to take it from
		return p.field.Name == "reconcilePayments"
	case "MoneyInput.minorUnits":
		return !names("decimal")
	case "OrderInput.lines":
		return names("discounts")
	case "OrderInput.totalAmount":
		return !names("discounts") && !names("lines")
	case "LineInput.productName":
		return !names("productId") || names("modifiers")
	case "LineModifierInput.productName":
		return !names("productId")
	case "CreatePaymentInput.amount", "PreviewPaymentInput.amount":
		return !names("orders") && !names("invoiceId") && !names("subscriptionId") && !names("lines") && !names("discounts")
	case "CreatePaymentInput.lines", "PreviewPaymentInput.lines":
		return names("discounts")
	case "PreviewPaymentInput.customerId":
		return names("paymentMethodId")
	case "CreatePaymentInput.paymentMethodId", "CreatePaymentInput.customerId":
		return names("scheduledFor") || names("automaticRetries") || names("paymentMethodId")
	case "SubmitManualPaymentInput.orders":
		return !names("invoiceId") && !names("paymentId") && !names("amount")
	case "SubmitManualPaymentInput.paymentId": // amounts of orders stand with each order
		return names("amount")
	case "PayOrdersInput.gatewayId":
		return !names("paymentMethodId")
	}
	return false
}

// plainValue is a value that the API accepts for a field of this type and name.
func plainValue(own world, leaf, name string) any {
	switch {
	case leaf == "ID":
		return own.ids[kindsByName[name]]
	case leaf == "Int64" || leaf == "Int":
		return 1
	case leaf == "URL":
		return "https://example.com/hook"
	case leaf == "Date":
		return time.Now().AddDate(1, 0, 0).Format(time.DateOnly)
	case name == "timeZone":
		return "Europe/Lisbon"
	case leaf == "CurrencyCode":
		return "EUR"
	case leaf == "Date":
		return "2026-01-02"
	case leaf == "CountryCode":
		return "PT"
	case name == "connector":
		return "sandbox"
	case name == "parameterId":
		return "statementDescriptor"
	case name == "documents":
		return "{ viewer { id } }"
	case leaf == "Boolean":
		return true
	case name == "externalId":
		return own.texts["externalId"]
	}
	// Names, numbers, keys: new each time. A UUID could look like a card number.
	return pay.FormatID("new", pay.NewID())
}
