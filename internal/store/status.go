package store

import (
	"context"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// LibraryStatus tells of one library what staff need to know at a glance.
// Status tells the same of all at once, with other questions.
func (s *Store) LibraryStatus(ctx context.Context, code string) (*cards.LibraryStatus, error) {
	l, err := s.Library(ctx, code)
	if err != nil {
		return nil, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	status := &cards.LibraryStatus{Library: *l, Now: now}
	if status.Pull, err = s.Mark(ctx, l.ID, cards.DoorPull); err != nil {
		return nil, err
	}
	if status.Push, err = s.Mark(ctx, l.ID, cards.DoorPush); err != nil {
		return nil, err
	}
	if status.Jobs, err = s.jobs(ctx, "WHERE j.library_id = ? ORDER BY j.kind", l.ID); err != nil {
		return nil, err
	}
	if status.Drift, err = s.driftOf(ctx, l.ID); err != nil {
		return nil, err
	}
	if status.Delivery, err = s.deliveryOf(ctx, l.ID); err != nil {
		return nil, err
	}
	if err := s.countsOf(ctx, status); err != nil {
		return nil, err
	}
	return status, s.owedTo(ctx, status, s.today(now.Unix()))
}

// countsOf is what one row tells of a library.
func (s *Store) countsOf(ctx context.Context, status *cards.LibraryStatus) error {
	var row struct {
		Attention string
		Arrived   int64
		Again     int64
		Suspended int64
		Rejected  int64
		Refused   int64
	}
	err := s.query(ctx).Raw(withWaiting+`SELECT attention, `+lastGiven+` AS arrived,
		(SELECT count(*) FROM hand_again WHERE library_id = l.id AND (l.push_url <> '' OR seq > ?)) AS again,
		`+suspendedOf+` AS suspended,
		(SELECT coalesce(sum(rejected), 0) FROM activity a WHERE a.library_id = l.id AND a.day > ?) AS rejected,
		(SELECT coalesce(sum(refused), 0) FROM activity a WHERE a.library_id = l.id AND a.day > ?) AS refused
		FROM libraries l WHERE l.id = ?`,
		status.Pull.Seq, s.refusedAfter(status.Now), s.refusedAfter(status.Now), status.Library.ID).Scan(&row).Error
	status.Attention, status.LastDeposit, status.Again, status.Suspended = cards.ParseSentence(row.Attention), fromMicros(row.Arrived), row.Again, row.Suspended
	status.Rejected, status.Refused = row.Rejected, row.Refused
	return s.explain(err)
}

// refusedAfter is the day after which refused cards are counted.
func (s *Store) refusedAfter(now time.Time) string {
	return now.In(s.place).AddDate(0, 0, -cards.RefusedDays).Format(time.DateOnly)
}

// owed is what a library's doors still owe it.
type owed struct {
	Behind   int64
	Again    int64
	Refusing int64
	Since    int64 // Unix seconds; 0 where nothing is owed
}

func (o owed) tell(status *cards.LibraryStatus) {
	status.Behind, status.Again, status.Refusing = o.Behind, o.Again, o.Refusing
	if o.Since > 0 {
		status.WaitingSince = time.Unix(o.Since, 0).UTC()
	}
}

// owedTo counts the cards a library is still owed: by its report where the hub
// calls it, else by what it has fetched. A card waits since its version was
// made, or since it was to be handed again, whichever came first.
func (s *Store) owedTo(ctx context.Context, status *cards.LibraryStatus, day string) error {
	query, after := owedFetched, status.Pull.Seq
	if status.Library.Pushed() {
		query, after = owedPushed, status.Push.Seq
	}
	var o owed
	err := s.query(ctx).Raw(query, feedArgs(cards.FeedRange{LibraryID: status.Library.ID, After: after, Day: day})).Scan(&o).Error
	o.Again = status.Again
	o.tell(status)
	return s.explain(err)
}

const (
	owedFetched = `SELECT count(*) AS behind, coalesce(min(since), 0) AS since, coalesce(sum(refusing), 0) AS refusing FROM (
		SELECT arms.card_id, CASE WHEN c.origin <> @library AND c.seq > @after AND c.stamp < arms.stamp THEN c.stamp ELSE arms.stamp END AS since,
			CASE WHEN h.attempts > 0 AND h.seq > c.seq THEN 1 ELSE 0 END AS refusing
		FROM ` + bothArms + ` JOIN cards c ON c.id = arms.card_id LEFT JOIN hand_again h ON h.library_id = @library AND h.card_id = c.id) waiting`
	owedPushed = `SELECT count(*) AS behind, coalesce(min(since), 0) AS since, coalesce(sum(refusing), 0) AS refusing FROM (
		SELECT card_id, min(stamp) AS since, max(refusing) AS refusing FROM (SELECT f.card_id, f.stamp, 0 AS refusing FROM (` + pushArm + `) f
			UNION ALL SELECT h.card_id, h.stamp, CASE WHEN h.attempts > 0 AND h.seq > c.seq THEN 1 ELSE 0 END
				FROM hand_again h JOIN cards c ON c.id = h.card_id
				WHERE h.library_id = @library AND (c.ends >= @day OR c.listed_until > c.ends)) arms GROUP BY card_id) waiting`
)

// Status tells of every library what LibraryStatus tells of one, as it stood
// at one moment, with a handful of questions however many libraries there are.
func (s *Store) Status(ctx context.Context) ([]cards.LibraryStatus, error) {
	var list []cards.LibraryStatus
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		libraries, err := s.libraries(tx)
		if err != nil {
			return err
		}
		now, err := s.nowIn(tx)
		if err != nil {
			return err
		}
		o := newOverview(libraries, now)
		for _, read := range []func(*gorm.DB, *overview) error{
			s.readMarks, s.readJobs, s.readCounts, s.readActivity, s.readDrifts, s.readDeliveries, s.readOwed,
		} {
			if err := read(tx, o); err != nil {
				return err
			}
		}
		list = o.list
		return nil
	})
	return list, err
}
