package config

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// publicURL reads where payers reach the server; in development that is this machine.
func (r *reader) publicURL(addr string, development bool) string {
	fallback := ""
	if host, port, err := net.SplitHostPort(addr); development && err == nil && port != "0" {
		if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
			host = "127.0.0.1" // the others lead nowhere in a browser
		}
		fallback = "http://" + net.JoinHostPort(host, port)
	}
	accepted := "an https address without path, such as https://pay.example.com"
	return strings.ToLower(strings.TrimSuffix(r.check(publicName, fallback, isPublic(development), accepted), "/"))
}

// isPublic refuses http outside of development: whoever reads a link on its way can pay
// by it and read what is bought.
func isPublic(development bool) func(string) bool {
	return func(value string) bool {
		u, err := url.Parse(value)
		return err == nil && (u.Scheme == "https" || development && u.Scheme == "http") && u.Hostname() != "" &&
			strings.TrimSuffix(value, "/") == u.Scheme+"://"+u.Host
	}
}
