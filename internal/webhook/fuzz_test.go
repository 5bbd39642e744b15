package webhook

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

// FuzzURL gives any text as an address to send to: what is accepted for the live
// environment is https to a server with a name, and leads where it seems to.
func FuzzURL(f *testing.F) {
	for _, text := range []string{"https://example.com/hook", "https://user@example.com", "https://example.com:8443/?a=b", "https://0x7f.1/", "https://[::1%25lo]/", "https://127.1", "https://example.com.:443",
		"https://éxample.com", "HTTPS://EXAMPLE.COM", "https:example.com", "//example.com", "https://2130706433/", "https://example.com#x", "https://a\\@b/", "https://017700000001"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if checkURL(text, true) == "" && checkURL(text, false) != "" {
			t.Errorf("%q is accepted for live alone", text)
		}
		if checkURL(text, true) != "" {
			return
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" || u.User != nil || u.Hostname() == "" {
			t.Fatalf("accepted %q", text)
		}
		host := strings.TrimSuffix(u.Hostname(), ".")
		if last := host[strings.LastIndexByte(host, '.')+1:]; net.ParseIP(host) != nil || last != "" && strings.Trim(last, "0123456789") == "" {
			t.Errorf("accepted the address %q", text)
		}
		if again, err := url.Parse(u.String()); err != nil || again.Host != u.Host {
			t.Errorf("%q leads to %q, and written anew elsewhere", text, u.Host)
		}
	})
}

// FuzzDial gives any address to dial: what is let through is one of the internet by the
// library's knowledge of addresses too, also where it holds another.
func FuzzDial(f *testing.F) {
	for _, text := range []string{"127.0.0.1", "::1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "fe80::1%lo", "93.184.215.14", "2606:2800::1", "169.254.169.254", "100.64.0.1"} {
		f.Add(netip.MustParseAddr(text).WithZone("").AsSlice())
	}
	own := netip.MustParseAddr("93.184.215.14")
	g := guard{own: func() ([]net.Addr, error) {
		return []net.Addr{&net.IPNet{IP: own.AsSlice(), Mask: net.CIDRMask(24, 32)}}, nil
	}}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, ok := netip.AddrFromSlice(raw)
		if !ok || g.check(a) != nil {
			return
		}
		if err := g.checkDial(netip.AddrPortFrom(a, 443).String()); err != nil {
			t.Errorf("%s is let through, and not with a port: %v", a, err)
		}
		inside := []netip.Addr{a.Unmap()}
		if six := a.As16(); a.Is6() && six[0] == 0x20 && six[1] == 0x02 { // 6to4
			inside = append(inside, netip.AddrFrom4([4]byte(six[2:6])))
		}
		for _, a := range inside {
			if a == own || !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() {
				t.Errorf("%s is let through", a)
			}
		}
	})
}
