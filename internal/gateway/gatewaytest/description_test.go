package gatewaytest

import (
	"slices"
	"strings"
	"testing"

	"github.com/paygraph/paygraph/internal/gateway"
	"github.com/paygraph/paygraph/internal/pay"
)

// described is a connector that describes itself as it is told.
type described func() gateway.Description

func (d described) Describe() gateway.Description { return d() }

func TestBrokenDescriptionsAreCaught(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(*gateway.Description)
		want  string
	}{
		"no name":              {func(d *gateway.Description) { d.Name = "" }, "no name"},
		"no environment":       {func(d *gateway.Description) { d.Environments = nil }, "no environment"},
		"unknown environment":  {func(d *gateway.Description) { d.Environments[0] = "MOON" }, "MOON"},
		"parameter without id": {func(d *gateway.Description) { d.Parameters[0].ParameterID = "" }, "0 characters"},
		"parameter with an id that does not fit": {func(d *gateway.Description) {
			d.Parameters[0].ParameterID = strings.Repeat("x", 101)
		}, "101 characters"},
		"parameter without a name": {func(d *gateway.Description) { d.Parameters[0].FriendlyName = "" }, "no name for people"},
		"parameter set by nobody":  {func(d *gateway.Description) { d.Parameters[0].IsMerchant = false }, "set by nobody"},
		"parameter declared twice": {func(d *gateway.Description) { d.Parameters[1].ParameterID = "colour" }, "twice"},
		"secret in the id":         {func(d *gateway.Description) { d.Parameters[0].ParameterID = "acme_api_key" }, "secret"},
		"secret in the name":       {func(d *gateway.Description) { d.Parameters[1].FriendlyName = "Shared Secret" }, "secret"},
		"card code in the form":    {func(d *gateway.Description) { d.Parameters[1].ParameterID = "CVV2" }, "never accepted"},
		"secret in the form":       {func(d *gateway.Description) { d.Parameters[1].IsForm, d.Parameters[1].IsSecret = true, true }, "nobody sees"},
		"option without text":      {func(d *gateway.Description) { d.Parameters[0].Options[0].Text = "" }, "option"},
		"option that is there twice": {func(d *gateway.Description) {
			d.Parameters[0].Options = append(d.Parameters[0].Options, d.Parameters[0].Options[0])
		}, "option"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := describe(described(func() gateway.Description {
				d := newLedger().Describe()
				tt.spoil(&d)
				return d
			}))
			if !slices.ContainsFunc(got, func(p string) bool { return strings.Contains(p, tt.want) }) {
				t.Errorf("got %q, want one with %q", got, tt.want)
			}
		})
	}
}

func TestUnstableDescriptionIsCaught(t *testing.T) {
	t.Parallel()
	calls := 0
	got := describe(described(func() gateway.Description {
		d := newLedger().Describe()
		calls++
		d.Parameters = d.Parameters[:1+calls%2]
		return d
	}))
	if want := []string{"two descriptions differ"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSharedDescriptionIsCaught(t *testing.T) {
	t.Parallel()
	tests := map[string]func(from, to *gateway.Description){
		"shared environments": func(from, to *gateway.Description) { to.Environments = from.Environments },
		"shared parameters":   func(from, to *gateway.Description) { to.Parameters = from.Parameters },
		"shared options": func(from, to *gateway.Description) {
			to.Parameters[0].Options = from.Parameters[0].Options
		},
	}
	for name, share := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept := newLedger().Describe()
			got := describe(described(func() gateway.Description {
				d := newLedger().Describe()
				share(&kept, &d)
				return d
			}))
			if len(got) != 1 || !strings.Contains(got[0], "share memory") {
				t.Errorf("got %q, want one problem of shared memory", got)
			}
		})
	}
}

func TestHonestDescriptionPasses(t *testing.T) {
	t.Parallel()
	if got := describe(newLedger()); len(got) > 0 {
		t.Errorf("got %q", got)
	}
	visible := pay.GatewayParameter{ParameterID: "paymentToken", FriendlyName: "Payment token"}
	if word := wordOf(secretWords, visible.ParameterID, visible.FriendlyName); word != "" {
		t.Errorf("a one-time token is taken for a secret (%q)", word)
	}
}
