package auth_test

import (
	"testing"
	"time"

	"github.com/paygraph/paygraph/internal/auth/authtest"
)

func TestForgedTokenIsRefused(t *testing.T) {
	t.Parallel()
	a := newAuthenticator(t, settings, &memory{})
	good := authtest.Good{Secret: secret, Claims: goodClaims, Now: now}
	accepted(t, a, good.Token()) // what the forgeries are made from is good
	forgeries := good.Forgeries()
	if len(forgeries) < 60 {
		t.Fatalf("only %d forgeries", len(forgeries))
	}
	for outcome, f := range forgeries {
		t.Run(outcome, func(t *testing.T) {
			t.Parallel()
			refused(t, a, f.Authorization, f.Reason)
		})
	}
	refused(t, a, signed(goodClaims.With(object{"nbf": now.Add(61 * time.Second).Unix()})), "not valid yet") // by a second
}
