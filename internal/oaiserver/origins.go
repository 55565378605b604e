package oaiserver

import (
	"context"
	"sync/atomic"

	"github.com/carte-reseau/hub/internal/cards"
)

// establishment makes the URN that names whose content a card is.
const establishment = "urn:carte-reseau:etablissement:"

// origins tells whose content a card is. IDs are never used again and codes
// never change, so what was loaded stays true: it is loaded again only when a
// library is missing from it.
type origins struct {
	load  func(ctx context.Context) (map[int64]string, error)
	hub   string
	codes atomic.Pointer[map[int64]string]
}

// known gives the codes of the libraries there were when last asked.
func (o *origins) known(ctx context.Context) (map[int64]string, error) {
	if codes := o.codes.Load(); codes != nil {
		return *codes, nil
	}
	return o.again(ctx)
}

// again gives the codes of all libraries there are.
func (o *origins) again(ctx context.Context) (map[int64]string, error) {
	codes, err := o.load(ctx)
	if err != nil {
		return nil, err
	}
	o.codes.Store(&codes)
	return codes, nil
}

// isKnown reports whether an origin is among the codes, or the hub itself.
func isKnown(codes map[int64]string, origin int64) bool {
	_, known := codes[origin]
	return known || origin == cards.HubID
}
