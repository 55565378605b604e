package main

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/ftpdrop"
	"github.com/carte-reseau/hub/internal/jobs"
	"github.com/carte-reseau/hub/internal/sigb"
)

// stage is where one run of a flow plays: a hub that may die once, on a
// database of its own, and around it everyone it speaks with, who live on.
type stage struct {
	*site
	wire  *tripwire
	watch *foundation // the database as staff see it, also while no hub lives
	db    *sql.DB     // the same past the hub's own code: see database
	gate  *gateway
	box   *postbox
	// whole runs the hub as the program does, with its own timing; else the
	// flow says which job is done when.
	whole bool

	hub *hub
	end func() // of the hub's life
	// unnoted are letters that had arrived when a hub died that had not noted it.
	unnoted []string
	ahead   atomic.Int64
	past    atomic.Int64 // how long ago it is at the desks

	systems []*sigb.System
	folder  string // of the FTP server's folders; empty: none
}

// gone is how much time a death takes: more than any lease.
const gone = time.Minute

func newStage(t *testing.T, database string) *stage {
	t.Helper()
	s := &stage{site: newSite(t, database), wire: new(tripwire)}
	s.gate = newGateway(t, s.wire)
	s.box = newAskingPostbox(t, func(kept bool) error {
		if kept {
			return s.wire.pass(mailTaken)
		}
		return s.wire.pass(mailArrives)
	})
	s.SMTP = "smtp://" + s.box.addr
	s.PublicURL = s.gate.server.URL
	s.OAIPage = 2
	s.limits.store.Ahead = func() time.Duration { return time.Duration(s.ahead.Load()) }
	s.limits.intake.Batch, s.limits.harvest.BatchSize, s.limits.push.BatchCards = 2, 1, 2
	s.limits.drop.Settle, s.limits.drop.Patience = time.Millisecond, time.Millisecond
	const quick = 10 * time.Millisecond
	s.limits.harvest.Backoff = quick
	s.watch = s.foundation()
	return s
}

// born begins a life of the hub.
func (s *stage) born() {
	s.t.Helper()
	settings := s.Settings
	settings.limits.store.AtCommit = s.wire.commit
	ctx, stop := context.WithCancel(context.Background())
	s.wire.born(stop)
	h, err := newHub(ctx, &settings, console{out: s.log, err: s.log})
	if err != nil {
		s.t.Fatal(err)
	}
	s.gate.lead(h.listener.Addr().String())
	s.hub = h
	if s.whole {
		s.lives(stop, func() error { return h.run(ctx) })
		return
	}
	if h.parts.runner, err = jobs.New(h.store, jobs.Options{Owner: owner(), Handlers: h.handlers(h.parts), Wanted: h.wantedJobs, Logger: h.log}); err != nil {
		s.t.Fatal(err)
	}
	s.lives(stop,
		func() error { return h.parts.runner.Run(ctx) },
		func() error {
			if err := h.server.Serve(h.listener); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		},
		func() error {
			<-ctx.Done()
			h.end()
			return h.server.Shutdown(context.WithoutCancel(ctx))
		})
}

// lives runs the parts of a life, and sees to its end.
func (s *stage) lives(stop func(), parts ...func() error) {
	var all sync.WaitGroup
	for _, part := range parts {
		all.Go(func() {
			if err := part(); err != nil {
				s.t.Errorf("the hub ended with %v", err)
			}
		})
	}
	h := s.hub
	s.end = sync.OnceFunc(func() {
		stop()
		all.Wait()
		h.close()
	})
	s.t.Cleanup(s.end)
}

// bornAgain buries a dead hub and begins another life after a while.
func (s *stage) bornAgain() {
	s.t.Helper()
	s.end()
	const patience = 10 * time.Second
	eventually(s.t, patience, "the postbox is idle", s.box.idle)
	s.unnoted = append(s.unnoted, s.arrivedUnnoted()...)
	s.goBy()
	s.born()
}

// goBy lets time go by, at the database.
func (s *stage) goBy() { s.ahead.Add(int64(gone)) }

