package store_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// codes are two values each of types that the database limits to a list.
var codes = map[reflect.Type][2]string{
	reflect.TypeFor[pay.RoutingOutcome]():       {"CHOSEN", "WAITING"},
	reflect.TypeFor[money.Currency]():           {"EUR", "USD"},
	reflect.TypeFor[pay.AttentionReason]():      {"OVERPAID", "LATE_CAPTURE"},
	reflect.TypeFor[pay.CheckoutAction]():       {"OTP", "REDIRECT"},
	reflect.TypeFor[pay.Code]():                 {"OTP_INVALID", "REQUIRED"},
	reflect.TypeFor[pay.DeclineType]():          {"SOFT", "HARD"},
	reflect.TypeFor[pay.DiscountType]():         {"DOLLAROFF", "FIXED"},
	reflect.TypeFor[pay.Environment]():          {"SANDBOX", "LIVE"},
	reflect.TypeFor[pay.EarlyKind]():            {"CHARGEBACK", "CONFIRMATION"},
	reflect.TypeFor[pay.EventType]():            {"PAYMENT_CREATED", "TRANSACTION_CREATED"},
	reflect.TypeFor[pay.IntervalUnit]():         {"MONTH", "YEAR"},
	reflect.TypeFor[pay.LedgerAccountKind]():    {"GATEWAY_CLEARING", "SETTLED"},
	reflect.TypeFor[pay.OperationKind]():        {"CAPTURE", "VOID"},
	reflect.TypeFor[pay.OperationStatus]():      {"SUCCEEDED", "FAILED"},
	reflect.TypeFor[pay.PaymentGatewayKind]():   {"VOUCHER", "ONLINE"},
	reflect.TypeFor[pay.PaymentMethodType]():    {"LOCAL_WALLET", "CARD"},
	reflect.TypeFor[pay.PaymentMode]():          {"WALLET", "SETUP"},
	reflect.TypeFor[pay.PaymentModule]():        {"RETAIL", "OTHER"},
	reflect.TypeFor[pay.PaymentStatus]():        {"EXPIRED", "PAID"},
	reflect.TypeFor[pay.ReconciliationStatus](): {"DISCREPANCY", "RECONCILED"},
	reflect.TypeFor[pay.RefundMethod]():         {"MANUAL", "ORIGINAL"},
	reflect.TypeFor[pay.RefundState]():          {"SUCCEEDED", "FAILED"},
	reflect.TypeFor[pay.RefundStatusSummary]():  {"PARTIAL", "FULL"},
	reflect.TypeFor[pay.Scope]():                {"payments:read", "payments:write"},
	reflect.TypeFor[pay.SettlementOutcome]():    {"CONFIRMED", "DISCREPANCY"},
	reflect.TypeFor[pay.SimulatedFact]():        {"FAILED", "CAPTURED"},
	reflect.TypeFor[pay.SubjectKind]():          {"SUBSCRIPTION", "ORDER"},
	reflect.TypeFor[pay.TransactionErrorCode](): {"DECLINED", "SYSTEM"},
	reflect.TypeFor[pay.WebhookOutcome]():       {"APPLIED", "MISMATCH"},

	reflect.TypeFor[pay.WebhookDeliveryStatus](): {"DELIVERED", "DELIVERED"},
	reflect.TypeFor[pay.WebhookDisabledReason](): {"FAILING", "GONE"},
	reflect.TypeFor[pay.WebhookFailure]():        {"TIMEOUT", "STATUS"},

	reflect.TypeFor[pay.TransactionStatus](): {"CAPTURED", "VOIDED"},
}

// filler gives every field a value that no other has, so that a column that is
// lost or mixed up with its neighbour is noticed.
type filler struct {
	t *testing.T
	n int64
	// other takes the second of the codes, 0 or 1.
	other int
}

// filled returns a row with every field set; set corrects those that must agree
// with others.
func filled[T any](f *filler, set func(*T)) T {
	var row T
	f.fill(reflect.ValueOf(&row).Elem(), "")
	set(&row)
	return row
}

