package live

import (
	"errors"
	"net"
	"net/netip"
	"sync"
)

// Limits of connections whose caller is not known yet. Each waits some seconds at most,
// but costs as much as others do.
const (
	maxWaiting = 1000
	// maxOfAddress keeps who opens many from taking the places of all others.
	maxOfAddress = 200
)

// ErrCrowded: as many connections as may wait for their caller to say who it is.
var ErrCrowded = errors.New("too many connections without a caller")

// client is whose address it is. Of IPv6 everybody has a whole network.
func client(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	if ip, err := netip.ParseAddr(address); err == nil && ip.Unmap().Is6() {
		return netip.PrefixFrom(ip.WithZone(""), 64).Masked().String()
	}
	return address
}

// Await counts a connection from an address, with or without a port,
// whose caller is still to say who it is. Done must be called when the caller was let in,
// or the connection is gone; it may be called again.
func (c *Connections) Await(address string) (done func(), err error) {
	address = client(address)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.stopping:
		return nil, ErrStopping
	case c.totalWaiting >= maxWaiting || c.waiting[address] >= maxOfAddress:
		return nil, ErrCrowded
	}
	c.waiting[address]++
	c.totalWaiting++
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.totalWaiting--
		if c.waiting[address]--; c.waiting[address] == 0 {
			delete(c.waiting, address)
		}
	}), nil
}
