package store

import (
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// overview is the status of every library as it is put together.
type overview struct {
	list []cards.LibraryStatus
	byID map[int64]*cards.LibraryStatus
	now  time.Time
}

func newOverview(libraries []cards.Library, now time.Time) *overview {
	o := &overview{list: make([]cards.LibraryStatus, len(libraries)), byID: make(map[int64]*cards.LibraryStatus, len(libraries)), now: now}
	for i, l := range libraries {
		o.list[i] = cards.LibraryStatus{
			Library: l, Now: now, Jobs: []cards.Job{},
			Pull: cards.Mark{LibraryID: l.ID, Door: cards.DoorPull}, Push: cards.Mark{LibraryID: l.ID, Door: cards.DoorPush},
		}
		o.byID[l.ID] = &o.list[i]
	}
	return o
}

func (s *Store) readMarks(tx *gorm.DB, o *overview) error {
	var rows []markRow
	if err := tx.Find(&rows).Error; err != nil {
		return err
	}
	for _, row := range rows {
		status := o.byID[row.LibraryID]
		switch {
		case status == nil:
		case row.Door == string(cards.DoorPull):
			status.Pull = row.mark()
		case row.Door == string(cards.DoorPush):
			status.Push = row.mark()
		}
	}
	return nil
}

func (s *Store) readJobs(tx *gorm.DB, o *overview) error {
	jobs, err := s.jobsIn(tx, "WHERE j.library_id <> ? ORDER BY j.library_id, j.kind", cards.HubID)
	if err != nil {
		return err
	}
	for _, job := range jobs {
		if status := o.byID[job.LibraryID]; status != nil {
			status.Jobs = append(status.Jobs, job)
		}
	}
	return nil
}

// lastGiven is when library l last gave a document: trying one over is giving nothing, and so is a simulation until its
// document is integrated, which makes a deposit of the same bytes.
const lastGiven = `coalesce((SELECT d.arrived FROM deposits d WHERE d.library_id = l.id AND NOT d.simulate
		AND (d.retry_of = 0 OR EXISTS (SELECT 1 FROM deposits tried WHERE tried.id = d.retry_of AND tried.simulate)) ORDER BY d.id DESC LIMIT 1), 0)`

// withWaiting puts the suspended documents before a question, and suspendedOf counts those of library l. They are few: asked
// by library, SQLite would look for them through all documents there ever were.
const (
	withWaiting = "WITH waiting AS MATERIALIZED (SELECT library_id FROM deposits WHERE status = 'suspendu') "
	suspendedOf = "(SELECT count(*) FROM waiting w WHERE w.library_id = l.id)"
)

func (s *Store) readCounts(tx *gorm.DB, o *overview) error {
	var rows []struct {
		ID        int64
		Attention string
		Arrived   int64
		Suspended int64
	}
	err := tx.Raw(withWaiting + "SELECT l.id, l.attention, " + lastGiven + " AS arrived, " + suspendedOf + " AS suspended FROM libraries l WHERE l.removed = 0").
		Scan(&rows).Error
	if err != nil {
		return err
	}
	for _, row := range rows {
		if status := o.byID[row.ID]; status != nil {
			status.Attention, status.LastDeposit, status.Suspended = cards.ParseSentence(row.Attention), fromMicros(row.Arrived), row.Suspended
		}
	}
	return nil
}

func (s *Store) readActivity(tx *gorm.DB, o *overview) error {
	var rows []struct{ LibraryID, Rejected, Refused int64 }
	err := tx.Raw("SELECT library_id, CAST(sum(rejected) AS bigint) AS rejected, CAST(sum(refused) AS bigint) AS refused FROM activity WHERE day > ? GROUP BY library_id",
		s.refusedAfter(o.now)).Scan(&rows).Error
	if err != nil {
		return err
	}
	for _, row := range rows {
		if status := o.byID[row.LibraryID]; status != nil {
			status.Rejected, status.Refused = row.Rejected, row.Refused
		}
	}
	return nil
}

func (s *Store) readDrifts(tx *gorm.DB, o *overview) error {
	var drifts []driftRow
	if err := tx.Find(&drifts).Error; err != nil {
		return err
	}
	for _, row := range drifts {
		if status := o.byID[row.LibraryID]; status != nil {
			status.Drift = row.drift()
		}
	}
	return nil
}

func (s *Store) readDeliveries(tx *gorm.DB, o *overview) error {
	var deliveries []deliveryRow
	if err := tx.Find(&deliveries).Error; err != nil {
		return err
	}
	for _, row := range deliveries {
		if status := o.byID[row.LibraryID]; status != nil {
			status.Delivery = row.delivery()
		}
	}
	return nil
}
