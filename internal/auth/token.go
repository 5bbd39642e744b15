package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/golang-jwt/jwt/v5"

	"github.com/paygraph/paygraph/internal/pay"
)

// byToken returns the caller that a JWT names.
func (a *Authenticator) byToken(ctx context.Context, token string) (pay.Actor, error) {
	now := a.clock()
	proved, known := a.proved.get(token, now)
	if !known {
		var err error
		if proved, err = a.prove(token, now); err != nil {
			return pay.Actor{}, err
		}
		a.proved.put(token, proved)
	}
	if !now.Before(proved.expires) { // the parser has one leeway for all times
		return pay.Actor{}, refuse("%v", jwt.ErrTokenExpired)
	}
	actor := proved.actor
	if actor.Role == pay.RoleOperator {
		return actor, nil
	}
	return a.inTenant(ctx, actor)
}

// prove verifies a token, whose actor has no tenant yet.
func (a *Authenticator) prove(token string, now time.Time) (proof, error) {
	var c claims
	if _, err := a.parser.ParseWithClaims(token, &c, a.key); err != nil {
		return proof{}, refuse("%s", fault(err))
	}
	actor, err := c.actor()
	if err != nil {
		return proof{}, refuse("%v", err)
	}
	return proof{actor: actor, at: now, expires: c.ExpiresAt.Time}, nil
}

// fault is what the parser says of a token, without the numbers of a header that JSON's
// decoder repeats.
func fault(err error) string {
	if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) {
		return "token is malformed: the header cannot be read"
	}
	return err.Error()
}

// claims are the contents of a token.
type claims struct {
	jwt.RegisteredClaims
	// Company and Customer are global ids, cmp_… and cus_….
	Company     string          `json:"company,omitempty"`
	Environment pay.Environment `json:"environment,omitempty"`
	Role        pay.Role        `json:"role"`
	// Scopes narrows what the role may do: an empty list to nothing. Without the
	// claim it is all of that; null is refused.
	Scopes   []pay.Scope `json:"scopes,omitzero"`
	Customer string      `json:"customer,omitempty"`
}

// UnmarshalJSON reads claims by their exact names and each once. The decoder's
// own rules would let "Role", which an identity provider may allow its users to
// set, overwrite "role". No error repeats what is in the claims but a name that is known:
// they are read before the signature is verified, so that anybody may have written them.
func (c *claims) UnmarshalJSON(data []byte) error {
	fields := map[string]any{
		"iss": &c.Issuer, "sub": &c.Subject, "aud": &c.Audience,
		"exp": &c.ExpiresAt, "nbf": &c.NotBefore, "iat": &c.IssuedAt,
		"company": &c.Company, "environment": &c.Environment, "role": &c.Role,
		"scopes": &c.Scopes, "customer": &c.Customer,
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return errors.New("claims are not an object")
	}
	seen := map[string]bool{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return errors.New("claims are no JSON")
		}
		key := name.(string)
		into, known := fields[key]
		told := key
		if !known {
			into, told = new(json.RawMessage), "of another name"
		}
		if seen[key] {
			return fmt.Errorf("claim %s is there twice", told)
		}
		seen[key] = true
		if err := dec.Decode(into); err != nil {
			return fmt.Errorf("claim %s cannot be read", told)
		}
	}
	if seen["scopes"] && c.Scopes == nil { // else null would give all, and an empty list nothing
		return errors.New("claim scopes is null")
	}
	return nil
}

// actor is the caller that the claims describe, without the tenant.
func (c *claims) actor() (pay.Actor, error) {
	if !c.Role.Known() {
		return pay.Actor{}, fmt.Errorf("role %q is unknown", c.Role)
	}
	if err := checkSubject(c.Subject); err != nil {
		return pay.Actor{}, err
	}
	a := pay.Actor{ID: strings.ToLower(string(c.Role)) + ":" + c.Subject, Role: c.Role, Environment: c.Environment}
	for _, s := range c.Scopes {
		if !slices.Contains(pay.Scopes(), s) {
			return pay.Actor{}, fmt.Errorf("scope %q is unknown", s)
		}
	}
	a.Scopes = c.Role.MaxScopes()
	if c.Scopes != nil {
		a.Scopes = common(a.Scopes, c.Scopes)
	}
	if err := c.setCompany(&a); err != nil {
		return pay.Actor{}, err
	}
	return a, c.setCustomer(&a)
}

func (c *claims) setCompany(a *pay.Actor) error {
	if c.Role == pay.RoleOperator {
		if c.Company != "" || c.Environment != "" {
			return errors.New("an operator has neither company nor environment")
		}
		return nil
	}
	if c.Environment != pay.Live && c.Environment != pay.Sandbox {
		return fmt.Errorf("environment %q is neither %s nor %s", c.Environment, pay.Sandbox, pay.Live)
	}
	id, ok := pay.ParseID(pay.KindCompany, c.Company)
	if !ok {
		return errors.New("company is not a company's id")
	}
	a.CompanyID = id
	return nil
}

func (c *claims) setCustomer(a *pay.Actor) error {
	if c.Role != pay.RoleCustomer {
		if c.Customer != "" {
			return fmt.Errorf("role %s has no customer", c.Role)
		}
		return nil
	}
	id, ok := pay.ParseID(pay.KindCustomer, c.Customer)
	if !ok {
		return errors.New("customer is not a customer's id")
	}
	a.CustomerID = &id
	return nil
}

// checkSubject refuses what could not be stored or would break lines of a log,
// since the subject becomes part of every event, and what must not be kept in the clear.
func checkSubject(subject string) error {
	if subject == "" || len(subject) > 255 || strings.ContainsFunc(subject, unicode.IsControl) {
		return errors.New("subject is empty, longer than 255 bytes or holds control characters")
	}
	if pay.MentionsCardNumber(subject) || pay.MentionsIBAN(subject) {
		return errors.New("subject holds what looks like the number of a card or an account")
	}
	return nil
}

// common returns the scopes of most that are also asked for.
func common(most, asked []pay.Scope) []pay.Scope {
	return slices.DeleteFunc(most, func(s pay.Scope) bool { return !slices.Contains(asked, s) })
}
