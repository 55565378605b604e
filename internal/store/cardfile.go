package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// CardFile is all the hub knows of one card: its fields, its versions and how
// they came about, the values that were not taken, what every library sent last,
// and how it stands with the card. A number that was replaced finds the card that
// goes on.
func (s *Store) CardFile(ctx context.Context, number string) (*cards.CardFile, error) {
	file, err := s.cardFile(ctx, func(tx *gorm.DB) (*cardRow, error) { return findCard(tx, number) })
	if err == nil && cards.NumberKey(file.Card.Number) != cards.NumberKey(number) {
		file.Asked = number
	}
	return file, err
}

func (s *Store) cardFile(ctx context.Context, find func(*gorm.DB) (*cardRow, error)) (*cards.CardFile, error) {
	jobs, err := s.pushJobs(ctx)
	if err != nil {
		return nil, err
	}
	codes, err := s.LibraryCodes(ctx)
	if err != nil {
		return nil, err
	}
	var file *cards.CardFile
	err = s.snapshot(ctx, func(tx *gorm.DB) error {
		row, err := find(tx)
		if err != nil {
			return err
		}
		file = &cards.CardFile{
			OAIID: row.OAIID, Current: cards.VersionRef{Seq: row.Seq, Stamp: row.Stamp}, Origin: codes[row.Origin], Created: fromMicros(row.Created),
		}
		if err := fromJSON(row.Content, &file.Card, "card"); err != nil {
			return err
		}
		if file.Former, err = formerOf(tx, row.ID, codes); err != nil {
			return err
		}
		if file.Versions, err = versionsOf(tx, row.ID, codes); err != nil {
			return err
		}
		if file.Older = len(file.Versions) > versionsShown; file.Older {
			file.Versions = file.Versions[:versionsShown]
		}
		if file.Disputes, err = disputesWhere(tx, "n.card_id = ? ORDER BY n.id DESC LIMIT ?", row.ID, versionsShown); err != nil {
			return err
		}
		if file.Sent, err = sentOf(tx, row.ID); err != nil {
			return err
		}
		file.Standings, err = s.standings(tx, row, jobs)
		return err
	})
	return file, err
}

func sentOf(tx *gorm.DB, cardID int64) ([]cards.SentCard, error) {
	var rows []struct{ Library, Content string }
	err := tx.Raw("SELECT l.code AS library, s.content FROM sent s JOIN libraries l ON l.id = s.library_id WHERE s.card_id = ? ORDER BY l.code, l.id", cardID).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	list := make([]cards.SentCard, len(rows))
	for i, row := range rows {
		var sent cards.Sent
		if err := fromJSON(row.Content, &sent, "sending"); err != nil {
			return nil, err
		}
		list[i] = cards.SentCard{Library: row.Library, Card: sent.Card, Given: sent.Given}
	}
	return list, nil
}

func formerOf(tx *gorm.DB, cardID int64, codes map[int64]string) ([]cards.FormerNumber, error) {
	var rows []formerRow
	err := tx.Raw("SELECT number, library_id, replaced FROM former_numbers WHERE card_id = ? ORDER BY replaced DESC, number", cardID).Scan(&rows).Error
	list := make([]cards.FormerNumber, len(rows))
	for i, row := range rows {
		list[i] = cards.FormerNumber{Number: row.Number, Library: codes[row.LibraryID], Replaced: fromMicros(row.Replaced)}
	}
	return list, err
}

// versionsShown bounds what is told of a card that changes without end.
const versionsShown = 500

// versionsOf reads one more, to know whether there are.
func versionsOf(tx *gorm.DB, cardID int64, codes map[int64]string) ([]cards.CardVersion, error) {
	var rows []versionRow
	err := tx.Raw(`SELECT card_id, seq, stamp, content, changed, origin, library_id, door, deposit_id, reasons, decided_by
		FROM versions WHERE card_id = ? ORDER BY seq DESC LIMIT ?`, cardID, versionsShown+1).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	list := make([]cards.CardVersion, len(rows))
	for i, v := range rows {
		list[i] = cards.CardVersion{
			VersionRef: cards.VersionRef{Seq: v.Seq, Stamp: v.Stamp}, Changed: cards.FieldSet(v.Changed), Origin: codes[v.Origin],
			Sender: codes[v.LibraryID], Door: cards.Door(v.Door), Deposit: v.DepositID, DecidedBy: v.DecidedBy,
		}
		if err := fromJSON(v.Content, &list[i].Card, "version"); err != nil {
			return nil, err
		}
		if v.Reasons == "" {
			continue
		}
		if err := fromJSON(v.Reasons, &list[i].Reasons, "reasons"); err != nil {
			return nil, err
		}
	}
	return list, nil
}
