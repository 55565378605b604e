package store

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
)

// View is the network as it is looked at for trouble.
func (s *Store) View(ctx context.Context) (*cards.NetworkView, error) {
	v := &cards.NetworkView{}
	var err error
	if v.Libraries, err = s.Status(ctx); err != nil {
		return nil, err
	}
	if v.HubJobs, err = s.HubJobs(ctx); err != nil {
		return nil, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	v.Now = now.In(s.place)
	const noMoreThan = 1000
	if v.Suspended, err = s.Deposits(ctx, cards.DepositQuery{Status: cards.Suspended, Limit: noMoreThan}); err != nil {
		return nil, err
	}
	for _, look := range []func(context.Context, *cards.NetworkView) error{s.lookAtPresence, s.lookAtRejected, s.lookAtMail} {
		if err := look(ctx, v); err != nil {
			return nil, s.explain(err)
		}
	}
	v.ClockBehind, err = s.ClockBehind(ctx)
	return v, err
}

// heard says of a day of activity whether the library was heard of: see
// cards.Presence.
const heard = "CASE WHEN l.oai_url <> '' THEN a.received > 0 ELSE a.documents > 0 OR a.lists > 0 END"

// lookAtPresence reads the days on which each library was heard of: the last
// one, however long ago, and those that tell of its habits.
func (s *Store) lookAtPresence(ctx context.Context, v *cards.NetworkView) error {
	var lasts []struct {
		ID   int64
		Last string
	}
	err := s.query(ctx).Raw(`SELECT l.id, coalesce((SELECT a.day FROM activity a WHERE a.library_id = l.id AND ` + heard +
		` ORDER BY a.day DESC LIMIT 1), '') AS last FROM libraries l WHERE l.removed = 0`).Scan(&lasts).Error
	if err != nil {
		return err
	}
	var rows []struct {
		LibraryID int64
		Day       string
	}
	const twice = 2 * cards.HabitDays // of a library that was last heard of so long ago too
	err = s.query(ctx).Raw("SELECT a.library_id, a.day FROM activity a JOIN libraries l ON l.id = a.library_id WHERE l.removed = 0 AND a.day >= ? AND "+heard+
		" ORDER BY a.library_id, a.day", v.Now.AddDate(0, 0, -twice).Format(time.DateOnly)).Scan(&rows).Error
	if err != nil {
		return err
	}
	v.Presences = make(map[int64]cards.Presence, len(lasts))
	for _, row := range lasts {
		last, _ := time.Parse(time.DateOnly, row.Last) // never: zero
		v.Presences[row.ID] = cards.Presence{Last: last}
	}
	for _, row := range rows {
		p := v.Presences[row.LibraryID]
		if day, err := time.Parse(time.DateOnly, row.Day); err == nil && p.Last.Sub(day) <= cards.HabitDays*24*time.Hour {
			p.Days = append(p.Days, day)
			v.Presences[row.LibraryID] = p
		}
	}
	for i := range v.Libraries {
		l := &v.Libraries[i].Library
		p := v.Presences[l.ID]
		p.Permanent, p.Since = l.Harvested() || l.Pushed(), l.Changed.In(s.place)
		v.Presences[l.ID] = p
	}
	return nil
}

func (s *Store) lookAtRejected(ctx context.Context, v *cards.NetworkView) error {
	var rows []struct{ LibraryID, N int64 }
	err := s.query(ctx).Raw("SELECT library_id, sum(rejected) AS n FROM activity WHERE day >= ? GROUP BY library_id",
		v.Now.AddDate(0, 0, -1).Format(time.DateOnly)).Scan(&rows).Error
	v.Rejected = make(map[int64]int64, len(rows))
	for _, row := range rows {
		v.Rejected[row.LibraryID] = row.N
	}
	return err
}

// lookAtMail counts the mails that wait, and those given up of late: staff have
// seen the others.
func (s *Store) lookAtMail(ctx context.Context, v *cards.NetworkView) error {
	const lately = 7 * 24 * time.Hour
	var err error
	if v.MailWaiting, _, v.MailOldest, err = s.Outbox(ctx); err != nil {
		return err
	}
	return s.query(ctx).Raw("SELECT count(*) FROM outbox WHERE sent = 0 AND failed > ?", micros(v.Now.Add(-lately))).Scan(&v.MailLost).Error
}
