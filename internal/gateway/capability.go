package gateway

import "github.com/paygraph/paygraph/internal/pay"

// Capabilities are what a connector can do, by what it implements and says of itself; none
// where it is not there. They are always in the same order.
func Capabilities(c Connector) []pay.GatewayCapability {
	list := []pay.GatewayCapability{}
	if c == nil {
		return list
	}
	d, t := c.Describe(), TraitsOf(c, pay.PaymentGateway{})
	_, receives := c.(Receiver)
	_, checks := c.(AccountChecker)
	_, scripted := c.(Scripter)
	for _, can := range []struct {
		does bool
		what pay.GatewayCapability
	}{
		{t.Charges, pay.CanCharge}, {t.Completes, pay.CanComplete}, {t.Charges && !d.NeverHolds, pay.CanHold},
		{t.Captures, pay.CanCapture}, {t.Captures && t.MultiCapture, pay.CanCaptureInParts}, {t.Voids, pay.CanVoid}, {t.Cancels, pay.CanCancel},
		{t.Refunds, pay.CanRefund}, {t.CancelsRefunds, pay.CanCancelRefund}, {t.Saves, pay.CanSaveMethods},
		{receives, pay.CanReceiveWebhooks}, {checks, pay.CanCheckAccount}, {scripted, pay.CanNeedScript},
	} {
		if can.does {
			list = append(list, can.what)
		}
	}
	return list
}
