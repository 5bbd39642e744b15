package auth

import (
	"testing"

	"github.com/paygraph/paygraph/internal/pay"
)

func TestTenantsStayBounded(t *testing.T) {
	t.Parallel()
	var known tenants
	for range maxTenants + 10 {
		at, id := place{pay.NewID(), pay.Live}, pay.NewID()
		known.put(at, id)
		if got, ok := known.get(at); !ok || got != id {
			t.Fatal("what was just put is not there")
		}
		if len(known.ids) > maxTenants {
			t.Fatalf("%d tenants are remembered", len(known.ids))
		}
	}
}
