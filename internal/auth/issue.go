package auth

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

// Grant is what a new token permits.
type Grant struct {
	// CompanyID and Environment are the tenant; both are zero for an operator.
	CompanyID   uuid.UUID
	Environment pay.Environment
	Role        pay.Role
	// CustomerID is set for RoleCustomer and for no other role.
	CustomerID *uuid.UUID
	// Scopes are some of the role's: nil means all of them, an empty list none.
	Scopes []pay.Scope
	// Subject names the person or program in events, 1 to 255 bytes.
	Subject string
	// TTL is how long the token is good, at least a second.
	TTL time.Duration
}

// Issue signs a token with the secret. The error says what is wrong with the
// grant, or that the settings have no secret; it is for whoever runs the
// installation.
func (s Settings) Issue(g Grant, now time.Time) (string, error) {
	if err := s.check(); err != nil {
		return "", err
	}
	if s.JWKSURL != "" {
		return "", errors.New("issue token: the identity provider at the JWKS URL issues the tokens")
	}
	if g.TTL < time.Second {
		return "", errors.New("issue token: it would expire at once")
	}
	for _, scope := range g.Scopes {
		// Authenticate would cut it off, and the caller would find out much later.
		if !slices.Contains(g.Role.MaxScopes(), scope) {
			return "", fmt.Errorf("issue token: role %q cannot hold scope %q", g.Role, scope)
		}
	}
	c := g.claims(now)
	if _, err := c.actor(); err != nil {
		return "", fmt.Errorf("issue token: %w", err)
	}
	c.Issuer, c.Audience = s.Issuer, jwt.ClaimStrings{s.Audience}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(s.Secret)
	if err != nil {
		return "", fmt.Errorf("issue token: %w", err)
	}
	return token, nil
}

func (g Grant) claims(now time.Time) *claims {
	c := &claims{Environment: g.Environment, Role: g.Role, Scopes: g.Scopes}
	c.Subject = g.Subject
	c.IssuedAt, c.NotBefore = jwt.NewNumericDate(now), jwt.NewNumericDate(now)
	c.ExpiresAt = jwt.NewNumericDate(now.Add(g.TTL))
	if g.CompanyID != uuid.Nil {
		c.Company = pay.FormatID(pay.KindCompany, g.CompanyID)
	}
	if g.CustomerID != nil {
		c.Customer = pay.FormatID(pay.KindCustomer, *g.CustomerID)
	}
	return c
}
