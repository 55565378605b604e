package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/carte-reseau/hub/internal/cards"
	"github.com/carte-reseau/hub/internal/sigb"
)

// demoLibrary is one line of the reference network, the Pays de Romans.
type demoLibrary struct {
	code, name string
	permanent  bool
	byFTP      bool // deposits files instead of posting
}

var paysDeRomans = []demoLibrary{
	{code: "beauvoir", name: "Médiathèque Beauvoir", permanent: true},
	{code: "monnaie", name: "Médiathèque Monnaie", permanent: true},
	{code: "genissieux", name: "Bibliothèque de Génissieux"},
	{code: "granges-les-beaumont", name: "Bibliothèque de Granges-lès-Beaumont", byFTP: true},
	{code: "montrigaud", name: "Bibliothèque de Montrigaud"},
	{code: "mours", name: "Bibliothèque de Mours-Saint-Eusèbe"},
	{code: "peyrins", name: "Bibliothèque de Peyrins", byFTP: true},
	{code: "saint-paul", name: "Bibliothèque de Saint-Paul-lès-Romans"},
}

// demoNetwork is the hub with the simulated systems around it.
type demoNetwork struct {
	hub       *hub
	sink      *mailSink
	screen    *screen
	libraries []*simulated
}

// simulated is one library: its system, its desk, and its way to the network.
type simulated struct {
	demoLibrary
	system *sigb.System
	desk   *sigb.Generator
	rng    *rand.Rand
	server *sigb.Server // permanent
	client *sigb.Client // intermittent
	key    string
}

const (
	demoReaders = 12 // each library begins with
	demoUser    = "reseau"
)

func newDemoNetwork(ctx context.Context, h *hub, sink *mailSink, screen *screen, seed uint64) (*demoNetwork, error) {
	n := &demoNetwork{hub: h, sink: sink, screen: screen}
	sink.tell(func(to, subject string) { screen.say("courriel", "à %s : %s", to, subject) })
	for i, l := range paysDeRomans {
		s, err := n.found(ctx, l, rand.New(rand.NewPCG(seed, uint64(i))), i) //nolint:gosec // a simulation, no secret
		if err != nil {
			n.close()
			return nil, fmt.Errorf("%s: %w", l.code, err)
		}
		n.libraries = append(n.libraries, s)
	}
	return n, nil
}

// found opens a library: its system, its readers of earlier years, its entry
// in the network.
func (n *demoNetwork) found(ctx context.Context, l demoLibrary, rng *rand.Rand, index int) (*simulated, error) {
	s := &simulated{demoLibrary: l, rng: rng, key: randomName() + randomName()}
	s.desk = sigb.NewGenerator(rng, fmt.Sprintf("26%02d", index+1), time.Now)
	profile := sigb.Microbib()
	if l.permanent {
		profile = sigb.Aloes()
	}
	s.system = sigb.New(sigb.Config{Code: l.code, Profile: profile})
	if err := s.desk.Fill(s.system, demoReaders); err != nil {
		return nil, err
	}
	entry := cards.Library{Code: l.code, Name: l.name, Email: l.code + "@example.org"}
	if err := s.connect(ctx, n.hub, &entry); err != nil {
		return nil, err
	}
	declareProfile(&entry, profile)
	_, err := n.hub.store.AddLibrary(ctx, entry, s.key)
	return s, err
}

// connect opens a permanent library's own services, or gives an intermittent
// one its client.
func (s *simulated) connect(ctx context.Context, h *hub, entry *cards.Library) error {
	if !s.permanent {
		options := sigb.ClientOptions{Hub: h.publicURL, Key: s.key}
		if s.byFTP {
			options.FTP = h.parts.ftpServer.Addr()
		}
		s.client = sigb.NewClient(s.system, options)
		return nil
	}
	s.server = sigb.NewServer(s.system, sigb.ServerOptions{User: demoUser, Password: s.key})
	if err := s.server.Start(ctx, "127.0.0.1:0"); err != nil {
		return err
	}
	entry.OAIURL, entry.PushURL = s.server.URL(sigb.OAI), s.server.URL(sigb.REST)
	entry.OAISet, entry.OAIPrefix, entry.Harvest = s.server.Set(), s.server.Prefix(), "@every 3s"
	entry.ILSUser, entry.ILSPassword = demoUser, s.key
	return nil
}

// declareProfile tells the hub what the library's system cuts and lacks, as an
// administrator would.
func declareProfile(entry *cards.Library, p sigb.Profile) {
	for field, width := range p.Widths {
		if f, err := cards.ParseField(string(field)); err == nil {
			if entry.Widths == nil {
				entry.Widths = map[cards.Field]int{}
			}
			entry.Widths[f] = width
		}
	}
	for _, field := range p.NotHeld {
		if f, err := cards.ParseField(string(field)); err == nil {
			entry.NotHeld = entry.NotHeld.With(f)
		}
	}
}

func (n *demoNetwork) close() {
	for _, l := range n.libraries {
		var err error
		if l.server != nil {
			err = l.server.Close()
		} else {
			err = l.client.Close()
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			n.screen.say(l.code, "fermeture : %v", err)
		}
	}
}

// live keeps every desk busy, and the intermittent libraries coming online now
// and then, until ctx ends.
func (n *demoNetwork) live(ctx context.Context) {
	var group sync.WaitGroup
	for _, l := range n.libraries {
		visits := rand.New(rand.NewPCG(l.rng.Uint64(), 1)) //nolint:gosec // a simulation, no secret; the desk keeps l.rng for itself
		group.Go(func() { n.keepDesk(ctx, l) })
		if l.client != nil {
			group.Go(func() { n.comeAndGo(ctx, l, visits) })
		}
	}
	group.Go(func() { n.spoilFile(ctx) })
	group.Go(func() { n.watch(ctx) })
	group.Wait()
}
