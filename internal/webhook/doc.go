// Package webhook sends signed messages to addresses that strangers choose.
//
// Whoever may choose where a server connects to would have it connect to what only the
// server can reach: its own machine, its neighbours, the cloud's metadata. So every
// address is looked at when it is dialled, after its name was resolved: a name that
// leads elsewhere each time it is asked for helps nobody. No redirect is followed, no
// proxy used, and an answer is read so far and so long.
package webhook
