package store

import (
	"context"
	"errors"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type jobRow struct {
	Kind        string
	LibraryID   int64
	Schedule    string
	Paused      bool
	NextRun     int64
	LastStart   int64
	LastSuccess int64
	LastFailure int64
	LastError   string
	Failures    int64
	Wakes       int64
	Owner       string
	LeaseUntil  int64
	Fence       int64
}

func (jobRow) TableName() string { return "jobs" }

func (r jobRow) job(library string, running bool) cards.Job {
	return cards.Job{
		Kind: cards.JobKind(r.Kind), LibraryID: r.LibraryID, Library: library, Schedule: r.Schedule, Paused: r.Paused,
		NextRun: fromMicros(r.NextRun), LastStart: fromMicros(r.LastStart), LastSuccess: fromMicros(r.LastSuccess),
		LastFailure: fromMicros(r.LastFailure), LastError: r.LastError, Failures: int(r.Failures), Wakes: r.Wakes, Running: running,
	}
}

type jobKey struct {
	kind    string
	library int64
}

// SyncJobs makes jobs the whole plan: those that stay keep their state, new
// ones and those whose schedule changed take the NextRun given, all others go.
func (s *Store) SyncJobs(ctx context.Context, jobs []cards.Job) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		var rows []jobRow
		if err := tx.Find(&rows).Error; err != nil {
			return err
		}
		have := make(map[jobKey]jobRow, len(rows))
		for _, row := range rows {
			have[jobKey{row.Kind, row.LibraryID}] = row
		}
		for _, job := range jobs {
			key := jobKey{string(job.Kind), job.LibraryID}
			if err := syncJob(tx, job, have[key]); err != nil {
				return err
			}
			delete(have, key)
		}
		for key := range have {
			if err := tx.Exec("DELETE FROM jobs WHERE kind = ? AND library_id = ?", key.kind, key.library).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

func syncJob(tx *gorm.DB, job cards.Job, row jobRow) error {
	if row.Kind == "" {
		fresh := jobRow{
			Kind: string(job.Kind), LibraryID: job.LibraryID, Schedule: job.Schedule, Paused: job.Paused, NextRun: micros(job.NextRun),
		}
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh).Error
	}
	if row.Schedule == job.Schedule && row.Paused == job.Paused {
		return nil
	}
	values := map[string]any{"schedule": job.Schedule, "paused": job.Paused}
	if row.Schedule != job.Schedule {
		values["next_run"] = micros(job.NextRun)
	}
	return tx.Model(&jobRow{}).Where("kind = ? AND library_id = ?", job.Kind, job.LibraryID).Updates(values).Error
}

// DueJobs lists the jobs whose next run has come, that are neither paused nor
// leased, longest due first.
func (s *Store) DueJobs(ctx context.Context, limit int) ([]cards.Job, error) {
	return s.jobs(ctx, "WHERE j.next_run <= "+s.nowMicros()+" AND NOT j.paused AND j.lease_until < "+s.nowMicros()+
		" ORDER BY j.next_run LIMIT ?", limit)
}

func (s *Store) jobs(ctx context.Context, where string, args ...any) ([]cards.Job, error) {
	list, err := s.jobsIn(s.query(ctx), where, args...)
	return list, s.explain(err)
}

func (s *Store) jobsIn(tx *gorm.DB, where string, args ...any) ([]cards.Job, error) {
	var rows []struct {
		Row     jobRow `gorm:"embedded"`
		Library string
		Running bool
	}
	err := tx.Raw("SELECT j.*, coalesce(l.code, '') AS library, j.lease_until >= "+s.nowMicros()+
		" AS running FROM jobs j LEFT JOIN libraries l ON l.id = j.library_id "+where, args...).Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	list := make([]cards.Job, len(rows))
	for i, row := range rows {
		list[i] = row.Row.job(row.Library, row.Running)
	}
	return list, nil
}

// AcquireLease takes the right to do a job, with one compare-and-swap by the
// database's clock; false where another owner holds it, or has done it since
// it was found due. What an earlier owner left unfinished is at an end: nobody
// else works at this job from now on.
func (s *Store) AcquireLease(ctx context.Context, kind cards.JobKind, libraryID int64, owner string, d time.Duration) (*cards.Lease, bool, error) {
	var row jobRow
	err := s.write(ctx, func(tx *gorm.DB) error {
		err := tx.Raw("UPDATE jobs SET owner = ?, fence = fence + 1, last_start = "+s.nowMicros()+", lease_until = "+s.nowMicros()+
			" + ? WHERE kind = ? AND library_id = ? AND lease_until < "+s.nowMicros()+" AND next_run <= "+s.nowMicros()+" RETURNING *",
			owner, d.Microseconds(), kind, libraryID).Scan(&row).Error
		if err != nil || row.Kind == "" {
			return err
		}
		begun, err := s.endRuns(tx, kind, libraryID)
		if err != nil || begun == 0 || kind != cards.JobPush {
			return err
		}
		return s.doubtRun(tx, libraryID, begun)
	})
	if err != nil || row.Kind == "" {
		return nil, false, err
	}
	return &cards.Lease{
		Kind: kind, LibraryID: libraryID, Owner: owner, Until: fromMicros(row.LeaseUntil), Fence: row.Fence, Wakes: row.Wakes,
	}, true, nil
}

// RenewLease prolongs a lease; false where it is no longer this owner's. The
// fence alone would not tell: it begins anew with a job that was taken out of
// the plan and put back.
func (s *Store) RenewLease(ctx context.Context, l *cards.Lease, d time.Duration) (bool, error) {
	var until []int64
	err := s.write(ctx, func(tx *gorm.DB) error {
		return tx.Raw("UPDATE jobs SET lease_until = "+s.nowMicros()+" + ? WHERE kind = ? AND library_id = ? AND fence = ? AND owner = ? RETURNING lease_until",
			d.Microseconds(), l.Kind, l.LibraryID, l.Fence, l.Owner).Scan(&until).Error
	})
	if err != nil || len(until) == 0 {
		return false, err
	}
	l.Until = fromMicros(until[0])
	return true, nil
}

// ReleaseLease gives a job back and writes its next run: at once where it was
// woken meanwhile and did not fail, else next. A run that was cancelled counts
// neither as a success nor as a failure.
func (s *Store) ReleaseLease(ctx context.Context, l *cards.Lease, next time.Time, runErr error) error {
	at := micros(next)
	set, args := "next_run = CASE WHEN wakes <> ? THEN 0 ELSE CAST(? AS bigint) END", []any{l.Wakes, at}
	switch {
	case runErr == nil:
		set += ", last_success = " + s.nowMicros() + ", failures = 0"
	case !errors.Is(runErr, context.Canceled):
		set, args = "next_run = ?, last_failure = "+s.nowMicros()+", failures = failures + 1, last_error = ?",
			[]any{at, plain(cards.MessageOf(runErr))}
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE jobs SET lease_until = 0, owner = '', "+set+" WHERE kind = ? AND library_id = ? AND fence = ? AND owner = ?",
			append(args, l.Kind, l.LibraryID, l.Fence, l.Owner)...).Error
	})
}

// Wake makes one job due at once; with libraryID -1 all of its kind but those
// that failed last and wait for their next attempt.
func (s *Store) Wake(ctx context.Context, kind cards.JobKind, libraryID int64) error {
	where, args := "kind = ? AND library_id = ?", []any{kind, libraryID}
	if libraryID < 0 {
		where, args = "kind = ? AND failures = 0", []any{kind}
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE jobs SET wakes = wakes + 1, next_run = CASE WHEN next_run < "+s.nowMicros()+" THEN next_run ELSE "+
			s.nowMicros()+" END WHERE "+where, args...).Error
	})
}

// Job finds one job of the plan.
func (s *Store) Job(ctx context.Context, kind cards.JobKind, libraryID int64) (*cards.Job, error) {
	list, err := s.jobs(ctx, "WHERE j.kind = ? AND j.library_id = ?", kind, libraryID)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, cards.Errorf(cards.NotFound, "Ce travail n’est pas au programme.")
	}
	return &list[0], nil
}

// HubJobs lists the jobs of the hub itself.
func (s *Store) HubJobs(ctx context.Context) ([]cards.Job, error) {
	return s.jobs(ctx, "WHERE j.library_id = ? ORDER BY j.kind", cards.HubID)
}
