package service

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
)

// content is what somebody asked for, named value by named value, in a form that
// outlives releases: what is stored today must compare equal to the same request
// made with next year's program. So
//
//   - every value is named here by hand, never by the fields of a Go struct;
//   - values are resolved: ids without their spelling, amounts in minor units,
//     times in UTC, metadata without order;
//   - what is empty is left out, so that a value that a later release adds
//     changes nothing for those who do not use it, and an absent value equals an
//     empty one.
//
// A name or form, once released, stays. The golden hashes of the test guard that.
type content map[string]any

// nothing are the JSON texts of values that are left out.
var nothing = []string{"null", `""`, "0", "false", "[]", "{}"}

// MarshalJSON writes the values that are not empty, by name.
func (c content) MarshalJSON() ([]byte, error) {
	kept := make(map[string]json.RawMessage, len(c))
	for name, value := range c {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(nothing, string(text)) {
			kept[name] = text
		}
	}
	return json.Marshal(kept)
}

// fingerprint is a hash of content: two requests with the same one mean the
// same.
func fingerprint(c content) []byte {
	text, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Sprintf("service: content holds a value that JSON has no form for: %v", err)) // all are texts, numbers and ids
	}
	sum := sha256.Sum256(text)
	return sum[:]
}

func customerContent(c pay.Customer) content {
	return content{"email": c.Email, "firstName": c.FirstName, "lastName": c.LastName, "phone": c.Phone,
		"address": addressContent(c.Address), "metadata": metadataContent(c.Metadata)}
}

func businessContent(b pay.Business) content {
	return content{"name": b.Name, "address": addressContent(b.Address)}
}

func productContent(p pay.Product) content {
	return content{"name": p.Name, "variant": p.Variant, "image": p.ImageURL, "currency": p.Currency,
		"unitMinor": p.UnitMinor, "taxRate": rateContent(p.TaxRate), "isFood": p.IsFood}
}

// orderContent leaves out a total that follows from lines: it would change with
// the price of a product.
func orderContent(o fullOrder) content {
	c := content{"customer": o.Order.CustomerID, "business": o.Order.BusinessID, "currency": o.Order.Currency,
		"description": o.Order.Description, "metadata": metadataContent(o.Order.Metadata), "placedAt": timeContent(o.Order.PlacedAt)}
	if len(o.Lines) == 0 {
		c["totalMinor"] = o.Order.TotalMinor
	}
	var lines, discounts []content
	for _, line := range o.Lines {
		lines = append(lines, lineContent(line))
	}
	for _, d := range o.Discounts {
		discounts = append(discounts, discountContent(d))
	}
	c["lines"], c["discounts"] = lines, discounts
	return c
}

// lineContent names a product instead of what was loaded from it.
func lineContent(l pay.Line) content {
	c := content{"quantity": l.Quantity, "product": l.ProductID, "unitDiscountMinor": l.UnitDiscountMinor,
		"lineDiscountMinor": l.LineDiscountMinor}
	if l.ProductID == nil {
		c["name"], c["variant"], c["image"], c["unitMinor"] = l.ProductName, l.ProductVariant, l.ProductImage, l.UnitMinor
		c["taxRate"], c["isFood"] = rateContent(l.TaxRate), l.IsFood
	}
	var modifiers []content
	for _, m := range l.Modifiers {
		part := content{"modifier": m.ModifierID, "quantity": m.Quantity, "product": m.ProductID}
		if m.ProductID == nil {
			part["name"], part["priceMinor"] = m.ProductName, m.PriceMinor
		}
		modifiers = append(modifiers, part)
	}
	c["modifiers"] = modifiers
	return c
}

func discountContent(d pay.Discount) content {
	return content{"name": d.Name, "description": d.Description, "type": d.Type, "amountMinor": d.AmountMinor,
		"value": d.Value, "basisPoints": d.ValueBasisPoints, "index": d.SortIndex}
}

