//go:build !linux

package store

import "syscall"

// giveUp leaves it to keep-alives to notice that nobody is there.
func giveUp(string, string, syscall.RawConn) error { return nil }
