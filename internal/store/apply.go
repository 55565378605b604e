package store

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// Apply integrates a batch in one transaction with the progress it belongs to:
// the outcomes are filed under the batch's deposit, the harvest's cursor moves.
// The outcomes come back in the order of the items. When it returns an error,
// nothing has changed.
//
// Locks are taken in the order takeClock tells. Batches wait for a place before
// they wait for a connection: only one of them can have the clock, and all that
// is read is not to wait with those that come after it.
func (s *Store) Apply(ctx context.Context, b cards.Batch) ([]cards.Outcome, error) {
	a, err := s.integrate(ctx, &b, nil)
	if err != nil {
		return nil, err
	}
	return a.outcomes, nil
}

// integrate does so, with all else that is done with the deposit it takes, if
// any.
func (s *Store) integrate(ctx context.Context, b *cards.Batch, t *taking) (*applying, error) {
	leave, err := place(ctx, s.batches)
	if err != nil {
		return nil, s.explain(err)
	}
	defer leave()
	var a *applying
	raced, barred := false, map[int]bar{}
	for {
		err := s.write(ctx, func(tx *gorm.DB) error {
			a = &applying{store: s, tx: tx, batch: b, taking: t, thorough: raced, barred: barred}
			err := a.run()
			raced = errors.Is(err, errRaced)
			if t != nil {
				t.done = err == nil
			}
			return err
		})
		switch {
		case errors.Is(err, errBarred): // comes to an end: each round bars at least one more item
			continue
		case err != nil:
			return nil, err
		}
		if a.moved {
			s.tellChanged()
		}
		return a, nil
	}
}

// errBarred makes a batch begin again without an item that was rejected
// although it stood for others of the batch: those are to be merged by
// themselves.
var errBarred = errors.New("a card that replaced others was rejected")

// bar is why an item was rejected, and the card it was taken for.
type bar struct {
	fault cards.Fault
	card  int64
}

// applying is one batch on its way through one transaction.
type applying struct {
	store    *Store
	tx       *gorm.DB
	batch    *cards.Batch
	taking   *taking     // the deposit, where it comes with the batch
	entries  []*entry    // the items that are merged, by number
	repeats  []*entry    // the items that only repeat what was said before, and need no merge
	thorough bool        // repeats are merged too
	barred   map[int]bar // items that are rejected at once, by their index: see errBarred
	outcomes []cards.Outcome
	rooms    []int64             // empty rows that stand for unknown numbers: see makeRoom
	unborn   map[string]*cardRow // rows to be inserted once the clock is held, by number key
	retired  map[string]*entry   // whose card replaces a number, by the key of the number
	tainted  map[string]bool     // numbers of erased cards the batch names, by key
	undone   bool                // its library has asked for everything again since it made the document
	moved    bool                // cards changed
	last     []statement         // what is written at the end
}

// entry is one item with what the database knows of its card.
type entry struct {
	item     *cards.Item
	at       int // index among the outcomes
	key      string
	row      *cardRow
	current  *cards.Current
	sent     *cards.Sent
	handed   *handedVersion // D
	then     *handedVersion // D when the document was made, where a mark has passed the card since
	met      int64          // the newest version of the card that the library was handed, or its mark passed, before it made the document
	besides  int64          // the newest it is known to have met whatever its mark has passed: by itself, or as another card's
	listed   int64          // the newest version the library was shown after it sent the card: by itself, or in a list, even if it never finished it
	other    bool           // the library gave its number to another person before
	refused  bool           // its system refused the card, and it never sent the card itself
	past     cards.FieldSet // as replaced and crossed: see cards.MergeInput
	replaced cards.FieldSet
	crossed  cards.FieldSet
	over     bool       // a mark has passed a version of the card since the library made the document
	later    bool       // what it was handed of the card after then, it was handed since
	was      []string   // the numbers the card had until now
	gone     []*cardRow // further cards it replaces
	revives  bool       // it says it replaces an erased card
	won      bool       // it stands for others of the batch that name the same card
	beaten   *beaten    // the number another library gave the same card, which loses against this one
	decision cards.Decision
	said     saidRow // S in short of a new card, but for its seq
	again    bool    // hand the card again: the library sent something stale
	notes    []noteRow
	// fingerprint is of what was sent, where something was said of the card before.
	fingerprint [16]byte
}

func (a *applying) run() error {
	erased, said, err := a.askFirst()
	if err != nil {
		return err
	}
	a.sortOut(erased)
	if err := a.load(said); err != nil {
		return err
	}
	for _, e := range slices.Concat(a.repeats, a.entries) {
		if err := a.decide(e); err != nil {
			return err
		}
	}
	if a.barRejected() {
		return errBarred
	}
	if a.batch.Rehearse {
		return nil
	}
	if err := a.fileProgress(); err != nil {
		return err
	}
	if a.batch.Simulate {
		return a.fileResults()
	}
	return a.save()
}

