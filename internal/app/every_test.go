package app_test

import "flag"

// every has the tests try every case that try only some of each to be done in minutes; see
// make every.
var every = flag.Bool("every", false, "try every case of the tests that else try only some of each")

// oneOf keeps one of so many of a list, beginning at from; with -every it keeps all.
func oneOf[T any](many, from int, list []T) (some []T) {
	if *every {
		return list
	}
	for i := from % many; i < len(list); i += many {
		some = append(some, list[i])
	}
	return some
}
