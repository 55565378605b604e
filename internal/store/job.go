package store

import (
	"context"
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
		LastFailure: fromMicros(r.LastFailure), LastError: cards.ParseSentence(r.LastError), Failures: int(r.Failures), Wakes: r.Wakes, Running: running,
	}
}

type jobKey struct {
	kind    string
	library int64
}

// SyncJobs makes jobs the plan: those that stay keep their state, new ones and
// those whose schedule changed take the NextRun given. One that is just being
// done is done once more at its end, which was going to plan the next run by the
// old schedule. All others go; one of the hub's own only once it is long overdue,
// for another hub may do it, having been given what this one was not.
func (s *Store) SyncJobs(ctx context.Context, jobs []cards.Job) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		var rows []jobRow
		if err := tx.Find(&rows).Error; err != nil {
			return err
		}
		now, err := s.nowIn(tx)
		if err != nil {
			return err
		}
		have := make(map[jobKey]jobRow, len(rows))
		for _, row := range rows {
			have[jobKey{row.Kind, row.LibraryID}] = row
		}
		for _, job := range jobs {
			key := jobKey{string(job.Kind), job.LibraryID}
			if err := syncJob(tx, job, have[key], micros(now)); err != nil {
				return err
			}
			delete(have, key)
		}
		for key := range have {
			err := tx.Exec("DELETE FROM jobs WHERE kind = ? AND library_id = ? AND (library_id <> ? OR next_run < "+s.nowMicros()+" - ? AND lease_until < "+s.nowMicros()+")",
				key.kind, key.library, cards.HubID, abandoned.Microseconds()).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// abandoned is how long overdue a job of the hub's own is that no hub does.
const abandoned = 10 * time.Minute

func syncJob(tx *gorm.DB, job cards.Job, row jobRow, now int64) error {
	if row.Kind == "" {
		fresh := jobRow{
			Kind: string(job.Kind), LibraryID: job.LibraryID, Schedule: job.Schedule, Paused: job.Paused, NextRun: micros(job.NextRun),
		}
		return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&fresh).Error
	}
	values, rescheduled := map[string]any{}, row.Schedule != job.Schedule
	if rescheduled {
		values["schedule"], values["wakes"] = job.Schedule, gorm.Expr("wakes + 1")
	}
	if row.Paused != job.Paused {
		values["paused"] = job.Paused
	}
	if rescheduled || row.plannedAhead(now, micros(job.NextRun)) {
		values["next_run"] = micros(job.NextRun)
	}
	if row.LeaseUntil > now+longestLease.Microseconds() {
		values["lease_until"] = 0
	}
	if len(values) == 0 {
		return nil
	}
	return tx.Model(&jobRow{}).Where("kind = ? AND library_id = ?", job.Kind, job.LibraryID).Updates(values).Error
}

// longestLease is more than any lease is taken for: one that lasts longer was
// taken before the database's clock was set back. Whoever still works under it
// has renewed it by now, or finds that it is lost.
const longestLease = time.Hour

// plannedAhead reports whether the next run was planned by a clock that was
// ahead and has been set back since: the job would wait until it gets there
// again.
func (r *jobRow) plannedAhead(now, next int64) bool {
	return r.NextRun > next && (r.LastStart == 0 || r.LastStart > now)
}

// DueJobs lists the jobs whose next run has come, that are neither paused nor
// leased, longest due first. Before that, all of the kinds given are made due but
// those that failed last and wait for their next attempt; one of these that is
// just being attempted is due again where that ends well.
func (s *Store) DueJobs(ctx context.Context, limit int, woken ...cards.JobKind) ([]cards.Job, error) {
	due := "WHERE j.next_run <= " + s.nowMicros() + " AND NOT j.paused AND j.lease_until < " + s.nowMicros() + " ORDER BY j.next_run LIMIT ?"
	if len(woken) == 0 {
		return s.jobs(ctx, due, limit)
	}
	var list []cards.Job
	err := s.writeTogether(ctx, func(tx *gorm.DB) []question {
		list = nil
		return append(s.wakingAll(tx, woken...), s.askJobs(tx, &list, due, limit))
	})
	return list, err
}

func (s *Store) jobs(ctx context.Context, where string, args ...any) ([]cards.Job, error) {
	list, err := s.jobsIn(s.query(ctx), where, args...)
	return list, s.explain(err)
}

func (s *Store) jobsIn(tx *gorm.DB, where string, args ...any) ([]cards.Job, error) {
	list := []cards.Job{} // no work is an empty list on the wire, not none
	err := askAll(tx, s.askJobs(tx, &list, where, args...))
	return list, err
}

func (s *Store) askJobs(tx *gorm.DB, list *[]cards.Job, where string, args ...any) question {
	return ask(tx, func(row answerRow) error {
		var r jobRow
		var library string
		var running bool
		err := row.Scan(&r.Kind, &r.LibraryID, &r.Schedule, &r.Paused, &r.NextRun, &r.LastStart, &r.LastSuccess, &r.LastFailure,
			&r.LastError, &r.Failures, &r.Wakes, &library, &running)
		*list = append(*list, r.job(library, running))
		return err
	}, `SELECT j.kind, j.library_id, j.schedule, j.paused, j.next_run, j.last_start, j.last_success, j.last_failure, j.last_error, j.failures, j.wakes,
		coalesce(l.code, ''), j.lease_until >= `+s.nowMicros()+" FROM jobs j LEFT JOIN libraries l ON l.id = j.library_id "+where, args...)
}

// Wake makes one job due at once.
func (s *Store) Wake(ctx context.Context, kind cards.JobKind, libraryID int64) error {
	return s.writeTogether(ctx, func(tx *gorm.DB) []question {
		return append(s.unawaited(tx), order(tx, s.waking("kind = ? AND library_id = ?", "false"), kind, libraryID))
	})
}

// WakeAll makes the jobs of a kind due at once, with the exceptions of DueJobs.
// A hub that is running sees what another process changed only so.
func (s *Store) WakeAll(ctx context.Context, kind cards.JobKind) error {
	return s.writeTogether(ctx, func(tx *gorm.DB) []question { return s.wakingAll(tx, kind) })
}

func (s *Store) wakingAll(tx *gorm.DB, kinds ...cards.JobKind) []question {
	questions := s.unawaited(tx)
	for _, kind := range kinds {
		questions = append(questions, order(tx, s.waking("kind = ?", "failures > 0"), kind))
	}
	return questions
}

// unawaited has a commit not wait for the disk. It is for what the next look at
// the jobs would mend if it were lost, and for what another write follows
// before it matters: that one waits, and is on the disk only with all before
// it.
func (s *Store) unawaited(tx *gorm.DB) []question {
	if s.dialect.notAwaited == "" {
		return nil
	}
	return []question{order(tx, s.dialect.notAwaited)}
}

// waking counts a wake of jobs, and makes them due but for those for which wait
// holds.
func (s *Store) waking(where, wait string) string {
	return "UPDATE jobs SET wakes = wakes + 1, next_run = CASE WHEN " + wait + " OR next_run < " + s.nowMicros() + " THEN next_run ELSE " +
		s.nowMicros() + " END WHERE " + where
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
