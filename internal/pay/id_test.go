package pay_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/paygraph/paygraph/internal/pay"
)

// kinds are the prefixes that clients have stored, so none may ever change.
var kinds = map[pay.Kind]string{
	pay.KindPayment: "py", pay.KindTransaction: "txn", pay.KindRefund: "rf", pay.KindAllocation: "al", pay.KindOrder: "ord",
	pay.KindInvoice: "inv", pay.KindSubscription: "sub", pay.KindCustomer: "cus", pay.KindMethod: "pm", pay.KindGateway: "gw",
	pay.KindCompany: "cmp", pay.KindBusiness: "biz", pay.KindProduct: "prd", pay.KindEvent: "evt", pay.KindAPIKey: "key",
	pay.KindLine: "li", pay.KindDiscount: "dis",
}

func drawID(t *rapid.T) uuid.UUID {
	return uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
}

// TestIDRoundTrip proves that an id of any kind is read back as itself, by no
// other kind, and that a bare UUID is taken for any kind.
func TestIDRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := drawID(t)
		for kind, prefix := range kinds {
			text := pay.FormatID(kind, id)
			if !strings.HasPrefix(text, prefix+"_") || len(text) != len(prefix)+27 {
				t.Fatalf("%s is written %s", prefix, text)
			}
			if gotKind, got, ok := pay.SplitID(text); !ok || gotKind != kind || got != id {
				t.Fatalf("%s is read as %s %s, %v", text, gotKind, got, ok)
			}
			for other := range kinds {
				if got, ok := pay.ParseID(other, text); ok != (other == kind) || ok && got != id || !ok && got != uuid.Nil {
					t.Fatalf("%s as a %s: %s, %v", text, other, got, ok)
				}
			}
			if got, ok := pay.ParseID(kind, id.String()); !ok || got != id {
				t.Fatalf("bare %s as a %s: %s, %v", id, kind, got, ok)
			}
		}
	})
}

// TestIDSpelling proves that an id has one spelling: a change of one character
// makes it another id or no id.
func TestIDSpelling(t *testing.T) {
	t.Parallel()
	characters := []string{"", "_", "-", " ", "\n", "\r", "=", "\x00", "é", "i", "l", "o", "u"}
	for c := '!'; c <= '~'; c++ {
		characters = append(characters, string(c))
	}
	for range 20 {
		id := pay.NewID()
		text := pay.FormatID(pay.KindOrder, id)
		for at := range len(text) + 1 {
			for _, c := range characters {
				changed := []string{text[:at] + c + text[at:]}
				if at < len(text) {
					changed = append(changed, text[:at]+c+text[at+1:])
				}
				for _, other := range changed {
					if got, ok := pay.ParseID(pay.KindOrder, other); ok && got == id && other != text {
						t.Errorf("%q is a second spelling of %s", other, text)
					}
				}
			}
		}
	}
}

// TestNoID proves that what only looks like an id is none.
func TestNoID(t *testing.T) {
	t.Parallel()
	id := pay.NewID()
	text := pay.FormatID(pay.KindOrder, id)
	bare := id.String()
	for name, other := range map[string]string{
		"empty": "", "prefix alone": "ord_", "without prefix": text[3:], "no prefix nor underscore": text[4:], "capitals": strings.ToUpper(text),
		"two prefixes": "ord_" + text, "a character more": text + "0", "a character less": text[:len(text)-1], "padded": text + "======",
		"leading space": " " + text, "line feed": text + "\n", "UUID with prefix": "ord_" + bare, "braces": "{" + bare + "}",
		"UUID as URN": "urn:uuid:" + bare, "UUID without hyphens": strings.ReplaceAll(bare, "-", ""), "another kind": pay.FormatID(pay.KindPayment, id),
		"number": "1", "null": "null", "long": strings.Repeat("ord_0", 10_000),
	} {
		if got, ok := pay.ParseID(pay.KindOrder, other); ok || got != uuid.Nil {
			t.Errorf("%s: %.40q is read as %s", name, other, got)
		}
	}
	mixed := []string{"", text, pay.FormatID(pay.KindPayment, id), bare, "ord_x"}
	if got := pay.ParseIDs(pay.KindOrder, mixed); !slices.Equal(got, []uuid.UUID{id, id}) {
		t.Errorf("ids of %v: %v", mixed, got)
	}
	if got := pay.ParseIDs(pay.KindOrder, nil); got == nil || len(got) != 0 {
		t.Errorf("no ids are %#v, which would match every row rather than none", got)
	}
}

// FuzzSplitID proves that any text is no id, the one spelling of an id, or a
// bare UUID.
func FuzzSplitID(f *testing.F) {
	id := uuid.MustParse("0192f0c1-2a3b-7c4d-8e5f-60718293a4b5")
	for kind := range kinds {
		f.Add(pay.FormatID(kind, id))
	}
	for _, text := range []string{"", "_", "py_", id.String(), strings.ToUpper(id.String()), pay.FormatID("", id), "zz_" + strings.Repeat("z", 26), "py_\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		switch kind, id, ok := pay.SplitID(text); {
		case !ok && (kind != "" || id != uuid.Nil):
			t.Errorf("%q is no id and gives %q %s", text, kind, id)
		case ok && kind == "" && !strings.EqualFold(id.String(), text):
			t.Errorf("%q has no kind and is not the UUID %s", text, id)
		case ok && kind != "" && pay.FormatID(kind, id) != text:
			t.Errorf("%q is a second spelling of %s", text, pay.FormatID(kind, id))
		}
	})
}

// TestNewID proves that ids made later sort later, which keeps indexes compact.
func TestNewID(t *testing.T) {
	t.Parallel()
	last := pay.NewID()
	for range 1000 {
		id := pay.NewID()
		if id.Version() != 7 || pay.FormatID(pay.KindPayment, id) <= pay.FormatID(pay.KindPayment, last) {
			t.Fatalf("%s follows %s", id, last)
		}
		last = id
	}
}

// TestHumanID proves that human ids use only letters and digits that cannot be
// misread, each about as often as any other in every place.
func TestHumanID(t *testing.T) {
	t.Parallel()
	const alphabet, drawn = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 64_000
	var count [6][256]int
	for range drawn {
		id := pay.NewHumanID()
		if len(id) != 6 || strings.Trim(id, alphabet) != "" {
			t.Fatalf("human id %q", id)
		}
		for i := range id {
			count[i][id[i]]++
		}
	}
	const each = drawn / len(alphabet)
	for i := range count {
		for _, c := range []byte(alphabet) {
			// Some 2000 are expected, with a standard deviation of 44: this is seven of them.
			if n := count[i][c]; n < each*85/100 || n > each*115/100 {
				t.Errorf("%q is in place %d of %d ids, of %d", c, i, n, drawn)
			}
		}
	}
}
