package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/paygraph/paygraph/internal/pay"
)

// Equal says in what two responses differ in their data; ids and instants may be spelled
// either way.
func Equal(a, b []byte) error {
	var parsed [2]struct {
		Data   any
		Errors any
	}
	for i, body := range [][]byte{a, b} {
		if err := json.Unmarshal(body, &parsed[i]); err != nil {
			return fmt.Errorf("%w: %.300s", err, body)
		}
		if parsed[i].Data == nil || parsed[i].Errors != nil {
			return fmt.Errorf("no data: %.300s", body)
		}
	}
	return differ("data", parsed[0].Data, parsed[1].Data)
}

// differ finds the first place at which two values of JSON differ.
func differ(path string, a, b any) error {
	switch a := a.(type) {
	case map[string]any:
		other, ok := b.(map[string]any)
		if !ok || len(a) != len(other) {
			return fmt.Errorf("%s: %v is not %v", path, a, b)
		}
		for name := range a {
			if err := differ(path+"."+name, a[name], other[name]); err != nil {
				return err
			}
		}
		return nil
	case []any:
		other, ok := b.([]any)
		if !ok || len(a) != len(other) {
			return fmt.Errorf("%s: %v is not %v", path, a, b)
		}
		for i := range a {
			if err := differ(fmt.Sprintf("%s[%d]", path, i), a[i], other[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if reflect.DeepEqual(a, b) || sameID(a, b) || sameInstant(a, b) {
		return nil
	}
	return fmt.Errorf("%s: %v is not %v", path, a, b)
}

// sameID says whether two texts are spellings of one id.
func sameID(a, b any) bool {
	one, _ := a.(string)
	other, _ := b.(string)
	_, id, ok := pay.SplitID(one)
	_, otherID, otherOK := pay.SplitID(other)
	return ok && otherOK && id == otherID
}

// sameInstant says whether two texts are spellings of one instant.
func sameInstant(a, b any) bool {
	one, _ := a.(string)
	other, _ := b.(string)
	at, err := time.Parse(time.RFC3339Nano, one)
	otherAt, otherErr := time.Parse(time.RFC3339Nano, other)
	return err == nil && otherErr == nil && at.Equal(otherAt)
}
