package store

import (
	"context"
	"fmt"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

// RefusedCards are those of a deposit's cards that were refused, with the
// reasons, in document order. after is empty or the next of the page before;
// the last page's next is empty.
func (s *Store) RefusedCards(ctx context.Context, deposit int64, after string, limit int) (refused []cards.Outcome, next string, err error) {
	place := refusedPlace{}
	if after != "" {
		if _, err := fmt.Sscanf(after, "%d-%d", &place.batch, &place.passed); err != nil || place.String() != after || place.batch < 0 {
			return nil, "", cards.Errorf(cards.Invalid, "La suite demandée n’est pas celle de cette liste ; reprenez-la depuis le début.")
		}
	}
	for {
		batch, lines, err := s.refusedBatch(ctx, deposit, place.batch)
		if err != nil || batch == 0 {
			return refused, "", err
		}
		if batch != place.batch {
			place = refusedPlace{batch: batch}
		}
		for i, outcome := range lines {
			if i < place.passed {
				continue
			}
			if len(refused) == limit {
				return refused, refusedPlace{batch: batch, passed: i}.String(), nil
			}
			refused = append(refused, outcome)
		}
		place = refusedPlace{batch: batch + 1}
	}
}

// refusedPlace is how far a list has got: the batch by the number of its last
// card, and how many of its lines were shown.
type refusedPlace struct {
	batch  int64
	passed int
}

// String is the place as a client brings it back.
func (p refusedPlace) String() string { return fmt.Sprintf("%d-%d", p.batch, p.passed) }

// refusedBatch reads the next batch with refused cards, from one on; 0 where
// there is none.
func (s *Store) refusedBatch(ctx context.Context, deposit, from int64) (int64, []cards.Outcome, error) {
	var row struct {
		N       int64
		Rejects []byte
	}
	found := s.query(ctx).Raw("SELECT n, rejects FROM deposit_results WHERE deposit_id = ? AND n >= ? AND length(rejects) > 0 ORDER BY n LIMIT 1",
		deposit, from).Scan(&row)
	if found.Error != nil || found.RowsAffected == 0 {
		return 0, nil, s.explain(found.Error)
	}
	text, err := inflate(row.Rejects)
	if err != nil {
		return 0, nil, err
	}
	outcomes, err := exchange.ReadResults(text)
	if err != nil {
		return 0, nil, fmt.Errorf("results of deposit %d: %w", deposit, err)
	}
	return row.N, outcomes, nil
}
