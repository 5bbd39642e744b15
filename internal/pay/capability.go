package pay

// GatewayCapability is one thing that a gateway can do through its connector.
type GatewayCapability string

// The capabilities.
const (
	CanCharge          GatewayCapability = "CHARGE"
	CanComplete        GatewayCapability = "COMPLETE"
	CanHold            GatewayCapability = "HOLD"
	CanCapture         GatewayCapability = "CAPTURE"
	CanCaptureInParts  GatewayCapability = "CAPTURE_IN_PARTS"
	CanVoid            GatewayCapability = "VOID"
	CanCancel          GatewayCapability = "CANCEL"
	CanRefund          GatewayCapability = "REFUND"
	CanCancelRefund    GatewayCapability = "CANCEL_REFUND"
	CanSaveMethods     GatewayCapability = "SAVE_METHODS"
	CanReceiveWebhooks GatewayCapability = "WEBHOOKS"
	CanCheckAccount    GatewayCapability = "ACCOUNT_CHECK"
	// CanNeedScript: the connector has forms that a script of its provider's makes.
	CanNeedScript GatewayCapability = "SCRIPTED_FORM"
)
