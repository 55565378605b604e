package store

import (
	"context"
	"errors"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"gorm.io/gorm"
)

// leased are the columns by which leases are taken and given back.
var leased = table[leaseRow]{columns: []column[leaseRow]{
	texts("kind", func(r *leaseRow) string { return r.kind }),
	integers("library_id", func(r *leaseRow) int64 { return r.library }),
	texts("owner", func(r *leaseRow) string { return r.owner }),
	integers("fence", func(r *leaseRow) int64 { return r.fence }),
	integers("wakes", func(r *leaseRow) int64 { return r.wakes }),
	integers("micros", func(r *leaseRow) int64 { return r.micros }),
}}

type leaseRow struct {
	jobKey
	owner string
	fence int64
	wakes int64
	// micros is how long a lease is taken for, or when the job runs next.
	micros int64
}

// AcquireLeases takes the right to do jobs, each with one compare-and-swap by
// the database's clock, all in one transaction; those that another owner holds,
// is just taking, or has done since they were found due are not among the
// leases. What an earlier owner left unfinished of a job is at an end: nobody
// else works at it from now on. Mostly there is none, and nothing more is asked.
func (s *Store) AcquireLeases(ctx context.Context, jobs []cards.Job, owner string, d time.Duration) ([]cards.Lease, error) {
	asked := make([]leaseRow, len(jobs))
	for i, job := range jobs {
		asked[i] = leaseRow{jobKey: jobKey{string(job.Kind), job.LibraryID}, owner: owner, micros: d.Microseconds()}
	}
	var leases []cards.Lease
	left := false
	err := s.writeTogether(ctx, func(tx *gorm.DB) []question {
		leases, left = nil, false
		return append(s.unawaited(tx), s.acquire(tx, asked, &leases), s.anyLeft(tx, asked, &left))
	})
	if err == nil && left {
		// Who dies before this leaves them as they are, to whoever has the leases next.
		err = s.endRunsOf(ctx, asked)
	}
	if err != nil {
		return nil, err
	}
	return leases, nil
}

// acquire takes the leases that are free.
func (s *Store) acquire(tx *gorm.DB, asked []leaseRow, leases *[]cards.Lease) question {
	return leased.giving(tx, asked, `, free AS (SELECT j.kind, j.library_id, g.owner, g.micros FROM jobs j
			JOIN given g ON g.kind = j.kind AND g.library_id = j.library_id
			WHERE j.lease_until < `+s.nowMicros()+` AND j.next_run <= `+s.nowMicros()+` ORDER BY j.kind, j.library_id`+s.dialect.forFree+`)
		UPDATE jobs SET owner = free.owner, fence = fence + 1, last_start = `+s.nowMicros()+`, lease_until = `+s.nowMicros()+` + free.micros
		FROM free WHERE jobs.kind = free.kind AND jobs.library_id = free.library_id
		RETURNING jobs.kind, jobs.library_id, jobs.owner, jobs.lease_until, jobs.fence, jobs.wakes`,
		func(row answerRow) error {
			var l cards.Lease
			var until int64
			err := row.Scan(&l.Kind, &l.LibraryID, &l.Owner, &until, &l.Fence, &l.Wakes)
			l.Until = fromMicros(until)
			*leases = append(*leases, l)
			return err
		})
}

// leftOpen holds for the runs that hubs which died left open of jobs j just
// leased as given.
const leftOpen = `j.kind = g.kind AND j.library_id = g.library_id AND j.owner = g.owner
	AND runs.finished = 0 AND runs.job = g.kind AND runs.library_id = g.library_id`

func (s *Store) anyLeft(tx *gorm.DB, asked []leaseRow, left *bool) question {
	return leased.giving(tx, asked, "SELECT 1 FROM given g, jobs j, runs WHERE "+leftOpen+" LIMIT 1", func(answerRow) error {
		*left = true
		return nil
	})
}

// endRunsOf ends them, and looks after what the pushes among them may have
// sent.
func (s *Store) endRunsOf(ctx context.Context, asked []leaseRow) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		broken := brokenPushes{}
		ended := "UPDATE runs SET finished = " + s.nowMicros() + ", ok = false, error = '" + runBrokeOff.Stored() + "' FROM given g, jobs j WHERE " + leftOpen +
			" RETURNING runs.job, runs.library_id, runs.started"
		err := leased.given(tx, asked, ended, func(row answerRow) error {
			var key jobKey
			var started int64
			err := row.Scan(&key.kind, &key.library, &started)
			broken.add(key, started)
			return err
		})
		if err != nil {
			return err
		}
		return s.doubtRuns(tx, broken)
	})
}

// RenewLease prolongs a lease; false where it is no longer this owner's. The
// fence alone would not tell: it begins anew with a job that was taken out of
// the plan and put back.
func (s *Store) RenewLease(ctx context.Context, l *cards.Lease, d time.Duration) (bool, error) {
	var until []int64
	err := s.writeStatement(ctx, func(tx *gorm.DB) error {
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
	if runErr == nil {
		// Many pushes end at once.
		done, err := s.releases.ask(ctx, leaseRow{jobKey{string(l.Kind), l.LibraryID}, l.Owner, l.Fence, l.Wakes, micros(next)})
		if err != nil || done {
			return err
		}
	}
	return s.releaseOne(ctx, l, next, runErr)
}

func (s *Store) releaseOne(ctx context.Context, l *cards.Lease, next time.Time, runErr error) error {
	at := micros(next)
	set, args := "next_run = CASE WHEN wakes <> ? THEN 0 ELSE CAST(? AS bigint) END", []any{l.Wakes, at}
	switch {
	case runErr == nil:
		set += ", last_success = " + s.nowMicros() + ", failures = 0"
	case !errors.Is(runErr, context.Canceled):
		set, args = "next_run = ?, last_failure = "+s.nowMicros()+", failures = failures + 1, last_error = ?",
			[]any{at, cards.SentenceOf(runErr).Stored()}
	}
	return s.writeStatement(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE jobs SET lease_until = 0, owner = '', "+set+" WHERE kind = ? AND library_id = ? AND fence = ? AND owner = ?",
			append(args, l.Kind, l.LibraryID, l.Fence, l.Owner)...).Error
	})
}

// releaseAll gives back jobs that ended well. It leaves out those whose row
// somebody holds, and those that are no longer their owner's.
func (s *Store) releaseAll(ctx context.Context, ended []leaseRow) ([]bool, error) {
	var done map[jobKey]bool
	err := s.writeStatement(ctx, func(tx *gorm.DB) error {
		done = make(map[jobKey]bool, len(ended))
		return leased.given(tx, ended, `, free AS (SELECT j.kind, j.library_id, g.wakes, g.micros FROM jobs j
				JOIN given g ON g.kind = j.kind AND g.library_id = j.library_id AND g.fence = j.fence AND g.owner = j.owner
				ORDER BY j.kind, j.library_id`+s.dialect.forFree+`)
			UPDATE jobs SET lease_until = 0, owner = '', last_success = `+s.nowMicros()+`, failures = 0,
				next_run = CASE WHEN jobs.wakes <> free.wakes THEN 0 ELSE free.micros END
			FROM free WHERE jobs.kind = free.kind AND jobs.library_id = free.library_id
			RETURNING jobs.kind, jobs.library_id`, func(row answerRow) error {
			var key jobKey
			err := row.Scan(&key.kind, &key.library)
			done[key] = true
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	list := make([]bool, len(ended))
	for i, row := range ended {
		list[i] = done[row.jobKey]
	}
	return list, nil
}
