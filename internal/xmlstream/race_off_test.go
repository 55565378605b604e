//go:build !race

package xmlstream_test

// raceDetector says whether the tests run under it.
const raceDetector = false
