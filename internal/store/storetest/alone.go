package storetest

import "testing"

// WithoutRace leaves a long proof out under the race detector, which makes
// everything several times as slow. make test finds who asks for it, and plays
// it once more without.
func WithoutRace(t *testing.T) {
	t.Helper()
	if Race {
		t.Skip("played without the race detector: see .ci/test.sh")
	}
}
