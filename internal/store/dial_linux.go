package store

import (
	"errors"
	"strings"
	"syscall"
)

// tcpUserTimeout is the option's number on Linux, which package syscall leaves out.
const tcpUserTimeout = 0x12

// giveUp has the system end a connection on which nothing is acknowledged.
func giveUp(network, _ string, c syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var refused error
	err := c.Control(func(fd uintptr) {
		refused = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(unacknowledged.Milliseconds()))
	})
	return errors.Join(err, refused)
}