// invoiceContent leaves out what an order's invoice has from the order.
func invoiceContent(i pay.Invoice) content {
	c := content{"number": i.Number, "business": i.BusinessID, "order": i.OrderID, "description": i.Description,
		"metadata": metadataContent(i.Metadata), "issuedOn": timeContent(i.IssuedOn)}
	if i.DueOn != nil {
		c["dueOn"] = timeContent(*i.DueOn)
	}
	if i.OrderID == nil {
		c["customer"], c["currency"], c["totalMinor"] = i.CustomerID, i.Currency, i.TotalMinor
	}
	return c
}

func methodContent(m pay.PaymentMethod) content {
	c := content{"customer": m.CustomerID, "gateway": m.GatewayID, "label": m.Label, "token": m.Token,
		"holderName": m.HolderName, "holderEmail": m.HolderEmail, "isDefault": m.IsDefault}
	switch d := m.Details; {
	case d.Card != nil:
		c["card"] = content{"brand": d.Card.Brand, "lastFour": d.Card.LastFour, "month": d.Card.ExpirationMonth,
			"year": d.Card.ExpirationYear, "product": d.Card.Product}
	case d.DirectDebit != nil:
		c["directDebit"] = content{"iban": d.DirectDebit.MaskedIBAN, "bic": d.DirectDebit.BIC, "accountId": d.DirectDebit.AccountID}
	case d.Voucher != nil:
		c["account"] = content{"brand": d.Voucher.Brand, "lastFour": d.Voucher.LastFour}
	case d.Wallet != nil:
		c["account"] = content{"brand": d.Wallet.Brand, "masked": d.Wallet.MaskedAccount}
	}
	return c
}

// gatewayContent takes the parameters as they were given: what a connector
// declares besides may grow.
func gatewayContent(g pay.PaymentGateway, given []GatewayParameterInput) content {
	values := map[string]string{}
	for _, p := range given {
		values[p.ParameterID] = p.Value
	}
	c := content{"name": g.Name, "connector": g.Connector, "kind": g.Kind, "action": g.Action, "methodType": g.MethodType,
		"methodLabel": g.MethodLabel, "image": g.ImageURL, "checkoutImage": g.CheckoutImageURL, "icon": g.IconURL,
		"affiliation": g.RequestAffiliationURL, "minimumMinor": g.MinimumMinor, "minimumCurrency": g.MinimumCurrency,
		"isPartiallyRefundable": g.IsPartiallyRefundable, "isTokenizable": g.IsTokenizable, "isFoodOnly": g.IsFoodOnly,
		"currencies": g.Currencies, "countries": g.Countries, "isDisabled": !g.IsEnabled, "parameters": values}
	if g.LegacyType != nil {
		c["legacyType"] = fmt.Sprint(*g.LegacyType) // as text: type 0 is not the same as none
	}
	return c
}

// methodType adds the sort of money that a request asks the rules for. One that asks for
// none has the fingerprint that it had before there were rules.
func (c content) methodType(t *pay.PaymentMethodType) {
	if t != nil {
		c["methodType"] = *t
	}
}

// payOrdersContent reads the amounts in their orders' currencies: 1.00 EUR is the
// same wish as 100 minor units. One voucher is what none said means.
func payOrdersContent(in PayOrdersInput, orders []pay.Order) content {
	c := meansContent(in.PaymentToken, in.Form)
	maps.Copy(c, content{"gateway": idContent(pay.KindGateway, in.GatewayID), "method": idContent(pay.KindMethod, in.PaymentMethodID),
		"authorizeOnly": !in.Capture, "reference": in.ReferenceID, "module": in.Module,
		"billingAddress": addressContent(in.BillingAddress), "description": in.Description, "metadata": metadataContent(in.Metadata)})
	if in.VoucherCount != nil && *in.VoucherCount != 1 {
		c["vouchers"] = *in.VoucherCount
	}
	c["orders"] = orderContents(in.Orders, orders)
	c.methodType(in.MethodType)
	return c
}

