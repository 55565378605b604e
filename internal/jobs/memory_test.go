package jobs_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/jobs"
)

var _ jobs.Store = (*memory)(nil)

type key struct {
	kind    cards.JobKind
	library int64
}

type row struct {
	job   cards.Job
	owner string
	until time.Time
	fence int64
}

// memory is the store's contract for jobs on the bubble's clock, so that hours
// of schedules are tried in no time; real_test.go runs the same laws on the
// real store.
type memory struct {
	mu       sync.Mutex
	rows     map[key]*row
	calls    map[string]int
	releases []release

	failRenew   bool
	failDue     error
	failAcquire error
}

type release struct {
	key
	at, next time.Time
	err      error
}

func newMemory() *memory {
	return &memory{rows: make(map[key]*row), calls: make(map[string]int)}
}

func (m *memory) enter(name string) func() {
	m.mu.Lock()
	m.calls[name]++
	return m.mu.Unlock
}

func (m *memory) SyncJobs(_ context.Context, wanted []cards.Job) error {
	defer m.enter("SyncJobs")()
	rows := make(map[key]*row)
	for _, job := range wanted {
		k := key{job.Kind, job.LibraryID}
		old := m.rows[k]
		switch {
		case old == nil:
			old = &row{job: job}
		case old.job.Schedule != job.Schedule:
			old.job.Schedule, old.job.NextRun = job.Schedule, job.NextRun
			old.job.Wakes++
		}
		old.job.Paused = job.Paused
		rows[k] = old
	}
	for k, old := range m.rows { // what belongs to no library may be another hub's
		if rows[k] == nil && k.library == cards.HubID && time.Since(old.job.NextRun) < 10*time.Minute {
			rows[k] = old
		}
	}
	m.rows = rows
	return nil
}

func (m *memory) DueJobs(_ context.Context, limit int, woken ...cards.JobKind) ([]cards.Job, error) {
	for _, kind := range woken {
		m.wake(kind)
	}
	defer m.enter("DueJobs")()
	if m.failDue != nil {
		return nil, m.failDue
	}
	var due []cards.Job
	now := time.Now()
	for _, r := range m.rows {
		if !r.job.Paused && !r.job.NextRun.After(now) && !r.until.After(now) {
			due = append(due, r.job)
		}
	}
	slices.SortFunc(due, func(a, b cards.Job) int { return a.NextRun.Compare(b.NextRun) })
	return due[:min(limit, len(due))], nil
}

func (m *memory) AcquireLeases(_ context.Context, asked []cards.Job, owner string, d time.Duration) ([]cards.Lease, error) {
	defer m.enter("AcquireLeases")()
	if m.failAcquire != nil {
		return nil, m.failAcquire
	}
	var leases []cards.Lease
	now := time.Now()
	for _, job := range asked {
		r := m.rows[key{job.Kind, job.LibraryID}]
		if r == nil || r.until.After(now) || r.job.NextRun.After(now) {
			continue
		}
		r.owner, r.until = owner, now.Add(d)
		r.fence++
		r.job.LastStart = now
		leases = append(leases, cards.Lease{
			Kind: job.Kind, LibraryID: job.LibraryID, Owner: owner, Until: r.until, Fence: r.fence, Wakes: r.job.Wakes,
		})
	}
	return leases, nil
}

func (m *memory) held(l *cards.Lease) *row {
	r := m.rows[key{l.Kind, l.LibraryID}]
	if r == nil || r.fence != l.Fence || !r.until.After(time.Now()) {
		return nil
	}
	return r
}

func (m *memory) RenewLease(_ context.Context, l *cards.Lease, d time.Duration) (bool, error) {
	defer m.enter("RenewLease")()
	if m.failRenew {
		return false, errors.New("database away")
	}
	r := m.held(l)
	if r == nil {
		return false, nil
	}
	r.until = time.Now().Add(d)
	return true, nil
}

func (m *memory) ReleaseLease(_ context.Context, l *cards.Lease, next time.Time, runErr error) error {
	defer m.enter("ReleaseLease")()
	m.releases = append(m.releases, release{key{l.Kind, l.LibraryID}, time.Now(), next, runErr})
	r := m.held(l)
	if r == nil {
		return nil
	}
	r.until, r.job.NextRun = time.Time{}, next
	switch {
	case runErr == nil:
		r.job.Failures, r.job.LastSuccess = 0, time.Now()
		if r.job.Wakes != l.Wakes {
			r.job.NextRun = time.Now()
		}
	case !errors.Is(runErr, context.Canceled):
		r.job.Failures++
		r.job.LastFailure, r.job.LastError = time.Now(), cards.SentenceOf(runErr)
	}
	return nil
}

func (m *memory) wake(kind cards.JobKind) {
	defer m.enter("wake")()
	if m.failDue != nil {
		return
	}
	for k, r := range m.rows {
		if k.kind != kind {
			continue
		}
		r.job.Wakes++
		if r.job.Failures == 0 {
			r.job.NextRun = time.Now()
		}
	}
}

func (m *memory) Now(context.Context) (time.Time, error) {
	defer m.enter("Now")()
	return time.Now(), nil
}

func (m *memory) job(kind cards.JobKind, library int64) cards.Job {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rows[key{kind, library}].job
}

func (m *memory) released() []release {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.releases)
}

func (m *memory) count(name string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls[name]
}

func (m *memory) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

func (m *memory) steal(kind cards.JobKind, library int64) {
	m.set(func() {
		r := m.rows[key{kind, library}]
		r.fence++
		r.owner, r.until = "thief", time.Now().Add(10*time.Second)
	})
}
