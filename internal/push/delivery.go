package push

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

const (
	// aloneEachRound is how many refused cards are tried between two batches of
	// the feed: each costs a request of its own.
	aloneEachRound = 5
	// probeCards is the size of a batch while a culprit is searched for.
	probeCards = 16
	// soon is the part of the timeout within which a system answers soon: with
	// twice the cards it would still be far from it.
	soon = 20
	// recordTimeout bounds the writing of what happened, which is done also
	// where the caller was cancelled meanwhile.
	recordTimeout = 10 * time.Second
)

// delivery is one Push under way.
type delivery struct {
	*Pusher
	lib   *cards.Library
	run   cards.Run
	began time.Time
	// owed is what the library was owed at the last look.
	owed   cards.PushWork
	looked time.Time // when, by our clock
	leave  func()    // gives back the place of a long push

	batch   int  // how many cards the next document of the feed holds at most
	steady  bool // something failed in this run: documents grow no more
	took    bool // the system took a document in this run: it works
	settled bool // something was settled in this run
	// suspects are cards that alone made the system fail, or were refused: they
	// count as refused only if it takes others, those that were refused also as
	// long as they are few.
	suspects []suspect
	failures int  // failing requests of the search for a culprit
	unknown  bool // what the system may have taken could not be recorded
}

// work sends the feed in batches, with cards to be handed again in between.
func (d *delivery) work(ctx context.Context) error {
	waiting, err := d.anything(ctx)
	if err != nil || !waiting {
		return err
	}
	if d.isLong() {
		if err := d.placeForLong(ctx); err != nil {
			return err
		}
	}
	if err := d.begin(ctx); err != nil {
		return err
	}
	for {
		fed, err := d.sendFeed(ctx)
		if err != nil {
			return err
		}
		again, err := d.sendAgain(ctx)
		if err != nil {
			return err
		}
		if !fed && !again {
			return nil
		}
		if d.late() {
			return ErrMore
		}
		if err := d.look(ctx); err != nil {
			return err
		}
	}
}

// anything looks whether there is something to send: after each change of any
// card every pushed library is asked.
func (d *delivery) anything(ctx context.Context) (bool, error) {
	if err := d.look(ctx); err != nil {
		return false, err
	}
	if len(d.owed.Feed) > 0 || !d.owed.Waits {
		return len(d.owed.Feed) > 0, nil
	}
	again, err := d.again(ctx, 1)
	return len(again) > 0, err
}

// look asks what the library is owed now, as much as one document holds.
func (d *delivery) look(ctx context.Context) (err error) {
	d.owed, err = d.store.PushWork(ctx, cards.PushQuery{
		LibraryID: d.lib.ID, Place: d.opts.Location, Limit: max(d.length(), probeCards),
	})
	d.looked = time.Now()
	return err
}

// now is the store's clock, near enough.
func (d *delivery) now() time.Time { return d.owed.At.Add(time.Since(d.looked)) }

// length is how many cards the next document holds at most.
func (d *delivery) length() int { return d.lengths.bound(d.lib.ID, max(d.batch, d.opts.BatchCards)) }

// begin fetches what the library changed itself, and then enters the run: where
// a hub dies over an open run, something may have been sent. Who erases a card
// before does not ask the library to: the page is read anew.
func (d *delivery) begin(ctx context.Context) error {
	failed := d.harvestFirst(ctx)
	d.run.Started = d.owed.At
	id, erased, err := d.store.BeginPush(ctx, d.run)
	d.run.ID = id
	if err == nil && failed == nil && erased != d.owed.Erased {
		err = d.look(ctx)
	}
	return errors.Join(failed, err)
}

// harvestFirst fetches what the library changed itself. Where that fails
// nothing is sent: the system would overwrite an edit the hub has not seen,
// and that edit would be lost, while a card that waits is only late. What the
// library is owed is another thing afterwards.
func (d *delivery) harvestFirst(ctx context.Context) error {
	if !d.lib.Harvested() || d.opts.HarvestFirst == nil {
		return nil
	}
	if err := d.opts.HarvestFirst(ctx, d.lib); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return later(err, time.Time{}, cards.Say("Rien n’a été envoyé à %s : la moisson qui précède l’envoi a échoué, et une modification faite "+
			"sur place aurait pu être écrasée (%s). L’envoi reprendra dès que la moisson aboutira.", d.lib.Code, cards.SentenceOf(err)))
	}
	return d.look(ctx)
}

