package service

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

var (
	someID  = uuid.MustParse("0199d5b8-0000-7000-8000-000000000001")
	otherID = uuid.MustParse("0199d5b8-0000-7000-8000-000000000002")
)

// The texts below are hashed into rows that live for years. A test that fails
// here means that repeats of requests that were accepted before would be refused:
// change the program, not the text.
func TestContentNeverChanges(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.FixedZone("", 3600))
	address := &pay.Address{Line1: ptr("Rua 1"), Country: ptr("BR")}
	metadata := pay.Metadata{{Key: "b", Value: "2"}, {Key: "a", Value: "1"}}
	for name, c := range map[string]struct {
		of   content
		want string
	}{
		"nothing": {content{"a": nil, "b": "", "c": 0, "d": false, "e": []string{}, "f": content{"g": nil}}, `{}`},
		"customer": {customerContent(pay.Customer{ID: otherID, ReferenceID: ptr("r"), Email: ptr("a@b.example"), FirstName: ptr("A"),
			LastName: ptr(""), Address: address, Metadata: metadata, CreatedAt: at}),
			`{"address":{"country":"BR","line1":"Rua 1"},"email":"a@b.example","firstName":"A","metadata":{"a":"1","b":"2"}}`},
		"business": {businessContent(pay.Business{Name: "Centro", Address: &pay.Address{}}), `{"name":"Centro"}`},
		"product": {productContent(pay.Product{Name: "Tea", Currency: "BRL", UnitMinor: 500, TaxRate: ptr("7.50"), IsFood: true}),
			`{"currency":"BRL","isFood":true,"name":"Tea","taxRate":"7.5","unitMinor":500}`},
		"order": {orderContent(someOrder(at)), `{"currency":"EUR","customer":"` + someID.String() + `",` +
			`"discounts":[{"amountMinor":10,"name":"ten"},{"basisPoints":250,"index":1,"name":"part","type":"PERCENOFF"}],` +
			`"lines":[{"modifiers":[{"modifier":"m","name":"ice","priceMinor":3,"quantity":1}],"name":"Tea","quantity":2,"unitDiscountMinor":1,"unitMinor":50},` +
			`{"lineDiscountMinor":5,"product":"` + otherID.String() + `","quantity":1}],"placedAt":"2026-03-01T11:00:00.123456Z"}`},
		"order without lines": {orderContent(fullOrder{Order: pay.Order{CustomerID: someID, Debt: pay.Debt{Currency: "EUR", TotalMinor: 7}}}),
			`{"currency":"EUR","customer":"` + someID.String() + `","totalMinor":7}`},
		"invoice": {invoiceContent(pay.Invoice{Number: "1", CustomerID: someID, DueOn: &at, Debt: pay.Debt{Currency: "EUR", TotalMinor: 7}}),
			`{"currency":"EUR","customer":"` + someID.String() + `","dueOn":"2026-03-01T11:00:00.123456Z","number":"1","totalMinor":7}`},
		"invoice of an order": {invoiceContent(pay.Invoice{Number: "1", CustomerID: someID, OrderID: &otherID,
			Debt: pay.Debt{Currency: "EUR", TotalMinor: 7, CapturedMinor: 7}}), `{"number":"1","order":"` + otherID.String() + `"}`},
		"method": {methodContent(pay.PaymentMethod{CustomerID: someID, GatewayID: otherID, Token: "tok", IsDefault: true,
			Details: pay.MethodDetails{Card: &pay.CardDetails{LastFour: ptr("4242"), ExpirationMonth: ptr(1)}}}),
			`{"card":{"lastFour":"4242","month":1},"customer":"` + someID.String() + `","gateway":"` + otherID.String() + `","isDefault":true,"token":"tok"}`},
		"subscription": {subscriptionContent(pay.BillingSubscription{ID: otherID, ReferenceID: ptr("r"), CustomerID: someID, PaymentMethodID: &otherID, Currency: "EUR",
			PriceMinor: 900, IntervalUnit: pay.IntervalMonth, IntervalCount: 3, AnchorDay: ptr(31), TimeZone: "Europe/Lisbon", StartsOn: at, AutomaticRetries: 3, Metadata: metadata, CreatedAt: at}),
			`{"anchorDay":31,"count":3,"currency":"EUR","customer":"` + someID.String() + `","metadata":{"a":"1","b":"2"},"method":"` + otherID.String() +
				`","priceMinor":900,"retries":3,"startsOn":"2026-03-01","timeZone":"Europe/Lisbon","unit":"MONTH"}`},
		"gateway": {gatewayContent(pay.PaymentGateway{Name: "Card", Connector: "sandbox", Kind: pay.KindOnline, Action: pay.ActionNone,
			MethodType: pay.MethodCard, LegacyType: ptr(0), IsEnabled: true, Currencies: []money.Currency{"EUR"}},
			[]GatewayParameterInput{{ParameterID: "outcome", Value: "approve"}}),
			`{"action":"NONE","connector":"sandbox","currencies":["EUR"],"kind":"ONLINE","legacyType":"0","methodType":"CARD","name":"Card","parameters":{"outcome":"approve"}}`},
		"payOrders": {payOrdersContent(somePayOrders(), someOrders()), `{"authorizeOnly":true,"gateway":"` + otherID.String() + `",` +
			`"metadata":{"a":"1","b":"2"},"orders":[{"amount":"150","order":"` + someID.String() + `"},{"order":"nonsense"}]}`},
	} {
		text, err := json.Marshal(c.of)
		if err != nil || string(text) != c.want {
			t.Errorf("%s:\n got %s\nwant %s (%v)", name, text, c.want, err)
		}
	}
}

