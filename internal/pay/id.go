package pay

import (
	"crypto/rand"
	"encoding/base32"
	"strings"

	"github.com/google/uuid"
)

// Kind is the prefix of a global id; it tells which type the id belongs to.
type Kind string

// The prefixes of domain objects. They are part of the public API: an id keeps
// its prefix for ever.
const (
	KindPayment      Kind = "py"
	KindTransaction  Kind = "txn"
	KindOperation    Kind = "op"
	KindRefund       Kind = "rf"
	KindAllocation   Kind = "al"
	KindOrder        Kind = "ord"
	KindInvoice      Kind = "inv"
	KindSubscription Kind = "sub"
	KindCustomer     Kind = "cus"
	KindMethod       Kind = "pm"
	KindGateway      Kind = "gw"
	KindCompany      Kind = "cmp"
	KindBusiness     Kind = "biz"
	KindProduct      Kind = "prd"
	KindEvent        Kind = "evt"
	KindAPIKey       Kind = "key"
	KindLine         Kind = "li"
	KindDiscount     Kind = "dis"
)

// idText is Crockford's base32 in lower case: no letters that read alike.
var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID returns a new UUIDv7. Keys made in time order keep indexes compact, and
// an id made before BEGIN lets the caller find out what became of a COMMIT
// whose answer was lost.
func NewID() uuid.UUID {
	return uuid.Must(uuid.NewV7())
}

// FormatID writes the global id of a row: prefix, underscore, 26 characters.
func FormatID(kind Kind, id uuid.UUID) string {
	const length = 3 + len("_") + 26
	text := append(append(make([]byte, 0, length), kind...), '_')
	return string(idText.AppendEncode(text, id[:]))
}

// ParseID reads a global id of the given kind; a bare UUID is accepted too,
// because partners keep those in their own tables. ok is false for everything
// else, which callers treat exactly like an id that does not exist.
func ParseID(kind Kind, text string) (id uuid.UUID, ok bool) {
	got, id, ok := SplitID(text)
	if !ok || (got != "" && got != kind) {
		return uuid.Nil, false
	}
	return id, true
}

// SplitID reads a global id of any kind. The kind of a bare UUID is empty.
func SplitID(text string) (Kind, uuid.UUID, bool) {
	prefix, body, found := strings.Cut(text, "_")
	if !found {
		id, err := uuid.Parse(text)
		if err != nil || len(text) != 36 {
			return "", uuid.Nil, false
		}
		return "", id, true
	}
	raw, err := idText.DecodeString(body)
	if err != nil || len(raw) != 16 {
		return "", uuid.Nil, false
	}
	id := uuid.UUID(raw)
	if prefix == "" || FormatID(Kind(prefix), id) != text {
		return "", uuid.Nil, false // no kind, or unused trailing bits set: a second spelling of the same id
	}
	return Kind(prefix), id, true
}

// humanAlphabet leaves out 0, 1, I and O, which people misread on paper.
const humanAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

// NewHumanID returns six random characters for people to read out (S2
// human_id). It is unique per tenant only by the database's constraint: who
// stores one must try another on a clash.
func NewHumanID() string {
	var raw [6]byte
	rand.Read(raw[:])
	for i, b := range raw {
		raw[i] = humanAlphabet[int(b)%len(humanAlphabet)]
	}
	return string(raw[:])
}

// ParseIDs reads many ids of one kind and drops those that cannot exist, which
// is what a filter wants: an id that names nothing matches nothing.
func ParseIDs(kind Kind, texts []string) []uuid.UUID {
	ids := make([]uuid.UUID, 0, len(texts))
	for _, text := range texts {
		if id, ok := ParseID(kind, text); ok {
			ids = append(ids, id)
		}
	}
	return ids
}
