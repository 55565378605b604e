package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// A library's feed is made of two arms: cards by the seq of their current
// version, unless the library is their origin, and cards it is handed again by
// the seq of that decision. A card that stands in both counts once, at the
// later of the two. Both arms read the same card row, so whatever is handed
// over is the current version.
//
// Cards of seq 0 are rows whose first version is being written.
const (
	ownCards = ` FROM cards c
		WHERE c.origin <> @library AND c.seq > @after AND c.seq <= @upper AND c.stamp >= @from AND c.stamp <= @until AND c.ends >= @day`
	notAgain   = ` AND NOT EXISTS (SELECT 1 FROM hand_again h WHERE h.library_id = @library AND h.card_id = c.id AND h.seq > c.seq)`
	againCards = ` FROM hand_again h JOIN cards c ON c.id = h.card_id
		WHERE h.library_id = @library AND h.seq > @after AND h.seq <= @upper AND h.stamp >= @from AND h.stamp <= @until AND c.ends >= @day
		AND (c.origin = @library OR c.seq < h.seq)`
	// pushedCards also takes a card that ended before an end it had been
	// published with, or that a library sent in vain.
	pushedCards = ` FROM cards c
		WHERE c.origin <> @library AND c.seq > @after AND c.seq <= @upper AND (c.ends >= @day OR c.listed_until > c.ends)`

	ownPlace   = `SELECT c.id AS card_id, c.seq, c.stamp`
	againPlace = `SELECT h.card_id, h.seq, h.stamp`
	// shown is what is handed over of a card: see lendEach.
	shown = `, c.oai_id, c.number, c.seq AS version, c.origin, c.xml, c.provenance`

	// listSize counts both arms. In the first the bounds by seq stand for those
	// by stamp (see ListBounds), so that the index alone is read.
	listSize = `SELECT (SELECT count(*) FROM cards c WHERE c.origin <> @library AND c.seq > @after AND c.seq <= @upper AND c.ends >= @day` +
		notAgain + `) + (SELECT count(*)` + againCards + `)`

	pushArm = ownPlace + pushedCards
	// bothArms is the whole feed of a library that fetches, in no order.
	bothArms = `(` + ownPlace + ownCards + notAgain + ` UNION ALL ` + againPlace + againCards + `) arms`
)

func feedArgs(r cards.FeedRange) map[string]any {
	return map[string]any{
		"library": r.LibraryID, "after": r.After, "upper": orNoBound(r.Upper), "from": r.From, "until": orNoBound(r.Until), "day": r.Day, "limit": r.Limit,
	}
}

var (
	listFeed = newFeedQuery(`SELECT * FROM (SELECT * FROM (` + ownPlace + shown + ownCards + notAgain + ` ORDER BY c.seq LIMIT @limit) own
		UNION ALL SELECT * FROM (` + againPlace + shown + againCards + ` ORDER BY h.seq LIMIT @limit) again) arms ORDER BY seq LIMIT @limit`)
	ownFeed  = newFeedQuery(ownPlace + shown + ownCards + ` ORDER BY c.seq LIMIT @limit`)
	pushFeed = newFeedQuery(ownPlace + shown + pushedCards + ` ORDER BY c.seq LIMIT @limit`)
)

// Feed goes through what a library that fetches is to be handed, in seq order.
// Each card is lent: it and its XML are good until take returns, whose error
// ends the reading. take is not to ask the store: it would wait for a
// connection while it holds one.
func (s *Store) Feed(ctx context.Context, r cards.FeedRange, take func(*cards.FeedItem) error) error {
	r, err := s.narrowed(s.query(ctx), r)
	if err != nil {
		return s.explain(err)
	}
	if r.NoneAgain {
		return s.readFeed(ctx, ownFeed, r, take)
	}
	return s.readFeed(ctx, listFeed, r, take)
}

