//go:build !race

package app_test

// slowdown is how much longer than else things may take.
const slowdown = 1
