package graph

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// cursors writes and reads places in lists. A cursor is signed together with
// the list that it belongs to (tenant, list, filter, order): used with another
// it is an error rather than a page that makes no sense.
type cursors struct{ secret []byte }

// list is what a cursor belongs to, as a text; most pages are asked for without a cursor.
type list func() []byte

// listOf names a list by everything that decides what is in it, and how it is sorted.
func listOf(actor pay.Actor, name string, conditions ...any) list {
	return sync.OnceValue(func() []byte { return encoded([]any{actor.TenantID, actor.CustomerID, name, conditions}) })
}

// place is a cursor's content: the row's sort keys, each with its sort of value.
type place struct {
	Keys []placeKey
	ID   uuid.UUID
}

type placeKey struct {
	Time   *time.Time `json:",omitempty"`
	Number *int64     `json:",omitempty"`
	Text   *string    `json:",omitempty"`
}

const signatureSize = 12

func (c cursors) write(l list, p pay.Position) (string, error) {
	content := place{ID: p.ID}
	for _, key := range p.Keys {
		switch v := key.(type) {
		case time.Time:
			content.Keys = append(content.Keys, placeKey{Time: &v})
		case int64:
			content.Keys = append(content.Keys, placeKey{Number: &v})
		case string:
			content.Keys = append(content.Keys, placeKey{Text: &v})
		default:
			return "", fmt.Errorf("sort key of type %T", key)
		}
	}
	text, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("write cursor: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(append(c.sign(l, text), text...)), nil
}

// read refuses a cursor that was not written for this list.
func (c cursors) read(l list, cursor string) (*pay.Position, error) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) < signatureSize || !hmac.Equal(raw[:signatureSize], c.sign(l, raw[signatureSize:])) {
		return nil, badInput("The cursor does not belong to this list with this filter and order.")
	}
	var content place
	if err := json.Unmarshal(raw[signatureSize:], &content); err != nil {
		return nil, fmt.Errorf("read signed cursor: %w", err)
	}
	position := &pay.Position{ID: content.ID}
	for _, key := range content.Keys {
		switch {
		case key.Time != nil:
			position.Keys = append(position.Keys, *key.Time)
		case key.Number != nil:
			position.Keys = append(position.Keys, *key.Number)
		default:
			position.Keys = append(position.Keys, *key.Text)
		}
	}
	return position, nil
}

func (c cursors) sign(l list, content []byte) []byte {
	mac := hmac.New(sha256.New, c.secret)
	mac.Write(l())
	mac.Write([]byte{0})
	mac.Write(content)
	return mac.Sum(nil)[:signatureSize]
}
