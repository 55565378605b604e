package push

import (
	"context"
	"errors"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// maxSearchFailures bounds the failing requests of one search for a culprit: a
// batch of 16 needs five to isolate one card.
const maxSearchFailures = 12

// sending says how a batch is treated.
type sending struct {
	feed   bool // it comes from the feed: the mark moves with it
	search bool // split it also where the system fails without saying why
	// refused: the system refused these cards before, so that once more blames
	// none anew.
	refused bool
	trial   bool // it is sent only to see whether the system takes any
}

// suspect is a card at which the system failed without saying why, or refused
// the document it was alone in.
type suspect struct {
	item cards.FeedItem
	err  *failure
}

// sendAll sends batches, whole or in parts, and settles them or returns why
// not. Several are settled in the order given, which is that of the feed.
func (d *delivery) sendAll(ctx context.Context, mode sending, batches ...[]cards.FeedItem) error {
	var err error
	for _, items := range batches {
		if err = d.send(ctx, items, mode); err != nil {
			break
		}
	}
	// Where the system took nothing else, it and not they may be to blame.
	if len(d.suspects) > 0 && !d.took {
		err = d.weigh(ctx, err)
	}
	if len(d.suspects) == 0 {
		return err
	}
	// All before the suspects is settled.
	last := d.suspects[len(d.suspects)-1].item
	return errors.Join(d.settle(ctx, []cards.FeedItem{last}, nil, mode), err)
}

// send sends items, in halves where the answer asks for it. The halves go in
// seq order, so that the mark never passes a card that is not settled.
func (d *delivery) send(ctx context.Context, items []cards.FeedItem, mode sending) error {
	if d.late() {
		return ErrMore
	}
	begun := time.Now()
	verdict, err := d.post(ctx, items)
	d.paced(time.Since(begun), err)
	if err == nil {
		d.took = true
		d.refused.end(d.lib.ID)
		d.count(verdict.counts)
		return d.settle(ctx, items, verdict.refused, mode)
	}
	var f *failure
	if !errors.As(err, &f) {
		return err
	}
	switch {
	case f.kind == denied:
		return d.pause(ctx, f)
	case f.kind == documentRefused && len(items) == 1:
		return d.refusedAlone(ctx, items, mode, f)
	case f.kind == documentRefused:
		return d.sendHalves(ctx, items, mode)
	case f.kind == failed && mode.search:
		return d.search(ctx, items, mode, f)
	case f.kind == failed:
		d.lengths.failed(d.lib.ID, len(items))
	}
	return f
}

func (d *delivery) sendHalves(ctx context.Context, items []cards.FeedItem, mode sending) error {
	half := len(items) / 2
	if err := d.send(ctx, items[:half], mode); err != nil {
		return err
	}
	return d.send(ctx, items[half:], mode)
}

// search goes on after a failure that names no culprit, until it is alone.
func (d *delivery) search(ctx context.Context, items []cards.FeedItem, mode sending, f *failure) error {
	d.failures++
	if d.failures > maxSearchFailures {
		return f
	}
	if len(items) > 1 {
		return d.sendHalves(ctx, items, mode)
	}
	d.suspects = append(d.suspects, suspect{items[0], f})
	return nil
}

// settle records what became of items, and of the suspects before them: the
// mark would otherwise pass over them. It is done even if the caller was
// cancelled since, because the report is here and says what the library holds.
func (d *delivery) settle(ctx context.Context, items []cards.FeedItem, refused []cards.Refusal, mode sending) error {
	for _, s := range d.suspects {
		d.lengths.forget(d.lib.ID)
		refused = append(refused, cards.Refusal{CardID: s.item.CardID, Reason: s.err.reason})
		d.count(cards.Counts{Received: 1, Rejected: 1})
	}
	upper := int64(0)
	if mode.feed {
		upper = items[len(items)-1].Seq
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	if err := d.store.SettlePush(ctx, d.lib.ID, upper, without(items, refused), refused); err != nil {
		return err
	}
	d.suspects, d.settled = nil, true
	d.owed.Mark = max(d.owed.Mark, upper)
	if len(refused) > 0 {
		d.log.Warn("cards refused by the library's system", "library", d.lib.Code, "cards", len(refused))
	}
	return nil
}

// doubt records that the system may have taken items of which it told nothing:
// they may have overwritten what was typed into it meanwhile.
func (d *delivery) doubt(ctx context.Context, items []cards.FeedItem) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	err := d.store.DoubtPush(ctx, d.lib.ID, items)
	d.unknown = d.unknown || err != nil
	return err
}

// without lists the items that were not refused.
func without(items []cards.FeedItem, refused []cards.Refusal) []cards.FeedItem {
	if len(refused) == 0 {
		return items
	}
	bad := make(map[int64]bool, len(refused))
	for _, r := range refused {
		bad[r.CardID] = true
	}
	good := make([]cards.FeedItem, 0, len(items))
	for _, item := range items {
		if !bad[item.CardID] {
			good = append(good, item)
		}
	}
	return good
}

func (d *delivery) count(c cards.Counts) {
	d.run.Counts = d.run.Counts.Plus(c)
	d.metrics.cards(d.lib.Code, c)
}

// pause stops the exchange with a library whose system does not let the hub
// in: trying again would only lock the account.
func (d *delivery) pause(ctx context.Context, f *failure) error {
	if err := d.store.StopLibrary(ctx, d.lib.ID, f.message); err != nil {
		return errors.Join(f, err)
	}
	return f
}
