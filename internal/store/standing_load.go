package store

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// look is one card as it stands, with all that tells how the libraries stand
// with it.
type look struct {
	store     *Store
	tx        *gorm.DB
	card      *cardRow
	day       string
	now       time.Time
	libraries []libraryView
	marks     map[markKey]cards.Mark
	again     map[int64]*handAgainRow
	given     map[int64]*givenRow
	confirmed map[int64]int64 // up to which seq, by library
	told      map[int64]time.Time
	untold    map[int64]bool      // who may have gone back to before the end, and is still to be told
	listed    map[int64]time.Time // when a list that holds the version last began
	jobs      map[int64]cards.Job
	versions  []versionView // newest first
}

// libraryView is a library with what staff were told of it.
type libraryView struct {
	cards.Library
	attention cards.Sentence
}

type markKey struct {
	library int64
	door    cards.Door
}

// givenRow tells when a card that had to be handed again was.
type givenRow struct {
	LibraryID int64
	Seq       int64
	Given     int64
}

type versionView struct {
	Seq    int64
	Stamp  int64
	Origin int64
	ends   string
}

// findCard finds a card by a number it has or had before.
func findCard(tx *gorm.DB, number string) (*cardRow, error) {
	var row cardRow
	key := plain(cards.NumberKey(number))
	err := tx.Raw(`SELECT * FROM cards WHERE seq > 0 AND (number_key = ? OR id = (SELECT card_id FROM former_numbers WHERE number_key = ?))
		ORDER BY CASE WHEN number_key = ? THEN 0 ELSE 1 END LIMIT 1`, key, key, key).Scan(&row).Error
	if err == nil && row.ID == 0 {
		return nil, cards.Errorf(cards.NotFound, "Aucune carte du réseau ne porte ce numéro.")
	}
	return &row, err
}

// pushJobs are the jobs that call libraries, by library.
func (s *Store) pushJobs(ctx context.Context) (map[int64]cards.Job, error) {
	list, err := s.jobs(ctx, "WHERE j.kind = ?", cards.JobPush)
	jobs := make(map[int64]cards.Job, len(list))
	for _, job := range list {
		jobs[job.LibraryID] = job
	}
	return jobs, err
}

func (s *Store) lookAt(tx *gorm.DB, card *cardRow, jobs map[int64]cards.Job) (*look, error) {
	k := &look{
		store: s, tx: tx, card: card, jobs: jobs, marks: map[markKey]cards.Mark{}, again: map[int64]*handAgainRow{},
		given: map[int64]*givenRow{}, confirmed: map[int64]int64{}, told: map[int64]time.Time{},
		untold: map[int64]bool{}, listed: map[int64]time.Time{},
	}
	var err error
	if k.now, err = s.nowIn(tx); err != nil {
		return nil, err
	}
	k.day = s.today(k.now.Unix())
	for _, load := range []func() error{k.loadLibraries, k.loadMarks, k.loadAgain, k.loadTold, k.loadListed, k.loadVersions} {
		if err := load(); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func (k *look) loadLibraries() error {
	var rows []libraryRow
	if err := k.tx.Where("removed = 0").Order("code").Find(&rows).Error; err != nil {
		return err
	}
	for _, row := range rows {
		l, err := k.store.libraryOf(row)
		if err != nil {
			return err
		}
		k.libraries = append(k.libraries, libraryView{Library: *l, attention: cards.ParseSentence(row.Attention)})
	}
	return nil
}

func (k *look) loadMarks() error {
	var rows []markRow
	if err := k.tx.Find(&rows).Error; err != nil {
		return err
	}
	for _, row := range rows {
		k.marks[markKey{row.LibraryID, cards.Door(row.Door)}] = row.mark()
	}
	var confirmed []struct{ LibraryID, Seq int64 }
	err := k.tx.Raw("SELECT library_id, seq FROM confirmations").Scan(&confirmed).Error
	for _, row := range confirmed {
		k.confirmed[row.LibraryID] = row.Seq
	}
	return err
}

func (k *look) loadAgain() error {
	var again []handAgainRow
	if err := k.tx.Where("card_id = ?", k.card.ID).Find(&again).Error; err != nil {
		return err
	}
	for i := range again {
		k.again[again[i].LibraryID] = &again[i]
	}
	var given []givenRow
	err := k.tx.Raw("SELECT library_id, seq, given FROM given_again WHERE card_id = ?", k.card.ID).Scan(&given).Error
	for i := range given {
		k.given[given[i].LibraryID] = &given[i]
	}
	return err
}

func (k *look) loadTold() error {
	var rows []struct{ LibraryID, Told int64 }
	err := k.tx.Raw("SELECT library_id, told FROM told_ends WHERE card_id = ? AND seq >= ?", k.card.ID, k.card.Seq).Scan(&rows).Error
	for _, row := range rows {
		if k.untold[row.LibraryID] = row.Told == 0; row.Told > 0 {
			k.told[row.LibraryID] = fromMicros(row.Told)
		}
	}
	return err
}

// loadListed finds the lists that began with the current version in them, at
// its own place or where it is handed again.
func (k *look) loadListed() error {
	var rows []struct{ LibraryID, Begun int64 }
	err := k.tx.Raw(`SELECT h.library_id, max(h.handed) AS begun FROM handings h
		WHERE EXISTS (SELECT 1 FROM (SELECT CAST(@seq AS bigint) AS seq
				UNION ALL SELECT a.seq FROM hand_again a WHERE a.library_id = h.library_id AND a.card_id = @card) place
			WHERE place.seq >= @seq AND place.seq > h.from_seq AND place.seq <= h.upto_seq)
		GROUP BY h.library_id`, map[string]any{"seq": k.card.Seq, "card": k.card.ID}).Scan(&rows).Error
	for _, row := range rows {
		k.listed[row.LibraryID] = fromMicros(row.Begun)
	}
	return err
}

func (k *look) loadVersions() error {
	var rows []struct {
		Version versionView `gorm:"embedded"`
		Content string
	}
	err := k.tx.Raw("SELECT seq, stamp, origin, content FROM versions WHERE card_id = ? AND NOT taken_over ORDER BY seq DESC", k.card.ID).Scan(&rows).Error
	if err != nil {
		return err
	}
	for _, row := range rows {
		var card cards.Card
		if err := fromJSON(row.Content, &card, "version"); err != nil {
			return err
		}
		row.Version.ends = card.Enrolment.End
		k.versions = append(k.versions, row.Version)
	}
	return nil
}

func (k *look) mark(l *libraryView, door cards.Door) cards.Mark { return k.marks[markKey{l.ID, door}] }

// furthest is the mark of the door at which the library has been handed most.
func (k *look) furthest(l *libraryView) cards.Mark {
	pull, push := k.mark(l, cards.DoorPull), k.mark(l, cards.DoorPush)
	if push.Seq > pull.Seq {
		return push
	}
	return pull
}

// moved is when a library's mark passed a seq that lies at or before it; zero
// where that was too long ago to be still known.
func (k *look) moved(l *libraryView, door cards.Door, seq int64) (time.Time, error) {
	pass, err := passageOf(k.tx, l.ID, door, seq)
	if err != nil || pass == nil {
		return time.Time{}, err
	}
	return fromMicros(pass.Moved), nil
}
