package store

import (
	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/exchange"
	"gorm.io/gorm"
)

// hubDecision is a version made by the hub itself, because a person decided so.
type hubDecision struct {
	by      string
	change  func(*cards.Card) cards.FieldSet
	reasons []cards.Reason
	before  func() error // done under the clock, before the card is written
}

// rewrite changes a card because a person decided so: a new version with the
// hub as origin, which every library is handed. by is who decided it.
func (s *Store) rewrite(tx *gorm.DB, cardID int64, by string, change func(*cards.Card) cards.FieldSet, reasons []cards.Reason) error {
	rows, err := s.lockByID(tx, cardID)
	if err != nil {
		return err
	}
	return s.newVersion(tx, rows[cardID], hubDecision{by: by, change: change, reasons: reasons})
}

// lockByID locks cards in number order. NotFound where one is gone.
func (s *Store) lockByID(tx *gorm.DB, ids ...int64) (map[int64]*cardRow, error) {
	var rows []cardRow
	err := tx.Raw("SELECT "+cardColumns+" FROM cards WHERE id IN ? AND seq > 0 ORDER BY number_key"+s.dialect.forUpdate, ids).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]*cardRow, len(rows))
	for i := range rows {
		byID[rows[i].ID] = &rows[i]
	}
	for _, id := range ids {
		if byID[id] == nil {
			return nil, cards.Errorf(cards.NotFound, "Cette carte n’est plus dans le réseau.")
		}
	}
	return byID, nil
}

// newVersion writes what was decided of a card that is locked.
func (s *Store) newVersion(tx *gorm.DB, row *cardRow, d hubDecision) error {
	current, err := row.current()
	if err != nil {
		return err
	}
	changed := d.change(&current.Card)
	if changed&naming != 0 {
		if err := saveNamesOf(tx, row.ID, &current.Card); err != nil {
			return err
		}
	}
	t, err := s.takeClock(tx, 1)
	if err != nil {
		return err
	}
	if d.before != nil {
		if err := d.before(); err != nil {
			return err
		}
	}
	row.write(&current.Card, cards.HubID, "", "")
	row.place(t.first, t.stamp, s.today(t.stamp), current, changed)
	version := row.version(changed, d.reasons)
	version.Door, version.DecidedBy = string(cards.DoorDecision), d.by
	return saveVersions(tx, []cardRow{*row}, []versionRow{version})
}

// write fills in a card's row but for its place in the feed.
func (r *cardRow) write(card *cards.Card, origin int64, code, provenance string) {
	r.Number = card.Number
	r.Content = toJSON(card)
	r.XML = exchange.AppendCarte(nil, card, code)
	r.Ends = card.Enrolment.End
	r.Origin, r.Provenance = origin, provenance
}

// place gives a changed card its place in the feed.
func (r *cardRow) place(seq, stamp int64, today string, current *cards.Current, changed cards.FieldSet) {
	r.Seq, r.Stamp = seq, stamp
	if r.Ends >= today && r.Ends > r.ListedUntil {
		r.ListedUntil = r.Ends
	}
	for _, f := range changed.Fields() {
		current.Seqs[f] = seq
	}
	r.FieldSeqs = toJSON(current.Seqs)
}

// version is the row of the version that stands.
func (r *cardRow) version(changed cards.FieldSet, reasons []cards.Reason) versionRow {
	v := versionRow{
		CardID: r.ID, Seq: r.Seq, Stamp: r.Stamp, Content: r.Content, Changed: int64(changed), Origin: r.Origin, Provenance: r.Provenance,
	}
	if len(reasons) > 0 {
		v.Reasons = toJSON(reasons)
	}
	return v
}
