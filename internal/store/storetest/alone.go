package storetest

import "testing"

// WithoutRace leaves a long proof out under the race detector, which makes the
// embedded database, compiled Go, eight times as slow. make test plays it once
// more without.
func WithoutRace(t *testing.T) {
	t.Helper()
	if Race {
		t.Skip("played without the race detector: see .ci/test.sh")
	}
}
