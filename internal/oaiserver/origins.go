package oaiserver

import (
	"context"
	"sync/atomic"

	"github.com/carte-reseau/hub/internal/cards"
)

// establishment makes the URN that names whose content a card is.
const establishment = "urn:carte-reseau:etablissement:"

// origins tells whose content a card is.
type origins struct {
	load  func(ctx context.Context) (map[int64]string, error)
	hub   string
	codes atomic.Pointer[map[int64]string]
}

// of gives the codes of the libraries the items come from. IDs are never used
// again and codes never change, so what was loaded stays true: it is loaded
// again only when a library is missing from it.
func (o *origins) of(ctx context.Context, items []cards.FeedItem) (map[int64]string, error) {
	known := o.codes.Load()
	if known != nil && allKnown(*known, items) {
		return *known, nil
	}
	codes, err := o.load(ctx)
	if err != nil {
		return nil, err
	}
	o.codes.Store(&codes)
	return codes, nil
}

func allKnown(codes map[int64]string, items []cards.FeedItem) bool {
	for i := range items {
		if _, known := codes[items[i].Origin]; !known && items[i].Origin != cards.HubID {
			return false
		}
	}
	return true
}
