//go:build race

package app_test

// slowdown is how much longer than else things may take: the race detector looks at
// every access to memory.
const slowdown = 12
