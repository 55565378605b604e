//go:build !race

package exchange_test

// raceDetector says whether the tests run under it.
const raceDetector = false
