package store

import (
	"context"

	"github.com/carte-reseau/hub/internal/cards"
)

// Status tells of every library what staff need to know at a glance.
func (s *Store) Status(ctx context.Context) ([]cards.LibraryStatus, error) {
	libraries, err := s.Libraries(ctx)
	if err != nil {
		return nil, err
	}
	day, err := s.dayNow(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]cards.LibraryStatus, len(libraries))
	for i, l := range libraries {
		status, err := s.statusOf(ctx, l, day)
		if err != nil {
			return nil, err
		}
		list[i] = *status
	}
	return list, nil
}

// LibraryStatus tells the same of one library.
func (s *Store) LibraryStatus(ctx context.Context, code string) (*cards.LibraryStatus, error) {
	l, err := s.Library(ctx, code)
	if err != nil {
		return nil, err
	}
	day, err := s.dayNow(ctx)
	if err != nil {
		return nil, err
	}
	return s.statusOf(ctx, *l, day)
}

func (s *Store) statusOf(ctx context.Context, l cards.Library, day string) (*cards.LibraryStatus, error) {
	status := &cards.LibraryStatus{Library: l}
	var err error
	if status.Pull, err = s.Mark(ctx, l.ID, cards.DoorPull); err != nil {
		return nil, err
	}
	if status.Push, err = s.Mark(ctx, l.ID, cards.DoorPush); err != nil {
		return nil, err
	}
	if status.Jobs, err = s.jobs(ctx, "WHERE j.library_id = ? ORDER BY j.kind", l.ID); err != nil {
		return nil, err
	}
	var row struct {
		Attention string
		Arrived   int64
		Again     int64
		Suspended int64
	}
	err = s.query(ctx).Raw(`SELECT attention, coalesce((SELECT arrived FROM deposits WHERE library_id = l.id AND retry_of = 0 ORDER BY id DESC LIMIT 1), 0) AS arrived,
		(SELECT count(*) FROM hand_again WHERE library_id = l.id AND (l.push_url <> '' OR seq > ?)) AS again,
		(SELECT count(*) FROM deposits d WHERE d.library_id = l.id AND d.status = 'suspendu') AS suspended FROM libraries l WHERE l.id = ?`,
		status.Pull.Seq, l.ID).Scan(&row).Error
	if err != nil {
		return nil, s.explain(err)
	}
	status.Attention, status.LastDeposit, status.Again, status.Suspended = row.Attention, fromMicros(row.Arrived), row.Again, row.Suspended
	if status.Drift, err = s.driftOf(ctx, l.ID); err != nil {
		return nil, err
	}
	if status.Delivery, err = s.deliveryOf(ctx, l.ID); err != nil {
		return nil, err
	}
	status.Behind, err = s.behindOf(ctx, status, day)
	return status, err
}

// behindOf counts the cards a library is still owed: by its report where the
// hub calls it, else by what it has fetched.
func (s *Store) behindOf(ctx context.Context, status *cards.LibraryStatus, day string) (int64, error) {
	r := cards.FeedRange{LibraryID: status.Library.ID, After: status.Pull.Seq, Day: day}
	if !status.Library.Pushed() {
		n, err := countFeed(s.query(ctx), `SELECT count(*) FROM `+bothArms, r)
		return n, s.explain(err)
	}
	r.After = status.Push.Seq
	n, err := countFeed(s.query(ctx), `SELECT count(*) FROM (SELECT f.card_id FROM (`+pushArm+`) f
		UNION SELECT h.card_id FROM hand_again h JOIN cards c ON c.id = h.card_id
			WHERE h.library_id = @library AND (c.ends >= @day OR c.listed_until > c.ends)) arms`, r)
	return n, s.explain(err)
}
