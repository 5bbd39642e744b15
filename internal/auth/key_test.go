package auth_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

var keyForm = regexp.MustCompile(`^pg_(live|sand)_[0-9a-hjkmnp-tv-z]{59}$`)

func TestNewKeyTellsItsEnvironment(t *testing.T) {
	t.Parallel()
	for e, mark := range map[pay.Environment]string{pay.Live: "pg_live_", pay.Sandbox: "pg_sand_", "": "pg_sand_"} {
		key, hash, prefix := auth.NewKey(e)
		if !keyForm.MatchString(key) || !strings.HasPrefix(key, mark) {
			t.Errorf("%q: key %s", e, key)
		}
		if want := sha256.Sum256([]byte(key)); !bytes.Equal(hash, want[:]) {
			t.Errorf("%q: the hash is not that of the key", e)
		}
		if prefix != key[:12] {
			t.Errorf("%q: prefix %s", e, prefix)
		}
		again, ok := auth.KeyHash(key)
		if !ok || !bytes.Equal(again, hash) {
			t.Errorf("%q: KeyHash does not find the key again", e)
		}
	}
}

func TestNewKeyIsNeverTheSame(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		key, _, _ := auth.NewKey(pay.Live)
		if seen[key] {
			t.Fatal("the same key twice")
		}
		seen[key] = true
	}
}

// TestKeyHashKnowsAKnownKey pins the format: keys of an earlier release must
// keep working.
func TestKeyHashKnowsAKnownKey(t *testing.T) {
	t.Parallel()
	for _, key := range []string{
		"pg_live_" + strings.Repeat("0", 52) + "a8b8h08",
		"pg_sand_" + strings.Repeat("0", 52) + "wr0sd40",
	} {
		if _, ok := auth.KeyHash(key); !ok {
			t.Errorf("%s is refused", key)
		}
	}
}

// withChecksum follows the description of the format, not the code.
func withChecksum(text string) string {
	crc := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(text)))
	return text + base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding).EncodeToString(crc)
}

func TestKeyHashRefusesWhatIsNoKey(t *testing.T) {
	t.Parallel()
	key, _, _ := auth.NewKey(pay.Live)
	if withChecksum(key[:60]) != key {
		t.Fatalf("%s has another checksum", key)
	}
	bad := map[string]string{
		"empty":                 "",
		"mark only":             "pg_live_",
		"one short":             key[:len(key)-1],
		"one more":              key + "0",
		"other environment":     strings.Replace(key, "live", "sand", 1),
		"unknown mark":          strings.Replace(key, "live", "test", 1),
		"upper case":            strings.ToUpper(key),
		"line break":            key[:20] + "\n" + key[21:],
		"letter u":              key[:20] + "u" + key[21:],
		"two bytes":             key[:20] + "é" + key[22:],
		"body of other letters": withChecksum("pg_live_" + strings.Repeat("u", 52)),
		"body with line breaks": withChecksum("pg_live_" + strings.Repeat("\n", 52)),
		"mark with a checksum":  withChecksum("pg_test_" + strings.Repeat("0", 52)),
		"swapped halves":        key[:8] + key[34:60] + key[8:34] + key[60:],
	}
	for outcome, text := range bad {
		if _, ok := auth.KeyHash(text); ok {
			t.Errorf("%s: accepted", outcome)
		}
	}
	for i := range len(key) {
		for c := byte(' '); c < 0x7f; c++ {
			text := key[:i] + string(c) + key[i+1:]
			if _, ok := auth.KeyHash(text); ok != (text == key) {
				t.Fatalf("character %d as %q: accepted is %v", i, c, ok)
			}
		}
	}
}

