package service

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// UnavailableReasonKind says what stands in the way of a way to pay.
type UnavailableReasonKind string

// What can stand in the way.
const (
	UnavailableDisabled    UnavailableReasonKind = "DISABLED"
	UnavailableConnector   UnavailableReasonKind = "CONNECTOR"
	UnavailableEnvironment UnavailableReasonKind = "ENVIRONMENT"
	UnavailableCurrency    UnavailableReasonKind = "CURRENCY"
	UnavailableCountry     UnavailableReasonKind = "COUNTRY"
	UnavailableMinimum     UnavailableReasonKind = "MINIMUM"
	UnavailableFood        UnavailableReasonKind = "FOOD"
	UnavailableMethod      UnavailableReasonKind = "METHOD"
	UnavailableAmount      UnavailableReasonKind = "AMOUNT"
	UnavailableOrders      UnavailableReasonKind = "ORDERS"
	UnavailableSetup       UnavailableReasonKind = "SETUP"
	UnavailableHold        UnavailableReasonKind = "HOLD"
)

// UnavailableReason is why a way to pay cannot be used.
type UnavailableReason struct {
	Reason           UnavailableReasonKind
	Code             pay.Code
	Message          string
	Minimum, Maximum *money.Money
}

// because makes a reason of what paying would be refused with.
func because(kind UnavailableReasonKind, e *pay.Error) UnavailableReason {
	return UnavailableReason{Reason: kind, Code: e.Code, Message: e.Message, Minimum: e.Minimum, Maximum: e.Maximum}
}

// AvailablePaymentMethod is one way to pay: a gateway, or a stored method.
type AvailablePaymentMethod struct {
	Gateway       pay.PaymentGateway
	PaymentMethod *pay.PaymentMethod
	Reasons       []UnavailableReason
	Form          []pay.GatewayParameter
}

// IsAvailable says that nothing stands in the way.
func (m AvailablePaymentMethod) IsAvailable() bool { return len(m.Reasons) == 0 }

// IsManual says that the money moves outside the gateway.
func (m AvailablePaymentMethod) IsManual() bool { return m.Gateway.Kind == pay.KindManual }

// AvailableQuery is what somebody wants to pay.
type AvailableQuery struct {
	Country     *string
	Currency    *money.Currency
	AmountMinor *int64
	OrderIDs    []string
	CustomerID  *string
	// Capture: the money is to be taken at once, and not only held.
	Capture bool
}

// wanted is what is to be paid, by whom.
type wanted struct {
	plan
	country *string
	// payer pays, and owner has the stored methods; nil for nobody.
	payer, owner *pay.Customer
	// minor is nil where nobody said how much.
	minor *int64
	// general stands in the way of every way to pay.
	general []UnavailableReason
}

// AvailablePaymentMethods lists the company's gateways and a customer's stored
// methods, each with all that PayOrders and ProcessPayment would refuse it for. It
// lists none for orders or a customer that the caller cannot see.
func (s *Service) AvailablePaymentMethods(ctx context.Context, q AvailableQuery) ([]AvailablePaymentMethod, error) {
	c, err := s.reads(ctx)
	if err != nil {
		return nil, err
	}
	w, found, err := s.readWanted(ctx, c, q)
	if err != nil || !found {
		return nil, err
	}
	return s.waysToPay(ctx, c, w)
}

