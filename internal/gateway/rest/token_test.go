package rest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/gateway/rest"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// grants counts, and grants tokens that last an hour.
type grants struct{ n atomic.Int32 }

func (g *grants) grant(context.Context) (rest.Token, error) {
	return rest.Token{Value: fmt.Sprintf("token-%d", g.n.Add(1)), Until: now.Add(time.Hour)}, nil
}

// TestOneTokenForAll proves that of many who need a token at the same time one has it
// granted, for each account, until shortly before it ends.
func TestOneTokenForAll(t *testing.T) {
	t.Parallel()
	var tokens rest.Tokens
	var g grants
	account := rest.AccountOf("a", "bc")
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if got, err := tokens.Get(t.Context(), account, now, g.grant); got != "token-1" || err != nil {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	all.Wait()
	for _, tt := range []struct {
		account rest.Account
		after   time.Duration
		want    string
	}{{account, 59*time.Minute - 1, "token-1"}, {rest.AccountOf("ab", "c"), 0, "token-2"}, {rest.AccountOf("a", "bc", ""), 0, "token-3"}, {account, 0, "token-1"}, {account, 59 * time.Minute, "token-4"}} {
		if got, err := tokens.Get(t.Context(), tt.account, now.Add(tt.after), g.grant); got != tt.want || err != nil {
			t.Errorf("after %s: %q, %v, want %q", tt.after, got, err, tt.want)
		}
	}
}

// TestDroppedToken proves that a token that is not taken any more is forgotten, and a newer
// one is not.
func TestDroppedToken(t *testing.T) {
	t.Parallel()
	var tokens rest.Tokens
	var g grants
	account := rest.AccountOf("a")
	for _, tt := range []struct{ drop, want string }{{"", "token-1"}, {"token-1", "token-2"}, {"token-1", "token-2"}} {
		tokens.Drop(t.Context(), account, tt.drop)
		if got, err := tokens.Get(t.Context(), account, now, g.grant); got != tt.want || err != nil {
			t.Errorf("after %q was dropped: %q, %v, want %q", tt.drop, got, err, tt.want)
		}
	}
}

// TestTokenThatIsNotGranted proves that a failure is told, and not kept.
func TestTokenThatIsNotGranted(t *testing.T) {
	t.Parallel()
	var tokens rest.Tokens
	var g grants
	errNo := errors.New("no")
	if _, err := tokens.Get(t.Context(), rest.Account{}, now, func(context.Context) (rest.Token, error) { return rest.Token{}, errNo }); !errors.Is(err, errNo) {
		t.Errorf("%v", err)
	}
	if got, err := tokens.Get(t.Context(), rest.Account{}, now, g.grant); got != "token-1" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// TestWaitingForAToken proves that who waits for another's grant can give up.
func TestWaitingForAToken(t *testing.T) {
	t.Parallel()
	var tokens rest.Tokens
	begun, end := make(chan bool), make(chan bool)
	done := make(chan error)
	go func() {
		_, err := tokens.Get(t.Context(), rest.Account{}, now, func(context.Context) (rest.Token, error) {
			close(begun)
			<-end
			return rest.Token{Value: "token", Until: now.Add(time.Hour)}, nil
		})
		done <- err
	}()
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tokens.Get(ctx, rest.Account{}, now, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	close(end)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestManyAccounts proves that tokens are kept for so many merchants and no more, and that
// one that was forgotten is granted anew.
func TestManyAccounts(t *testing.T) {
	t.Parallel()
	var tokens rest.Tokens
	var g grants
	for i := range 10_100 {
		if _, err := tokens.Get(t.Context(), rest.AccountOf(fmt.Sprint(i)), now, g.grant); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 10_100 {
		if _, err := tokens.Get(t.Context(), rest.AccountOf(fmt.Sprint(i)), now, g.grant); err != nil {
			t.Fatal(err)
		}
	}
	if n := g.n.Load(); n < 10_200 || n > 2*10_100 {
		t.Errorf("%d tokens for 10100 merchants who ask twice", n)
	}
}
