package cards

import (
	"context"
	"sync"
	"time"
)

// PlacePatience is how long a request waits for a place. What is quickly done is done in less: a system that asks for many
// things at once notices nothing.
const PlacePatience = 30 * time.Second

// Places are the requests a door has under way, so many of each library at a time: what one of them asks for takes nothing
// from the others. How many there are in all is bounded by the libraries staff admit.
type Places struct {
	each     int
	patience time.Duration

	mu    sync.Mutex
	taken map[int64]chan struct{} // by library, with one entry for each request under way
}

// NewPlaces makes as many for each library; a patience of 0 is PlacePatience.
func NewPlaces(each int, patience time.Duration) *Places {
	if patience <= 0 {
		patience = PlacePatience
	}
	return &Places{each: each, patience: patience, taken: make(map[int64]chan struct{})}
}

// Enter waits for a place, to be left when the request is at its end; free is false where none came free in time.
func (p *Places) Enter(ctx context.Context, library int64) (leave func(), free bool) {
	taken := p.of(library)
	patience := time.NewTimer(p.patience)
	defer patience.Stop()
	select {
	case taken <- struct{}{}:
		return func() { <-taken }, true
	case <-patience.C:
	case <-ctx.Done():
	}
	return nil, false
}

func (p *Places) of(library int64) chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[library] == nil {
		p.taken[library] = make(chan struct{}, p.each)
	}
	return p.taken[library]
}