func (d *delivery) again(ctx context.Context, limit int) ([]cards.HandAgain, error) {
	return d.store.HandAgainDue(ctx, d.lib.ID, d.owed.Day, limit)
}

// late reports whether the run has lasted long enough. A run that settled
// nothing yet goes on: ending it would begin the same search again for ever.
func (d *delivery) late() bool { return d.settled && time.Since(d.began) >= d.opts.MaxRun }

// sendFeed sends the next batch; false where the feed is at its end.
func (d *delivery) sendFeed(ctx context.Context) (bool, error) {
	items := firstBytes(d.owed.Feed, d.opts.BatchBytes)
	if len(items) == 0 {
		return false, nil
	}
	mode := sending{feed: true, search: d.patience.lost(d.lib.ID, d.owed.Mark)}
	length := d.length()
	if mode.search {
		length = probeCards
	}
	items = items[:min(len(items), length)]
	return true, d.sendAll(ctx, mode, items)
}

// paced has the next document hold twice as many cards where the system answers
// soon: what a document costs beside its cards then counts less. Where it takes
// its time they are small again, and where it failed they stay so.
func (d *delivery) paced(took time.Duration, err error) {
	d.steady = d.steady || err != nil
	if d.steady || took > d.opts.Timeout/soon {
		d.batch = d.opts.BatchCards
		return
	}
	d.batch = min(2*max(d.batch, d.opts.BatchCards), d.opts.MaxBatchCards)
}

// sendAgain sends what is due to be handed again: in one batch what the
// library's system never refused, alone what it did. It reports whether
// anything was sent. What the feed has just handed over waits no more.
func (d *delivery) sendAgain(ctx context.Context) (bool, error) {
	if !d.owed.Waits {
		return false, nil
	}
	due, err := d.again(ctx, min(d.length(), d.opts.BatchCards))
	if err != nil {
		return false, err
	}
	var fresh, refused []cards.FeedItem
	for _, row := range due {
		if row.Attempts == 0 {
			fresh = append(fresh, row.FeedItem)
		} else {
			refused = append(refused, row.FeedItem)
		}
	}
	if fresh = firstBytes(fresh, d.opts.BatchBytes); len(fresh) > 0 {
		if err := d.sendAll(ctx, sending{search: d.patience.lost(d.lib.ID, d.owed.Mark)}, fresh); err != nil {
			return true, err
		}
	}
	sent, err := d.sendRefused(ctx, refused)
	return sent || len(fresh) > 0, err
}

// sendRefused tries some of the cards that were refused before, each alone and
// each a suspect from the start. Which ones is left to chance: the same few, if
// the system fails at them and takes nothing else, would hold up the others.
func (d *delivery) sendRefused(ctx context.Context, refused []cards.FeedItem) (bool, error) {
	n := min(len(refused), aloneEachRound, maxSearchFailures-d.failures)
	if n <= 0 {
		return false, nil
	}
	alone := make([][]cards.FeedItem, n)
	for i, j := range rand.Perm(len(refused))[:n] { //nolint:gosec // chance, not secrecy
		alone[i] = refused[j : j+1]
	}
	return true, d.sendAll(ctx, sending{search: true, refused: true}, alone...)
}

// firstBytes cuts a batch where it grows beyond a size; one card always goes.
func firstBytes(items []cards.FeedItem, limit int) []cards.FeedItem {
	size := 0
	for i, item := range items {
		if size += len(item.XML); size > limit && i > 0 {
			return items[:i]
		}
	}
	return items
}

// finish records the run and says how it ended. A run of which it is not known
// what the system may have taken is left open: whoever comes next takes it for
// one that died.
func (d *delivery) finish(ctx context.Context, err error) error {
	d.patience.note(d.lib.ID, d.owed.Mark, err)
	if err == nil {
		d.lengths.forget(d.lib.ID)
	}
	if d.run.ID == 0 || d.unknown {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	d.run.OK = err == nil || errors.Is(err, ErrMore)
	if !d.run.OK {
		d.run.Error = messageOf(err)
	}
	now, nowErr := d.store.Now(ctx)
	if nowErr != nil {
		now = time.Now()
	}
	d.run.Finished = now
	if recordErr := d.store.FinishRun(ctx, d.run); recordErr != nil && d.run.OK {
		return fmt.Errorf("push: recording the run of %s: %w", d.lib.Code, recordErr)
	}
	d.log.Info("push", "library", d.lib.Code, "sent", d.run.Counts.Received, "refused", d.run.Counts.Rejected,
		"ok", d.run.OK, "took", time.Since(d.began).Round(time.Millisecond))
	return err
}
