package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

// FuzzMembers gives any text: its members are those that the decoder of the standard library
// finds one by one, with the same values, and it is an object with each name once or refused.
func FuzzMembers(f *testing.F) {
	for _, text := range []string{
		`{"query":"{a(b:\"}\")}","variables":{"a":[1,{"b":2}],"query":3},"x":[{"query":1},","],"y":1.50}`,
		"\r\n\t {\"query\" :\n \"\\\\\" , \"\\u0078\":null} ", `{}`, ` { } `, `[]`, `"{"`, ``, ` `, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`,
		`{"a":1}{}`, `{"a":1,}`, `{"a"}`, `{"a":{}}`, `{"a":{},"b":[]}`, `{"":""}`, `{"a:b":":","c,d":","}`, "{\"a\":\"\xff\"}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, wantErr := membersByDecoder(text)
		got := map[string]any{}
		into := map[string]any{}
		for name := range want {
			into[name] = new(any)
		}
		err := decodeMembers([]byte(text), into)
		for name, value := range into {
			got[name] = *value.(*any)
		}
		if (err != nil) != (wantErr != nil) || err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %v, %v; want %v, %v", text, got, err, want, wantErr)
		}
	})
}

// membersByDecoder is what decodeMembers does, by the decoder's tokens.
func membersByDecoder(text string) (map[string]any, error) {
	members := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	opening, err := decoder.Token()
	if err != nil || opening != json.Delim('{') {
		return nil, errors.New("no object, or a name twice")
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		if _, twice := members[name.(string)]; twice {
			return nil, errors.New("no object, or a name twice")
		}
		var value any
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
		members[name.(string)] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	return members, ended(decoder)
}
