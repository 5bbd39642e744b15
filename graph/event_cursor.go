package graph

import (
	"context"
	"crypto/aes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/paygraph/paygraph/internal/pay"
)

// eventCursor is a place in the caller's log of events, as text: one AES block of the
// place and eight zero bytes, by a key of the log's own. The zeros tell a cursor from
// anything made up. It is not readable, because customers would learn from the places
// of their events how many others their shop has.
func (c cursors) eventCursor(l list, position int64) (string, error) {
	block, err := aes.NewCipher(c.eventKey(l))
	if err != nil {
		return "", fmt.Errorf("write event cursor: %w", err)
	}
	var text [aes.BlockSize]byte
	binary.BigEndian.PutUint64(text[:8], uint64(position)) // #nosec G115 -- places are counted from 0
	block.Encrypt(text[:], text[:])
	return base64.RawURLEncoding.EncodeToString(text[:]), nil
}

// readEventCursor refuses a cursor that was not written for this log.
func (c cursors) readEventCursor(l list, cursor string) (int64, error) {
	block, err := aes.NewCipher(c.eventKey(l))
	if err != nil {
		return 0, fmt.Errorf("read event cursor: %w", err)
	}
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil && len(text) == aes.BlockSize {
		block.Decrypt(text, text)
		position := binary.BigEndian.Uint64(text[:8])
		if binary.BigEndian.Uint64(text[8:]) == 0 && position < 1<<63 {
			return int64(position), nil // #nosec G115 -- looked at above
		}
	}
	return 0, badInput("The cursor is not one of this log of events.")
}

func (c cursors) eventKey(l list) []byte {
	mac := hmac.New(sha256.New, c.secret)
	mac.Write(l)
	return mac.Sum(nil)
}

// eventLog names the log of the caller's tenant: cursors of one caller are good for all
// of its callers with whatever filter, and in no other tenant.
func (r *Resolver) eventLog(ctx context.Context) (list, error) {
	actor, err := pay.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	return r.cursors.of(pay.Actor{TenantID: actor.TenantID}, "event log")
}

// after reads the cursor that a reader gives; nil for none.
func (r *Resolver) after(l list, cursor *string) (*int64, error) {
	if cursor == nil {
		return nil, nil
	}
	position, err := r.cursors.readEventCursor(l, *cursor)
	return &position, err
}
