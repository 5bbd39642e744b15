package webhook

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
)

// addresses are every sort of address that there is, with whether messages go there.
const (
	forbidden = `0.0.0.0 0.0.0.1 0.255.255.255 10.0.0.0 10.0.0.1 10.255.255.255 100.64.0.0 100.64.0.1 100.127.255.255 127.0.0.0 127.0.0.1 127.0.0.53 127.1.2.3 127.255.255.255
		169.254.0.0 169.254.0.1 169.254.169.254 169.254.170.2 169.254.255.255 172.16.0.0 172.16.0.1 172.17.0.1 172.31.255.255 192.0.0.0 192.0.0.1 192.0.0.8 192.0.0.170 192.0.0.255
		192.0.2.0 192.0.2.1 192.0.2.255 192.88.99.0 192.88.99.1 192.168.0.0 192.168.0.1 192.168.1.1 192.168.255.255 198.18.0.0 198.18.0.1 198.19.255.255 198.51.100.0 198.51.100.1
		203.0.113.0 203.0.113.1 224.0.0.0 224.0.0.1 239.255.255.255 240.0.0.0 240.0.0.1 255.255.255.254 255.255.255.255
		:: ::1 ::2 ::7f00:1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0.0.0.0 ::ffff:192.168.0.1 ::ffff:0:127.0.0.1
		64:ff9b::7f00:1 64:ff9b::10.0.0.1 64:ff9b::8.8.8.8 64:ff9b:1::a00:1 100::1 100:0:0:1::1 2001::1 2001:0:7f00:1::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2001:db8:ffff::1
		2002:7f00:1::1 2002:a00:1::1 2002:c0a8:1::1 2002:808:808::1 3fff::1 3fff:fff::1 4000::1 5f00::1 8000::1 fc00::1 fd00::1 fd00:ec2::254 fdff:ffff::1 fe00::1 fe80::1 fe80::1%eth0 fe80::a9fe:a9fe febf::1
		fec0::1 ff00::1 ff01::1 ff02::1 ff0e::1 2606:4700::1111%eth0 203.0.113.77 2a00:1450::77 ::ffff:203.0.113.77
		168.63.129.16 ::ffff:168.63.129.16 2a00:1450::5efe:127.0.0.1 2a00:1450:0:1:0:5efe:a9fe:a9fe 2a00:1450:0:1:200:5efe:10.0.0.1 2606:4700::5efe:8.8.8.8`
	permitted = `1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0
		192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255 203.0.112.255 203.0.114.0 223.255.255.255 ::ffff:8.8.8.8
		168.63.129.15 168.63.129.17 2a00:1450:0:1:1000:5efe:808:808 2a00:1450:0:1:0:5eff:808:808 2a00:1450:0:1:1:5efe:808:808
		2000::1 2001:200::1 2001:4860:4860::8888 2003::1 2606:4700::1111 2a00:1450:4001::1 3ffe::1`
)

// TestGuard proves of every sort of address whether messages go there: to the internet,
// and nowhere else.
func TestGuard(t *testing.T) {
	t.Parallel()
	g := guard{own: func() ([]net.Addr, error) {
		return []net.Addr{&net.IPNet{IP: net.ParseIP("203.0.113.77"), Mask: net.CIDRMask(24, 32)}, &net.IPNet{IP: net.ParseIP("2a00:1450::77"), Mask: net.CIDRMask(64, 128)}}, nil
	}}
	number := 0
	for list, refused := range map[string]bool{forbidden: true, permitted: false} {
		for _, text := range strings.Fields(list) {
			number++
			err := g.check(netip.MustParseAddr(text))
			if errors.Is(err, errAddress) != refused {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
	if number < 130 {
		t.Errorf("only %d addresses", number)
	}
	if err := g.check(netip.Addr{}); err == nil {
		t.Error("no address is permitted")
	}
	allowing := guard{allowed: prefixes("10.1.0.0/16", "::1/128"), own: g.own}
	for text, refused := range map[string]bool{"10.1.2.3": false, "::ffff:10.1.2.3": false, "10.2.0.1": true, "::1": false, "127.0.0.1": true} {
		if err := allowing.check(netip.MustParseAddr(text)); errors.Is(err, errAddress) != refused {
			t.Errorf("%s of a network that is allowed: %v", text, err)
		}
	}
	blind := guard{own: func() ([]net.Addr, error) { return nil, errors.New("no interfaces") }}
	if err := blind.check(netip.MustParseAddr("8.8.8.8")); !errors.Is(err, errAddress) {
		t.Errorf("a machine that does not know its addresses: %v", err)
	}
}

// TestCheckURL proves which addresses may be written down.
func TestCheckURL(t *testing.T) {
	t.Parallel()
	sender := New(prefixes("10.1.0.0/16"))
	for text, where := range map[string]string{
		"https://example.com/hook?x=1": "live sandbox", "https://example.com:8443/": "live sandbox", "https://EXAMPLE.com.": "live sandbox", "https://xn--bcher-kva.example/": "live sandbox",
		"http://localhost:9000/": "sandbox", "https://example.com:9000/": "sandbox", "https://8.8.8.8/": "sandbox", "https://[2606:4700::1111]/": "sandbox", "https://10.1.2.3/": "sandbox", "http://127.0.0.1:9000/": "",
		"https://192.0.2.1/": "", "https://[2001:db8::1]/": "", "https://169.254.169.254/": "", "https://[fe80::1%25eth0]/": "", "https://[2606:4700::1111%25eth0]/": "", "https://[::ffff:169.254.169.254]/": "", "https://10.2.0.1/": "",
		"https://2130706433/": "", "https://0x7f.1/": "", "https://0177.0.0.1/": "", "https://127.1/": "", "https://0x7f000001/": "", "https://0/": "", "https://example.1/": "",
		"ftp://example.com/": "", "javascript:alert(1)": "", "//example.com": "", "example.com": "", "": "", "https://": "", "https://a:b@example.com/": "", "https://example.com/#x": "",
		"https://bücher.example/": "", "https://exa mple.com/": "", "https://example.com:65535/": "sandbox", "https://example.com:99999999/": "", "https://example.com:99999/": "", "https://example.com:65536/": "", "https://example.com:0/": "", "https://example.com:00/": "",
		"https://" + strings.Repeat("a", 254) + ".com/": "", "https://example.com/" + strings.Repeat("a", 2048): "",
		"gopher://example.com/": "", "file:///etc/passwd": "", "https://example.com/\r\nX: y": "",
	} {
		for environment, live := range map[string]bool{"live": true, "sandbox": false} {
			if fault := sender.CheckURL(text, live); (fault == "") != strings.Contains(where, environment) {
				t.Errorf("%.60q, %s: %q", text, environment, fault)
			}
		}
	}
}
