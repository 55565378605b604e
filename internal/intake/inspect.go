package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// inspection is what the first reading found.
type inspection struct {
	made     time.Time
	complete bool
	// cards counts them all.
	cards int
	// sound counts the cards nothing is wrong with, as far as cards were looked into: no more of those can be modified.
	sound int
	// items are all the cards of a document small enough to be kept, and kept says that it was.
	items []cards.Item
	kept  bool
	// tooMany says that the document modifies so many cards that it waits for a person.
	tooMany bool
}

// smallDocument is the size up to which the cards of a document are kept from the first reading. They take about ten
// times as much in memory.
const smallDocument = 1 << 20

// inspect reads the document to its end and changes nothing. The fault, if any, refuses the document as a whole.
func (w *work) inspect(ctx context.Context) (inspection, *cards.Fault, error) {
	small := w.claim.deposit.Size < smallDocument
	seen, err := w.firstReading(ctx, small)
	if err == nil {
		return seen, nil, nil
	}
	if fault, itsOwn := exchange.FaultOf(err); itsOwn {
		return inspection{}, &fault, nil
	}
	return inspection{}, nil, err
}

func (w *work) firstReading(ctx context.Context, keep bool) (inspection, error) {
	doc, err := w.openDocument(ctx, exchange.Options{NoRaw: !keep})
	if err != nil {
		return inspection{}, err
	}
	seen, err := w.readThrough(ctx, doc, keep)
	return seen, errors.Join(err, doc.close())
}

func (w *work) readThrough(ctx context.Context, doc *document, keep bool) (inspection, error) {
	envelope := doc.reader.Envelope
	seen := inspection{made: credible(envelope.Made, w.claim.deposit.Arrived), complete: envelope.Mode == exchange.Complete, kept: keep}
	if fault := w.checkSender(envelope.Establishment); fault != nil {
		return inspection{}, &exchange.DocumentError{Fault: *fault}
	}
	trial := w.newRehearsal(seen)
	err := w.readBatches(ctx, doc, 0, func(items []cards.Item) error {
		if err := w.claim.keep(ctx); err != nil {
			return err
		}
		seen.see(items, w.in.batch)
		if err := trial.try(ctx, items, seen.sound); err != nil || trial.needed || seen.kept {
			return err
		}
		return errSeenEnough
	})
	if errors.Is(err, errSeenEnough) {
		err = w.passOver(ctx, doc)
	}
	seen.cards, seen.tooMany = doc.reader.Cards(), trial.tooMany
	return seen, err
}

// errSeenEnough ends the looking at single cards: the rest only has to be well-formed.
var errSeenEnough = errors.New("nothing depends on the next cards")

func (w *work) passOver(ctx context.Context, doc *document) error {
	for n := 1; ; n++ {
		if err := doc.pass(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if n%w.in.batch == 0 {
			if err := w.claim.keep(ctx); err != nil {
				return err
			}
		}
	}
}

// see counts the next cards that are sound, and keeps all as long as they make one batch.
func (seen *inspection) see(items []cards.Item, batch int) {
	for i := range items {
		if len(items[i].Faults) == 0 {
			seen.sound++
		}
	}
	if len(seen.items)+len(items) > batch {
		seen.kept, seen.items = false, nil
	}
	if seen.kept {
		seen.items = append(seen.items, items...)
	}
}

// clockAhead is how far a library's clock may be ahead of ours.
const clockAhead = 24 * time.Hour

// credible is when a document was made, by its own account; zero where it says that it will be made on another day, or
// all that the library sends until then would be out of date.
func credible(made, arrived time.Time) time.Time {
	if made.After(arrived.Add(clockAhead)) {
		return time.Time{}
	}
	return made
}

// checkSender refuses a document that speaks for another library than the one it came from.
func (w *work) checkSender(establishment string) *cards.Fault {
	if w.library.Speaks(establishment) {
		return nil
	}
	return &cards.Fault{
		Code: exchange.CodeEstablishment, Field: senderField,
		Message: fmt.Sprintf("Le document annonce l’établissement « %s », mais il a été remis par « %s », qui ne le gère pas. "+
			"Corrigez l’attribut etablissement, ou demandez à l’administrateur d’ajouter cet établissement à ceux que gère « %s ».",
			establishment, w.library.Code, w.library.Code),
	}
}
