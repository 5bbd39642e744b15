package store

import (
	"context"
	"net"
	"time"
)

// Limits on a network that lets nothing through any more and tells nobody: without
// them a request waits for an answer for as long as the system repeats its packets,
// a quarter of an hour.
const (
	dialTimeout = 5 * time.Second
	// unacknowledged is how long what was sent may stay without any sign that it
	// arrived: longer than a statement may take, which is a different thing.
	unacknowledged = 10 * time.Second
)

// keepAlive notices within half a minute that nobody is at the other end of a
// connection on which nothing is said.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}

// dialer opens the connections of the driver.
type dialer struct{ *net.Dialer }

// DialTimeout is part of the driver's interface.
func (d dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}
