//go:build !race

package storetest

// Race says whether the tests run under the race detector.
const Race = false
