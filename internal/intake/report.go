package intake

import (
	"context"
	"fmt"
	"io"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// WriteReport writes the report of a deposit that came to its end, line by line as the store renders them. Of a deposit
// still at work there is none yet: cards.Unavailable, and the sentence says how far it has got.
func (in *Inbox) WriteReport(ctx context.Context, id int64, rejectedOnly bool, w io.Writer) error {
	d, err := in.store.Deposit(ctx, id)
	if err != nil {
		return fmt.Errorf("look up deposit %d: %w", id, err)
	}
	if !finished(d) {
		return cards.Errorf(cards.Unavailable, "Le dépôt n° %d est en cours d’intégration (%d cartes traitées) ; "+
			"redemandez son rapport dans quelques instants.", id, d.Done)
	}
	summary := exchange.Summary{
		Establishment: d.Library, Date: d.Finished, Deposit: d.ID, Status: d.Status, Counts: d.Counts, Fault: d.Fault,
	}
	return exchange.WriteReport(w, summary, in.store.Results(ctx, id, rejectedOnly))
}
