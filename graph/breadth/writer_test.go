package breadth

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// FuzzString proves that texts are written as gqlgen and encoding/json after it write them.
func FuzzString(f *testing.F) {
	for _, text := range []string{"", "plain", "\"\\/", "\x00\x1f\t\r\n\x7f", "<a href='x'>&</a>", "\u2028 \u2029 € – \u2027", "\xe2", "\xe2\x80", "\xff\xe2\x80\xa8", "\U0001F600é"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var theirs bytes.Buffer
		graphql.MarshalString(text).MarshalGQL(&theirs)
		want, err := json.Marshal(json.RawMessage(theirs.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		ours, leaf := &Writer{}, &Writer{}
		ours.String(text)
		leaf.Leaf(graphql.MarshalString(text))
		if !bytes.Equal(ours.buffer, want) || !bytes.Equal(leaf.buffer, want) {
			t.Errorf("%q is %s, as a leaf %s, want %s", text, ours.buffer, leaf.buffer, want)
		}
	})
}

// TestDateTime proves that instants are written as the scalar does, whatever their zone.
func TestDateTime(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"2026-01-31T23:59:59.123456+05:45", "2026-01-31T00:00:00Z", "1900-01-01T00:00:00.1-12:00"} {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		w := &Writer{}
		w.DateTime(at)
		if want := `"` + at.UTC().Format(time.RFC3339Nano) + `"`; string(w.buffer) != want {
			t.Errorf("%s is %s, want %s", text, w.buffer, want)
		}
	}
}
