package store

import (
	"context"
	"maps"
	"slices"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// What staff are told of a run that did not come to its end.
var (
	runBrokeOff = cards.Say("Le hub s’est arrêté pendant ce travail ; il l’a repris ensuite.")
	runLeft     = cards.Say("Ce travail s’est arrêté avant sa fin et n’a pas été repris : la bibliothèque a quitté le réseau, ou cet échange avec elle est arrêté.")
)

// endLeftRuns ends runs that nobody is at and nobody will take up: their jobs are not in the plan any more, or paused. A
// hub that is at one all the same learns within seconds that its lease is gone, and then says how the run really ended.
func (s *Store) endLeftRuns(ctx context.Context) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		var ended []struct {
			Job       string
			LibraryID int64
			Started   int64
			Gone      bool
		}
		err := tx.Raw("UPDATE runs SET finished = "+s.nowMicros()+`, ok = false, error = ? WHERE finished = 0 AND NOT EXISTS (SELECT 1 FROM jobs j
				WHERE j.kind = runs.job AND j.library_id = runs.library_id AND (NOT j.paused OR j.lease_until >= `+s.nowMicros()+`))
			RETURNING job, library_id, started, EXISTS (SELECT 1 FROM libraries l WHERE l.id = runs.library_id AND l.removed > 0) AS gone`,
			runLeft.Stored()).Scan(&ended).Error
		if err != nil {
			return err
		}
		broken := brokenPushes{}
		for _, run := range ended {
			if !run.Gone {
				broken.add(jobKey{run.Job, run.LibraryID}, run.Started)
			}
		}
		return s.doubtRuns(tx, broken)
	})
}

// brokenPushes tell of each library when the first of its pushes began that broke off.
type brokenPushes map[int64]int64

func (b brokenPushes) add(job jobKey, started int64) {
	if first, more := b[job.library]; job.kind == string(cards.JobPush) && (!more || started < first) {
		b[job.library] = started
	}
}

// doubtRuns looks after what pushes that broke off may have brought about.
func (s *Store) doubtRuns(tx *gorm.DB, broken brokenPushes) error {
	for _, library := range slices.Sorted(maps.Keys(broken)) {
		if err := s.doubtRun(tx, library, broken[library]); err != nil {
			return err
		}
	}
	return nil
}