func orderContents(list []PayOrderInput, orders []pay.Order) (parts []content) {
	for i, o := range list {
		part := content{"order": idContent(pay.KindOrder, &o.OrderID)}
		if o.Amount != nil {
			part["amount"] = amountContent(*o.Amount, o.OrderID, orders, i)
		}
		parts = append(parts, part)
	}
	return parts
}

// amountContent is minor units, or the text of an amount that no order's
// currency makes sense of: a request with one is refused, and the same one again
// must not look like another.
func amountContent(in pay.MoneyInput, orderID string, orders []pay.Order, i int) any {
	id, _ := pay.ParseID(pay.KindOrder, orderID)
	for _, o := range orders {
		if o.ID != id {
			continue
		}
		if minor, refusal := in.In(o.Currency, pay.At("input", "orders").Index(i)); refusal == nil {
			return fmt.Sprint(minor) // as text: zero is not the same as all that is owed
		}
	}
	return content{"minor": in.MinorUnits, "decimal": in.Decimal, "currency": in.Currency}
}

// idContent is the id without the spelling of its kind, which callers may leave
// out; text that is no id stays as it is.
func idContent(kind pay.Kind, text *string) any {
	if text == nil {
		return nil
	}
	if id, ok := pay.ParseID(kind, *text); ok {
		return id
	}
	return *text
}

func metadataContent(m []pay.MetadataEntry) map[string]string {
	values := make(map[string]string, len(m))
	for _, e := range m {
		values[e.Key] = e.Value
	}
	return values
}

func addressContent(a *pay.Address) content {
	if a == nil {
		return nil
	}
	return content{"name": a.Name, "line1": a.Line1, "line2": a.Line2, "city": a.City, "region": a.Region,
		"postalCode": a.PostalCode, "country": a.Country}
}

// timeContent has the precision that the database keeps.
func timeContent(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
}

// rateContent takes 7, 7.0 and 7.00 percent for the same.
func rateContent(rate *string) string {
	if rate == nil {
		return ""
	}
	if !strings.Contains(*rate, ".") {
		return *rate
	}
	return strings.TrimSuffix(strings.TrimRight(*rate, "0"), ".")
}

// moneyContent is an amount as it was given: what it is for fixes its currency.
func moneyContent(m *pay.MoneyInput) content {
	if m == nil {
		return nil
	}
	return content{"minor": m.MinorUnits, "decimal": m.Decimal, "currency": m.Currency}
}

func linesContent(list []LineInput) (lines []content) {
	for _, l := range list {
		line := content{"quantity": l.Quantity, "product": idContent(pay.KindProduct, l.ProductID), "unitDiscount": moneyContent(l.UnitDiscountAmount),
			"lineDiscount": moneyContent(l.DiscountAmount)}
		if l.ProductID == nil {
			line["name"], line["variant"], line["image"], line["unit"] = l.ProductName, l.ProductVariant, l.ProductImage, moneyContent(l.UnitAmount)
			line["taxRate"], line["isFood"] = rateContent(l.TaxRate), l.IsFood
		}
		var modifiers []content
		for _, m := range l.Modifiers {
			modifiers = append(modifiers, content{"modifier": m.ModifierID, "product": idContent(pay.KindProduct, m.ProductID),
				"name": m.ProductName, "quantity": m.Quantity, "price": moneyContent(m.Price)})
		}
		line["modifiers"] = modifiers
		lines = append(lines, line)
	}
	return lines
}

func discountsContent(list []DiscountInput) (discounts []content) {
	for _, d := range list {
		discounts = append(discounts, content{"name": d.DiscountName, "description": d.DiscountDescription, "amount": moneyContent(d.Amount),
			"type": d.Type, "value": d.Value, "basisPoints": d.ValueBasisPoints, "index": d.Index})
	}
	return discounts
}
