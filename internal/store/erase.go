package store

import (
	"context"
	"regexp"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// Erase takes a card out of the network on its reader's request, under whatever
// number it has or had. In one transaction the card goes with all its versions
// and what libraries sent of it, its numbers stay as keyed hashes, and the
// libraries that may hold it are asked to erase it too. by is who decided it.
//
// What lies in kept documents and mails is taken out by TakeUp, which is woken:
// until then the erasure is not finished. What other cards say of the reader, a
// child's of its guardian, is the other reader's data and stays.
func (s *Store) Erase(ctx context.Context, number, by string) (*cards.Erasure, error) {
	var id int64
	err := s.write(ctx, func(tx *gorm.DB) (err error) {
		id, err = s.erase(tx, number, by)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.tellChanged()
	for _, kind := range []cards.JobKind{cards.JobMail, cards.JobDeposits} {
		if err := s.Wake(ctx, kind, cards.HubID); err != nil {
			return nil, err
		}
	}
	return s.Erasure(ctx, id)
}

func (s *Store) erase(tx *gorm.DB, number, by string) (int64, error) {
	// First of all: the job that counts may hold it for a while, and whoever waits here is not to keep others waiting by its locks.
	if _, err := s.lockMark(tx, cards.HubID, doorStatistics); err != nil {
		return 0, err
	}
	if err := s.holdErasures(tx); err != nil {
		return 0, err
	}
	if err := s.holdBeginnings(tx); err != nil {
		return 0, err
	}
	row, err := s.cardToErase(tx, number)
	if err != nil {
		return 0, err
	}
	work, err := s.tracesOf(tx, row)
	if err != nil {
		return 0, err
	}
	now, err := s.nowIn(tx)
	if err != nil {
		return 0, err
	}
	record := erasureRow{Masked: cards.MaskNumber(row.Number), Requested: micros(now), DecidedBy: plain(by), Work: s.seal(toJSON(work), erasureSeal)}
	if err := tx.Create(&record).Error; err != nil {
		return 0, err
	}
	if err := s.rememberErased(tx, record.ID, slices.Concat(work.Numbers, identifierKeys(work.Identifiers))); err != nil {
		return 0, err
	}
	if err := s.askLibraries(tx, record.ID, row, work); err != nil {
		return 0, err
	}
	if err := s.countErased(tx, row.ID); err != nil {
		return 0, err
	}
	// Under the clock, as everything that changes what a feed holds: hand_again
	// rows go with the card.
	if _, err := s.takeClock(tx, 0); err != nil {
		return 0, err
	}
	return record.ID, tx.Exec("DELETE FROM cards WHERE id = ?", row.ID).Error
}

// holdErasures lets nobody enter cards until the transaction ends: whoever does
// has asked erasedAmong, which waits here. An embedded database has room for
// one writer anyway.
func (s *Store) holdErasures(tx *gorm.DB) error {
	if s.dialect.single {
		return nil
	}
	return tx.Exec("LOCK TABLE erased_numbers IN EXCLUSIVE MODE").Error
}

// holdBeginnings has every push and list that begins wait until the transaction
// ends: it would still find the card, and its library has been passed over by
// askLibraries, because nothing was on its way there.
func (s *Store) holdBeginnings(tx *gorm.DB) error {
	if s.dialect.single {
		return nil
	}
	return tx.Exec("LOCK TABLE runs, handings IN SHARE MODE").Error
}

func (s *Store) cardToErase(tx *gorm.DB, number string) (*cardRow, error) {
	row, err := findCard(tx, number)
	if cards.CodeOf(err) == cards.NotFound {
		erased, lookErr := s.erasedAmong(tx, []string{cards.NumberKey(number)})
		if lookErr != nil {
			return nil, lookErr
		}
		if len(erased) > 0 {
			return nil, cards.Errorf(cards.Conflict, "La carte de ce numéro a déjà été effacée.")
		}
	}
	if err != nil {
		return nil, err
	}
	locked, err := s.lockByID(tx, row.ID)
	return locked[row.ID], err
}

// rememberErased keeps the hashes of all the numbers the card ever had, and of
// what its records are called.
func (s *Store) rememberErased(tx *gorm.DB, erasure int64, keys []string) error {
	for _, key := range keys {
		err := tx.Exec("INSERT INTO erased_numbers (erasure_id, hash) VALUES (?, ?) ON CONFLICT DO NOTHING", erasure, s.hashNumber(key)).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// traces is what the kept documents and mails are searched for. While that
// lasts it is kept under the hub's secret; then it goes.
type traces struct {
	Numbers     []string `json:"numbers"`     // keys of all numbers the card ever had
	Values      []string `json:"values"`      // what stood in its fields
	Identifiers []string `json:"identifiers"` // of its records on the libraries' servers
	Deposits    []int64  `json:"deposits"`    // documents known to hold it
	Senders     []int64  `json:"senders"`     // libraries that sent it

	written map[string]string // the numbers as they are written, by their keys
	telling *regexp.Regexp    // the values, once a text was masked
}

// tracesOf gathers them from all that is known of the card.
func (s *Store) tracesOf(tx *gorm.DB, row *cardRow) (*traces, error) {
	t := &traces{written: map[string]string{}}
	var former []string
	if err := tx.Raw("SELECT number FROM former_numbers WHERE card_id = ?", row.ID).Scan(&former).Error; err != nil {
		return nil, err
	}
	t.addNumbers(append(former, row.Number)) // the network's own writing, before any library's
	var versions []versionRow
	if err := tx.Where("card_id = ?", row.ID).Find(&versions).Error; err != nil {
		return nil, err
	}
	for _, v := range versions {
		if err := t.addVersion(&v); err != nil {
			return nil, err
		}
	}
	var sent []sentRow
	if err := tx.Where("card_id = ?", row.ID).Find(&sent).Error; err != nil {
		return nil, err
	}
	for _, r := range sent {
		var said cards.Sent
		if err := fromJSON(r.Content, &said, "sending"); err != nil {
			return nil, err
		}
		t.Senders = append(t.Senders, r.LibraryID)
		t.addCard(&said.Card)
	}
	t.Numbers, t.Values, t.Identifiers = distinct(t.Numbers), distinct(t.Values), distinct(t.Identifiers)
	err := t.leaveOthers(tx, row.ID)
	return t, err
}

// leaveOthers takes the numbers of other cards out of those gathered: what a
// library said of a card's former numbers may have been wrong, and another
// reader's card must not be turned away for it.
func (t *traces) leaveOthers(tx *gorm.DB, cardID int64) error {
	for numbers := range slices.Chunk(slices.Clone(t.Numbers), rowsPerInsert) {
		var others []string
		err := tx.Raw(`SELECT number_key FROM cards WHERE number_key IN @numbers AND id <> @card
			UNION SELECT number_key FROM former_numbers WHERE number_key IN @numbers AND card_id <> @card`,
			map[string]any{"numbers": numbers, "card": cardID}).Scan(&others).Error
		if err != nil {
			return err
		}
		t.Numbers = slices.DeleteFunc(t.Numbers, func(n string) bool { return slices.Contains(others, n) })
	}
	return nil
}

func (t *traces) addVersion(v *versionRow) error {
	var card cards.Card
	if err := fromJSON(v.Content, &card, "version"); err != nil {
		return err
	}
	t.addCard(&card)
	if v.DepositID > 0 {
		t.Deposits = append(t.Deposits, v.DepositID)
	}
	from, err := provenanceOf(v.Provenance)
	if from != nil {
		t.Identifiers = append(t.Identifiers, from.Identifier)
	}
	return err
}

func (t *traces) addCard(c *cards.Card) {
	t.addNumbers(append([]string{c.Number}, c.Former...))
	t.Values = append(t.Values, c.LastName, c.BirthName, c.FirstName, c.BirthDate, c.Phone, c.Mobile, c.Email)
	t.Values = append(t.Values, c.Address.Lines...)
	for _, g := range c.Guardians {
		t.Values = append(t.Values, g.LastName, g.FirstName, g.Phone, g.Email)
	}
}

func (t *traces) addNumbers(numbers []string) {
	for _, number := range numbers {
		key := cards.NumberKey(number)
		t.Numbers = append(t.Numbers, key)
		if t.written[key] == "" {
			t.written[key] = number
		}
	}
}

// distinct sorts texts and leaves doubles and empty ones out.
func distinct(texts []string) []string {
	slices.Sort(texts)
	return slices.DeleteFunc(slices.Compact(texts), func(text string) bool { return text == "" })
}
