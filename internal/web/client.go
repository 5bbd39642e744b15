package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// clientAddress is the address that a request comes from: of a proxy that is trusted, the
// last one in X-Forwarded-For that is none of them. What stands before that anybody may have
// written. Where there is none that can be read, it is the proxy's.
func (o Options) clientAddress(r *http.Request) string {
	from, ok := parseAddress(r.RemoteAddr)
	if !ok {
		return r.RemoteAddr
	}
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, text := range slices.Backward(forwarded) {
		if !o.isProxy(from) {
			break
		}
		earlier, ok := parseAddress(strings.TrimSpace(text))
		if !ok {
			break
		}
		from = earlier
	}
	return from.String()
}

func (o Options) isProxy(address netip.Addr) bool {
	return slices.ContainsFunc(o.TrustedProxies, func(network netip.Prefix) bool { return network.Contains(address) })
}

// parseAddress reads an address with or without a port.
func parseAddress(text string) (netip.Addr, bool) {
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both.Addr().Unmap().WithZone(""), true
	}
	alone, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return alone.Unmap().WithZone(""), err == nil
}