// waysToPay lists every gateway and stored method with what stands in its way.
func (s *Service) waysToPay(ctx context.Context, c caller, w wanted) ([]AvailablePaymentMethod, error) {
	gateways, err := c.gateways(c.rows.ListGateways(ctx, pay.GatewayFilter{}))
	if err != nil {
		return nil, err
	}
	list, byID := []AvailablePaymentMethod{}, map[uuid.UUID]pay.PaymentGateway{}
	add := func(g pay.PaymentGateway, m *pay.PaymentMethod) error {
		reasons, err := s.reasons(ctx, c, w, g, m)
		list = append(list, AvailablePaymentMethod{Gateway: g, PaymentMethod: m, Reasons: reasons, Form: formOf(g)})
		return err
	}
	for _, g := range gateways {
		byID[g.ID] = g
		if err := add(g, nil); err != nil {
			return nil, err
		}
	}
	if w.owner == nil {
		return list, nil
	}
	methods, err := c.rows.PaymentMethodsOf(ctx, []uuid.UUID{w.owner.ID})
	if err != nil {
		return nil, err
	}
	for _, m := range c.redactMethods(methods) {
		if err := add(byID[m.GatewayID], &m); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// readWanted reads what is to be paid, and says whether orders and customer are
// there.
func (s *Service) readWanted(ctx context.Context, c caller, q AvailableQuery) (w wanted, found bool, err error) {
	w.country, w.minor, w.holds = q.Country, q.AmountMinor, !q.Capture
	if found, err = w.readOrders(ctx, c, q); err != nil || !found {
		return w, false, err
	}
	owner := c.CustomerID
	switch {
	case q.CustomerID != nil:
		ids := pay.ParseIDs(pay.KindCustomer, []string{*q.CustomerID})
		if w.owner, err = first(c.rows.Customers(ctx, ids)); err != nil || w.owner == nil {
			return w, false, err
		}
	case w.payer != nil:
		w.owner = w.payer
	case owner != nil:
		if w.owner, err = first(c.rows.Customers(ctx, []uuid.UUID{*owner})); err != nil {
			return w, false, err
		}
	}
	w.payer = cmp.Or(w.payer, w.owner)
	if q.Currency != nil {
		w.agreesOnCurrency(*q.Currency)
	}
	if w.currency == "" {
		company, err := s.companyOf(ctx, c.Actor)
		if err != nil {
			return w, false, err
		}
		w.currency = company.Currency
	}
	if len(w.parts) == 0 { // what is owed can be paid in a currency of the past
		var faults checks
		faults.inUse(w.currency, nil)
		w.refuse(UnavailableCurrency, faults)
	}
	w.checkAmount()
	return w, true, nil
}

// readOrders reads the orders by the checks of PayOrders.
func (w *wanted) readOrders(ctx context.Context, c caller, q AvailableQuery) (found bool, err error) {
	if q.OrderIDs == nil {
		return true, nil
	}
	var faults checks
	if !faults.bulk(len(q.OrderIDs), maxPaidOrders, pay.At("orderIds")) {
		w.refuse(UnavailableOrders, faults)
		return true, nil
	}
	list := make([]PayOrderInput, len(q.OrderIDs))
	for i, id := range q.OrderIDs {
		list[i].OrderID = id
	}
	ids := orderIDs(list)
	if w.orders, err = c.rows.Orders(ctx, ids); err != nil {
		return false, err
	}
	for _, text := range q.OrderIDs {
		id, _ := pay.ParseID(pay.KindOrder, text)
		if !slices.ContainsFunc(w.orders, func(o pay.Order) bool { return o.ID == id }) {
			return false, nil
		}
	}
	w.plan.readParts(&faults, list)
	w.refuse(UnavailableOrders, faults)
	if w.minor == nil {
		w.minor = &w.finalMinor
	}
	customer, err := first(c.rows.Customers(ctx, []uuid.UUID{w.orders[0].CustomerID}))
	w.payer = customer
	return true, err
}

func (w *wanted) refuse(kind UnavailableReasonKind, faults checks) {
	for _, e := range pay.AsErrors(faults.Err()) {
		w.general = append(w.general, because(kind, e))
	}
}

func (w *wanted) agreesOnCurrency(currency money.Currency) {
	if w.currency != "" && w.currency != currency {
		e := pay.Refuse(pay.CodeCurrencyMismatch, nil, "The orders are in %s.", w.currency)
		w.general = append(w.general, because(UnavailableCurrency, e))
		return
	}
	w.currency = currency
}

// checkAmount refuses an amount that nothing can pay: none, or more than is owed.
func (w *wanted) checkAmount() {
	amount := func(minor int64) *money.Money { return &money.Money{Minor: minor, Currency: w.currency} }
	switch {
	case w.minor == nil || len(w.general) > 0:
	case *w.minor < 1:
		e := pay.Refuse(pay.CodeAmountTooSmall, nil, "The amount must be more than zero.")
		e.Minimum = amount(1)
		w.general = append(w.general, because(UnavailableAmount, e))
	case len(w.parts) > 0 && *w.minor > w.finalMinor:
		e := pay.Refuse(pay.CodeAmountExceedsOutstanding, nil, "At most %s can be paid.", amount(w.finalMinor))
		e.Maximum = amount(w.finalMinor)
		w.general = append(w.general, because(UnavailableAmount, e))
	}
}

// reasons are all that stands in the way of a gateway or a stored method.
func (s *Service) reasons(ctx context.Context, c caller, w wanted, g pay.PaymentGateway, m *pay.PaymentMethod) ([]UnavailableReason, error) {
	list := slices.Clone(w.general)
	if m != nil && !m.Pays(payerID(w.payer)) {
		list = append(list, because(UnavailableMethod, noSuchMethod(nil)))
	}
	var home *pay.Address
	if w.payer != nil {
		home = w.payer.Address
	}
	country, err := s.payerCountry(ctx, c, g, &pay.Address{Country: w.country}, home)
	if err != nil {
		return nil, err
	}
	found := s.obstacles(c.Environment, g, w.currency, country, w.toHold())
	if g.Kind == pay.KindManual && m == nil { // paid by submitManualPayment
		found = limits(g, w.currency, country)
	}
	for _, o := range found {
		list = append(list, because(o.kind, o.Error))
	}
	if w.isSetup {
		if e := s.storesNone(g, nil); e != nil {
			list = append(list, because(UnavailableSetup, e))
		}
		return list, nil
	}
	return append(list, s.amountReasons(w, g)...), nil
}

// amountReasons are why a gateway does not take the amount, if somebody said one.
func (s *Service) amountReasons(w wanted, g pay.PaymentGateway) (list []UnavailableReason) {
	if w.minor == nil {
		return nil
	}
	if e := tooLittle(g, w.currency, *w.minor, nil); e != nil {
		list = append(list, because(UnavailableMinimum, e))
	}
	if e := s.oddAmount(g, w.currency, *w.minor, nil); e != nil {
		list = append(list, because(UnavailableAmount, e))
	}
	if g.IsFoodOnly && len(w.parts)+len(w.lines) > 0 {
		if e := tooMuchFood(w.money(*w.minor), w.foodRoom(), nil); e != nil {
			list = append(list, because(UnavailableFood, e))
		}
	}
	return list
}

// foodRoom is what meal vouchers can still pay of all orders, or of the lines.
func (w wanted) foodRoom() (minor int64) {
	if len(w.parts) == 0 {
		return w.foodMinor
	}
	for _, p := range w.parts {
		minor += p.order.FoodVoucherRoom()
	}
	return minor
}

func payerID(c *pay.Customer) *uuid.UUID {
	if c == nil {
		return nil
	}
	return &c.ID
}

// formOf is what a gateway asks the payer for.
func formOf(g pay.PaymentGateway) []pay.GatewayParameter {
	form := []pay.GatewayParameter{}
	for _, p := range g.Parameters {
		if p.IsForm {
			form = append(form, p)
		}
	}
	return form
}
