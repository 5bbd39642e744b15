package graph

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/paygraph/paygraph/internal/pay"
)

// eventLog writes and reads the cursors of one log of events. A cursor is a place in the
// log as text: one AES block of the place and eight zero bytes, by a key of the log's own.
// The zeros tell a cursor from anything made up. It is not readable, because customers
// would learn from the places of their events how many others their shop has.
type eventLog struct{ block cipher.Block }

// eventLog is the log of the caller's tenant: cursors of one caller are good for all of
// its callers with whatever filter, and in no other tenant.
func (r *Resolver) eventLog(ctx context.Context) (eventLog, error) {
	actor, err := pay.ActorFrom(ctx)
	if err != nil {
		return eventLog{}, err
	}
	return r.cursors.logOf(listOf(pay.Actor{TenantID: actor.TenantID}, "event log"))
}

func (c cursors) logOf(l list) (eventLog, error) {
	mac := hmac.New(sha256.New, c.secret)
	mac.Write(l())
	block, err := aes.NewCipher(mac.Sum(nil))
	if err != nil {
		return eventLog{}, fmt.Errorf("key of event cursors: %w", err)
	}
	return eventLog{block}, nil
}

// write is the cursor of a place.
func (l eventLog) write(position int64) string {
	var text [aes.BlockSize]byte
	binary.BigEndian.PutUint64(text[:8], uint64(position)) // #nosec G115 -- places are counted from 0
	l.block.Encrypt(text[:], text[:])
	return base64.RawURLEncoding.EncodeToString(text[:])
}

// read refuses a cursor that was not written for this log.
func (l eventLog) read(cursor string) (int64, error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil && len(text) == aes.BlockSize {
		l.block.Decrypt(text, text)
		position := binary.BigEndian.Uint64(text[:8])
		if binary.BigEndian.Uint64(text[8:]) == 0 && position < 1<<63 {
			return int64(position), nil // #nosec G115 -- looked at above
		}
	}
	return 0, badInput("The cursor is not one of this log of events.")
}

// after reads the cursor that a reader gives; nil for none.
func (l eventLog) after(cursor *string) (*int64, error) {
	if cursor == nil {
		return nil, nil
	}
	position, err := l.read(*cursor)
	return &position, err
}
