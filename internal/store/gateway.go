package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/paygraph/paygraph/internal/pay"
)

var gateways = table[pay.PaymentGateway]{
	name: "payment_gateways",
	computed: map[string]string{"parameters": `(SELECT coalesce(json_agg(json_build_object(
		'parameter_id', p.parameter_id, 'friendly_name', p.friendly_name, 'is_merchant', p.is_merchant,
		'is_form', p.is_form, 'is_visible', p.is_visible, 'is_required', p.is_required,
		'tenant_default_value', p.tenant_default_value, 'is_secret', p.is_secret, 'sealed_value', nullif(encode(p.sealed_value, 'base64'), ''),
		'options', (SELECT coalesce(json_agg(json_build_object('id', o.option_id, 'text', o.text) ORDER BY o.position), '[]')
			FROM gateway_parameter_options o WHERE o.tenant_id = p.tenant_id AND o.gateway_id = p.gateway_id AND o.parameter_id = p.parameter_id)
		) ORDER BY p.position), '[]') FROM gateway_parameters p WHERE p.tenant_id = t.tenant_id AND p.gateway_id = t.id)`},
}

// NewGateway is a gateway with the hash of the content it is made with.
type NewGateway struct {
	pay.PaymentGateway
	Fingerprint []byte
}

// Gateways reads the gateways with these ids, in any order.
func (t Tenant) Gateways(ctx context.Context, ids []uuid.UUID) ([]pay.PaymentGateway, error) {
	return gatewaysByID.list(ctx, t, ids)
}

// GatewayForUpdate locks one gateway until the transaction ends.
func (t Tenant) GatewayForUpdate(ctx context.Context, id uuid.UUID) ([]pay.PaymentGateway, error) {
	return gateways.lock(ctx, t, id)
}

// MaxGateways bounds the gateways of one tenant, so that listing them all is cheap.
const MaxGateways = 100

// CountGateways counts the tenant's gateways.
func (t Tenant) CountGateways(ctx context.Context) (int, error) {
	return gateways.count(ctx, t.store, t.where("t"))
}

// ListGateways reads the gateways that match, oldest first.
func (t Tenant) ListGateways(ctx context.Context, f pay.GatewayFilter) ([]pay.PaymentGateway, error) {
	w := t.where("t")
	g := &group{w: w}
	g.ids("t.id", pay.KindGateway, f.IDs)
	oneOf(g, "t.reference_id", f.ReferenceIDs)
	oneOf(g, "t.kind", f.Kind)
	oneOf(g, "t.method_type", f.MethodType)
	if f.IsEnabled != nil {
		g.and("t.is_enabled = ?", *f.IsEnabled)
	}
	if f.Currency != nil {
		g.and("(t.currencies = '{}' OR ? = ANY(t.currencies))", string(*f.Currency))
	}
	w.conditions = append(w.conditions, g.list...)
	return gateways.find(ctx, t.store, w, " ORDER BY t.created_at, t.id")
}

// InsertGateway adds a gateway with its parameters.
func (t Tenant) InsertGateway(ctx context.Context, row NewGateway) error {
	if err := insert(ctx, t.store, gateways, t.id, []NewGateway{row}); err != nil {
		return err
	}
	return t.insertParameters(ctx, row.ID, row.Parameters)
}

// UpdateGateway writes a gateway; its connector, kind and method type never change.
func (t Tenant) UpdateGateway(ctx context.Context, g pay.PaymentGateway) error {
	err := gateways.update(ctx, t.store, t.id, []pay.PaymentGateway{g}, "name", "action", "method_label", "image_url",
		"checkout_image_url", "icon_url", "minimum_minor", "minimum_currency", "is_partially_refundable", "is_tokenizable",
		"request_affiliation_url", "currencies", "countries", "is_enabled", "version", "updated_at")
	if err != nil {
		return err
	}
	for _, name := range []string{"gateway_parameter_options", "gateway_parameters"} {
		if _, err := t.store.writer(ctx).ExecContext(ctx, "DELETE FROM "+name+" WHERE tenant_id = $1 AND gateway_id = $2", t.id, g.ID); err != nil {
			return translate(err, "replace "+name)
		}
	}
	return t.insertParameters(ctx, g.ID, g.Parameters)
}

type gatewayParameter struct {
	GatewayID          uuid.UUID
	ParameterID        string
	Position           int
	FriendlyName       string
	IsMerchant         bool
	IsForm             bool
	IsVisible          bool
	IsRequired         bool
	TenantDefaultValue *string
	IsSecret           bool
	SealedValue        []byte
}

type gatewayOption struct {
	GatewayID   uuid.UUID
	ParameterID string
	Position    int
	OptionID    string
	Text        string
}

func (t Tenant) insertParameters(ctx context.Context, gatewayID uuid.UUID, list pay.GatewayParameters) error {
	var rows []gatewayParameter
	var options []gatewayOption
	for i, p := range list {
		rows = append(rows, gatewayParameter{GatewayID: gatewayID, ParameterID: p.ParameterID, Position: i,
			FriendlyName: p.FriendlyName, IsMerchant: p.IsMerchant, IsForm: p.IsForm, IsVisible: p.IsVisible,
			IsRequired: p.IsRequired, TenantDefaultValue: p.TenantDefaultValue, IsSecret: p.IsSecret, SealedValue: p.Sealed})
		for j, o := range p.Options {
			options = append(options, gatewayOption{GatewayID: gatewayID, ParameterID: p.ParameterID, Position: j, OptionID: o.ID, Text: o.Text})
		}
	}
	if err := insert(ctx, t.store, table[gatewayParameter]{name: "gateway_parameters"}, t.id, rows); err != nil {
		return err
	}
	return insert(ctx, t.store, table[gatewayOption]{name: "gateway_parameter_options"}, t.id, options)
}
