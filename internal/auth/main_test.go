package auth_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/auth/authtest"
	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

var (
	now      = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	company  = pay.NewID()
	customer = pay.NewID()
	secret   = []byte("0f8fad5bd9cb469fa16570867728950e7c9e6679")
	settings = auth.Settings{Secret: secret, Issuer: "paygraph", Audience: "payments"}

	tenantIDs = map[pay.Environment]uuid.UUID{pay.Live: pay.NewID(), pay.Sandbox: pay.NewID()}
)

func clock() time.Time { return now }

// memory is a Source without a database. It counts the look-ups.
type memory struct {
	keys    map[string]store.KeyOwner
	err     error
	lookups atomic.Int64
	// refusals are what the audit log was told, unless refusalErr keeps it from that.
	refusals   []string
	refusalErr error
}

func (m *memory) TenantOf(_ context.Context, id uuid.UUID, e pay.Environment) ([]pay.Tenant, error) {
	m.lookups.Add(1)
	if m.err != nil || id != company {
		return nil, m.err
	}
	return []pay.Tenant{{ID: tenantIDs[e], CompanyID: id, Environment: e}}, nil
}

func (m *memory) KeyByHash(_ context.Context, hash []byte) ([]store.KeyOwner, error) {
	m.lookups.Add(1)
	k, ok := m.keys[string(hash)]
	if m.err != nil || !ok {
		return nil, m.err
	}
	return []store.KeyOwner{k}, nil
}

func (m *memory) RecordRefusal(_ context.Context, a pay.Actor, task, reason string) error {
	m.refusals = append(m.refusals, a.ID+" "+task+" "+reason)
	return m.refusalErr
}

func newAuthenticator(t testing.TB, s auth.Settings, source auth.Source) *auth.Authenticator {
	t.Helper()
	a, err := auth.New(s, source, clock, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

type object = authtest.Object

// goodHeader and goodClaims are accepted; forgeries differ in one respect.
var (
	goodHeader = authtest.Header
	goodClaims = object{
		"iss": "paygraph", "aud": "payments", "sub": "ana", "role": "STAFF",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"company": pay.FormatID(pay.KindCompany, company), "environment": "SANDBOX",
	}
)

func signed(claims object) string {
	return authtest.HS256(goodHeader.String(), claims.String(), secret)
}

func accepted(t *testing.T, a *auth.Authenticator, authorization string) pay.Actor {
	t.Helper()
	actor, err := a.Authenticate(t.Context(), authorization)
	if err != nil {
		t.Fatalf("refused: %v (%s)", err, auth.Reason(err))
	}
	return actor
}

// refused checks that the caller learns nothing but that it was refused, and
// that the log learns the reason.
func refused(t *testing.T, a *auth.Authenticator, authorization, reason string) {
	t.Helper()
	actor, err := a.Authenticate(t.Context(), authorization)
	if !errors.Is(err, pay.ErrUnauthenticated) {
		t.Fatalf("got %+v, %v; want a refusal", actor, err)
	}
	if err.Error() != pay.ErrUnauthenticated.Error() {
		t.Errorf("the caller is told %q", err)
	}
	if actor.Role != "" || actor.ID != "" || actor.TenantID != uuid.Nil {
		t.Errorf("an actor came with the refusal: %+v", actor)
	}
	if got := auth.Reason(err); reason == "" || !strings.Contains(got, reason) {
		t.Errorf("refused because %q, want %q", got, reason)
	}
}
