package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"hash/crc32"
	"strings"

	"github.com/paygraph/paygraph/internal/pay"
)

// An API key is one of the two marks, 52 characters for 256 random bits and 7
// for the CRC-32 of everything before them. With the checksum a scanner for
// leaked secrets reports no look-alikes, and a typing error costs no look-up.
const (
	keyMark     = "pg_"
	liveMark    = keyMark + "live_"
	sandboxMark = keyMark + "sand_"

	keyBody     = 52
	keyChecksum = 7
	keyLength   = len(liveMark) + keyBody + keyChecksum
	keyPrefix   = 12
)

// keyText is Crockford's base32 in lower case, as in ids: no letters that read alike.
var keyText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewKey makes an API key for the environment. key is shown once and never
// stored, hash is what KeyByHash finds it by, and prefix, its first 12
// characters, is what people recognise it by in a list.
func NewKey(e pay.Environment) (key string, hash []byte, prefix string) {
	var random [32]byte
	rand.Read(random[:])
	text := markOf(e) + keyText.EncodeToString(random[:])
	key = text + checksum(text)
	return key, sum(key), key[:keyPrefix]
}

// KeyHash returns the hash that an API key is stored under. It is false for
// text that is no key, which then need not be looked up.
func KeyHash(key string) ([]byte, bool) {
	if len(key) != keyLength || (!strings.HasPrefix(key, liveMark) && !strings.HasPrefix(key, sandboxMark)) {
		return nil, false
	}
	text, check := key[:keyLength-keyChecksum], key[keyLength-keyChecksum:]
	if random, err := keyText.DecodeString(text[len(liveMark):]); err != nil || len(random) != 32 {
		return nil, false
	}
	return sum(key), checksum(text) == check
}

// markOf is the start of an environment's keys. What is not live must never
// look as if it were.
func markOf(e pay.Environment) string {
	if e == pay.Live {
		return liveMark
	}
	return sandboxMark
}

func checksum(text string) string {
	return keyText.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(text))))
}

// sum needs neither salt nor a slow hash: nobody can try 2^256 keys.
func sum(key string) []byte {
	h := sha256.Sum256([]byte(key))
	return h[:]
}

// byKey returns the partner that an API key belongs to. Nothing is remembered,
// so that a revoked key stops working with the next request.
func (a *Authenticator) byKey(ctx context.Context, key string) (pay.Actor, error) {
	hash, ok := KeyHash(key)
	if !ok {
		return pay.Actor{}, refuse("key is malformed")
	}
	found, err := a.source.KeyByHash(ctx, hash)
	if err != nil {
		return pay.Actor{}, err
	}
	if len(found) == 0 {
		return pay.Actor{}, refuse("key %s… is unknown", key[:keyPrefix])
	}
	k := found[0]
	id := pay.FormatID(pay.KindAPIKey, k.ID)
	partner := pay.Actor{
		ID: id, Role: pay.RolePartner, Scopes: common(pay.RolePartner.MaxScopes(), k.Scopes),
		TenantID: k.TenantID, CompanyID: k.CompanyID, Environment: k.Environment, TrustedOnly: k.TrustedDocumentsOnly,
	}
	switch {
	case k.RevokedAt != nil:
		return pay.Actor{}, a.outdated(ctx, partner, "revoked")
	case k.ExpiresAt != nil && !a.clock().Before(*k.ExpiresAt):
		return pay.Actor{}, a.outdated(ctx, partner, "expired")
	case !strings.HasPrefix(key, markOf(k.Environment)):
		return pay.Actor{}, refuse("%s is stored in the wrong environment", id)
	}
	return partner, nil
}

// outdated refuses a key that was good once, which the company's audit log tells of:
// somebody may have found it. That the log cannot be reached changes nothing.
func (a *Authenticator) outdated(ctx context.Context, partner pay.Actor, why string) error {
	if err := a.source.RecordRefusal(ctx, partner, "", "the key is "+why); err != nil {
		a.log.ErrorContext(ctx, "recording a refused key failed", "key", partner.ID, "error", err)
	}
	return refuse("%s is %s", partner.ID, why)
}
