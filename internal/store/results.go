package store

import (
	"context"
	"iter"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
)

type resultRow struct {
	DepositID int64
	N         int64
	Results   []byte
	Rejects   []byte
	Sources   []byte
}

func (resultRow) TableName() string { return "deposit_results" }

// results is what keeps a batch's part of the report, ready to be copied, and
// the deposit's progress. A batch that begins behind the progress is another
// worker's, who took the deposit when this one's lease had run out: moved stays
// false.
func (a *applying) results(moved *bool) []question {
	b, outcomes := a.batch, a.outcomes
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
	progress := a.progress
	if a.taking != nil {
		progress = a.ending
	}
	return []question{
		progress(moved, done, sum),
		order(a.tx, "INSERT INTO deposit_results (deposit_id, n, results, rejects, sources) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			b.Deposit, done, deflate(all), deflate(rejects), deflate(sources)),
	}
}

func (a *applying) progress(moved *bool, done int64, sum cards.Counts) question {
	b := a.batch
	return ask(a.tx, func(answerRow) error { *moved = true; return nil }, `UPDATE deposits SET done = ?, made = ?, received = received + ?, created = created + ?, modified = modified + ?,
		unchanged = unchanged + ?, rejected = rejected + ? WHERE id = ? AND done < ? RETURNING id`,
		done, micros(b.Moment.Made), sum.Received, sum.Created, sum.Modified, sum.Unchanged, sum.Rejected, b.Deposit, a.outcomes[0].Ordinal)
}

// fileResults files them, and asks what more there is to ask behind them.
func (a *applying) fileResults(more ...question) error {
	if a.batch.Deposit == 0 || len(a.outcomes) == 0 {
		return askAll(a.tx, more...)
	}
	moved := false
	if err := askAll(a.tx, append(a.results(&moved), more...)...); err != nil {
		return err
	}
	if !moved {
		return cards.Errorf(cards.Conflict, "Le dépôt %d a été repris par un autre traitement.", a.batch.Deposit)
	}
	if a.taking != nil && len(a.tainted) > 0 {
		return dropTainted(a.tx, a.batch.Deposit)
	}
	return noteTouched(a.tx, a.batch, a.outcomes)
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
				Last bool
			}
			found := s.query(ctx).Raw("SELECT n, "+column+` AS data, NOT EXISTS (SELECT 1 FROM deposit_results b WHERE b.deposit_id = r.deposit_id AND b.n > r.n) AS last
				FROM deposit_results r WHERE deposit_id = ? AND n > ? ORDER BY n LIMIT 1`, deposit, last).Scan(&row)
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
			if len(data) > 0 && !yield(data, nil) || row.Last {
				return
			}
		}
	}
}
