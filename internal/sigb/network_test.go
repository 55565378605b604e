package sigb_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/carte-reseau/hub/internal/sigb"
)

// Systems of every kind, busy desks and a hub in between: in the end all hold the same cards.
func TestANetworkOfSystemsComesToRest(t *testing.T) {
	hub := newFakeHub(t)
	hub.page = 10_000 // its tokens bound nothing, so that a list of several pages would lose what changes meanwhile
	c := newClock()
	var systems []*sigb.System
	var clients []*sigb.Client
	var desks sync.WaitGroup
	failures := make(chan error, 100)
	for i, p := range []sigb.Profile{sigb.Aloes(), sigb.Microbib(), sigb.Microbib(), {Maker: "soigneux"}} {
		s := newSystem(fmt.Sprintf("bib%d", i), p, c)
		client := hub.client(t, s, sigb.ClientOptions{})
		g := newGenerator(uint64(i), fmt.Sprintf("2610%d", i), c)
		must(t, g.Fill(s, 10))
		systems, clients = append(systems, s), append(clients, client)
		desks.Go(func() {
			for n := range 40 {
				_, err := g.Act(s)
				if n%10 == 9 {
					_, online := client.Session(t.Context())
					err = errors.Join(err, online)
				}
				if err != nil {
					failures <- err
				}
			}
		})
	}
	desks.Wait()
	close(failures)
	for err := range failures {
		t.Error(err)
	}
	// The fake hub merges nothing: what settles here is the systems. A last round carries one system's whole content to
	// the others.
	for range 2 {
		for _, client := range clients {
			_, err := client.Session(t.Context())
			must(t, err)
		}
	}
	_, err := clients[3].PostAll(t.Context())
	must(t, err)
	for _, client := range clients[:3] {
		client.Rewind("")
		_, err := client.Harvest(t.Context())
		must(t, err)
	}
	reference := hub.reference(t)
	if len(reference.Cards) < 40 {
		t.Fatalf("only %d cards went round", len(reference.Cards))
	}
	for _, s := range systems {
		for _, d := range sigb.Diff(reference, s.Snapshot(), c.now()) {
			t.Error(d)
		}
		if s.Waiting() != 0 {
			t.Errorf("%s still has %d cards to give", s.Code(), s.Waiting())
		}
	}
}

func TestASystemBearsManyHandsAtOnce(t *testing.T) {
	s := sigb.New(sigb.Config{Code: "x", Profile: sigb.Microbib(), Clock: time.Now})
	srv := newServer(t, s, sigb.ServerOptions{PageSize: 5})
	g := sigb.NewGenerator(newRand(3), "9", time.Now)
	must(t, g.Fill(s, 20))
	var hands sync.WaitGroup
	hands.Go(func() {
		for range 50 {
			if _, err := g.Act(s); err != nil {
				t.Error(err)
			}
		}
	})
	hands.Go(func() {
		for i := range 50 {
			integrate(t, s, fmt.Sprintf("<numero>n%d</numero><nom>X</nom>%s", i%10, dates))
		}
	})
	hands.Go(func() {
		for range 10 {
			_ = numbers(t, srv, "")
			_ = s.Snapshot()
			_ = s.Patrons()
			_ = s.Refusals()
		}
	})
	hands.Wait()
	if s.Len() < 30 {
		t.Errorf("%d patrons", s.Len())
	}
}
