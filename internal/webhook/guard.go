package webhook

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
)

// errAddress refuses an address that nothing is sent to.
var errAddress = errors.New("address is not one of the internet")

// special are the parts of what may be dialled that are not of the internet, or lead on
// to other addresses (RFC 6890 and the registries of IANA).
var special = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
	"168.63.129.16/32", // which machines at Azure have their configuration and certificates from
	"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	// Of the protocol itself, with Teredo; documentation; 6to4, which has an IPv4 address in it.
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")

// internet6 is all of IPv6 that is given out: everything else is of a machine, a
// network, or of nobody.
var internet6 = netip.MustParsePrefix("2000::/3")

func prefixes(list ...string) []netip.Prefix {
	parsed := make([]netip.Prefix, len(list))
	for i, text := range list {
		parsed[i] = netip.MustParsePrefix(text)
	}
	return parsed
}

// guard says what may be dialled.
type guard struct {
	// allowed are networks of the installation's own that may be, too.
	allowed []netip.Prefix
	// own are the addresses of this machine, as they are now.
	own func() ([]net.Addr, error)
}

// check refuses an address that is not of the internet.
func (g guard) check(a netip.Addr) error {
	if g.isBarred(a) {
		return fmt.Errorf("%w: %s", errAddress, a)
	}
	if g.allows(a) {
		return nil
	}
	return g.checkOwn(a.Unmap())
}

// allows says whether an address is of a network that is allowed besides the internet.
func (g guard) allows(a netip.Addr) bool {
	return slices.ContainsFunc(g.allowed, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

// isBarred says whether an address is refused whatever machine this is.
func (g guard) isBarred(a netip.Addr) bool {
	if a.Zone() != "" || !a.IsValid() {
		return true
	}
	a = a.Unmap()
	within := func(p netip.Prefix) bool { return p.Contains(a) }
	return !g.allows(a) && (slices.ContainsFunc(special, within) || a.Is6() && (!internet6.Contains(a) || isTunnel(a)))
}

// isTunnel says whether an address leads on to the IPv4 address that its last four bytes
// are (ISATAP, RFC 5214), whatever the network.
func isTunnel(a netip.Addr) bool {
	b := a.As16()
	return b[8]&^0x03 == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe // two bits say universal, and group
}

// checkOwn refuses an address of this machine, which may be one of the internet: behind
// it are services that only this machine should reach.
func (g guard) checkOwn(a netip.Addr) error {
	list, err := g.own()
	if err != nil {
		return fmt.Errorf("%w: addresses of this machine: %w", errAddress, err)
	}
	for _, address := range list {
		network, err := netip.ParsePrefix(address.String())
		if err == nil && network.Addr().Unmap() == a {
			return fmt.Errorf("%w: %s is of this machine", errAddress, a)
		}
	}
	return nil
}

// checkDial is check for an address with its port, as it is dialled.
func (g guard) checkDial(address string) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", errAddress, err)
	}
	return g.check(a.Addr())
}
