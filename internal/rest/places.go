package rest

import (
	"context"
	"sync"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

const (
	// placesEach is how many documents of one library are taken at a time. Each may be as large as a document can be, and keeps
	// the database busy as long; a client that gives up waiting and sends its file again adds one more each time.
	placesEach = 4
	// placePatience is how long one more waits for a place, without a byte of it being read: documents of a few cards are
	// done in less, and a system that sends many of those at once is to notice nothing.
	placePatience = 5 * time.Second
)

// places are the documents under way, so many of each library: what one of them sends takes nothing from the others. How
// many there are in all is bounded by the libraries staff admit.
type places struct {
	each     int
	patience time.Duration

	mu    sync.Mutex
	taken map[int64]chan struct{} // by library, with one entry for each document under way
}

func newPlaces(patience time.Duration) *places {
	return &places{each: placesEach, patience: patience, taken: make(map[int64]chan struct{})}
}

// enter waits for a place, to be left when the document is at its end; cards.Unavailable where none came free in time.
func (p *places) enter(ctx context.Context, library int64) (leave func(), err error) {
	taken := p.of(library)
	patience := time.NewTimer(p.patience)
	defer patience.Stop()
	select {
	case taken <- struct{}{}:
		return func() { <-taken }, nil
	case <-patience.C:
		return nil, cards.Errorf(cards.Unavailable, "%d documents de votre bibliothèque sont déjà en cours de réception ou d’intégration ; "+
			"rien n’a été lu de celui-ci. Attendez leurs rapports, puis renvoyez-le.", p.each)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *places) of(library int64) chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[library] == nil {
		p.taken[library] = make(chan struct{}, p.each)
	}
	return p.taken[library]
}
