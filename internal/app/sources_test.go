package app_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
)

var updateExamples = flag.Bool("update-examples", false, "write the answers of examples/sources anew")

// example is the second file of an example: what is sent with the document, and
// the whole answer. A text "{{name}}" stands for an id of the fixture, "{{any}}"
// for a value that differs each time.
type example struct {
	// As names who sends it; left out: an admin.
	As        string          `json:"as,omitempty"`
	Variables json.RawMessage `json:"variables"`
	Answer    json.RawMessage `json:"answer"`
}

// sourceFixture is a server with what the examples of one source refer to.
type sourceFixture struct {
	*shop
	clients map[string]*apptest.Client
	ids     map[string]string
}

// TestSourceExamples runs what partners of the five source systems send instead
// of their old requests, a fresh server for each source, in the order of names.
func TestSourceExamples(t *testing.T) {
	t.Parallel()
	for source, fill := range map[string]func(*testing.T, sourceFixture){
		"s0": fillS0, "s1": fillS1, "s2": fillS2, "s3": fillS3, "s4": fillS4,
	} {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			f := sourceFixture{s, map[string]*apptest.Client{"": s.admin}, map[string]string{"customer": s.customer, "cards": s.sandbox}}
			fill(t, f)
			documents, err := filepath.Glob("../../examples/sources/" + source + "/*.graphql")
			if err != nil || len(documents) == 0 {
				t.Fatalf("no examples: %v", err)
			}
			for _, path := range documents {
				f.run(t, path)
			}
		})
	}
}

// run sends one example and compares the whole answer.
func (f sourceFixture) run(t *testing.T, path string) {
	t.Helper()
	name := strings.TrimPrefix(strings.TrimSuffix(path, ".graphql"), "../../examples/sources/")
	document, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	answers := strings.TrimSuffix(path, ".graphql") + ".json"
	text, err := os.ReadFile(answers)
	if err != nil {
		t.Fatal(err)
	}
	var e example
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatalf("%s: %v", answers, err)
	}
	client := f.clients[e.As]
	if client == nil {
		t.Fatalf("%s: nobody is called %q", name, e.As)
	}
	var vars apptest.Vars
	if err := json.Unmarshal([]byte(f.filled(t, name, string(e.Variables))), &vars); err != nil {
		t.Fatalf("%s: variables: %v", name, err)
	}
	got := client.Send(t, string(document), vars)
	if *updateExamples {
		e.Answer = json.RawMessage(f.emptied(got.Body))
		f.write(t, answers, e)
		return
	}
	var want, have any
	if err := json.Unmarshal([]byte(f.filled(t, name, string(e.Answer))), &want); err != nil {
		t.Fatalf("%s: answer: %v", name, err)
	}
	if err := json.Unmarshal([]byte(got.Body), &have); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if at := differs("", want, have); at != "" {
		t.Errorf("%s: %s\nwhole answer: %s", name, at, f.emptied(got.Body))
	}
}

var placeholder = regexp.MustCompile(`{{([^{}]+)}}`)

// filled puts ids of the fixture where their names stand.
func (f sourceFixture) filled(t *testing.T, name, text string) string {
	t.Helper()
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		word := strings.Trim(found, "{}")
		if word == "any" {
			return found
		}
		id, ok := f.ids[word]
		if !ok {
			t.Fatalf("%s: the fixture has no %q", name, word)
		}
		return id
	})
}

// changing finds what differs each time once the fixture's ids have their names:
// other ids, times to the microsecond, human ids, cursors.
var changing = regexp.MustCompile(`"(?:[a-z]{2,3}_[0-9a-z]{26}|sbx_[0-9a-f]{24}|20[0-9-]{8}T[0-9:]{8}\.[0-9]+Z)"|("(?:humanId|endCursor)":)"[^"]+"`)

// emptied is the reverse of filled, and puts "{{any}}" for what differs each time.
func (f sourceFixture) emptied(body string) string {
	for name, id := range f.ids {
		body = strings.ReplaceAll(body, id, "{{"+name+"}}")
	}
	return changing.ReplaceAllString(body, `$1"{{any}}"`)
}

func (f sourceFixture) write(t *testing.T, path string, e example) {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(e); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// differs says where two answers differ, or nothing.
func differs(at string, want, have any) string {
	if want == "{{any}}" {
		if have == nil {
			return at + ": null, want anything else"
		}
		return ""
	}
	switch want := want.(type) {
	case map[string]any:
		have, ok := have.(map[string]any)
		if !ok {
			break
		}
		if len(want) != len(have) {
			return fmt.Sprintf("%s: %d fields, want %d", at, len(have), len(want))
		}
		for key := range want {
			if d := differs(at+"."+key, want[key], have[key]); d != "" {
				return d
			}
		}
		return ""
	case []any:
		have, ok := have.([]any)
		if !ok || len(have) != len(want) {
			break
		}
		for i := range want {
			if d := differs(fmt.Sprintf("%s[%d]", at, i), want[i], have[i]); d != "" {
				return d
			}
		}
		return ""
	}
	if reflect.DeepEqual(want, have) {
		return ""
	}
	return fmt.Sprintf("%s: %v, want %v", at, have, want)
}

// TestDiffers proves that an answer which is wrong anywhere is found.
func TestDiffers(t *testing.T) {
	t.Parallel()
	decode := func(text string) (v any) {
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	want := decode(`{"a": [{"id": "{{any}}", "n": 1, "nil": null}], "b": "x"}`)
	if d := differs("", want, decode(`{"a": [{"id": "7", "n": 1, "nil": null}], "b": "x"}`)); d != "" {
		t.Errorf("the same differs at %s", d)
	}
	for _, wrong := range []string{
		`{"a": [{"id": null, "n": 1, "nil": null}], "b": "x"}`,
		`{"a": [{"id": "7", "n": 2, "nil": null}], "b": "x"}`,
		`{"a": [{"id": "7", "n": 1, "nil": 0}], "b": "x"}`,
		`{"a": [{"id": "7", "n": 1}], "b": "x"}`,
		`{"a": [], "b": "x"}`, `{"a": null, "b": "x"}`, `{"a": [{"id": "7", "n": 1, "nil": null}], "b": 1}`,
		`{"a": [{"id": "7", "n": 1, "nil": null}], "b": "x", "errors": []}`, `[]`,
	} {
		if differs("", want, decode(wrong)) == "" {
			t.Errorf("%s passes", wrong)
		}
	}
}

// TestSourceExamplesComplete proves that every document has its answer, that
// none is an error of the request as a whole, and that both stand nowhere else.
func TestSourceExamplesComplete(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../examples/sources/*/*")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, path := range files {
		stem, isDocument := strings.CutSuffix(path, ".graphql")
		if !isDocument {
			stem = strings.TrimSuffix(path, ".json")
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var e struct {
				Answer struct {
					Data   map[string]any
					Errors []any
				}
			}
			if err := json.Unmarshal(text, &e); err != nil || e.Answer.Data == nil || len(e.Answer.Errors) > 0 {
				t.Errorf("%s: not the answer of a document that works: %v", path, err)
			}
		}
		named = append(named, stem)
	}
	slices.Sort(named)
	if len(named) != 2*len(slices.Compact(slices.Clone(named))) {
		t.Errorf("not every document has its answer: %q", named)
	}
}
