package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
)

// town is a hub that is killed, and everyone around it.
type town struct {
	*site
	seed    uint64
	hub     *child
	box     *postbox
	systems []*townSystem
	poster  *poster
	dropper *dropper
}

// townNumbers begin the numbers of the simulated libraries' cards.
const townNumbers = "26"

// townSystem is a simulated library system with its desk.
type townSystem struct {
	*sigb.System
	desk   *sigb.Generator
	rng    *rand.Rand
	server *sigb.Server // of a permanent one
	client *sigb.Client // of an intermittent one
}

func newTown(t *testing.T, database string, seed uint64) *town {
	t.Helper()
	n := &town{site: newSite(t, database), seed: seed, box: newPostbox(t)}
	n.SMTP, n.FTPSchedule = "smtp://"+n.box.addr, "@every 1s"
	n.OAIPage = 20
	n.hub = newChild(t, n.site)
	n.hub.withFTP(t)
	for i, code := range []string{"beauvoir", "monnaie", "mours", "peyrins"} {
		n.systems = append(n.systems, n.found(t, code, uint64(i+1), i < 2, code == "peyrins"))
	}
	n.library("poste")
	n.library("depose")
	n.poster = &poster{caller: newCaller(t, n.hub.url, "poste"), rng: n.random(8)}
	n.dropper = &dropper{addr: n.hub.ftp, rng: n.random(9), dropped: map[string]droppedFile{}}
	return n
}

func (n *town) random(stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(n.seed, stream))
}

func (n *town) found(t *testing.T, code string, index uint64, permanent, byFTP bool) *townSystem {
	t.Helper()
	rng := n.random(index)
	l := &townSystem{rng: rng, desk: sigb.NewGenerator(rng, fmt.Sprintf("%s%02d", townNumbers, index), time.Now)}
	profile := sigb.Microbib()
	if permanent {
		profile = sigb.Aloes()
	}
	l.System = sigb.New(sigb.Config{Code: code, Profile: profile})
	const readers = 30
	if err := l.desk.Fill(l.System, readers); err != nil {
		t.Fatal(err)
	}
	args := declared(profile)
	if permanent {
		args = append(args, l.serve(t)...)
	} else {
		options := sigb.ClientOptions{Hub: n.hub.url, Key: keyOf(code), Timeout: 20 * time.Second}
		if byFTP {
			options.FTP = n.hub.ftp
		}
		l.client = sigb.NewClient(l.System, options)
		t.Cleanup(func() { _ = l.client.Close() })
	}
	n.library(code, args...)
	return l
}

// declared tells the hub what a system cuts and lacks, as an administrator
// would.
func declared(p sigb.Profile) []string {
	var args []string
	for field, width := range p.Widths {
		if _, err := cards.ParseField(string(field)); err == nil {
			args = append(args, fmt.Sprintf("--width=%s=%d", field, width))
		}
	}
	for _, field := range p.NotHeld {
		if _, err := cards.ParseField(string(field)); err == nil {
			args = append(args, "--not-held="+string(field))
		}
	}
	return args
}

func (l *townSystem) serve(t *testing.T) []string {
	t.Helper()
	const password = "le mot de passe du SIGB"
	l.server = sigb.NewServer(l.System, sigb.ServerOptions{User: "reseau", Password: password, PageSize: 10})
	if err := l.server.Start(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.server.Close() })
	return []string{
		"--oai-url=" + l.server.URL(sigb.OAI), "--oai-set=" + l.server.Set(), "--oai-prefix=" + l.server.Prefix(), "--harvest=@every 1s",
		"--push-url=" + l.server.URL(sigb.REST), "--ils-user=reseau", "--ils-password-file=" + writeFile(t, "password", password),
	}
}

// live keeps everyone busy until ctx ends.
func (n *town) live(ctx context.Context) {
	var all sync.WaitGroup
	for _, l := range n.systems {
		all.Go(func() { l.work(ctx) })
		if l.client != nil {
			all.Go(func() {
				const pause = 300 * time.Millisecond
				for wait(ctx, pause) {
					_, _ = l.client.Session(ctx) // the hub is killed again and again
				}
			})
		}
	}
	all.Go(func() { n.poster.live(ctx) })
	all.Go(func() { n.dropper.live(ctx) })
	all.Wait()
}

// work enrols readers and changes those of every simulated library.
func (l *townSystem) work(ctx context.Context) {
	const pause = 400 * time.Millisecond
	for wait(ctx, around(l.rng, pause)) {
		var readers []string
		for _, p := range l.Patrons() {
			if strings.HasPrefix(p.Number, townNumbers) {
				readers = append(readers, p.Number)
			}
		}
		number := readers[l.rng.IntN(len(readers))]
		switch l.rng.IntN(4) {
		case 0:
			_ = l.Enrol(l.desk.Reader(), sigb.Local{})
		case 1:
			_ = l.Renew(number)
		case 2:
			_ = l.Change(number, func(c *sigb.Card) { c.Phone = phoneOf(l.rng.IntN(1e8)) })
		case 3:
			_ = l.Change(number, func(c *sigb.Card) { c.Address.Lines = []string{fmt.Sprintf("%d RUE DES LILAS", l.rng.IntN(1e4))} })
		}
	}
}

// settle lets the exchange go on, with the desks closed, until nobody has
// anything to give and nobody is behind.
func (n *town) settle(t *testing.T) {
	t.Helper()
	f := n.foundation()
	closed, err := f.store.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const look = 300 * time.Millisecond
	patience := 100 * time.Second
	if proving() { // more was left lying by more deaths
		patience *= 4
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(look) {
		for _, l := range n.systems {
			if l.client == nil {
				continue
			}
			if _, err := l.client.Session(t.Context()); err != nil {
				t.Logf("%s: %v", l.Code(), err)
			}
		}
		for _, code := range []string{"poste", "depose"} {
			newCaller(t, n.hub.url, code).handed(t)
		}
		state := n.unrest(t, f, closed)
		if state == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the network does not come to rest: %s", state)
		}
	}
}

// unrest says what is still under way.
func (n *town) unrest(t *testing.T, f *foundation, closed time.Time) string {
	t.Helper()
	if files := filesIn(t, n.site); len(files) > 0 {
		return fmt.Sprintf("%d files wait", len(files))
	}
	if open, err := f.store.UnfinishedLibraries(t.Context()); err != nil || len(open) > 0 {
		return fmt.Sprintf("deposits are not finished: %v", err)
	}
	for _, l := range n.systems {
		if l.client != nil {
			if waiting := l.Waiting(); waiting > 0 {
				return fmt.Sprintf("%s has %d cards to give", l.Code(), waiting)
			}
			continue
		}
		entry, err := f.store.Library(t.Context(), l.Code())
		if err != nil {
			t.Fatal(err)
		}
		job, err := f.store.Job(t.Context(), cards.JobHarvest, entry.ID)
		if err != nil || job.LastStart.Before(closed) || job.Running || job.LastSuccess.Before(job.LastStart) {
			return fmt.Sprintf("%s is not harvested yet: %v", l.Code(), err)
		}
	}
	list, err := f.store.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range list {
		if l.Behind > 0 {
			return fmt.Sprintf("%s is %d cards behind", l.Library.Code, l.Behind)
		}
	}
	if waiting, _, _, err := f.store.Outbox(t.Context()); err != nil || waiting > 0 {
		return fmt.Sprintf("%d mails wait: %v", waiting, err)
	}
	return ""
}
