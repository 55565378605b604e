package push

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"

	"github.com/carte-reseau/hub/internal/cards"
)

// mostRefused is how many cards may be refused, each alone and one after the
// other, by a system that takes none: then it refuses whatever it is sent, and
// no card is to blame.
const mostRefused = 16

// errRefusesAll ends the sending of a batch where no more is to be learnt from it.
var errRefusesAll = errors.New("push: refused whatever was sent")

// inARow counts, by library, the cards refused alone since its system last took
// a document. One card at a time is what mostly goes out, so it counts over the
// runs. It lives in memory only: after a restart a few more cards are blamed.
type inARow struct {
	mu    sync.Mutex
	cards map[int64]int
}

func (r *inARow) add(libraryID int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cards == nil {
		r.cards = make(map[int64]int)
	}
	r.cards[libraryID]++
}

func (r *inARow) end(libraryID int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.cards, libraryID)
}

// long reports whether it is the system that is to blame.
func (r *inARow) long(libraryID int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cards[libraryID] >= mostRefused
}

// refusedAlone deals with a card that was refused in a document of its own, for
// which it need not be the reason: a system may refuse every document since it
// was changed.
func (d *delivery) refusedAlone(ctx context.Context, items []cards.FeedItem, mode sending, f *failure) error {
	if mode.trial {
		return nil
	}
	if d.took || mode.refused {
		d.count(cards.Counts{Received: 1, Rejected: 1})
		return d.settle(ctx, items, []cards.Refusal{{CardID: items[0].CardID, Reason: f.reason}}, mode)
	}
	d.suspects = append(d.suspects, suspect{items[0], f})
	if d.refused.add(d.lib.ID); d.refused.long(d.lib.ID) {
		return errRefusesAll
	}
	return nil
}

// weigh decides, where the system took nothing, whether the suspects are to
// blame: those it leaves in d.suspects are. err is what ended the sending, if
// anything did.
func (d *delivery) weigh(ctx context.Context, err error) error {
	refused := d.suspectsRefused()
	if refused == len(d.suspects) && !d.refused.long(d.lib.ID) {
		return err
	}
	if refused > 0 && (err == nil || errors.Is(err, errRefusesAll)) {
		if err = d.tryOthers(ctx); d.took {
			return err
		}
	}
	first := d.suspects[0].err
	d.suspects = nil
	if errors.Is(err, ErrMore) {
		return first // there is more, but not at once
	}
	return errors.Join(err, first)
}

// suspectsRefused is how many of the suspects were refused: at the others the
// system failed.
func (d *delivery) suspectsRefused() (n int) {
	for _, s := range d.suspects {
		if s.err.kind == documentRefused {
			n++
		}
	}
	return n
}

// tryOthers sends a few cards that are no suspects, each alone, until the system
// takes one: bad cards that happen to come first would else hold up the others.
// Which ones is left to chance, so that a good one is met in the end. The feed
// sends it again in its turn.
func (d *delivery) tryOthers(ctx context.Context) error {
	due, err := d.again(ctx, d.opts.BatchCards)
	if err != nil {
		return err
	}
	others := d.unsuspected(due)
	// What becomes of another card moves no mark past the suspects.
	suspects := d.suspects
	d.suspects = nil
	defer func() { d.suspects = suspects }()
	for _, i := range rand.Perm(len(others))[:min(len(others), aloneEachRound)] { //nolint:gosec // chance, not secrecy
		if err := d.send(ctx, others[i:i+1], sending{trial: true}); err != nil || d.took {
			return err
		}
	}
	return nil
}

// unsuspected lists what the library is owed beside the suspects.
func (d *delivery) unsuspected(due []cards.HandAgain) []cards.FeedItem {
	known := make(map[int64]bool, len(d.suspects))
	for _, s := range d.suspects {
		known[s.item.CardID] = true
	}
	var others []cards.FeedItem
	for _, item := range d.owed.Feed {
		if !known[item.CardID] {
			others = append(others, item)
		}
	}
	for _, row := range due {
		if !known[row.CardID] {
			others = append(others, row.FeedItem)
		}
	}
	return others
}
