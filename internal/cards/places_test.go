package cards_test

import (
	"context"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// What one library has under way takes nothing from the others, and what waits goes in when a place is left.
func TestEachLibraryHasPlacesOfItsOwn(t *testing.T) {
	p := cards.NewPlaces(2, 0)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	leave, first := p.Enter(t.Context(), 1)
	if _, second := p.Enter(t.Context(), 1); !first || !second {
		t.Fatal("two places are not free")
	}
	for range 32 { // of a place that is free and a caller that has gone either may be seen first
		if _, third := p.Enter(gone, 1); third {
			t.Fatal("there is a third, for who has gone")
		}
	}
	if _, free := p.Enter(t.Context(), 2); !free {
		t.Error("another library finds none")
	}
	entered := make(chan bool)
	go func() {
		_, free := p.Enter(t.Context(), 1)
		entered <- free
	}()
	leave()
	if !<-entered {
		t.Error("the place that was left is not given on")
	}
}

// Nobody waits for ever.
func TestAWaitForAPlaceEnds(t *testing.T) {
	if _, free := cards.NewPlaces(0, time.Millisecond).Enter(t.Context(), 1); free {
		t.Error("a place where there is none")
	}
}