// enter puts a library into the network while no hub counts.
func (s *stage) enter(code string, change ...func(*cards.Library)) {
	s.t.Helper()
	l := cards.Library{Code: code, Name: "Bibliothèque de " + code, Email: code + "@example.org"}
	for _, do := range change {
		do(&l)
	}
	if _, err := s.watch.store.AddLibrary(s.t.Context(), l, keyOf(code)); err != nil {
		s.t.Fatal(err)
	}
}

// system is a simulated library system of the run.
func (s *stage) system(code string) *sigb.System {
	system := sigb.New(sigb.Config{Code: code, Clock: func() time.Time { return time.Now().Add(-time.Duration(s.past.Load())) }})
	s.systems = append(s.systems, system)
	return system
}

// dropServer is an FTP server outside the hub, with the wire before it.
func (s *stage) dropServer() {
	s.t.Helper()
	s.folder = filepath.Join(s.t.TempDir(), "ftp")
	server, err := ftpdrop.NewServer(s.watch.store, ftpdrop.ServerOptions{Listen: "127.0.0.1:0", Root: s.folder})
	if err != nil {
		s.t.Fatal(err)
	}
	runFTPServer(s.t, server)
	target := server.Target()
	s.FTP = "ftp://" + target.User + "@" + newFTPGate(s.t, s.wire, target.Host, nil).addr + "/"
	s.FTPPasswordFile = writeFile(s.t, "ftp", target.Password)
}

// runFTPServer runs a server that is not part of the hub.
func runFTPServer(t *testing.T, server *ftpdrop.Server) {
	t.Helper()
	if err := server.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// putFile puts a file into a library's folder, whole at once.
func putFile(t *testing.T, root, code, name, content string) {
	t.Helper()
	folder := filepath.Join(root, code)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	written := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(written, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(written, filepath.Join(folder, name)); err != nil {
		t.Fatal(err)
	}
}

// client is an intermittent system's way to the hub.
func (s *stage) client(system *sigb.System) *sigb.Client {
	c := sigb.NewClient(system, sigb.ClientOptions{Hub: s.gate.server.URL, Key: keyOf(system.Code())})
	s.t.Cleanup(func() { _ = c.Close() })
	return c
}

// job has a job done now, and waits for its end or the hub's.
func (s *stage) job(kind cards.JobKind, code string) {
	s.t.Helper()
	library := cards.HubID
	if code != "" {
		l, err := s.watch.store.Library(s.t.Context(), code)
		if err != nil {
			s.t.Fatal(err)
		}
		library = l.ID
	}
	before := s.planned(kind, library)
	if before == nil {
		return
	}
	if err := s.watch.store.Wake(s.t.Context(), kind, library); err != nil {
		s.t.Fatal(err)
	}
	s.hub.parts.runner.Kick()
	s.until("the job "+string(kind)+" ends", func() bool {
		now, err := s.watch.store.Job(s.t.Context(), kind, library)
		if err != nil {
			s.t.Fatal(err)
		}
		return now.LastStart.After(before.LastStart) && !now.Running
	})
}

// planned finds a job once it is in the plan; nil where the hub died before.
func (s *stage) planned(kind cards.JobKind, library int64) (found *cards.Job) {
	s.t.Helper()
	s.until("the job "+string(kind)+" is planned", func() bool {
		var err error
		found, err = s.watch.store.Job(s.t.Context(), kind, library)
		return err == nil
	})
	return found
}

// sweep lets the days go by after which nobody waits for the rest of a body
// that broke off.
func (s *stage) sweep() {
	s.t.Helper()
	s.end()
	const days = 48 * time.Hour
	s.ahead.Add(int64(days))
	if err := s.watch.store.Purge(s.t.Context(), keepDeposits); err != nil {
		s.t.Fatal(err)
	}
}

// until waits for a condition, or the death of the hub.
func (s *stage) until(what string, holds func() bool) {
	s.t.Helper()
	const patience, look = 30 * time.Second, 2 * time.Millisecond
	for deadline := time.Now().Add(patience); !s.wire.isDead() && !holds(); time.Sleep(look) {
		if time.Now().After(deadline) {
			s.t.Fatalf("%s: not within %s", what, patience)
		}
	}
}
