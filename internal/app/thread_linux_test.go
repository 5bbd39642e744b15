package app_test

import (
	"syscall"
	"time"
	"unsafe"
)

// threadTime is the processor's time that the calling thread has used. The kernel's
// accounts of usage are kept by ticks of some milliseconds; this clock is exact.
func threadTime() time.Duration {
	const threadClock = 3 // CLOCK_THREAD_CPUTIME_ID
	var used syscall.Timespec
	if _, _, fault := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, threadClock, uintptr(unsafe.Pointer(&used)), 0); fault != 0 {
		panic(fault)
	}
	return time.Duration(used.Nano())
}
