// Package auth turns the bearer credential of a request into a pay.Actor, and
// makes credentials.
//
// There are two kinds. Tokens (JWT) are for people and for the merchant's own
// servers; they are signed either with a secret that this installation shares
// with its issuer or with the keys that an identity provider publishes, never
// both. API keys are for partners' programs; the database knows their hashes.
//
// Every refusal looks the same to the caller: a text that tells an expired
// token from a forged one helps whoever forges it.
package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
	"github.com/paygraph/paygraph/internal/store"
)

const (
	// MinSecret is the least length of Settings.Secret in bytes, that of the
	// hash: a shorter one is easier to guess than the signature.
	MinSecret = 32
	// maxCredential bounds in bytes what is decoded for a caller who has proved
	// nothing yet.
	maxCredential = 8 << 10
	// leeway is how far the clocks of issuer and server may be apart: a token that was
	// issued just now is good. One that runs out does so to the second, by this server's
	// clock, since who takes a token away relies on its end.
	leeway = time.Minute
)

// Settings say whose tokens are good. Exactly one of Secret and JWKSURL is set;
// Issuer and Audience always are.
type Settings struct {
	// Secret signs and verifies HS256 tokens. It has at least MinSecret bytes.
	Secret []byte
	// JWKSURL is where the identity provider publishes the keys of RS256, ES256
	// and EdDSA tokens. Redirects are not followed.
	JWKSURL string
	// Issuer and Audience are the claims "iss" and "aud" that a token must have.
	Issuer, Audience string
}

// Format is part of fmt.Formatter: settings are printed nowhere, whole or in part.
func (Settings) Format(to fmt.State, _ rune) { io.WriteString(to, "***") }

// LogValue is part of slog.LogValuer.
func (Settings) LogValue() slog.Value { return slog.StringValue("***") }

func (s Settings) check() error {
	switch {
	case len(s.Secret) > 0 && s.JWKSURL != "":
		// Accepting both algorithms is how a public key ends up as a secret.
		return errors.New("token settings: both a secret and a JWKS URL are set")
	case s.JWKSURL == "" && len(s.Secret) < MinSecret:
		return fmt.Errorf("token settings: a secret of at least %d bytes or a JWKS URL is needed", MinSecret)
	case s.Issuer == "" || s.Audience == "":
		// The parser would silently leave the check out.
		return errors.New("token settings: issuer and audience are needed")
	}
	return nil
}

// Source is what the database knows about credentials.
type Source interface {
	// TenantOf reads a company's tenant; the list is empty when there is none.
	TenantOf(ctx context.Context, companyID uuid.UUID, e pay.Environment) ([]pay.Tenant, error)
	// KeyByHash finds an API key by KeyHash; the list is empty when there is none.
	KeyByHash(ctx context.Context, hash []byte) ([]store.KeyOwner, error)
	// RecordRefusal tells the audit log of the actor's tenant that it was refused.
	RecordRefusal(ctx context.Context, a pay.Actor, task, reason string) error
}

var _ Source = (*store.Store)(nil)

// Authenticator checks credentials. Its methods may be called from several
// goroutines.
type Authenticator struct {
	parser  *jwt.Parser
	key     jwt.Keyfunc
	source  Source
	clock   pay.Clock
	tenants tenants
	proved  proofs
	log     *slog.Logger
}

// New returns an Authenticator. With a JWKS URL it fetches the keys once before
// it returns and then every minute for as long as the process lives. That the
// provider cannot be reached is logged and no error: until it can, tokens are
// refused and API keys work.
func New(s Settings, source Source, clock pay.Clock, log *slog.Logger) (*Authenticator, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	key, algorithms, err := s.keys(log)
	if err != nil {
		return nil, err
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods(algorithms),
		jwt.WithIssuer(s.Issuer),
		jwt.WithAudience(s.Audience),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(leeway),
		jwt.WithTimeFunc(clock),
		jwt.WithStrictDecoding(),
	)
	proved, err := newProofs()
	if err != nil {
		return nil, err
	}
	return &Authenticator{parser: parser, key: key, source: source, clock: clock, proved: proved, log: log}, nil
}

// Authenticate returns the caller that the value of an Authorization header
// proves. Without a credential, and with one that is not good now, the error
// wraps pay.ErrUnauthenticated. Trouble with the database is returned as it
// comes from the source, because trying again helps then.
func (a *Authenticator) Authenticate(ctx context.Context, authorization string) (pay.Actor, error) {
	credential, err := bearer(authorization)
	if err != nil {
		return pay.Actor{}, err
	}
	if strings.HasPrefix(credential, keyMark) {
		return a.byKey(ctx, credential)
	}
	return a.byToken(ctx, credential)
}

// bearer takes the credential out of the header's value.
func bearer(authorization string) (string, error) {
	scheme, credential, _ := strings.Cut(authorization, " ")
	credential = strings.TrimLeft(credential, " ")
	switch {
	case !strings.EqualFold(scheme, "Bearer") || credential == "":
		return "", refuse("no credential is shown")
	case len(credential) > maxCredential:
		return "", refuse("credential is too long")
	case strings.ContainsFunc(credential, func(r rune) bool { return r <= ' ' || r > '~' }):
		// The base64 decoder skips line breaks, so one token would have many spellings.
		return "", refuse("credential holds a character that none has")
	}
	return credential, nil
}

// refusal is the error of a credential that is not good. The reason is kept
// apart from the text, because the text may reach the caller.
type refusal struct{ reason string }

func refuse(format string, args ...any) error {
	return &refusal{reason: fmt.Sprintf(format, args...)}
}

func (r *refusal) Error() string { return pay.ErrUnauthenticated.Error() }
func (r *refusal) Unwrap() error { return pay.ErrUnauthenticated }

// Reason tells why Authenticate refused a credential, or is empty. It is for
// the log and holds no part of a secret, but parts that the caller chose; never
// answer a request with it.
func Reason(err error) string {
	var r *refusal
	if errors.As(err, &r) {
		return r.reason
	}
	return ""
}
