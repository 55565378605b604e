package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

const (
	// atOnceSize is the size up to which a document is taken at once: where it cannot be, it is read once more.
	atOnceSize = 64 << 10
	// atOncePatience is how long its cards may wait for others: one that has to wait longer is stored first.
	atOncePatience = 5 * time.Second
)

// takeAtOnce stores a document that is one batch, applies it and ends it in one transaction: what a card costs that somebody
// has just changed is ways to the database and commits. Its sender is not answered before. It is nil where nothing was done,
// and the document has to be stored first: it is long, or not to be applied as it is, or something went wrong.
func (in *Inbox) takeAtOnce(ctx context.Context, doc *arriving, lib *cards.Library) (taken *cards.Deposit, err error) {
	d, body := doc.deposit, doc.first.Bytes()
	if !doc.whole || len(body) > atOnceSize || d.Simulate || d.LibraryID != lib.ID {
		return nil, nil
	}
	defer func() {
		if recover() != nil { // it breaks once more over the stored document, and is told then
			taken, err = nil, nil
		}
	}()
	d.Size = int64(len(body))
	w := &work{in: in, claim: &claim{in: in, deposit: &d, renewed: time.Now(), body: body}, library: lib}
	seen, fault, err := w.inspect(ctx)
	if err != nil || fault != nil || seen.tooMany || seen.complete || len(seen.items) == 0 || len(seen.items) < seen.cards {
		return nil, nil // what is wrong shows again where it is stored
	}
	batch := w.batch(seen)
	batch.Items = seen.items
	ctx, cancel := context.WithTimeout(ctx, atOncePatience)
	defer cancel()
	taken, err = in.store.TakeDeposit(ctx, d, body, batch)
	if errors.Is(err, cards.ErrUndone) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("take a deposit: %w", err)
	}
	in.progress(seen.cards, seen.cards)
	return taken, nil
}
