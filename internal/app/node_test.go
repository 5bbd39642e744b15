package app_test

import (
	"encoding/json"
	"testing"

	"github.com/paygraph/paygraph/internal/app/apptest"
	"github.com/paygraph/paygraph/internal/auth"
	"github.com/paygraph/paygraph/internal/pay"
)

// TestNodesBesideAHiddenOne proves that an id which the caller's role may not see
// reads as absent among others, and costs nobody the rest of the list.
func TestNodesBesideAHiddenOne(t *testing.T) {
	t.Parallel()
	s := newTill(t)
	order := s.make.Order(s.customer, 1000)
	key := apptest.Do[struct {
		CreateAPIKey struct{ APIKey struct{ ID string } }
	}](t, s.admin, `mutation { createApiKey(input: { name: "Partner", scopes: [PAYMENTS_READ] }) { apiKey { id } } }`, nil).CreateAPIKey.APIKey.ID
	_, customer, _ := pay.SplitID(s.customer)
	for role, grant := range map[string]auth.Grant{
		"admin": {}, "staff": {Role: pay.RoleStaff}, "readonly": {Role: pay.RoleReadonly}, "customer": {Role: pay.RoleCustomer, CustomerID: &customer},
	} {
		got := apptest.Do[struct {
			Nodes []*struct{ ID string }
			Node  *struct{ ID string }
		}](t, s.api.Client(s.api.Token(t, grant)), `query($key: ID!, $order: ID!) { nodes(ids: [$key, $order]) { id } node(id: $key) { id } }`,
			apptest.Vars{"key": key, "order": order})
		seen, _ := json.Marshal(got)
		if len(got.Nodes) != 2 || got.Nodes[1] == nil || got.Nodes[1].ID != order || (got.Nodes[0] != nil) != (role == "admin") || (got.Node != nil) != (role == "admin") {
			t.Errorf("%s sees %s", role, seen)
		}
	}
}
