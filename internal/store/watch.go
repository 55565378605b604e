package store

import (
	"context"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// Watcher finds what changed in the network, by whatever hub, from a handful of
// numbers and short lists that cost little to read. One goroutine uses it.
type Watcher struct {
	store *Store
	known *pulse
}

// Watch makes a watcher. Its first look finds nothing: it only learns how things
// are.
func (s *Store) Watch() *Watcher { return &Watcher{store: s} }

// pulse is what is compared between two looks.
type pulse struct {
	marks
	libraries map[int64]watchedLibrary
	runs      map[int64]watched // those that have not ended
	deposits  map[int64]watched
	// absent are numbers below the last that nothing bears: who took one may not have committed yet.
	absent struct{ runs, deposits []int64 }
}

// marks are numbers that move when something happens.
type marks struct {
	Seq        int64 // of the clock
	Run        int64 // the last one's number
	Deposit    int64
	Disputes   int64
	Likenesses int64
	Suspended  int64
	Erasures   int64
	NewestNote int64
	NewestLike int64
}

type watchedLibrary struct {
	Code      string
	Changed   int64
	Attention string
	Moved     int64 // its marks
	Failing   int64 // its jobs that failed last
	Again     bool
}

type watched struct {
	ID     int64
	Code   string
	Status string
}

// atMostWatched bounds the lists of what is under way: beyond it something is
// wrong, and the numbers still move. What is committed late is looked for as far back.
const atMostWatched = 1000

// Look finds what changed since the last look.
func (w *Watcher) Look(ctx context.Context) ([]cards.Event, error) {
	now := &pulse{}
	var ended []cards.Event
	err := w.store.snapshot(ctx, func(tx *gorm.DB) error {
		if err := now.read(tx); err != nil || w.known == nil {
			return err
		}
		var err error
		ended, err = w.known.ended(tx, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	before := w.known
	if before == nil {
		w.known = now
		return nil, nil
	}
	events := slices.Concat(ended, now.since(before))
	if now.decisions() != before.decisions() {
		waiting, err := w.store.Waiting(ctx)
		if err != nil {
			return nil, err
		}
		events = append(events, cards.Event{Kind: cards.EventDecisions, Waiting: &waiting})
	}
	w.known = now
	return events, nil
}

func (p *pulse) read(tx *gorm.DB) error {
	err := tx.Raw(`SELECT (SELECT seq FROM clock) AS seq, (SELECT coalesce(max(id), 0) FROM runs) AS run, (SELECT coalesce(max(id), 0) FROM deposits) AS deposit,
		(SELECT count(*) FROM notes WHERE verdict = '') AS disputes, (SELECT count(*) FROM likenesses WHERE verdict = '') AS likenesses,
		(SELECT count(*) FROM deposits WHERE status = 'suspendu') AS suspended, (SELECT count(*) FROM erasures WHERE ` + unconfirmed + `) AS erasures,
		(SELECT coalesce(max(id), 0) FROM notes WHERE verdict = '') AS newest_note,
		(SELECT coalesce(max(id), 0) FROM likenesses WHERE verdict = '') AS newest_like`).Scan(&p.marks).Error
	if err != nil {
		return err
	}
	if p.libraries, err = watchLibraries(tx); err != nil {
		return err
	}
	p.runs, err = watchUnfinished(tx, "SELECT r.id, coalesce(l.code, '') AS code, 'en-cours' AS status FROM runs r LEFT JOIN libraries l ON l.id = r.library_id WHERE r.finished = 0")
	if err != nil {
		return err
	}
	p.deposits, err = watchUnfinished(tx, "SELECT r.id, coalesce(l.code, '') AS code, r.status FROM deposits r LEFT JOIN libraries l ON l.id = r.library_id WHERE r.finished = 0")
	if err != nil {
		return err
	}
	if p.absent.runs, err = watchAbsent(tx, "runs", p.Run); err != nil {
		return err
	}
	p.absent.deposits, err = watchAbsent(tx, "deposits", p.Deposit)
	return err
}

// watchAbsent lists the numbers at or below a table's last that no row bears.
func watchAbsent(tx *gorm.DB, table string, last int64) ([]int64, error) {
	first := max(last-atMostWatched, 0) + 1
	var there []int64
	if err := tx.Raw("SELECT id FROM "+table+" WHERE id >= ? ORDER BY id", first).Scan(&there).Error; err != nil {
		return nil, err
	}
	var absent []int64
	for id := first; id <= last; id++ {
		if len(there) > 0 && there[0] == id {
			there = there[1:]
			continue
		}
		absent = append(absent, id)
	}
	return absent, nil
}

func watchUnfinished(tx *gorm.DB, query string) (map[int64]watched, error) {
	var rows []watched
	if err := tx.Raw(query+" ORDER BY r.id DESC LIMIT ?", atMostWatched).Scan(&rows).Error; err != nil {
		return nil, err
	}
	list := make(map[int64]watched, len(rows))
	for _, row := range rows {
		list[row.ID] = row
	}
	return list, nil
}

func watchLibraries(tx *gorm.DB) (map[int64]watchedLibrary, error) {
	var rows []struct {
		ID  int64
		Row watchedLibrary `gorm:"embedded"`
	}
	err := tx.Raw(`SELECT l.id, l.code, l.changed, l.attention, coalesce((SELECT max(m.moved) FROM marks m WHERE m.library_id = l.id), 0) AS moved,
			(SELECT count(*) FROM jobs j WHERE j.library_id = l.id AND j.failures > 0) AS failing,
			` + waitsFor("l.id") + ` AS again
		FROM libraries l WHERE l.removed = 0`).Scan(&rows).Error
	list := make(map[int64]watchedLibrary, len(rows))
	for _, row := range rows {
		list[row.ID] = row.Row
	}
	return list, err
}

// decisions are the numbers that move with what waits for a person.
func (p *pulse) decisions() [6]int64 {
	return [6]int64{p.Disputes, p.Likenesses, p.Suspended, p.Erasures, p.NewestNote, p.NewestLike}
}

// since tells what is new, or otherwise than before.
func (p *pulse) since(before *pulse) []cards.Event {
	var events []cards.Event
	if p.Seq != before.Seq {
		events = append(events, cards.Event{Kind: cards.EventCards})
	}
	for id, l := range p.libraries {
		if before.libraries[id] != l {
			events = append(events, cards.Event{Kind: cards.EventLibrary, Library: l.Code})
		}
	}
	for id, l := range before.libraries {
		if _, there := p.libraries[id]; !there {
			events = append(events, cards.Event{Kind: cards.EventLibrary, Library: l.Code})
		}
	}
	for id, run := range p.runs {
		if _, knew := before.runs[id]; !knew {
			events = append(events, cards.Event{Kind: cards.EventRun, Library: run.Code, ID: id, State: run.Status})
		}
	}
	for id, d := range p.deposits {
		if known, knew := before.deposits[id]; knew && known.Status != d.Status || !knew {
			events = append(events, cards.Event{Kind: cards.EventDeposit, Library: d.Code, ID: id, State: d.Status})
		}
	}
	slices.SortStableFunc(events, func(a, b cards.Event) int { return int(a.ID - b.ID) })
	return events
}

// ended finds the runs and deposits that were under way, or were not there, and
// are finished now.
func (p *pulse) ended(tx *gorm.DB, now *pulse) ([]cards.Event, error) {
	var events []cards.Event
	for _, kind := range []struct {
		event  cards.EventKind
		before map[int64]watched
		now    map[int64]watched
		last   int64
		absent []int64
		query  string
	}{
		{cards.EventRun, p.runs, now.runs, p.Run, p.absent.runs, "SELECT r.id, coalesce(l.code, '') AS code, CASE WHEN r.ok THEN 'reussi' ELSE 'echec' END AS status FROM runs r"},
		{cards.EventDeposit, p.deposits, now.deposits, p.Deposit, p.absent.deposits, "SELECT r.id, coalesce(l.code, '') AS code, r.status FROM deposits r"},
	} {
		gone := append(among[int64]{0}, kind.absent...) // 0 is no row's: a list may not be empty
		for id := range kind.before {
			if _, goesOn := kind.now[id]; !goesOn {
				gone = append(gone, id)
			}
		}
		var rows []watched
		err := tx.Raw(kind.query+" LEFT JOIN libraries l ON l.id = r.library_id WHERE r.finished > 0 AND (r.id > ? OR r.id IN ?) ORDER BY r.id LIMIT ?",
			kind.last, gone, atMostWatched).Scan(&rows).Error
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			events = append(events, cards.Event{Kind: kind.event, Library: row.Code, ID: row.ID, State: row.Status})
		}
	}
	return events, nil
}
