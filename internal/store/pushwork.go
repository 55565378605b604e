package store

import (
	"context"
	"slices"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// PushWork looks up what a pushed library is owed, as of one moment. What many
// libraries ask at once is read for all: those that have got equally far are
// owed the same cards, but for their own.
func (s *Store) PushWork(ctx context.Context, q cards.PushQuery) (cards.PushWork, error) {
	return s.works.ask(ctx, q)
}

func (s *Store) pushWorks(ctx context.Context, asked []cards.PushQuery) ([]cards.PushWork, error) {
	works, since, err := s.standAt(ctx, asked)
	if err != nil {
		return nil, err
	}
	pages := make(map[pushPlace][]int)
	for i, q := range asked {
		place := pushPlace{works[i].Mark, works[i].Day, q.Limit, since}
		pages[place] = append(pages[place], i)
	}
	for place, readers := range pages {
		page, err := s.pushPage(ctx, place, asked, readers)
		if err != nil {
			return nil, err
		}
		for _, i := range readers {
			if works[i].Feed, err = s.sharedPage(ctx, place, page, asked[i].LibraryID); err != nil {
				return nil, err
			}
		}
	}
	return works, nil
}

// standAt looks up where the libraries stand, and how far the network has got by
// then.
func (s *Store) standAt(ctx context.Context, asked []cards.PushQuery) (works []cards.PushWork, reached int64, err error) {
	ids := make(among[int64], len(asked))
	for i, q := range asked {
		ids[i] = q.LibraryID
	}
	type position struct {
		ID, Now, Erased, Seq int64
		Waits                bool
	}
	var rows []position
	err = s.connected(s.query(ctx), func(tx *gorm.DB) error {
		return askAll(tx, append(s.plannedOnce(tx), ask(tx, into(&rows, func(p *position) []any {
			return []any{&p.ID, &p.Now, &reached, &p.Erased, &p.Seq, &p.Waits}
		}), `SELECT l.id, `+s.nowMicros()+` AS now, (SELECT seq FROM clock WHERE id = 1) AS reached, `+lastErasure+` AS erased, coalesce((SELECT m.seq FROM marks m WHERE m.library_id = l.id AND m.door = ?), 0) AS seq,
			`+waitsFor("l.id")+` AS waits FROM libraries l WHERE l.id IN ?`, cards.DoorPush, ids))...)
	})
	if err != nil {
		return nil, 0, s.explain(err)
	}
	found := make(map[int64]int, len(rows))
	for i, row := range rows {
		found[row.ID] = i
	}
	works = make([]cards.PushWork, len(asked))
	for i, q := range asked {
		at, there := found[q.LibraryID]
		if !there {
			return nil, 0, noSuchLibrary(q.LibraryID)
		}
		row := rows[at]
		now := fromMicros(row.Now)
		works[i] = cards.PushWork{Mark: row.Seq, At: now, Day: now.In(q.Place).Format(time.DateOnly), Waits: row.Waits, Erased: row.Erased}
	}
	return works, reached, nil
}

// pushPlace is where a page of the feed begins, and what it holds: the same for
// all libraries but for their own cards.
type pushPlace struct {
	after int64
	day   string
	limit int
	since int64 // how far the network had got when this was known
}

// nobody is no library's ID: nobody's cards are left out.
const nobody = -1

// pushPage reads a page for those who are at one place.
func (s *Store) pushPage(ctx context.Context, p pushPlace, asked []cards.PushQuery, readers []int) ([]cards.FeedItem, error) {
	reader := int64(nobody)
	if len(readers) == 1 {
		reader = asked[readers[0]].LibraryID
	}
	return s.feedAt(ctx, p, reader)
}

func (s *Store) feedAt(ctx context.Context, p pushPlace, libraryID int64) ([]cards.FeedItem, error) {
	page, err := s.PushFeed(ctx, cards.FeedRange{LibraryID: libraryID, After: p.after, Day: p.day, Limit: p.limit})
	for i := range page {
		page[i].Since = p.since
	}
	return page, err
}

// sharedPage is a library's part of a page that several read. Where all of it is
// its own, what it is owed lies further on.
func (s *Store) sharedPage(ctx context.Context, p pushPlace, page []cards.FeedItem, libraryID int64) ([]cards.FeedItem, error) {
	own := func(item cards.FeedItem) bool { return item.Origin == libraryID }
	if !slices.ContainsFunc(page, own) {
		return page, nil
	}
	others := slices.DeleteFunc(slices.Clone(page), own)
	if len(others) == 0 && len(page) == p.limit {
		return s.feedAt(ctx, p, libraryID)
	}
	return others, nil
}
