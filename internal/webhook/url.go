package webhook

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// CheckURL says what is wrong with an address to send to, or "". Where a name leads is not
// looked at, since that changes: it is looked at whenever something is sent. An address in
// the place of a name does not change, and is refused where nothing is ever sent to it. In
// the live environment messages go to named servers at the ports of https only.
func (s *Sender) CheckURL(text string, live bool) string {
	if fault := checkURL(text, live); fault != "" {
		return fault
	}
	u, err := url.Parse(text)
	if err != nil {
		return "It must be an absolute URL."
	}
	switch a, err := netip.ParseAddr(u.Hostname()); {
	case err != nil && isAddress(u.Hostname()):
		return "Addresses are written as four numbers, or as IPv6."
	case err == nil && s.guard.isBarred(a):
		return "Nothing is sent to this address: it is not one of the internet."
	}
	return ""
}

// checkURL is CheckURL without the addresses that are refused.
func checkURL(text string, live bool) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || len(text) > 2048 || len(u.Hostname()) > 253:
		return "It must be an absolute URL of at most 2048 characters."
	case u.User != nil:
		return "The URL must not have a user name or password: messages are signed."
	case u.Fragment != "":
		return "The URL must not have a fragment: it would not be sent."
	case u.Scheme != "https" && (live || u.Scheme != "http"):
		return "Only https URLs are accepted."
	case strings.ContainsFunc(u.Host, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "The name of the server must be written in ASCII, as its certificate has it."
	case !isPort(u.Port()):
		return "A port is a number from 1 to 65535."
	case !live:
		return ""
	case u.Port() != "" && u.Port() != "443" && u.Port() != "8443":
		return "Only the ports 443 and 8443 are accepted outside the sandbox."
	case isAddress(u.Hostname()):
		return "The server must have a name outside the sandbox."
	}
	return ""
}

// isPort says whether servers can have a port; "" is the usual one.
func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && n > 0
}

// isAddress says whether a host is an address, in whatever way of writing: no name of a
// server ends with a number.
func isAddress(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	labels := strings.Split(strings.TrimSuffix(strings.ToLower(host), "."), ".")
	last := labels[len(labels)-1]
	return last == "" || strings.HasPrefix(last, "0x") || strings.Trim(last, "0123456789") == ""
}