func (f *filler) fill(v reflect.Value, name string) {
	f.n++
	switch v.Interface().(type) {
	case uuid.UUID:
		v.Set(reflect.ValueOf(pay.NewID()))
		return
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC).Add(time.Duration(f.n) * time.Hour)))
		return
	case pay.JSON:
		v.Set(reflect.ValueOf(pay.JSON(fmt.Sprintf(`{"number": %d}`, f.n))))
		return
	case pay.Form:
		v.Set(reflect.ValueOf(pay.Form{"phone": fmt.Sprint(f.n), "name": name}))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem(), name)
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i), v.Type().Field(i).Name)
		}
	case reflect.Slice:
		f.fillSlice(v, name)
	case reflect.String:
		f.fillString(v, name)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(f.n)
	default:
		f.t.Fatalf("no value for %s of type %s", name, v.Type())
	}
}

func (f *filler) fillSlice(v reflect.Value, name string) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		v.SetBytes(bytes.Repeat([]byte{byte(f.n)}, 32))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), 2, 2))
	for i := range v.Len() {
		f.fill(v.Index(i), name)
	}
	if list, ok := v.Interface().(pay.GatewayParameters); ok { // each has one sort of value
		list[0].TenantDefaultValue = nil
		list[1].IsSecret, list[1].Sealed = false, nil
	}
}

func (f *filler) fillString(v reflect.Value, name string) {
	if v.Type().PkgPath() == "" {
		v.SetString(fmt.Sprintf("%s %d", name, f.n))
		return
	}
	code, ok := codes[v.Type()]
	if !ok {
		f.t.Fatalf("no value for %s of type %s", name, v.Type())
	}
	v.SetString(code[f.other])
}

// bare returns the row without all that may be absent; set corrects what then
// disagrees.
func bare[T any](row T, set func(*T)) T {
	strip(reflect.ValueOf(&row).Elem())
	set(&row)
	return row
}

func strip(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		v.SetZero()
	case reflect.Struct:
		if v.Type() != reflect.TypeFor[time.Time]() {
			for i := range v.NumField() {
				strip(v.Field(i))
			}
		}
	}
}

// unset lists the fields that are zero in every one of the rows.
func unset[T any](rows []T) []string {
	var common []string
	for i := range rows {
		zero := zeros(reflect.ValueOf(rows[i]), "")
		if i == 0 {
			common = zero
		}
		common = slices.DeleteFunc(common, func(name string) bool { return !slices.Contains(zero, name) })
	}
	return common
}

func zeros(v reflect.Value, path string) []string {
	if v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 {
		return []string{path}
	}
	if v.Kind() == reflect.Pointer {
		return zeros(v.Elem(), path)
	}
	if v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[time.Time]() {
		return nil
	}
	var names []string
	for i := range v.NumField() {
		names = append(names, zeros(v.Field(i), path+"."+v.Type().Field(i).Name)...)
	}
	return names
}

// differences lists where two values differ. Instants are compared and not
// their time zones, JSON by content, and no list is the same as an empty one.
func differences(want, got reflect.Value, path string) []string {
	unequal := []string{fmt.Sprintf("%s: wrote %v, read %v", path, want, got)}
	switch want.Kind() {
	case reflect.Pointer:
		if want.IsNil() != got.IsNil() {
			return unequal
		}
		if want.IsNil() {
			return nil
		}
		return differences(want.Elem(), got.Elem(), path)
	case reflect.Struct:
		if at, ok := want.Interface().(time.Time); ok {
			if at.Equal(got.Interface().(time.Time)) {
				return nil
			}
			return unequal
		}
		var list []string
		for i := range want.NumField() {
			list = append(list, differences(want.Field(i), got.Field(i), path+"."+want.Type().Field(i).Name)...)
		}
		return list
	case reflect.Slice:
		return sliceDifferences(want, got, path, unequal)
	case reflect.Map:
		if want.Len()+got.Len() > 0 && !reflect.DeepEqual(want.Interface(), got.Interface()) {
			return unequal
		}
		return nil
	}
	if want.Interface() != got.Interface() {
		return unequal
	}
	return nil
}

func sliceDifferences(want, got reflect.Value, path string, unequal []string) []string {
	if text, ok := want.Interface().(pay.JSON); ok && len(text) > 0 {
		var a, b any
		if json.Unmarshal(text, &a) != nil || json.Unmarshal(got.Bytes(), &b) != nil || !reflect.DeepEqual(a, b) {
			return unequal
		}
		return nil
	}
	if want.Len() != got.Len() {
		return unequal
	}
	var list []string
	for i := range want.Len() {
		list = append(list, differences(want.Index(i), got.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
	}
	return list
}
