package service

import (
	"context"
	"maps"
	"slices"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/money"
	"github.com/paygraph/paygraph/internal/pay"
)

// Connector is what gateways can be made of, as data.
type Connector struct {
	Name         string
	Environments []pay.Environment
	Capabilities []pay.GatewayCapability
	Currencies   []money.Currency
	Parameters   []pay.GatewayParameter
}

// Connectors lists the connectors of this program by name, those for the other environment
// included. For callers with gateways:admin.
func (s *Service) Connectors(ctx context.Context) ([]Connector, error) {
	return readAsStaff(ctx, s, pay.ScopeGatewaysAdmin, func(caller) ([]Connector, error) {
		list := []Connector{}
		for _, name := range slices.Sorted(maps.Keys(s.connectors)) {
			c := s.connectors[name]
			d := c.Describe()
			list = append(list, Connector{Name: name, Environments: d.Environments, Capabilities: gateway.Capabilities(c),
				Currencies: gateway.Currencies(c), Parameters: d.Parameters})
		}
		return list, nil
	})
}

// Capabilities are what a gateway can do through its connector; none where the program has
// that no more.
func (s *Service) Capabilities(g pay.PaymentGateway) []pay.GatewayCapability {
	return gateway.Capabilities(s.connectors[g.Connector])
}
