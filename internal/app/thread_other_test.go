//go:build !linux

package app_test

import "time"

var testsBegan = time.Now()

// threadTime is the time of the clock, which passes no slower than the processor's.
func threadTime() time.Duration { return time.Since(testsBegan) }