func TestKeyIsAPartner(t *testing.T) {
	t.Parallel()
	source := &memory{keys: map[string]store.KeyOwner{}}
	a := newAuthenticator(t, settings, source)
	later := now.Add(time.Microsecond)
	for outcome, c := range map[string]struct {
		owner  store.KeyOwner
		scopes []pay.Scope
	}{
		"with its scopes": {
			store.KeyOwner{Scopes: pay.Strings[pay.Scope]{pay.ScopePaymentsWrite, pay.ScopePaymentsRead}},
			[]pay.Scope{pay.ScopePaymentsRead, pay.ScopePaymentsWrite}},
		"until it expires": {
			store.KeyOwner{Scopes: pay.Strings[pay.Scope]{pay.ScopePaymentsRead}, ExpiresAt: &later},
			[]pay.Scope{pay.ScopePaymentsRead}},
		"without what is for people": {
			store.KeyOwner{Scopes: pay.Strings[pay.Scope]{pay.ScopePaymentsApprove, pay.ScopePaymentsPII, "later:scope"}},
			[]pay.Scope{pay.ScopePaymentsPII}},
		"without scopes that it was not given": {store.KeyOwner{}, []pay.Scope{}},
	} {
		for _, e := range []pay.Environment{pay.Live, pay.Sandbox} {
			key, hash, _ := auth.NewKey(e)
			o := c.owner
			o.ID, o.TenantID, o.CompanyID, o.Environment = pay.NewID(), tenantIDs[e], company, e
			source.keys[string(hash)] = o
			got := accepted(t, a, "Bearer "+key)
			scopes := got.Scopes
			got.Scopes = nil
			want := pay.Actor{ID: pay.FormatID(pay.KindAPIKey, o.ID), Role: pay.RolePartner,
				TenantID: tenantIDs[e], CompanyID: company, Environment: e}
			if !reflect.DeepEqual(got, want) || !slices.Equal(scopes, c.scopes) {
				t.Errorf("%s: got %+v with %v", outcome, got, scopes)
			}
		}
	}
}

func TestRevokedKeyStopsAtOnce(t *testing.T) {
	t.Parallel()
	key, hash, _ := auth.NewKey(pay.Live)
	owner := store.KeyOwner{ID: pay.NewID(), TenantID: tenantIDs[pay.Live], CompanyID: company, Environment: pay.Live}
	source := &memory{keys: map[string]store.KeyOwner{string(hash): owner}}
	a := newAuthenticator(t, settings, source)
	accepted(t, a, "Bearer "+key)
	accepted(t, a, "Bearer "+key)
	if n := source.lookups.Load(); n != 2 {
		t.Errorf("%d look-ups for two requests", n)
	}
	revoked := now
	owner.RevokedAt = &revoked
	source.keys[string(hash)] = owner
	refused(t, a, "Bearer "+key, "revoked")
	source.refusalErr = errors.New("the audit log is gone") // and the answer stays
	refused(t, a, "Bearer "+key, "revoked")
	want := pay.FormatID(pay.KindAPIKey, owner.ID) + "  the key is revoked"
	if !slices.Equal(source.refusals, []string{want, want}) {
		t.Errorf("the audit log has %q", source.refusals)
	}
}

func TestKeyIsRefused(t *testing.T) {
	t.Parallel()
	past, future := now.Add(-time.Hour), now.Add(time.Hour)
	exactly := now
	for outcome, c := range map[string]struct {
		change func(*store.KeyOwner)
		reason string
	}{
		"revoked":                {func(o *store.KeyOwner) { o.RevokedAt = &past }, "revoked"},
		"revoked in the future":  {func(o *store.KeyOwner) { o.RevokedAt = &future }, "revoked"},
		"expired":                {func(o *store.KeyOwner) { o.ExpiresAt = &past }, "expired"},
		"expires now":            {func(o *store.KeyOwner) { o.ExpiresAt = &exactly }, "expired"},
		"of another environment": {func(o *store.KeyOwner) { o.Environment = pay.Sandbox }, "environment"},
	} {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			key, hash, _ := auth.NewKey(pay.Live)
			o := store.KeyOwner{ID: pay.NewID(), CompanyID: company, Environment: pay.Live}
			c.change(&o)
			a := newAuthenticator(t, settings, &memory{keys: map[string]store.KeyOwner{string(hash): o}})
			refused(t, a, "Bearer "+key, c.reason)
		})
	}
	t.Run("unknown", func(t *testing.T) {
		t.Parallel()
		key, _, prefix := auth.NewKey(pay.Live)
		a := newAuthenticator(t, settings, &memory{})
		refused(t, a, "Bearer "+key, prefix)
		_, err := a.Authenticate(t.Context(), "Bearer "+key)
		if strings.Contains(auth.Reason(err), key[:13]) {
			t.Errorf("the reason shows more of the key than its prefix: %s", auth.Reason(err))
		}
	})
	t.Run("flipped character without a look-up", func(t *testing.T) {
		t.Parallel()
		source := &memory{}
		a := newAuthenticator(t, settings, source)
		key, _, _ := auth.NewKey(pay.Live)
		flipped := []byte(key)
		flipped[30] ^= 1
		refused(t, a, "Bearer "+string(flipped), "malformed")
		refused(t, a, "Bearer pg_", "malformed")
		if n := source.lookups.Load(); n != 0 {
			t.Errorf("%d look-ups", n)
		}
	})
	t.Run("under another scheme", func(t *testing.T) {
		t.Parallel()
		key, _, _ := auth.NewKey(pay.Live)
		refused(t, newAuthenticator(t, settings, &memory{}), "Basic "+key, "credential is shown")
	})
}
