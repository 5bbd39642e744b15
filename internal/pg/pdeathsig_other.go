//go:build !linux

package pg

import "syscall"

// stopWithParent does nothing: only Linux tells a child of its parent's death.
// After a crash of the owner the server runs on until the next start stops it.
func stopWithParent(*syscall.SysProcAttr) {}
