package pay_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/paygraph/paygraph/internal/pay"
)

// TestScanStrings proves that the text of an array column is read exactly, and
// that one which this reader does not understand is refused rather than
// misread.
func TestScanStrings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"{}": {}, "{EUR}": {"EUR"}, "{EUR,USD}": {"EUR", "USD"}, "{payments:read,payments:write}": {"payments:read", "payments:write"},
	} {
		for _, src := range []any{text, []byte(text)} {
			s := pay.Strings[string]{"left", "over"}
			if err := s.Scan(src); err != nil || s == nil || !slices.Equal(s, want) {
				t.Errorf("%T %s: %v, %v", src, text, s, err)
			}
		}
	}
	for _, src := range []any{nil, 1, true, []string{"EUR"}, "", "{", "}", "{EUR", "EUR}", "EUR", "[EUR]", `{"a b"}`, `{"a,b"}`, `{a\b}`, "{{EUR}}", "{{EUR},{USD}}",
		"{EUR,NULL}", "{NULL}", "{,}", "{EUR,}", "[1:1]={EUR}"} {
		s := pay.Strings[string]{"as", "before"}
		if err := s.Scan(src); err == nil || !slices.Equal(s, []string{"as", "before"}) {
			t.Errorf("%#v is read as %v, %v", src, s, err)
		}
	}
}

// TestScanJSON proves that JSON columns are read from both forms that a driver
// may give, that null is nothing, and that other types are an error.
func TestScanJSON(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		into interface{ Scan(any) error }
		text string
		want any
	}{
		"Address":    {&pay.Address{}, `{"city": "Porto", "country": "PT"}`, &pay.Address{City: ptr("Porto"), Country: ptr("PT")}},
		"Metadata":   {&pay.Metadata{}, `[{"key": "a", "value": "1"}]`, &pay.Metadata{{Key: "a", Value: "1"}}},
		"Details":    {&pay.MethodDetails{}, `{"card": {"lastFour": "4242"}}`, &pay.MethodDetails{Card: &pay.CardDetails{LastFour: ptr("4242")}}},
		"Modifiers":  {&pay.Modifiers{}, `[{"modifier_id": "m", "price_minor": 9007199254740991}]`, &pay.Modifiers{{ModifierID: "m", PriceMinor: 1<<53 - 1}}},
		"Parameters": {&pay.GatewayParameters{}, `[{"parameter_id": "p", "options": [{"id": "1", "text": "x"}]}]`, &pay.GatewayParameters{{ParameterID: "p", Options: []pay.GatewayOption{{ID: "1", Text: "x"}}}}},
		"JSON":       {&pay.JSON{}, `{"a":1}`, ptr(pay.JSON(`{"a":1}`))},
	} {
		empty := reflect.New(reflect.TypeOf(test.into).Elem()).Interface().(interface{ Scan(any) error })
		if err := empty.Scan(nil); err != nil || !reflect.ValueOf(empty).Elem().IsZero() {
			t.Errorf("%s: null gives %+v, %v", name, empty, err)
		}
		for _, src := range []any{test.text, []byte(test.text)} {
			into := reflect.New(reflect.TypeOf(test.into).Elem()).Interface().(interface{ Scan(any) error })
			if err := into.Scan(src); err != nil || !reflect.DeepEqual(into, test.want) {
				t.Errorf("%s from %T: %+v, %v", name, src, into, err)
			}
		}
		if err := test.into.Scan(1); err == nil {
			t.Errorf("%s: a number is accepted", name)
		}
	}
}

// TestJSONIsACopy proves that a payload outlives the driver's buffer, which is
// reused for the next row, and leaves as it came.
func TestJSONIsACopy(t *testing.T) {
	t.Parallel()
	buffer := []byte(`{"a":[1,2]}`)
	var j pay.JSON
	if err := j.Scan(buffer); err != nil {
		t.Fatal(err)
	}
	copy(buffer, `{"b":null!}`)
	text, err := json.Marshal(map[string]any{"data": j, "none": pay.JSON(nil)})
	if err != nil || string(text) != `{"data":{"a":[1,2]},"none":null}` {
		t.Errorf("%s, %v", text, err)
	}
}
