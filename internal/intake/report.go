package intake

import (
	"context"
	"io"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// WriteReport writes the report of a deposit that came to its end, line by line as the store renders them; that of a
// suspended one says what it would do. Of a deposit still at work there is none yet: cards.Unavailable, and the sentence says how far it has got.
func (in *Inbox) WriteReport(ctx context.Context, d *cards.Deposit, rejectedOnly bool, w io.Writer) error {
	if !finished(d) {
		return cards.Errorf(cards.Unavailable, "Le dépôt n° %d est en cours d’intégration (%d cartes traitées) ; "+
			"redemandez son rapport dans quelques instants.", d.ID, d.Done)
	}
	summary := exchange.Summary{
		Establishment: d.Library, Date: settled(d), Deposit: d.ID, Status: d.Status, Counts: d.Counts, Fault: d.Fault,
	}
	return exchange.WriteReport(w, summary, in.store.Results(ctx, d.ID, rejectedOnly))
}

// settled is when it was last known what becomes of a deposit: one that waits for a person, or whose refusal is not told
// yet, is not finished.
func settled(d *cards.Deposit) time.Time {
	switch {
	case !d.Finished.IsZero():
		return d.Finished
	case !d.Judged.IsZero():
		return d.Judged
	}
	return d.Suspended
}
