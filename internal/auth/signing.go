package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
)

// keys returns what finds the key of a token, with the algorithms that such
// keys are for.
func (s Settings) keys(log *slog.Logger) (jwt.Keyfunc, []string, error) {
	if s.JWKSURL == "" {
		secret := func(*jwt.Token) (any, error) { return s.Secret, nil }
		return understood(secret), []string{"HS256"}, nil
	}
	published, err := publishedKeys(s.JWKSURL, log)
	if err != nil {
		return nil, nil, fmt.Errorf("token keys: %w", err)
	}
	return understood(published), []string{"RS256", "ES256", "EdDSA"}, nil
}

// understood refuses tokens whose header demands an extension. The parser
// ignores all of the header but alg and kid, and "crit" is there so that a
// recipient who would ignore what it lists refuses the token instead.
func understood(find jwt.Keyfunc) jwt.Keyfunc {
	return func(t *jwt.Token) (any, error) {
		if _, ok := t.Header["crit"]; ok {
			return nil, errors.New("header demands an extension")
		}
		return find(t)
	}
}

// publishedKeys fetches the keys of an identity provider, and again when a token
// names an unknown one, at most every five minutes. A token must name its key:
// otherwise all would be tried, whatever they are meant for.
func publishedKeys(url string, log *slog.Logger) (jwt.Keyfunc, error) {
	// The keys live as long as the process, and a caller who hangs up must not
	// end a fetch that others wait for.
	ctx := context.Background()
	set, err := keyfunc.NewDefaultOverrideCtx(ctx, []string{url}, keyfunc.Override{
		Client:           &http.Client{CheckRedirect: keepFirstAnswer},
		HTTPTimeout:      10 * time.Second,
		RefreshInterval:  time.Minute,
		RateLimitWaitMax: 5 * time.Second,
		RefreshErrorHandlerFunc: func(string) func(context.Context, error) {
			return func(ctx context.Context, err error) {
				log.ErrorContext(ctx, "fetching the identity provider's keys failed", "error", err)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	return func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if kid == "" {
			return nil, errors.New("header names no key")
		}
		key, err := set.Storage().KeyRead(ctx, kid)
		if err != nil {
			return nil, errors.New(strings.ReplaceAll(err.Error(), strconv.Quote(kid), "of the header"))
		}
		if key.Marshal().USE == "enc" {
			return nil, errors.New("the named key is for encryption")
		}
		return set.Keyfunc(t)
	}, nil
}

// keepFirstAnswer makes a redirect an error: it could lead from HTTPS to HTTP.
func keepFirstAnswer(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
