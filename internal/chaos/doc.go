// Package chaos rehearses disasters with the whole program: several server processes
// and a PostgreSQL of its own are killed, gateways lose and mangle what they say,
// connections break at every statement, and clients repeat themselves. Afterwards
// everything is compared with the provider's books, which are the oracle.
//
// A run has two phases. While faults happen, money must be safe: nothing acknowledged
// is lost, nothing is charged twice, no answer calls a charge failed that the provider
// holds. Then all faults end, and everything must come to its result within Healing.
//
// The servers are the test program itself, started again: it is the whole program with
// a connector to the rehearsed provider and the points of package failpoint, and its
// clock runs Speed times as fast, so that waits of minutes pass in seconds. The seed of
// a run decides what clients want and which faults meet them; only the timing differs.
package chaos

import "time"

const (
	// Speed is how much faster the servers' clock runs.
	Speed = 30
	// GatewayTimeout is how long servers wait for a gateway, in real time: less than
	// their lease on the attempt takes on the fast clock.
	GatewayTimeout = 700 * time.Millisecond
	// Healing is how long everything may take to come to its result once faults end.
	Healing = 30 * time.Second
)