// decide merges one card. A card sent under a number that was replaced is told
// the one it has now.
func (a *applying) decide(e *entry) error {
	if e.decision.Result == "" && e.revives && e.current == nil {
		e.decision = cards.Decision{Result: cards.Rejected, Fault: &replacesErased}
	}
	if e.decision.Result == "" {
		e.decision = cards.Merge(a.mergeInput(e))
		if a.keptNoMore(e) {
			e.decision = cards.Decision{Result: cards.Stale, Card: cards.Card{Number: e.item.Incoming.Number}}
		}
		if err := e.replace(); err != nil {
			return err
		}
	}
	out := &a.outcomes[e.at]
	out.Result = e.decision.Result
	if e.decision.Fault != nil {
		reject(out, *e.decision.Fault)
		return nil
	}
	if number := e.decision.Card.Number; cards.NumberKey(number) == e.key {
		out.Number = number
	} else {
		out.NewNumber = number
	}
	out.Changed = e.decision.Changed
	return nil
}

// reject adds a fault to an outcome. The number of an erased reader is not told.
func reject(out *cards.Outcome, fault cards.Fault) {
	out.Faults = append(out.Faults, fault)
	if fault.Code == cards.FaultErased {
		out.Number = cards.MaskNumber(out.Number)
	}
}

// barRejected bars the items that were rejected and stood for others, and
// reports whether there are any.
func (a *applying) barRejected() bool {
	before := len(a.barred)
	for _, e := range a.entries {
		if e.won && e.decision.Fault != nil {
			a.barred[e.at] = bar{fault: *e.decision.Fault, card: e.row.ID}
		}
	}
	return len(a.barred) > before
}

// counts reports whether what was sent was merged: neither out of date nor
// rejected.
func (e *entry) counts() bool {
	return e.decision.Result != cards.Stale && e.decision.Result != cards.Rejected
}

// writes reports whether cards may change.
func (a *applying) writes() bool { return !a.batch.Simulate && !a.batch.Rehearse }

// sortOut makes the outcome of every item and puts those without a fault in
// the order of their numbers. Where a harvest brings a card twice, the last
// one counts. The number of an erased card is turned away.
func (a *applying) sortOut(erased map[string]bool) {
	a.tainted = erased
	a.outcomes = make([]cards.Outcome, len(a.batch.Items))
	last := make(map[string]*entry, len(a.batch.Items))
	for i := range a.batch.Items {
		item := &a.batch.Items[i]
		key := cards.NumberKey(item.Incoming.Number)
		faults, shown := item.Faults, item.Incoming.Number
		if erased[key] {
			faults, shown = []cards.Fault{numberErased}, cards.MaskNumber(shown)
		}
		a.outcomes[i] = cards.Outcome{Ordinal: item.Ordinal, Line: item.Line, Number: shown, Result: cards.Rejected, Faults: faults}
		if b, barred := a.barred[i]; barred {
			reject(&a.outcomes[i], b.fault)
			continue
		}
		if len(faults) > 0 {
			continue
		}
		clean := withoutNumbers(item, erased)
		if earlier := last[key]; earlier != nil {
			a.outcomes[earlier.at].Result = cards.Stale
		}
		last[key] = &entry{item: clean, at: i, key: key, crossed: a.crossedFirst(clean), revives: clean != item && !a.batch.Library.NotHeld.Has(cards.FormerNumbers)}
	}
	for _, e := range last {
		a.entries = append(a.entries, e)
	}
	slices.SortFunc(a.entries, func(x, y *entry) int { return strings.Compare(x.key, y.key) })
}

func (a *applying) mergeInput(e *entry) cards.MergeInput {
	in := cards.MergeInput{
		Library: a.batch.Library, Incoming: &e.item.Incoming, Moment: a.batch.Moment, Place: a.store.place,
		Current: e.current, Sent: e.sent, Passed: e.met, Listed: e.listed, OtherPerson: e.other || e.refused, TakesOver: len(e.gone) > 0, Past: e.past, Replaced: e.replaced,
		Crossed: e.crossed, Overtaken: e.over, HandedLater: e.later,
	}
	if e.handed != nil {
		in.Handed, in.HandedSeq, in.HandedAgain = &e.handed.card, e.handed.seq, e.handed.again
	}
	if e.then != nil {
		in.HandedThen, in.HandedThenSeq = &e.then.card, e.then.seq
	}
	return in
}

// fileProgress keeps what is told of the batch beside its report. It comes
// before the cards are written, so that nothing but the cards is done under the
// clock's lock.
func (a *applying) fileProgress() error {
	if err := a.noteErased(); err != nil || a.batch.Simulate {
		return err
	}
	if err := a.noteComplete(); err != nil {
		return err
	}
	if a.batch.Harvest == nil {
		return nil
	}
	return saveHarvest(a.tx, a.batch.Harvest)
}
