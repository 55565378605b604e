package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// disputeRow is a note with its card as it stands now.
type disputeRow struct {
	ID        int64
	Kind      string
	CardID    int64
	Field     string
	Rule      int
	Kept      string
	Lost      string
	KeptBy    string
	LostBy    string
	KeptAt    int64
	LostAt    int64
	Noted     int64
	Sender    string
	Verdict   string
	Decided   int64
	DecidedBy string

	OAIID     string `gorm:"column:oai_id"`
	Content   string
	FieldSeqs string
	CardSeq   int64
}

// disputes reads notes; where is put behind WHERE. A library that was removed
// is named all the same.
const disputes = `SELECT n.id, n.kind, n.card_id, n.field, n.rule, n.kept, n.lost, n.kept_at, n.lost_at, n.noted, n.verdict, n.decided, n.decided_by,
	coalesce(k.code, '') AS kept_by, coalesce(o.code, '') AS lost_by, coalesce(l.code, '') AS sender, c.oai_id, c.content, c.field_seqs, c.seq AS card_seq
	FROM notes n JOIN cards c ON c.id = n.card_id
	LEFT JOIN libraries k ON k.id = n.kept_by LEFT JOIN libraries o ON o.id = n.lost_by LEFT JOIN libraries l ON l.id = n.library_id
	WHERE `

// Disputes lists the notes a person is to decide on, newest first.
func (s *Store) Disputes(ctx context.Context, q cards.DisputeQuery) ([]cards.Dispute, error) {
	before := orNoBound(q.Before)
	where, args := "n.id < ?", []any{before}
	narrow := func(condition string, values ...any) { where, args = where+" AND "+condition, append(args, values...) }
	if !q.Decided {
		narrow("n.verdict = ''")
	}
	if q.Kind != "" {
		narrow("n.kind = ?", plain(string(q.Kind)))
	}
	if q.Library != "" {
		code := plain(q.Library)
		narrow("(l.code = ? OR k.code = ? OR o.code = ?)", code, code, code)
	}
	if q.Number != "" {
		key := plain(cards.NumberKey(q.Number))
		narrow("n.card_id IN (SELECT id FROM cards WHERE number_key = ? UNION SELECT card_id FROM former_numbers WHERE number_key = ?)", key, key)
	}
	list, err := disputesWhere(s.query(ctx), where+" ORDER BY n.id DESC LIMIT ?", append(args, q.Limit)...)
	return list, s.explain(err)
}

func disputesWhere(tx *gorm.DB, where string, args ...any) ([]cards.Dispute, error) {
	var rows []disputeRow
	if err := tx.Raw(disputes+where, args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]cards.Dispute, len(rows))
	for i := range rows {
		d, err := rows[i].dispute()
		if err != nil {
			return nil, err
		}
		list[i] = *d
	}
	return list, nil
}

// Dispute is one of them, decided or not.
func (s *Store) Dispute(ctx context.Context, id int64) (*cards.Dispute, error) {
	row, err := disputeOf(s.query(ctx), id)
	if err != nil {
		return nil, s.explain(err)
	}
	return row.dispute()
}

func disputeOf(tx *gorm.DB, id int64) (*disputeRow, error) {
	var rows []disputeRow
	if err := tx.Raw(disputes+"n.id = ?", id).Scan(&rows).Error; err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, cards.Errorf(cards.NotFound, "Aucun conflit ni doute ne porte le numéro %d.", id)
	}
	return &rows[0], nil
}

func (r *disputeRow) dispute() (*cards.Dispute, error) {
	d := &cards.Dispute{
		ID: r.ID, Kind: cards.NoteKind(r.Kind), OAIID: r.OAIID, Field: r.Field, Rule: cards.Rule(r.Rule), Noted: fromMicros(r.Noted), Sender: r.Sender,
		Kept:    cards.Claim{Library: r.KeptBy, At: fromMicros(r.KeptAt)},
		Lost:    cards.Claim{Library: r.LostBy, At: fromMicros(r.LostAt)},
		Verdict: cards.Verdict(r.Verdict), Decided: fromMicros(r.Decided), DecidedBy: r.DecidedBy,
	}
	if err := fromJSON(r.Kept, &d.Kept.Value, "note"); err != nil {
		return nil, err
	}
	if err := fromJSON(r.Lost, &d.Lost.Value, "note"); err != nil {
		return nil, err
	}
	return d, r.stand(d)
}

// stand fills in how the field stands now.
func (r *disputeRow) stand(d *cards.Dispute) error {
	var now cards.Current
	if err := fromJSON(r.Content, &now.Card, "card"); err != nil {
		return err
	}
	d.Number, d.Current.Number, d.Version = now.Card.Number, now.Card.Number, r.CardSeq
	if d.Field == cards.NumberField {
		return nil
	}
	f, err := cards.ParseField(d.Field)
	if err != nil {
		return err
	}
	if err := fromJSON(r.FieldSeqs, &now.Seqs, "card"); err != nil {
		return err
	}
	d.Current, d.Version = f.Only(&now.Card), now.Seqs[f]
	return nil
}

// Waiting counts what staff are asked to decide.
func (s *Store) Waiting(ctx context.Context) (cards.Waiting, error) {
	var w cards.Waiting
	err := s.query(ctx).Raw("SELECT (SELECT count(*) FROM notes WHERE verdict = '') AS disputes, (SELECT count(*) FROM " +
		openLikenesses + ") AS likenesses, (SELECT count(*) FROM deposits d JOIN libraries l ON l.id = d.library_id" +
		" WHERE d.status = 'suspendu' AND l.removed = 0) AS suspended, (SELECT count(*) FROM erasures WHERE " + unconfirmed + ") AS erasures").Scan(&w).Error
	return w, s.explain(err)
}
