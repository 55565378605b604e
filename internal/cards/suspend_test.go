package cards_test

import (
	"testing"

	"github.com/carte-reseau/hub/internal/cards"
)

// Both bounds have to be crossed, and to reach one is not to cross it.
func TestSuspends(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		modified, everSent int
		want               bool
	}{
		{0, 0, false},
		{500, 0, false},
		{501, 0, true},
		{501, 2504, true},  // 20 % of 2504 is 500.8
		{501, 2505, false}, // 20 % exactly
		{501, 2506, false},
		{500, 600, false},
		{2000, 10_000, false},
		{2001, 10_000, true},
		{2001, 10_004, true},
		{2001, 10_005, false},
		{1_000_000, 1_000_000, true},
	} {
		if got := cards.Suspends(c.modified, c.everSent); got != c.want {
			t.Errorf("%d modified of %d: %v", c.modified, c.everSent, got)
		}
	}
}

// Counting stops at the first yes, and where not even all that is left would
// make one.
func TestSuspendsOnlyEverTurnsToYes(t *testing.T) {
	t.Parallel()
	for _, everSent := range []int{0, 1, 2499, 2505, 12_345} {
		before := false
		for modified := range 4000 {
			now := cards.Suspends(modified, everSent)
			if before && !now {
				t.Fatalf("%d modified of %d undo a yes", modified, everSent)
			}
			before = now
		}
		if !before {
			t.Fatalf("4000 modified of %d pass", everSent)
		}
	}
}