func someOrder(at time.Time) fullOrder {
	return fullOrder{
		Order: pay.Order{CustomerID: someID, PlacedAt: at, Debt: pay.Debt{Currency: "EUR", TotalMinor: 100}},
		Lines: []pay.Line{
			{Quantity: 2, ProductName: "Tea", UnitMinor: 50, UnitDiscountMinor: ptr(int64(1)), GrossMinor: 106,
				Modifiers: pay.Modifiers{{ModifierID: "m", ProductName: "ice", Quantity: 1, PriceMinor: 3}}},
			{Quantity: 1, ProductID: &otherID, ProductName: "loaded", UnitMinor: 900, TaxRate: ptr("7"), LineDiscountMinor: ptr(int64(5))},
		},
		Discounts: []pay.Discount{{Name: "ten", AmountMinor: ptr(int64(10))},
			{Name: "part", Type: ptr(pay.PercentOff), ValueBasisPoints: ptr(250), SortIndex: ptr(1)}},
	}
}

func someOrders() []pay.Order { return []pay.Order{{ID: someID, Debt: pay.Debt{Currency: "EUR"}}} }

func somePayOrders() PayOrdersInput {
	return PayOrdersInput{IdempotencyKey: "k", GatewayID: ptr(pay.FormatID(pay.KindGateway, otherID)), VoucherCount: ptr(1),
		Orders: []PayOrderInput{{OrderID: pay.FormatID(pay.KindOrder, someID), Amount: &pay.MoneyInput{Decimal: ptr("1.50")}},
			{OrderID: "nonsense"}},
		Metadata: []pay.MetadataEntry{{Key: "b", Value: "2"}, {Key: "a", Value: "1"}}}
}

// Two ways of writing one wish, and the nearest other wishes.
func TestSameWishSameContent(t *testing.T) {
	base := string(fingerprint(payOrdersContent(somePayOrders(), someOrders())))
	for name, c := range map[string]struct {
		change func(*PayOrdersInput)
		same   bool
	}{
		"minor units":       {func(in *PayOrdersInput) { in.Orders[0].Amount = &pay.MoneyInput{MinorUnits: ptr(int64(150))} }, true},
		"currency named":    {func(in *PayOrdersInput) { in.Orders[0].Amount.Currency = ptr(money.Currency("EUR")) }, true},
		"bare id":           {func(in *PayOrdersInput) { in.Orders[0].OrderID = someID.String() }, true},
		"another key":       {func(in *PayOrdersInput) { in.IdempotencyKey = "other" }, true},
		"no voucher count":  {func(in *PayOrdersInput) { in.VoucherCount = nil }, true},
		"metadata sorted":   {func(in *PayOrdersInput) { in.Metadata[0], in.Metadata[1] = in.Metadata[1], in.Metadata[0] }, true},
		"empty description": {func(in *PayOrdersInput) { in.Description = ptr("") }, true},
		"another amount":    {func(in *PayOrdersInput) { in.Orders[0].Amount = &pay.MoneyInput{MinorUnits: ptr(int64(151))} }, false},
		"all that is owed":  {func(in *PayOrdersInput) { in.Orders[0].Amount = nil }, false},
		"amount of zero":    {func(in *PayOrdersInput) { in.Orders[0].Amount = &pay.MoneyInput{MinorUnits: ptr(int64(0))} }, false},
		"wrong currency":    {func(in *PayOrdersInput) { in.Orders[0].Amount.Currency = ptr(money.Currency("USD")) }, false},
		"capture":           {func(in *PayOrdersInput) { in.Capture = true }, false},
		"two vouchers":      {func(in *PayOrdersInput) { in.VoucherCount = ptr(2) }, false},
		"another gateway":   {func(in *PayOrdersInput) { in.GatewayID = ptr(someID.String()) }, false},
		"other metadata":    {func(in *PayOrdersInput) { in.Metadata[0].Value = "3" }, false},
		"orders swapped":    {func(in *PayOrdersInput) { in.Orders[0], in.Orders[1] = in.Orders[1], in.Orders[0] }, false},
		"description":       {func(in *PayOrdersInput) { in.Description = ptr("x") }, false},
	} {
		in := somePayOrders()
		c.change(&in)
		if same := string(fingerprint(payOrdersContent(in, someOrders()))) == base; same != c.same {
			t.Errorf("%s: same = %v, want %v", name, same, c.same)
		}
	}
}