// PushFeed lists the cards above the range's After that a pushed library is to
// be sent, in seq order; those to be handed again come by HandAgainDue.
func (s *Store) PushFeed(ctx context.Context, r cards.FeedRange) ([]cards.FeedItem, error) {
	p := feedPage{items: make([]cards.FeedItem, 0, min(r.Limit, mostForeseen))}
	if err := s.readFeed(ctx, pushFeed, r, p.keep); err != nil || len(p.items) == 0 {
		return nil, err
	}
	seen := p.items[len(p.items)-1].Seq
	if len(p.items) == r.Limit { // there may be more, read or not
		var err error
		if seen, _, err = s.clockRow(s.query(ctx)); err != nil {
			return nil, s.explain(err)
		}
	}
	for i := range p.items {
		p.items[i].Seen = seen
	}
	return p.items, nil
}

// mostForeseen bounds what room is made before it is known to be needed.
const mostForeseen = 1024

type feedRow struct {
	CardID     int64
	OAIID      string `gorm:"column:oai_id"`
	Number     string
	Seq        int64
	Stamp      int64
	Version    int64
	Origin     int64
	XML        []byte `gorm:"column:xml"`
	Provenance string
	Ends       string
}

func (r feedRow) item() (cards.FeedItem, error) {
	provenance, err := provenanceOf(r.Provenance)
	return cards.FeedItem{
		CardID: r.CardID, OAIID: r.OAIID, Number: r.Number, Seq: r.Seq, Stamp: r.Stamp, Version: r.Version, Origin: r.Origin,
		XML: r.XML, Provenance: provenance,
	}, err
}

// ListBounds fixes a list before its first page: the seq its Until stands for,
// and how many cards it holds.
func (s *Store) ListBounds(ctx context.Context, r cards.FeedRange) (upperSeq, size int64, err error) {
	db := s.query(ctx)
	if upperSeq, err = s.seqAt(db, r.Until); err != nil {
		return 0, 0, s.explain(err)
	}
	r.Upper = upperSeq
	if upperSeq == 0 {
		return 0, 0, nil
	}
	if r, err = s.narrowed(db, r); err != nil {
		return 0, 0, s.explain(err)
	}
	err = db.Raw(listSize, feedArgs(r)).Scan(&size).Error
	return upperSeq, size, s.explain(err)
}

// narrowed says by seq what From says by stamp, so that a list of the latest
// cards does not read through all those before.
func (s *Store) narrowed(db *gorm.DB, r cards.FeedRange) (cards.FeedRange, error) {
	if r.From == 0 || r.After > 0 {
		return r, nil
	}
	before, err := s.seqAt(db, r.From-1)
	r.After = before
	return r, err
}

// seqAt is the highest seq stamped at or before a stamp; 0 when nothing is.
func (s *Store) seqAt(db *gorm.DB, stamp int64) (int64, error) {
	seq, last, err := s.clockRow(db)
	if err != nil || last <= stamp {
		return seq, err
	}
	var seqs []int64
	err = db.Raw(`SELECT seq FROM (
			SELECT * FROM (SELECT seq FROM versions WHERE stamp <= @stamp ORDER BY stamp DESC, seq DESC LIMIT 1) v
			UNION ALL SELECT * FROM (SELECT seq FROM hand_again WHERE stamp <= @stamp ORDER BY stamp DESC, seq DESC LIMIT 1) h
		) newest ORDER BY seq DESC LIMIT 1`, map[string]any{"stamp": stamp}).Scan(&seqs).Error
	if err != nil || len(seqs) == 0 {
		return 0, err
	}
	return seqs[0], nil
}

// CardByOAIID finds a card by its opaque identifier, with the last day of its
// validity (YYYY-MM-DD).
func (s *Store) CardByOAIID(ctx context.Context, oaiID string) (item *cards.FeedItem, ends string, err error) {
	var row feedRow
	err = s.query(ctx).Raw(`SELECT id AS card_id, seq, stamp, oai_id, number, seq AS version, origin, xml, provenance, ends
		FROM cards WHERE oai_id = ? AND seq > 0`, plain(oaiID)).Take(&row).Error
	if err != nil {
		return nil, "", s.notFound(err, cards.Say("Cette carte n’existe pas."))
	}
	found, err := row.item()
	return &found, row.Ends, err
}
