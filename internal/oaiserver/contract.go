package oaiserver

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// Store is what the door needs of the hub's memory.
type Store interface {
	// Admit finds the library a code and key belong to; cards.Unauthorized when
	// there is none.
	Admit(ctx context.Context, code, key string) (cards.Admission, error)
	// LibraryCodes gives the code of every library there ever was.
	LibraryCodes(ctx context.Context) (map[int64]string, error)
	// CloseSecond returns a second at or before which no card will ever be
	// stamped again.
	CloseSecond(ctx context.Context) (int64, error)
	// ListBounds gives the seq that a range's Until stands for and how many
	// cards the range holds.
	ListBounds(ctx context.Context, r cards.FeedRange) (upperSeq, size int64, err error)
	// Feed goes through the cards of a range in seq order. Each is good until
	// take returns, whose error ends it. take must not ask the store.
	Feed(ctx context.Context, r cards.FeedRange, take func(*cards.FeedItem) error) error
	// BridgeGap is told where a ListRecords of the library's own set is going
	// to begin, before CloseSecond: what it would skip is made to be in it.
	BridgeGap(ctx context.Context, libraryID, from int64) error
	// BeginList notes that pages of a list of the library's own set are about
	// to be handed over.
	BeginList(ctx context.Context, l cards.List) error
	// FinishList notes that a list of the library's own set was handed over.
	FinishList(ctx context.Context, l cards.List) error
	// CardByOAIID finds a card and the last day of its enrolment;
	// cards.NotFound when there is none.
	CardByOAIID(ctx context.Context, oaiID string) (*cards.FeedItem, string, error)
	// NoteAsked notes that a card is about to be handed to a library that asked
	// for it alone; cards.NotFound where it has gone meanwhile.
	NoteAsked(ctx context.Context, libraryID int64, item *cards.FeedItem) error
	// EarliestStamp is a moment before which nothing was stamped.
	EarliestStamp(ctx context.Context) (int64, error)
}

// Limiter slows down those who try keys. The key it counts by names who
// tries: a library code and an address.
type Limiter interface {
	// Blocked reports whether key must wait, and for how long.
	Blocked(key string) (time.Duration, bool)
	Failed(key string)
	Succeeded(key string)
}
