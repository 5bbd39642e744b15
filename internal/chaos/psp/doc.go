// Package psp is a payment provider for rehearsing disasters: an HTTP server that
// keeps books of its own, loses and mangles what it says on purpose, and reports by
// webhook; and the connector that talks to it.
//
// Its books are the oracle. What the gateway believes afterwards must be what they
// say: an attempt is charged once however often it is sent, and a refund or capture
// is done once for its id. What the provider says on the way there may be anything.
//
// No program that moves money contains it: only tests start it.
package psp
