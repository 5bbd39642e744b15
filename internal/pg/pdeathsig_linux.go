package pg

import "syscall"

// stopWithParent makes the kernel ask for a fast shutdown when this process is
// gone, however it ended.
func stopWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGINT }
