package store

import (
	"context"
	"iter"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"gorm.io/gorm"
)

type resultRow struct {
	DepositID int64
	N         int64
	Results   []byte
	Rejects   []byte
	Sources   []byte
}

func (resultRow) TableName() string { return "deposit_results" }

// fileResults keeps a batch's part of the report, ready to be copied, and the
// deposit's progress. A batch that begins behind the progress is another
// worker's, who took the deposit when this one's lease had run out.
func (s *Store) fileResults(tx *gorm.DB, b *cards.Batch, outcomes []cards.Outcome) error {
	if b.Deposit == 0 || len(outcomes) == 0 {
		return nil
	}
	var all, rejects, sources []byte
	var sum cards.Counts
	for i, o := range outcomes {
		sum.Add(o.Result)
		at := len(all)
		all = exchange.AppendResult(all, o)
		if o.Result == cards.Rejected {
			rejects = append(rejects, all[at:]...)
			sources = append(append(sources, sourceOf(&b.Items[i], &o)...), '\n')
		}
	}
	done := int64(outcomes[len(outcomes)-1].Ordinal)
	moved := tx.Exec(`UPDATE deposits SET done = ?, made = ?, received = received + ?, created = created + ?, modified = modified + ?,
		unchanged = unchanged + ?, rejected = rejected + ? WHERE id = ? AND done < ?`,
		done, micros(b.Moment.Made), sum.Received, sum.Created, sum.Modified, sum.Unchanged, sum.Rejected, b.Deposit, outcomes[0].Ordinal)
	if moved.Error != nil {
		return moved.Error
	}
	if moved.RowsAffected == 0 {
		return cards.Errorf(cards.Conflict, "Le dépôt %d a été repris par un autre traitement.", b.Deposit)
	}
	if err := noteTouched(tx, b, outcomes); err != nil {
		return err
	}
	row := resultRow{DepositID: b.Deposit, N: done, Results: deflate(all), Rejects: deflate(rejects), Sources: deflate(sources)}
	return tx.Create(&row).Error
}

// Results gives the lines of a deposit's report, rendered, in document order,
// batch by batch.
func (s *Store) Results(ctx context.Context, deposit int64, rejectedOnly bool) iter.Seq2[[]byte, error] {
	if rejectedOnly {
		return s.eachResult(ctx, deposit, "rejects")
	}
	return s.eachResult(ctx, deposit, "results")
}

// RejectedSources gives the rejected cards of a deposit as they were sent,
// standalone XML elements, batch by batch.
func (s *Store) RejectedSources(ctx context.Context, deposit int64) iter.Seq2[[]byte, error] {
	return s.eachResult(ctx, deposit, "sources")
}

// eachResult reads one column of a deposit's results, a row at a time.
func (s *Store) eachResult(ctx context.Context, deposit int64, column string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		last := int64(-1)
		for {
			var row struct {
				N    int64
				Data []byte
			}
			found := s.query(ctx).Raw("SELECT n, "+column+" AS data FROM deposit_results WHERE deposit_id = ? AND n > ? ORDER BY n LIMIT 1",
				deposit, last).Scan(&row)
			if found.Error != nil {
				yield(nil, s.explain(found.Error))
				return
			}
			if found.RowsAffected == 0 {
				return
			}
			last = row.N
			data, err := inflate(row.Data)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(data) > 0 && !yield(data, nil) {
				return
			}
		}
	}
}
